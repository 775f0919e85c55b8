"""``replication new``: its arguments, and the plan that they state."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from replication.errors import ArgumentError
from replication.scaffold.plan import HOW, REPLICATIONS, Column, Plan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``replication new`` to a parser."""
    add = parser.add_argument
    add("key", metavar="KEY", help="surname of the first author and year: hoffmann2022")
    add("--table", required=True, metavar="FILE", help="CSV file, a run a row; its name is kept")
    add("--authors", required=True, metavar="NAMES", help="separated by semicolons")
    add("--title", required=True, help="title of the paper")
    add("--url", required=True, help="where the paper is, https://...")
    add("--venue", default="arXiv preprint", help="where it was published")
    add("--arxiv", default="", metavar="ID", help="as in 2203.15556")
    add(
        "--printed",
        action="append",
        required=True,
        metavar="FIELD=NUMBER",
        help="what the paper prints for A or alpha, digit for digit; may be given twice",
    )
    add("--where", required=True, help="where it is printed: 'Table 2'")
    add("--input", default="", metavar="COLUMN", help="of the law; else flops, params or tokens")
    add("--response", default="loss", metavar="COLUMN", help="what it predicts")
    add(
        "--column",
        action="append",
        default=[],
        metavar="NAME:UNIT:MEANING",
        help="of a column other than params, tokens, flops and loss; once for each",
    )
    add("--how", default="transcribed", choices=HOW, help="how the numbers were obtained")
    add("--source", default="", metavar="URL", help="where the table is from; else the paper")
    add("--licence", default="none stated by the source; the numbers are facts")
    add("--kind", default=REPLICATIONS[0], choices=REPLICATIONS, help="of replication")
    add(
        "--after",
        default="",
        metavar="CHAPTER",
        help="which it follows in the contents; else the last",
    )
    add("--availability", default="", help="a sentence on what the authors published")


def from_options(options: argparse.Namespace) -> Plan:
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
