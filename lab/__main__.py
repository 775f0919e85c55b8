"""The lab's command line: train the sweep, one stage or one run; count; export; compress; smoke."""

import argparse
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from lab import continued
from lab.design import SMOKE, STAGES, Run, declared
from lab.ladder import export as export_ladder
from lab.ladder import ladder
from lab.records import export
from lab.sweep import cost, finished, sweep

FOLDER = Path("_build/lab/runs")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m lab", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where runs are kept")
    what = parser.add_subparsers(dest="what", required=True)
    asked = what.add_parser("sweep", help="train what is not trained yet, of all stages or some")
    asked.add_argument("stages", nargs="*", help=f"{', '.join(STAGES)}, or smoke")
    asked.add_argument("--jobs", type=int, default=1, help="processes, a core each")
    asked = what.add_parser("run", help="train one run: one of the sweep by its id, or your own")
    asked.add_argument("id", nargs="?", help="as `status` lists it")
    for name, kind in (("width", int), ("budget", float), ("rate", float), ("seed", int)):
        asked.add_argument(f"--{name}", type=kind)
    asked.add_argument("--schedule", choices=["cooldown", "cosine"])
    what.add_parser("status", help="list the runs and say which are finished")
    asked = what.add_parser("export", help="write the table of the finished runs")
    asked.add_argument("--to", type=Path, default=Path("_build/lab/runs.csv"))
    asked = what.add_parser("ladder", help="train repeated seeds at six sizes, and export them")
    asked.add_argument("--to", type=Path, default=Path("_build/lab/ladder.csv"))
    asked.add_argument("--jobs", type=int, default=1, help="processes, a core each")
    asked = what.add_parser("compress", help="prune and round the finished runs, one row each")
    asked.add_argument("--to", type=Path, default=Path("_build/lab/compressed.csv"))
    asked = what.add_parser("continued", help="go on from one text to another (junior2025)")
    asked.add_argument("step", choices=["train", "status", "export"])
    asked.add_argument("--to", type=Path, default=Path("_build/lab/continued-tables"))
    asked.add_argument("--perl", type=Path, default=continued.PERL, help="perl-doc, unpacked")
    asked.add_argument("--trunks", type=Path, default=FOLDER, help="where the sweep's trunks are")
    what.add_parser("smoke", help="all of this on tiny runs, killed and resumed, in a minute")
    # `--folder` may stand before or after the word.
    for one in what.choices.values():
        one.add_argument("--folder", type=Path, default=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.what == "continued":
        _continued(options, parser)
    elif options.what == "status":
        _status(options.folder)
    elif options.what == "export":
        found = export(options.folder, options.to)
        print(f"{len(found)} runs in {options.to}, {found['cpu_s_own'].sum() / 3600:.2f} CPU-hours")
    elif options.what == "smoke":
        from lab.smoke import smoke

        smoke(options.folder.parent / "smoke")
    elif options.what == "compress":
        _compress(options, parser)
    else:
        _train(options, parser)


def _need(missing: ImportError, parser: argparse.ArgumentParser) -> NoReturn:
    parser.error(f"training needs {missing.name}: use `make lab`, or pip install '.[lab]'")


def _compress(options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    try:
        from lab.compress import compress
    except ImportError as missing:
        _need(missing, parser)
    found = compress(options.folder, options.to)
    print(f"{len(found)} rows in {options.to}, {found['cpu_s'].sum() / 60:.1f} CPU minutes")


def _train(options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    try:
        from lab.train import train
    except ImportError as missing:
        _need(missing, parser)
    if options.what == "sweep":
        stages = STAGES | {"smoke": SMOKE}
        if unknown := set(options.stages) - set(stages):
            parser.error(f"no stage {', '.join(sorted(unknown))}; there are {', '.join(stages)}")
        asked = [stages[stage] for stage in options.stages or STAGES]
        print(f"{sweep(asked, options.folder, options.jobs, train)} runs trained")
        return
    if options.what == "ladder":
        sweep(ladder(), options.folder, options.jobs, train)
        print(f"{len(export_ladder(options.folder, options.to))} runs in {options.to}")
        return
    if options.id:
        if options.id not in declared():
            parser.error(f"no run {options.id} in the sweep; see `python -m lab status`")
        run = declared()[options.id][1]
    elif options.width and options.budget:
        run = Run(options.width, options.budget)
    else:
        parser.error("name a run of the sweep, or give --width and --budget")
    given = {name: getattr(options, name) for name in ("schedule", "rate", "seed")}
    run = replace(run, **{name: value for name, value in given.items() if value is not None})
    if run.previous and not finished(run.previous, options.folder):
        run = replace(run, after=None)  # alone, it trains its whole trunk
    sweep([[run]], options.folder, 1, train)
    print((options.folder / f"{run.id}.json").read_text())


def _continued(options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    folder = continued.FOLDER if options.folder == FOLDER else options.folder
    if options.step == "export":
        runs, losses = continued.export(folder, options.to)
        print(f"{len(runs)} runs, {len(losses)} checkpoints in {options.to}")
        return
    if options.step == "train" and find_spec("torch") is None:
        parser.error("training needs torch: use `make lab-continued`, or pip install '.[lab]'")
    for phase in continued.PLAN:
        done = finished(phase, folder)
        if options.step == "train" and not done:
            folder.mkdir(parents=True, exist_ok=True)
            continued.train(phase, folder, options.perl, options.trunks)
            done = True
        print(f"{'done' if done else '    '}  {phase.id}", flush=True)


def _status(folder: Path) -> None:
    missing = 0.0
    for run_id, (stage, run) in declared().items():
        done = finished(run, folder)
        missing += 0 if done else cost(run)
        print(f"{'done' if done else '    '}  {stage:10} {run_id}")
    print(f"{missing:.3g} FLOPs to go")


if __name__ == "__main__":
    main()
