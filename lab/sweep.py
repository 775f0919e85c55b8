"""Train what is not trained yet: `sweep(runs, folder)` resumes after a kill at any point."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from lab.design import Run
from lab.records import Trained

Trainer = Callable[[Run, Path], Any]


def finished(run: Trained, folder: Path) -> bool:
    """Say whether a run's JSON stands; it is written last, and whole or not at all."""
    return (folder / f"{run.id}.json").exists()


def chains(runs: Iterable[Run], folder: Path) -> list[list[Run]]:
    """Return the unfinished runs, those of one trunk together and in the order of training.

    Raises
    ------
    ValueError
        If a run continues one that is neither finished nor listed before it.
    """
    found: dict[tuple[object, ...], list[Run]] = {}
    seen: set[str] = set()
    for run in runs:
        before = run.previous
        if before and before.id not in seen and not finished(before, folder):
            raise ValueError(f"{run.id} continues {before.id}, not trained: list it first.")
        if run.id not in seen and not finished(run, folder):
            found.setdefault((run.width, run.schedule, run.rate, run.seed), []).append(run)
        seen.add(run.id)
    return list(found.values())


def sweep(stages: Iterable[Iterable[Run]], folder: Path, jobs: int, trainer: Trainer) -> int:
    """Train the unfinished runs, one process a trunk, and return how many there were.

    Parameters
    ----------
    stages : iterable of iterables of Run
        In order of importance; a stage begins when the one before is finished.
    folder : Path
        Where the JSONs and weights are.
    jobs : int
        Processes; each uses one thread.
    trainer : callable
        Takes a run and the folder and leaves a JSON there, as `lab.train.train` does.
    """
    from joblib import Parallel, delayed
    from rich import progress

    folder.mkdir(parents=True, exist_ok=True)
    stages = [list(stage) for stage in stages]
    todo = chains((run for stage in stages for run in stage), folder)
    columns = (
        *progress.Progress.get_default_columns()[:3],
        progress.TimeElapsedColumn(),
        progress.TextColumn("left"),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, speed_estimate_period=1800) as bar:
        shown = bar.add_task("training", total=sum(cost(run) for chain in todo for run in chain))
        for stage in stages:
            work = Parallel(n_jobs=jobs, return_as="generator_unordered")
            for chain in work(delayed(_chain)(c, folder, trainer) for c in chains(stage, folder)):
                bar.update(shown, advance=sum(map(cost, chain)))
    return sum(map(len, todo))


def cost(run: Run) -> float:
    """Return the FLOPs a run adds, given what it continues."""
    inherited = run.previous.cooldown_starts / run.previous.steps if run.previous else 0
    return run.budget - inherited * (run.after or 0)


def _chain(chain: list[Run], folder: Path, trainer: Trainer) -> list[Run]:
    for run in chain:
        trainer(run, folder)
    return chain
