"""Commands about the book itself: ``verify``, ``data``, ``check``, ``score`` and ``new``."""

import contextlib
import json
import runpy
import sys
import traceback
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated

import typer

from replication import cli, datasets, ledger, moves, scaffold, study
from replication.cli.application import app
from replication.datasets.submission import check_runs, read_runs
from replication.errors import DataError, UnknownNameError
from replication.laws import Law
from replication.scaffold.plan import HOW, REPLICATIONS

PANEL = "The book"


@app.command(rich_help_panel=PANEL, epilog="Example: replication verify besiroglu2024 --json")
def verify(
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY]...", help="Papers; all if none is given.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON array, a claim each.")
    ] = False,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|COMMIT",
            help="Say which numbers have moved since: a file of `verify --json`, or a commit.",
        ),
    ] = None,
) -> int:
    """Recompute printed claims and judge them; exit 1 on a surprise."""
    return _verify(keys or [], as_json, against)


@app.command(
    rich_help_panel=PANEL,
    epilog="Example: replication new example2025 --table runs.csv --authors 'Ann Example' "
    "--title 'A small law' --url https://example.org --printed alpha=0.05 --where 'Table 1'",
)
def new(
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="Surname of the first author and year.")
    ],
    table: Annotated[
        str,
        typer.Option(metavar="FILE", help="CSV file, a run a row; its name is kept."),
    ],
    authors: Annotated[str, typer.Option(metavar="NAMES", help="Separated by semicolons.")],
    title: Annotated[str, typer.Option(help="Title of the paper.")],
    url: Annotated[str, typer.Option(help="Where the paper is, https://...")],
    printed: Annotated[
        list[str],
        typer.Option(
            metavar="FIELD=NUMBER",
            help="What the paper prints for A or alpha, digit for digit; may be given twice.",
        ),
    ],
    where: Annotated[str, typer.Option(help="Where it is printed: 'Table 2'.")],
    venue: Annotated[str, typer.Option(help="Where it was published.")] = "arXiv preprint",
    arxiv: Annotated[str, typer.Option(metavar="ID", help="As in 2203.15556.")] = "",
    input: Annotated[
        str, typer.Option(metavar="COLUMN", help="Of the law; else flops, params or tokens.")
    ] = "",
    response: Annotated[str, typer.Option(metavar="COLUMN", help="What it predicts.")] = "loss",
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME:UNIT:MEANING",
            help="Of a column other than params, tokens, flops and loss; once for each.",
        ),
    ] = None,
    how: Annotated[
        str, typer.Option(help=f"How the numbers were obtained: {', '.join(HOW)}.")
    ] = "transcribed",
    source: Annotated[
        str, typer.Option(metavar="URL", help="Where the table is from; else the paper.")
    ] = "",
    licence: Annotated[str, typer.Option(help="Of the table.")] = (
        "none stated by the source; the numbers are facts"
    ),
    kind: Annotated[
        str, typer.Option(help=f"Of replication: {', '.join(REPLICATIONS)}.")
    ] = REPLICATIONS[0],
    after: Annotated[
        str,
        typer.Option(metavar="CHAPTER", help="Which it follows in the contents; else the last."),
    ] = "",
    availability: Annotated[
        str, typer.Option(help="A sentence on what the authors published.")
    ] = "",
) -> int:
    """Begin a chapter: every file it needs, from a table."""
    options = SimpleNamespace(**(locals() | {"column": column or []}))
    for name, value, known in (("--how", how, HOW), ("--kind", kind, REPLICATIONS)):
        if value not in known:
            raise typer.BadParameter(
                f"{value!r} is not one of {', '.join(map(repr, known))}.", param_hint=name
            )
    for line in scaffold.new(scaffold.from_options(options), cli._checkout()):
        print(line)
    return 0


@app.command(rich_help_panel=PANEL, epilog="Example: replication check runs.csv")
def check(file: Annotated[Path, typer.Argument(metavar="RUNS.CSV")]) -> int:
    """Say whether a table of runs fits the corpus, and what to mend."""
    return _check(file)


@app.command(
    rich_help_panel=PANEL, epilog="Example: replication score mylaw.py --designs kempner-fineweb"
)
def score(
    file: Annotated[
        str,
        typer.Argument(metavar="LAW", help="A Python file with the law, or a law's name."),
    ],
    designs: Annotated[
        list[str] | None, typer.Option(metavar="DESIGN...", help="All 27 by default.")
    ] = None,
    objective: Annotated[str, typer.Option(help="As for replication.fit.")] = "log-huber",
) -> int:
    """Score a law of your own on the corpus, by the protocol of the study."""
    return _score(file, designs, objective)


