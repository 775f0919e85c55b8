"""``compare``, ``simulate`` and ``design``: recipes set side by side, studies tried out first."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

import replication as rp
from replication.cli import tables
from replication.cli.application import app
from replication.cli.fitting import JsonFlag, Level
from replication.cli.shown import as_json, console, digits, fixed, percent, show_notes, show_table
from replication.errors import ArgumentError, DataError
from replication.fitting.intervals import LEVEL
from replication.laws import OverTraining
from replication.simulation import DESIGNS, NOISE, RATIO

PANEL = "Your own runs"
PLANNING = "Planning"
LawName = Annotated[
    str,
    typer.Option(
        "--law",
        metavar="NAME|FIT.JSON",
        help="A law of the registry such as hoffmann2022/tex, or a fit.",
    ),
]
RENAMED = {"flops": "compute"}
"""In ``compare``, ``--flops`` is the budget."""
SMALL = "besiroglu2024/printed"
VERDICTS = {
    "a": "The first recipe is better",
    "b": "The second recipe is better",
    "undecided": "Undecided: the interval of the difference holds zero",
}


@app.command(
    rich_help_panel=PANEL,
    epilog="Example: replication compare baseline.csv ours.csv --flops 1e22 (two saved fits will "
    "do as well); exit code 1 if undecided.",
)
@tables.takes_tables(**RENAMED)
def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="Runs of one recipe, or a saved fit.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Runs of the other.")],
    flops: Annotated[float, typer.Option(help="Budget at which they are compared, in FLOPs.")],
    law: Annotated[str, typer.Option(help="Law that is fitted to both.")] = "Chinchilla",
    objective: Annotated[str | None, typer.Option(help="As for replication.fit.")] = None,
    on: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="What makes two runs partners; else the inputs."),
    ] = None,
    bootstrap: Annotated[int, typer.Option(metavar="N", help="Resamples.")] = 1000,
    seed: Annotated[int, typer.Option(help="Of the resamples.")] = 0,
    level: Level = LEVEL,
    json_flag: JsonFlag = False,
    *,
    reading: tables.Reading,
) -> int:
    """Say which of two recipes is better at a budget, with an interval."""
    given: list[Any] = []
    for path in (first, second):
        if path.suffix == ".json":
            given.append(rp.load_fit(path))
            continue
        given.append(reading.read(path, json_flag, **RENAMED).runs)
    found = rp.compare(
        *given,
        flops=flops,
        law=law,
        on=on or None,
        resamples=bootstrap,
        seed=seed,
        level=level,
        objective=objective,
    )
    code = 1 if found.verdict == "undecided" else 0
    if json_flag:
        as_json(
            {
                "verdict": found.verdict,
                "a": first.name,
                "b": second.name,
                "flops": found.flops,
                "level": level,
                "pairs": found.pairs,
                "table": found.table,
                "notes": list(found.notes),
            }
        )
        return code
    rows = [
        (str(name), *(fixed(4)(row[end]) for end in ("estimate", "low", "high")))
        for name, row in found.table.iterrows()
    ]
    title = (
        f"a = {first.name}, b = {second.name}, at {flops:.3g} FLOPs; {found.pairs} pairs of runs"
    )
    show_table(rows, ("quantity", "estimate", f"{100 * level:g} % low", "high"), title)
    print(f"{VERDICTS[found.verdict]}.")
    show_notes(found.notes)
    return code


def _law(name: str) -> Any:
    """Return a law of the registry by its address, or a saved fit."""
    if name.endswith(".json"):
        return rp.load_fit(name)
    law = rp.registry()[name].law
    if isinstance(law, OverTraining):
        law = law.to_chinchilla()
    if law.response != "loss" or set(law.inputs) != {"params", "tokens"}:
        raise ArgumentError(
            f"{name} predicts {law.response} from {', '.join(law.inputs)}; a loss by params and "
            "tokens is needed, as of hoffmann2022/tex or corpus/llama3. Or give a saved fit, "
            "FIT.JSON."
        )
    return law


@app.command(
    rich_help_panel=PLANNING,
    epilog="Example: replication simulate --law hoffmann2022/tex --design isoflop --flops 1e21 "
    "--noise 0.004 > runs.csv",
)
def simulate(
    flops: Annotated[float, typer.Option(help="Compute of all runs together, in FLOPs.")],
    design: Annotated[str, typer.Option(help=f"{', '.join(DESIGNS)}.")] = "isoflop",
    law: LawName = SMALL,
    runs: Annotated[int, typer.Option(help="How many runs.")] = 25,
    span: Annotated[float, typer.Option(help="Largest budget over smallest.")] = 100.0,
    tokens_per_param: Annotated[float, typer.Option(help="Ratio around which it lies.")] = RATIO,
    noise: Annotated[float, typer.Option(help="Standard deviation of the log loss.")] = NOISE,
    seed: Annotated[int, typer.Option(help="Of the noise.")] = 0,
    out: Annotated[
        Path | None, typer.Option(metavar="RUNS.CSV", help="A file; else the standard output.")
    ] = None,
) -> None:
    """Write the runs that a law would give, as CSV."""
    plan = rp.layout(design, flops=flops, runs=runs, span=span, tokens_per_param=tokens_per_param)
    text = rp.simulate(_law(law), plan, noise=noise, seed=seed).to_csv(
        index=False, float_format="%.6g", lineterminator="\n"
    )
    if out is None:
        print(text, end="")
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DataError(f"{out} cannot be written: {error.strerror}.") from None
    print(f"wrote {out}", file=sys.stderr)


@app.command(
    rich_help_panel=PLANNING,
    epilog="Example: replication design --flops 1e20 --target 1e22 --noise 0.004",
)
def design(
    flops: Annotated[float, typer.Option(help="Compute of all small runs together, in FLOPs.")],
    target: Annotated[float, typer.Option(help="Compute of the large run, in FLOPs.")],
    law: LawName = SMALL,
    designs: Annotated[
        list[str] | None,
        typer.Option("--design", help=f"{', '.join(DESIGNS)}; all by default."),
    ] = None,
    runs: Annotated[int, typer.Option(help="How many small runs.")] = 25,
    span: Annotated[float, typer.Option(help="Largest budget over smallest.")] = 100.0,
    tokens_per_param: Annotated[float, typer.Option(help="Ratio around which they lie.")] = RATIO,
    noise: Annotated[float, typer.Option(help="Standard deviation of the log loss.")] = NOISE,
    repeats: Annotated[int, typer.Option(help="Simulated studies a design.")] = 50,
    seed: Annotated[int, typer.Option(help="Of the first study.")] = 0,
    objective: Annotated[str | None, typer.Option(help="As for replication.fit.")] = None,
    json_flag: JsonFlag = False,
) -> None:
    """Say which design of small runs predicts a large one best, by simulation."""
    if target <= flops / runs:
        raise ArgumentError(
            f"The target of {target:.3g} FLOPs is no larger than a small run of "
            f"{flops / runs:.3g}; give the compute of the large run that is to be predicted."
        )
    chosen = designs or list(DESIGNS)
    with Progress(console=console(error=True), transient=True) as progress:
        task = progress.add_task("simulating studies", total=repeats * len(chosen))
        found = rp.score_designs(
            _law(law),
            flops=flops,
            target=target,
            designs=chosen,
            runs=runs,
            span=span,
            tokens_per_param=tokens_per_param,
            noise=noise,
            repeats=repeats,
            seed=seed,
            objective=objective,
            progress=lambda: progress.advance(task),
        )
    if json_flag:
        as_json({"best": found.best, "target": target, "flops": flops, "scores": found.table})
        return
    rows = [
        (
            row["design"],
            row["analysis"],
            str(row["runs"]),
            digits(3)(row["largest"]),
            percent(row["off"]),
            percent(row["bias"]),
            fixed(4)(row["regret"]),
            fixed(4)(row["regret_high"]),
            str(int(row["failed"])) if row["failed"] else "",
        )
        for row in found.table.to_dict("records")
    ]
    head = (
        "design", "analysis", "runs", "largest run", "forecast off by", "bias", "regret",
        "regret 90 %", "failed",
    )  # fmt: skip
    title = f"{repeats} studies each, {flops:.3g} FLOPs in all, target {target:.3g} FLOPs"
    show_table(rows, head, title, ["analysis"])
    print(
        f"Best forecast: {found.best}. Regret is the excess loss of the recommended size, in nats."
    )
    print("The law's form is taken as known, so real forecasts are further off.")
