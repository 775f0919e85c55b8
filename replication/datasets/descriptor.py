"""The descriptor of all tables, ``datapackage.json``: provenance, columns, sizes and hashes."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from replication.datasets.records import items, member, parse
from replication.errors import DataError, IntegrityError, one_of_names

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


_COLUMN = fields(Field)


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
    one_of_names("paper", key, papers())
    where = f"The paper {key} in data/{DESCRIPTOR}"
    values = {
        field.name: member(records[key], field.name, int if field.name == "year" else str, where)
        for field in fields(Paper)
        if field.name not in ("key", "authors")
    }
    return Paper(key=key, authors=tuple(items(records[key], "authors", str, where)), **values)


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
    one_of_names("paper", key, keys)
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
    found = tables()
    one_of_names("paper", key, sorted({each.key for each in found}))
    known = {each.name: each for each in found if each.key == key}
    return known[one_of_names(f"table of {key}", table, known)]


def to_table(resource: Mapping[str, Any]) -> Table:
    """Turn an entry of the descriptor into a `Table`.

    Raises
    ------
    DataError
        If the entry lacks a property that provenance or checking needs.
    """
    name = member(resource, "name", str, f"A resource in data/{DESCRIPTOR}")
    key, dot, table = name.partition(".")
    if not dot:
        raise DataError(f"data/{DESCRIPTOR} names a resource {name!r}; `<paper>.<table>` expected.")
    where = f"The resource {name} in data/{DESCRIPTOR}"
    schema = resource.get("schema")
    if isinstance(schema, str):  # shared by the tables of all papers, as the standard allows
        schema = _schema(schema, where)
        columns = items(schema, "fields", dict, f"data/{resource['schema']}")
    else:
        columns = items(member(resource, "schema", dict, where), "fields", dict, where)
    texts = {
        item: member(resource, item, str, where)
        for item in ("path", "title", "description", "how", "licence")
    }
    # These are written by `refresh`, so a new entry is still without them.
    written: dict[str, Any] = {"rows": 0, "bytes": 0, "hash": ""} | {
        item: member(resource, item, str if item == "hash" else int, where)
        for item in ("rows", "bytes", "hash")
        if item in resource
    }
    return Table(
        key=key,
        name=table,
        sources=tuple(_source(source, where) for source in items(resource, "sources", dict, where)),
        fields=tuple(
            Field(**{f.name: member(column, f.name, str, f"A field of {name}") for f in _COLUMN})
            for column in columns
        ),
        sort=tuple(items(resource, "sort", str, where)),
        **texts,
        **written,
    )


def _source(source: Mapping[str, Any], where: str) -> Source:
    commit = member(source, "commit", str, where) if "commit" in source else ""
    title, path = (member(source, name, str, f"A source of {where}") for name in ("title", "path"))
    return Source(title, path, commit)


def _schema(path: str, where: str) -> dict[str, Any]:
    file = root() / path
    if not file.is_file():
        raise IntegrityError(
            f"{where} names the schema data/{path}, which is missing. Restore it with `git "
            f"checkout -- data/{path}`, or correct the name."
        )
    return parse(file.read_bytes(), f"data/{path}")


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
    return parsed(raw)


def parsed(raw: bytes) -> dict[str, Any]:
    """Return the descriptor that a file holds, its papers and its resources in their places.

    Raises
    ------
    IntegrityError
        If the content is not JSON, or not an object.
    DataError
        If it has no object ``papers`` or no list ``resources`` of objects.

    Examples
    --------
    >>> parsed(b'{"papers": {}, "resources": []}')
    {'papers': {}, 'resources': []}
    """
    where = f"data/{DESCRIPTOR}"
    package = parse(raw, where)
    member(package, "papers", dict, where)
    items(package, "resources", dict, where)
    return package
