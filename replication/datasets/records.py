"""What a descriptor says: of a paper, of its tables, of their columns and sources."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

DESCRIPTOR = "datapackage.json"
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """A column: its name, its Frictionless type, its unit and what it means."""

    name: str
    type: str
    description: str
    unit: str = ""
    constraints: Json = field(default_factory=dict, repr=False)


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
    url: str
    replication: str
    availability: str
    arxiv: str = ""

    @property
    def citation(self) -> str:
        """Return the reference in one line."""
        arxiv = f" arXiv:{self.arxiv}." if self.arxiv else ""
        return f"{', '.join(self.authors)} ({self.year}). {self.title}. {self.venue}.{arxiv}"


@dataclass(frozen=True)
class Shapes:
    """How the models of a paper are counted; see `replication.datasets.shapes`.

    Attributes
    ----------
    table : str
        The table with a row a model: layers, width, heads, whatever is not the same for all.
    same : mapping
        What is the same for all, by the names of `replication.counting.Shape`.
    counts : mapping
        Columns to add: how each is called, and the convention by which it counts.
    """

    table: str
    same: Json = field(default_factory=dict)
    counts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Runs:
    """How the runs of a paper are put together; see `replication.datasets.run_tables`.

    Attributes
    ----------
    table : str
        The table with a row a run or a point.
    rename : mapping
        New names of its columns by the old ones.
    join : mapping
        Tables that say more of a run, and the column by which they do. A table of another paper
        is called ``"<paper>/<table>"``.
    products : mapping
        Columns that are products: their factors, each a column or a number. Of params, tokens and
        flops the one that is still missing then follows from flops = 6 params tokens.
    choose : mapping
        The value of a column where the caller names none.
    """

    table: str
    rename: Mapping[str, str] = field(default_factory=dict)
    join: Mapping[str, str] = field(default_factory=dict)
    products: Mapping[str, list[str | float]] = field(default_factory=dict)
    choose: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A table and its provenance, as the descriptor states them.

    Attributes
    ----------
    key, name : str
        Key of the paper, name of the table.
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
    title: str
    description: str
    how: str
    licence: str
    sources: tuple[Source, ...]
    fields: tuple[Field, ...]
    sort: tuple[str, ...] = ()
    rows: int = 0
    bytes: int = 0
    hash: str = ""

    @property
    def path(self) -> str:
        """Return the file, relative to the data folder."""
        return f"{self.key}/{self.name}.csv"

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


@dataclass(frozen=True)
class Descriptor:
    """All that ``data/<key>/datapackage.json`` says; `paper` is None for tables of our own."""

    key: str
    paper: Paper | None
    tables: Mapping[str, Table]
    runs: Runs | None
    shapes: Shapes | None
