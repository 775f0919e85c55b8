"""Compute the study on all cores and store its rows; stopped, it resumes."""

import argparse
import hashlib
from functools import partial
from pathlib import Path

import pandas as pd

from replication._memo import cached
from replication._spreading import spread_over
from replication.datasets import descriptor as _descriptor
from replication.hindcast.protocol import Protocol
from replication.study.cases import CASES, Task, tasks
from replication.study.costs import priced, regrets_of
from replication.study.scored import rows_of
from replication.study.shipping import corpus_hash


def main(arguments: list[str] | None = None) -> int:
    """Compute the study and store it."""
    parser = argparse.ArgumentParser(prog="make study", description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=-1, help="processes; all cores by default")
    parser.add_argument("--parts", type=Path, default=Path("_build/study"), help="where it resumes")
    options = parser.parse_args(arguments)
    options.parts.mkdir(parents=True, exist_ok=True)
    todo, kept = tasks(), partial(_part, folder=options.parts)
    parts = spread_over(options.jobs, kept, todo, progress=True)
    costs = spread_over(options.jobs, regrets_of, priced())
    tables = {}
    for name, case in CASES.items():
        own = [
            p for t, p in zip(todo, parts, strict=True) if case == (t.control, t.law, t.objective)
        ]
        tables[name] = pd.concat(own).sort_values(["design", "cut", "run"])
    tables["regret"] = pd.concat(costs).sort_values(["design", "cut", "budget", "approach"])
    for name, found in tables.items():
        place = _descriptor.root() / "corpus" / f"{name}.csv"
        found.to_csv(place, index=False, lineterminator="\n")
        print(f"{len(found)} rows in {place}")
    return 0


def _part(task: Task, folder: Path) -> pd.DataFrame:
    """Return the rows of a task, computed unless a part of the same protocol is kept."""
    basis = repr((task, Protocol(), task.columns, corpus_hash(), _engine()))
    place = folder / f"{hashlib.sha256(basis.encode()).hexdigest()[:20]}.csv"
    if place.exists():
        return pd.read_csv(place, dtype={"run": str}, keep_default_na=True)
    rows = rows_of(task)
    rows.to_csv(place.with_suffix(".new"), index=False)
    place.with_suffix(".new").replace(place)  # whole, or not at all
    return rows


@cached
def _engine() -> str:
    """Return a hash of the code that computes a row."""
    total = hashlib.sha256()
    package = Path(__file__).parents[1]
    for folder in ("fitting", "laws", "hindcast", "counting"):
        for path in sorted((package / folder).rglob("*.py")):
            total.update(path.read_bytes())
    return total.hexdigest()
