"""``fit`` and ``predict``: a law through a user's own runs, and what it says of others."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

import replication as rp
from replication.cli import tables
from replication.cli.application import app
from replication.cli.book import law_in
from replication.cli.shown import as_json, count, digits, percent, show_notes, show_table
from replication.errors import ArgumentError, DataError, ReplicationError
from replication.fitting import Bootstrap, Fit
from replication.fitting.intervals import LEVEL
from replication.fitting.solution import LARGE
from replication.intake import Intake
from replication.laws import Law
from replication.ranking import Ranking, applicable, with_ratios

PANEL = "Your own runs"
JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON for a program, not tables.")]
Level = Annotated[float, typer.Option(help="Coverage of the intervals.")]
WRITERS = {"params": count, "tokens": count, "unique_tokens": count, "flops": digits(3)}


@app.command(
    rich_help_panel=PANEL,
    epilog="Examples: replication fit runs.csv --law Chinchilla · replication fit sweep.parquet "
    "--params 'Model size (M)' --params-in millions --loss-in bits --report out.html · "
    "replication fit runs.jsonl --yes --save fit.json",
)
@tables.takes_tables()
def fit(
    file: Annotated[
        Path, typer.Argument(metavar="RUNS", help="CSV, TSV, JSON lines or Parquet, a run a row.")
    ],
    law: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|FILE.py|all",
            help="A law of the package, or a Python file with your own; more than one are ranked. "
            "By default every law of size and tokens that the table has the inputs of.",
        ),
    ] = None,
    objective: Annotated[
        str | None, typer.Option(help="As for replication.fit; log-huber by default.")
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Rows with the same value are resampled together."),
    ] = None,
    bootstrap: Annotated[
        int, typer.Option(metavar="N", help="Resamples behind the intervals; 0 for none.")
    ] = 1000,
    seed: Annotated[int, typer.Option(help="Of the resamples.")] = 0,
    level: Level = LEVEL,
    report: Annotated[
        Path | None,
        typer.Option(metavar="OUT.HTML", help="Write one self-contained page about the fit."),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(metavar="FIT.JSON", help="Write the fit for predict, plan and compare."),
    ] = None,
    json_flag: JsonFlag = False,
    *,
    reading: tables.Reading,
) -> None:
    """Fit a law, or all that apply, to a table of runs."""
    intake = reading.read(file, json_flag)
    if group is not None and group not in intake.runs:
        raise DataError(f"There is no column {group!r} to group rows by.")
    found, ranking = _fitted(intake, law, objective, group)
    boot = _drawn(found, bootstrap, seed)
    about = {
        "file": file.name,
        "columns": dict(intake.columns),
        "units": dict(intake.units),
        "derived": list(intake.derived),
        "group": group,
    }
    if json_flag:
        _print_json(found, boot, ranking, intake, level)
    else:
        _print(found, boot, ranking, level)
    if save is not None:
        rp.save_fit(found, save, about)
        print(f"wrote {save}", file=sys.stderr)
    if report is not None:
        from replication.reporting import write_report

        write_report(found, report, intake=intake, boot=boot, ranking=ranking, title=file.name)
        print(f"wrote {report}", file=sys.stderr)


def _fitted(
    intake: Intake, names: list[str] | None, objective: str | None, group: str | None
) -> tuple[Fit[Any], Ranking | None]:
    """Return the one fit, or the best of several with their ranking."""
    runs = with_ratios(intake.runs)
    options: dict[str, Any] = {"objective": objective, "group": group}
    laws: list[type[Law] | str]
    if names and names != ["all"]:
        laws = [law_in(Path(name)) if name.endswith(".py") else name for name in names]
    else:
        laws = list(applicable(runs, every=bool(names)))
        if not laws:
            have = ", ".join(intake.columns)
            raise DataError(
                f"No law of the package reads {have or 'these columns'}. Name the columns of "
                "params and tokens, or of flops, and of the loss: --params COLUMN ..."
            )
    if len(laws) == 1:
        return rp.fit(laws[0], runs, **options), None
    ranking = rp.rank(runs, laws, **options)
    return ranking.fits[ranking.best], ranking


def _drawn(found: Fit[Any], resamples: int, seed: int) -> Bootstrap[Any] | None:
    if resamples == 0 or found.n <= len(found.free):
        return None
    try:
        large = found.n >= LARGE and found.problem.data.groups is None
        return found.bootstrap(resamples, seed, draws="subsets" if large else "resamples")
    except ReplicationError as error:
        print(f"no intervals: {error}", file=sys.stderr)
        return None


def _print(
    found: Fit[Any], boot: Bootstrap[Any] | None, ranking: Ranking | None, level: float
) -> None:
    if ranking is not None:
        show_table(
            (
                (
                    row["law"],
                    str(row["fields"]),
                    percent(row["rms"]),
                    percent(row["held_out"]),
                    percent(row["bias"]),
                    row["notes"],
                )
                for row in ranking.table.to_dict("records")
            ),
            ("law", "fields", "residual", "held-out error", "bias", "notes"),
            f"Laws by their error on the {ranking.held} runs of most compute",
            ["notes"],
        )
        for name, why in ranking.failed.items():
            print(f"{name} could not be fitted: {why}")
    print(found.summary())
    if boot is not None:
        rows = (
            (str(name), *(digits(4)(row[end]) for end in ("estimate", "low", "high")))
            for name, row in boot.interval(level).iterrows()
        )
        title = f"{100 * level:g} % intervals over {boot.count} resamples of {boot.kind}"
        show_table(rows, ("quantity", "estimate", "low", "high"), title)
        show_notes(note for note in boot.notes if note not in found.notes)


def _print_json(
    found: Fit[Any],
    boot: Bootstrap[Any] | None,
    ranking: Ranking | None,
    intake: Intake,
    level: float,
) -> None:
    as_json(
        {
            "law": type(found.law).__name__,
            "n": found.n,
            "objective": found.objective.name,
            "value": found.value,
            "status": found.status,
            "r2": found.r2,
            "coefficients": found.to_frame(),
            "derived": {name: getattr(found.law, name) for name in found.law.derived},
            "intervals": None if boot is None else boot.interval(level),
            "level": level,
            "notes": list(dict.fromkeys((*found.notes, *(boot.notes if boot else ())))),
            "ranking": None if ranking is None else ranking.table,
            "failed": {} if ranking is None else ranking.failed,
            "columns": intake.columns,
            "units": intake.units,
            "derived_columns": list(intake.derived),
            "dropped": intake.dropped,
        }
    )


@app.command(
    rich_help_panel=PANEL,
    epilog="Example: replication predict fit.json --params 7e9 --tokens 1.4e11",
)
def predict(
    file: Annotated[Path, typer.Argument(metavar="FIT.JSON", help="What fit --save wrote.")],
    params: Annotated[float | None, typer.Option(help="Parameters, a count: 7e9.")] = None,
    tokens: Annotated[float | None, typer.Option(help="Training tokens, a count.")] = None,
    flops: Annotated[float | None, typer.Option(help="Training compute in FLOPs.")] = None,
    unique_tokens: Annotated[float | None, typer.Option(help="Unique tokens.")] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(metavar="INPUT=NUMBER", help="Any other input of the law."),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(help="Of interval: law, run or forecast; by default the widest known."),
    ] = None,
    level: Level = LEVEL,
    json_flag: JsonFlag = False,
) -> None:
    """Predict the loss of a run from a saved fit, with an interval."""
    found = rp.load_fit(file)
    given = {"params": params, "tokens": tokens, "flops": flops, "unique_tokens": unique_tokens}
    inputs = {name: value for name, value in given.items() if value is not None}
    inputs |= _numbers(tables.pairs(at, "--at"))
    law = found.law
    if {"params", "tokens"} <= set(inputs):
        ratio = inputs["tokens"] / inputs["params"] if inputs["params"] else float("nan")
        for name in {"tokens_per_param", "token_multiplier"} & set(law.inputs) - set(inputs):
            inputs[name] = ratio
        if "flops" in law.inputs and "flops" not in inputs:
            inputs["flops"] = 6 * inputs["params"] * inputs["tokens"]
    if missing := [name for name in law.inputs if name not in inputs]:
        flags = " ".join(
            f"--{name.replace('_', '-')} NUMBER" if name in given else f"--at {name}=NUMBER"
            for name in missing
        )
        raise DataError(f"{type(law).__name__} reads {', '.join(law.inputs)}; give {flags}.")
    table = found.predict(level, kind=kind, **{name: inputs[name] for name in law.inputs})
    note = found.extrapolation(**{name: inputs[name] for name in law.inputs})
    if json_flag:
        as_json({"law": type(law).__name__, "predictions": table, "level": level, "note": note})
        return
    row = table.iloc[0]
    points = ", ".join(f"{n} {WRITERS.get(n, digits(4))(row[n])}" for n in law.inputs)
    print(f"{type(law).__name__} at {points}: {law.response} {row.estimate:.4f}")
    if str(row.interval).startswith("none"):
        print(f"no interval: {str(row.interval).removeprefix('none: ')}")
    else:
        print(f"{100 * level:g} % interval of the {row.kind}: {row.low:.4f} to {row.high:.4f}")
    if note is not None:
        show_notes([note])


def _numbers(texts: dict[str, str]) -> dict[str, float]:
    found = {}
    for name, text in texts.items():
        try:
            found[name] = float(text)
        except ValueError:
            raise ArgumentError(f"{name} is {text!r}; a number is expected, as in 7e9.") from None
    return found