@app.command(rich_help_panel=PANEL, epilog="Example: replication data")
def data(
    refresh: Annotated[
        bool, typer.Option("--refresh", help="First write row counts, sizes and hashes anew.")
    ] = False,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY/TABLE...", help="With --refresh: tables that have changed, and rightly so."
        ),
    ] = None,
) -> int:
    """List the tables with rows, state and licence; exit 1 if one is damaged."""
    return _data(refresh, accept or ())


def _verify(keys: Sequence[str], as_json: bool, against: str | None) -> int:
    # What a paper's function prints must not end up between the brackets of the JSON.
    with contextlib.redirect_stdout(sys.stderr):
        found = ledger.verify(*keys)
    if against is not None:
        _show_moves(found, moves.rows_of(against, keys, cli._checkout()), against, as_json)
    elif as_json:
        print(json.dumps(found.rows(), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        for key in found.papers():
            print(f"{datasets.paper(key).citation}\n")
            print(_claims_table(found.of(key)), end="\n\n")
        print(found)
    if as_json and found.surprises:
        print(found, file=sys.stderr)
    for error in dict.fromkeys(item.error for item in found.errors):
        traceback.print_exception(error, file=sys.stderr)
    return 1 if found.surprises else 0


def _show_moves(
    found: ledger.Ledger, before: list[dict[str, object]], against: str, as_json: bool
) -> None:
    moved = moves.moved(before, found.rows())
    if as_json:
        print(json.dumps([asdict(move) for move in moved], indent=2, ensure_ascii=False))
        return
    rows = [("paper", "id", "printed", "before", "after", "change", "verdict")]
    for move in moved:
        verdicts = dict.fromkeys((move.verdict_before, move.verdict_after))
        rows.append(
            (
                move.paper,
                move.id,
                move.printed,
                _shown(move.before),
                _shown(move.after),
                move.change,
                " -> ".join(filter(None, verdicts)),
            )
        )
    if moved:
        print(_columns(rows), end="\n\n")
    turned = sum(move.verdict_before != move.verdict_after for move in moved)
    print(
        f"{len(moved)} of {len(found.judgements)} claims are not as at {against}; "
        f"{turned} of them have another verdict."
    )
    print(found)


def _score(law: str, designs: Sequence[str] | None, objective: str) -> int:
    kind = law_in(Path(law)) if law.endswith(".py") else law
    found = study.standing(study.score(kind, designs=designs, objective=objective))
    shown = found.round({"error": 2, "signed": 2, "law_held": 2, "run_held": 2, "score": 1})
    print(shown.to_string(index=False))
    return 0


def law_in(path: Path) -> type[Law]:
    """Return the one law that a Python file defines.

    Parameters
    ----------
    path : Path
        A Python file with one subclass of `replication.laws.Law`.

    Returns
    -------
    type of Law
        The law.

    Raises
    ------
    UnknownNameError
        If there is no such file.
    DataError
        If it defines no law, or several.

    Examples
    --------
    >>> law_in(Path("nowhere.py"))
    Traceback (most recent call last):
        ...
    replication.errors.UnknownNameError: There is no file nowhere.py; give a Python file, or a
    law's name.
    """
    if not path.is_file():
        raise UnknownNameError(f"There is no file {path}; give a Python file, or a law's name.")
    names = runpy.run_path(str(path), run_name=path.stem)
    found = [
        value
        for value in names.values()
        if isinstance(value, type) and issubclass(value, Law) and value.__module__ == path.stem
    ]
    if len(found) != 1:
        listed = ", ".join(kind.__name__ for kind in found) or "none"
        raise DataError(f"{path} defines {listed}; one subclass of replication.laws.Law is needed.")
    return found[0]


def _check(path: Path) -> int:
    found = check_runs(read_runs(path))
    print(found)
    return 0 if found.fits else 1


def _data(refresh: bool, accept: Sequence[str] = ()) -> int:
    if refresh:
        for path in datasets.refresh(accept):
            print(f"data/{path} has a new entry in its {datasets.DESCRIPTOR}", file=sys.stderr)
    rows = [
        (f"{table.key}/{table.name}", str(table.rows), datasets.status(table), table.licence)
        for table in datasets.tables()
    ]
    print(_columns([("table", "rows", "file", "licence"), *rows]))
    return 1 if any(row[2] != "ok" for row in rows) else 0


def _claims_table(found: ledger.Ledger) -> str:
    rows = [("id", "printed", "ours", "verdict", "quantity")]
    for item in found.judgements:
        number = _shown(None if item.answer is None else item.answer.ours)
        verdict = item.verdict + (f" (expected {item.claim.expected})" if item.surprise else "")
        rows.append((item.claim.id, item.claim.printed, number, verdict, item.claim.quantity))
    return _columns(rows)


def _shown(ours: float | str | None) -> str:
    return f"{ours:.6g}" if isinstance(ours, float) else ours or ""


def _columns(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in padded)
