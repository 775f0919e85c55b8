"""``replication new``: the plan that its arguments state."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from replication.errors import ArgumentError
from replication.scaffold.plan import Column, Plan


def from_options(options: Any) -> Plan:
    """Return the plan that arguments state.

    Raises
    ------
    ArgumentError
        If an argument cannot be read.
    """
    return Plan(
        key=options.key,
        table=Path(options.table),
        authors=tuple(name.strip() for name in options.authors.split(";")),
        title=options.title,
        url=options.url,
        venue=options.venue,
        arxiv=options.arxiv,
        printed=dict(_pairs(options.printed)),
        where=options.where,
        input=options.input,
        response=options.response,
        columns=tuple(_column(text) for text in options.column),
        how=options.how,
        source=options.source,
        licence=options.licence,
        replication=options.kind,
        availability=options.availability,
        after=options.after,
    )


def _pairs(texts: Iterable[str]) -> Iterable[tuple[str, str]]:
    for text in texts:
        name, equals, number = text.partition("=")
        if not equals:
            raise ArgumentError(f"--printed is {text!r}; write a field and its number: alpha=0.05.")
        yield name.strip(), number.strip()


def _column(text: str) -> Column:
    parts = [part.strip() for part in text.split(":", 2)]
    if len(parts) != 3 or not all(parts):
        raise ArgumentError(
            f"--column is {text!r}; write name, unit and meaning: 'epochs:1:Passes over the text'."
        )
    return Column(*parts)
