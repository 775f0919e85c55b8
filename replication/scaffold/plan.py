"""What a new chapter is about, checked before anything is written."""

import csv
import math
import re
import unicodedata
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

import pandas as pd

from replication.errors import ArgumentError, DataError
from replication.fitting import Fit, fit
from replication.laws import PowerLaw

REPLICATIONS = (
    "from the authors' data",
    "re-analysis of another group's data",
    "from printed constants",
    "simulation",
    "own experiment",
)
HOW = ("transcribed", "digitised", "exported", "measured")
LEAST_ROWS = 4
NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Column:
    """A column of the table: its name, its unit and what it means."""

    name: str
    unit: str
    meaning: str


KNOWN = {
    column.name: column
    for column in (
        Column("flops", "FLOPs", "Training compute."),
        Column("params", "parameters", "Model size."),
        Column("tokens", "tokens", "Training tokens."),
        Column("unique_tokens", "tokens", "Different tokens among them."),
        Column("loss", "nats per token", "Final loss."),
    )
}
"""Columns that the whole package works on, with the units they always have."""
IN_WORDS = {"flops": "compute", "params": "parameters", "unique_tokens": "unique tokens"}


@dataclass(frozen=True)
class Plan:
    """A paper, its first table, and the power law that is fitted to it.

    Parameters
    ----------
    key : str
        Surname of the first author and year.
    table : Path
        A CSV file, one run a row.
    authors : tuple of str
        In the order of the paper.
    title, url, venue, arxiv : str
        The paper; `arxiv` may be empty.
    printed : dict of str to str
        What is printed for a coefficient of the power law, digit for digit.
    where : str
        Where it is printed.
    input, response : str
        Columns of the table; an empty input is the first of compute, parameters and tokens.
    columns : tuple of Column
        Unit and meaning of each column that is not one of `KNOWN`.
    how, source, licence : str
        Provenance of the table; an empty source is the paper.
    replication, availability : str
        Kind of the replication, and what the authors published.
    after : str
        Chapter that it follows in the contents; empty for the last one.

    Raises
    ------
    ArgumentError
        If an entry cannot be used; the message names it.
    DataError
        If the table cannot be used.
    """

    key: str
    table: Path
    authors: tuple[str, ...]
    title: str
    url: str
    venue: str
    arxiv: str
    printed: dict[str, str]
    where: str
    input: str = ""
    response: str = "loss"
    columns: tuple[Column, ...] = ()
    how: str = HOW[0]
    source: str = ""
    licence: str = "none stated by the source; the numbers are facts"
    replication: str = REPLICATIONS[0]
    availability: str = ""
    after: str = ""

    def __post_init__(self) -> None:
        """Refuse what would fail later, in a test or in the book."""
        for field in ("title", "venue", "where", "licence"):
            if not getattr(self, field).strip():
                raise ArgumentError(f"--{field} is empty; every chapter states it.")
        if not all(self.authors):
            raise ArgumentError("--authors has an empty name; separate them by semicolons.")
        expected = rf"{surname(self.authors[0])}(?:19|20)\d\d"
        if not re.fullmatch(expected, self.key):
            raise ArgumentError(
                f"The key is {self.key!r}; it is the surname of the first author and the year: "
                f"{surname(self.authors[0])}2024."
            )
        for field in ("url", "source"):
            value = getattr(self, field)
            if (value or field == "url") and not re.fullmatch(r"https://\S+\.\S+", value):
                raise ArgumentError(
                    f"--{field} is {value!r}; give an address that begins https://."
                )
        if self.arxiv and not (
            re.fullmatch(r"\d{4}\.\d{4,5}", self.arxiv) and self.arxiv in self.url
        ):
            raise ArgumentError(
                f"--arxiv is {self.arxiv!r}; give an identifier such as 2203.15556, and --url as "
                "https://arxiv.org/abs/ with it."
            )
        for field, known in (("how", HOW), ("replication", REPLICATIONS)):
            if getattr(self, field) not in known:
                value = getattr(self, field)
                raise ArgumentError(f"{field} is {value!r}; use one of: {', '.join(known)}.")
        self._check_columns()
        self._check_printed()

    def _check_columns(self) -> None:
        if not NAME.fullmatch(self.name) or self.name in ("claims", "laws"):
            raise ArgumentError(
                f"--table is {self.table.name!r}; name it as the table will be called, in small "
                "letters: runs.csv. The names claims and laws are taken."
            )
        for name in self.frame.columns:
            if not NAME.fullmatch(name):
                raise DataError(
                    f"A column is called {name!r}; use small letters, as in params_embedding."
                )
            if name not in self.meanings:
                raise ArgumentError(
                    f"The column {name!r} has no unit and meaning. Add --column "
                    f"'{name}:UNIT:MEANING', or leave it out of the table."
                )
        for column in self.columns:
            if column.name not in self.frame or column.name in KNOWN:
                raise ArgumentError(
                    f"--column describes {column.name!r}, which the table does not have or whose "
                    "unit is fixed; leave it out."
                )
        for field, name in (("input", self.read), ("response", self.response)):
            if name not in self.frame:
                raise ArgumentError(
                    f"--{field} is {name!r}; the table has {', '.join(self.frame.columns)}."
                )
        if self.read == self.response:
            raise ArgumentError(f"--input and --response are both {self.read!r}; name two columns.")

    def _check_printed(self) -> None:
        known = tuple(field.name for field in fields(PowerLaw))
        for name, number in self.printed.items():
            if name not in known:
                raise ArgumentError(
                    f"--printed names {name!r}; a power law has {' and '.join(known)}."
                )
            if not re.fullmatch(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?", number):
                raise ArgumentError(
                    f"--printed {name} is {number!r}; give the digits that are printed."
                )
        if not self.printed:
            raise ArgumentError(
                "--printed is missing; a chapter holds ours against a printed number."
            )

    @property
    def name(self) -> str:
        """Name of the table."""
        return self.table.stem

    @property
    def year(self) -> int:
        """Year of the paper."""
        return int(self.key[-4:])

    @property
    def citation(self) -> str:
        """Authors and year, as in running text."""
        names = [author.split()[-1] for author in self.authors]
        shown = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
        return f"{shown} ({self.year})"

    @property
    def meanings(self) -> dict[str, Column]:
        """Unit and meaning of every column, by name."""
        return KNOWN | {column.name: column for column in self.columns}

    @property
    def read(self) -> str:
        """The column that the law reads."""
        there = [name for name in ("flops", "params", "tokens") if name in self.frame]
        return self.input or (there[0] if there else "flops")

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The table, sorted by the column that the law reads, or by its first."""
        try:
            with self.table.open(encoding="utf-8", newline="") as file:
                head, *rows = list(csv.reader(file)) or [[]]
        except (OSError, UnicodeDecodeError) as error:
            raise ArgumentError(
                f"--table is {str(self.table)!r}, which cannot be read: {error}."
            ) from None
        if len(rows) < LEAST_ROWS or len(set(head)) != len(head):
            raise DataError(
                f"{self.table.name} has {len(rows)} rows below the heads {', '.join(head)}; "
                f"{LEAST_ROWS} or more are needed, under heads that differ."
            )
        for number, row in enumerate(rows, 1):
            if len(row) != len(head):
                raise DataError(
                    f"Row {number} of {self.table.name} has {len(row)} cells, not {len(head)}."
                )
        frame = pd.DataFrame(rows, columns=head)
        order = _order(head, self.input)
        return frame.sort_values(order, key=_numbers, kind="stable", ignore_index=True)

    @property
    def order(self) -> tuple[str, ...]:
        """Columns by which the rows are sorted."""
        return tuple(_order([str(name) for name in self.frame.columns], self.input))

    @property
    def numeric(self) -> dict[str, bool]:
        """Whether each column holds numbers."""
        return {str(name): _is_numeric(self.frame[name]) for name in self.frame.columns}

    @cached_property
    def fitted(self) -> Fit:
        """The power law, by least squares on the logarithms.

        Raises
        ------
        DataError
            If a value cannot be read, or has no logarithm.
        """
        pair = {}
        for name in (self.read, self.response):
            for cell in self.frame[name]:
                if not (_is_number(cell) and 0 < float(cell) < math.inf):
                    raise DataError(
                        f"{name} is {cell!r} in the table; a power law needs a number above zero "
                        "in every row."
                    )
            pair[name] = _numbers(self.frame[name])
        return fit(PowerLaw.of(self.read, self.response), pd.DataFrame(pair), objective="log-lsq")


def surname(author: str) -> str:
    """Return an author's surname as a key spells it.

    Examples
    --------
    >>> surname("Alexander Hägele")
    'hagele'
    """
    plain = unicodedata.normalize("NFKD", author.split()[-1].lower()).encode("ascii", "ignore")
    return re.sub("[^a-z]", "", plain.decode())


def _order(head: list[str], first: str) -> list[str]:
    wanted = [first, "flops", "params", "tokens", *head]
    return list(dict.fromkeys(name for name in wanted if name in head))


def _numbers(column: "pd.Series[str]") -> "pd.Series[float]":
    if _is_numeric(column):
        return column.map(lambda cell: float(cell or "nan"))
    return column  # type: ignore[return-value]  # sorted as words


def _is_numeric(column: "pd.Series[str]") -> bool:
    return all(_is_number(cell) for cell in column if cell)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
