"""The command line: ``replication verify``, ``data``, ``check``, ``score`` and ``new``."""

import argparse
import contextlib
import json
import runpy
import sys
import traceback
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from replication import datasets, ledger, moves, scaffold, study
from replication.about import about
from replication.datasets.submission import check_runs, read_runs
from replication.errors import DataError, ReplicationError, UnknownNameError
from replication.laws import Law


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        As typed after ``replication``; by default those of the process.

    Returns
    -------
    int
        0 if all is as expected, 1 on a surprise, a failed computation or a damaged table,
        2 if something asked for does not exist.

    Examples
    --------
    >>> main(["data"])  # doctest: +ELLIPSIS
    table ...
    0
    """
    options = _parser().parse_args(arguments)
    try:
        if options.command == "verify":
            return _verify(options.keys, options.json, options.against)
        if options.command == "new":
            return _new(options)
        if options.command == "check":
            return _check(options.file)
        if options.command == "score":
            return _score(options.file, options.designs, options.objective)
        return _data(options.refresh, options.accept)
    except UnknownNameError as error:
        print(error, file=sys.stderr)
        return 2
    except ReplicationError as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="replication", description="Scaling-law papers, replicated: claims and data."
    )
    parser.add_argument("--version", action="version", version=about().version)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    verify = commands.add_parser("verify", help="recompute printed claims and judge them")
    verify.add_argument("keys", nargs="*", metavar="KEY", help="papers; all if none is given")
    verify.add_argument("--json", action="store_true", help="print one JSON array, a claim each")
    verify.add_argument(
        "--against",
        metavar="FILE|COMMIT",
        help="say which numbers have moved since: a file of `verify --json`, or a commit",
    )
    new = commands.add_parser("new", help="begin a chapter: every file it needs, from a table")
    scaffold.add_arguments(new)
    check = commands.add_parser(
        "check", help="say whether a table of runs fits the corpus, and what to mend"
    )
    check.add_argument("file", type=Path, metavar="RUNS.CSV")
    score = commands.add_parser(
        "score", help="score a law of your own on the corpus, by the protocol of the study"
    )
    score.add_argument("file", metavar="LAW", help="a Python file with the law, or a law's name")
    score.add_argument("--designs", nargs="+", metavar="DESIGN", help="all 27 by default")
    score.add_argument("--objective", default="log-huber", help="as for replication.fit")
    data = commands.add_parser("data", help="list the tables with rows, state and licence")
    data.add_argument(
        "--refresh", action="store_true", help="first write row counts, sizes and hashes anew"
    )
    data.add_argument(
        "--accept",
        nargs="+",
        default=(),
        metavar="KEY/TABLE",
        help="with --refresh: tables that have changed, and rightly so",
    )
    return parser


def _verify(keys: Sequence[str], as_json: bool, against: str | None) -> int:
    # What a paper's function prints must not end up between the brackets of the JSON.
    with contextlib.redirect_stdout(sys.stderr):
        found = ledger.verify(*keys)
    if against is not None:
        _show_moves(found, moves.rows_of(against, keys, _checkout()), against, as_json)
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


def _checkout() -> Path:
    """Return the folder in which the package and its data lie."""
    return Path(__file__).resolve().parents[1]


def _new(options: argparse.Namespace) -> int:
    for line in scaffold.new(scaffold.from_options(options), _checkout()):
        print(line)
    return 0


def _score(law: str, designs: Sequence[str] | None, objective: str) -> int:
    kind = _law_in(Path(law)) if law.endswith(".py") else law
    found = study.standing(study.score(kind, designs=designs, objective=objective))
    shown = found.round({"error": 2, "signed": 2, "law_held": 2, "run_held": 2, "score": 1})
    print(shown.to_string(index=False))
    return 0


def _law_in(path: Path) -> type[Law]:
    """Return the one law that a Python file defines."""
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


if __name__ == "__main__":
    sys.exit(main())
