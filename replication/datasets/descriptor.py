"""The descriptor of all tables, ``datapackage.json``: provenance, columns, sizes and hashes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from replication.errors import DataError, IntegrityError, unknown

DESCRIPTOR = "datapackage.json"


def root() -> Path:
    """Return the folder of the data: inside an installed package, else in the checkout.

    Examples
    --------
    >>> (root() / DESCRIPTOR).is_file()
    True
    """
    package = Path(__file__).resolve().parents[1]
    installed = package / "_data"
    return installed if installed.is_dir() else package.parent / "data"


@dataclass(frozen=True)
class Field:
    """A column: its name, its Frictionless type, its unit and what it means."""

    name: str
    type: str
    unit: str
    description: str


@dataclass(frozen=True)
class Source:
    """Where a table comes from: a title, an address and, for a repository, the commit."""

    title: str
    path: str
    commit: str = ""


@dataclass(frozen=True)
class Paper:
    """A paper of the book, as its chapter's header shows it."""

    key: str
    title: str
    authors: tuple[str, ...]
    year: int
    venue: str
    arxiv: str
    url: str
    replication: str
    availability: str

    @property
    def citation(self) -> str:
        """Return the reference in one line."""
        arxiv = f" arXiv:{self.arxiv}." if self.arxiv else ""
        return f"{', '.join(self.authors)} ({self.year}). {self.title}. {self.venue}.{arxiv}"


@dataclass(frozen=True)
class Table:
    """A table and its provenance, as the descriptor states them.

    Attributes
    ----------
    key, name : str
        Key of the paper, name of the table.
    path : str
        File, relative to the data folder.
    how : str
        How the numbers were obtained: transcribed, digitised, exported or measured.
    licence : str
        What the source says about reuse.
    sort : tuple of str
        Columns by which the rows are sorted; empty if the order is the paper's own.
    rows, bytes, hash : int, int, str
        Number of rows, size of the file, ``sha256:`` and its digest.
    """

    key: str
    name: str
    path: str
    title: str
    description: str
    how: str
    licence: str
    sources: tuple[Source, ...]
    fields: tuple[Field, ...]
    sort: tuple[str, ...]
    rows: int
    bytes: int
    hash: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns, in order."""
        return tuple(field.name for field in self.fields)

    def _repr_html_(self) -> str:
        """Return provenance and columns for a notebook."""
        sources = "; ".join(
            f'<a href="{escape(s.path)}">{escape(s.title)}</a>'
            + (f" at <code>{escape(s.commit[:7])}</code>" if s.commit else "")
            for s in self.sources
        )
        columns = "".join(
            f"<tr><td><code>{escape(f.name)}</code></td><td>{escape(f.unit)}</td>"
            f"<td>{escape(f.description)}</td></tr>"
            for f in self.fields
        )
        return (
            f"<p><b>{escape(self.title)}</b>: {self.rows} rows, {escape(self.how)}. "
            f"{escape(self.description)} Source: {sources}. Licence: {escape(self.licence)}.</p>"
            "<table><thead><tr><th>column</th><th>unit</th><th>meaning</th></tr></thead>"
            f"<tbody>{columns}</tbody></table>"
        )


def papers() -> tuple[str, ...]:
    """Return the keys of all papers, sorted.

    Examples
    --------
    >>> "hoffmann2022" in papers()
    True
    """
    return tuple(sorted(_descriptor()["papers"]))


def paper(key: str) -> Paper:
    """Return the record of a paper.

    Parameters
    ----------
    key : str
        First author and year: ``"hoffmann2022"``.

    Raises
    ------
    UnknownNameError
        If there is no such paper.

    Examples
    --------
    >>> paper("hoffmann2022").arxiv
    '2203.15556'
    """
    records = _descriptor()["papers"]
    if key not in records:
        raise unknown("paper", key, papers())
    record = dict(records[key], key=key, authors=tuple(records[key]["authors"]))
    return Paper(**record)


def tables(key: str | None = None) -> tuple[Table, ...]:
    """Describe all tables, or those of one paper.

    Examples
    --------
    >>> "figure4_points" in [table.name for table in tables("hoffmann2022")]
    True
    """
    found = tuple(to_table(resource) for resource in _descriptor()["resources"])
    if key is None:
        return found
    keys = sorted({table.key for table in found})
    if key not in keys:
        raise unknown("paper", key, keys)
    return tuple(table for table in found if table.key == key)


def describe(key: str, table: str) -> Table:
    """Return title, sources, licence, columns and units of a table.

    Parameters
    ----------
    key : str
        Key of the paper.
    table : str
        Name of the table.

    Raises
    ------
    UnknownNameError
        If the paper or the table is not known.

    Examples
    --------
    >>> points = describe("hoffmann2022", "figure4_points")
    >>> points.rows, points.how
    (245, 'digitised')
    """
    known = {found.name: found for found in tables(key)}
    if table not in known:
        raise unknown(f"table of {key}", table, known)
    return known[table]


def to_table(resource: Mapping[str, Any]) -> Table:
    """Turn an entry of the descriptor into a `Table`.

    Raises
    ------
    DataError
        If the entry lacks a property that provenance or checking needs.
    """
    name = str(resource.get("name", ""))
    key, dot, table = name.partition(".")
    if not dot:
        raise DataError(f"data/{DESCRIPTOR} names a resource {name!r}; `<paper>.<table>` expected.")
    try:
        schema = resource["schema"]
        if isinstance(schema, str):  # shared by the tables of all papers, as the standard allows
            schema = json.loads((root() / schema).read_bytes())
        columns = tuple(
            Field(**{field.name: column[field.name] for field in fields(Field)})
            for column in schema["fields"]
        )
        return Table(
            key=key,
            name=table,
            sources=tuple(Source(**source) for source in resource["sources"]),
            fields=columns,
            sort=tuple(resource["sort"]),
            # These three are written by `refresh`, so a new entry is still without them.
            rows=resource.get("rows", 0),
            bytes=resource.get("bytes", 0),
            hash=resource.get("hash", ""),
            **{item: resource[item] for item in ("path", "title", "description", "how", "licence")},
        )
    except KeyError as error:
        raise DataError(
            f"The resource {name} in data/{DESCRIPTOR} lacks {error}: every table states path, "
            "title, description, how, licence, sources, sort and schema, every field its name, "
            "type, unit and description."
        ) from error


def _descriptor() -> dict[str, Any]:
    path = root() / DESCRIPTOR
    if not path.is_file():
        raise IntegrityError(
            f"No {DESCRIPTOR} in {root()}: the package is incomplete. Reinstall it, or restore "
            f"the file with `git checkout -- data/{DESCRIPTOR}`."
        )
    return _parsed(path.read_bytes())


@lru_cache(maxsize=4)
def _parsed(raw: bytes) -> dict[str, Any]:
    # The content is the cache's key, so an edited descriptor is never served stale.
    try:
        package: dict[str, Any] = json.loads(raw)
    except json.JSONDecodeError as error:
        raise IntegrityError(
            f"data/{DESCRIPTOR} is not JSON ({error}). Correct it, or restore it with "
            f"`git checkout -- data/{DESCRIPTOR}`."
        ) from error
    return package
