"""A ladder of sizes with repeated seeds: one depth, one batch, equally many bytes for all.

How much of the error of an extrapolation in size is noise? The runs to both horizons share one
constant part, so the shorter one costs a fifth of its length.
"""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from lab.design import CONTEXT, Run
from lab.records import table, write_table

WIDTHS = (12, 16, 24, 32, 48, 64)
HORIZONS = (499_712, 1_000_448)  # bytes: whole steps of 1,024
SEEDS = (0, 1, 2)
SEQUENCES = 16
KEPT = ["run", "width", "layers", "params", "params_nonembedding", "seed", "batch", "steps"]
KEPT += ["tokens", "flops", "loss", "loss_se", "loss_trunk", "loss_train", "cpu_s_own"]


def rungs(width: int, seed: int) -> list[Run]:
    """Return the runs of one width and seed, the shortest first.

    Parameters
    ----------
    width, seed : int
        As in `Run`. Runs of one seed see the same text in the same order, whatever their width.
    """
    first = Run(width, 1.0, seed=seed, depth=2, sequences=SEQUENCES)
    runs: list[Run] = []
    for tokens in HORIZONS:
        budget = float(tokens * first.flops_per_token)
        runs.append(replace(first, budget=budget, after=runs[-1].budget if runs else None))
        assert runs[-1].steps * SEQUENCES * CONTEXT == tokens, "a horizon is not whole steps"
    return runs


def ladder() -> list[list[Run]]:
    """Return the runs seed by seed: a sweep that is stopped early has whole ladders."""
    return [[run for width in WIDTHS for run in rungs(width, seed)] for seed in SEEDS]


def export(folder: Path, place: Path) -> pd.DataFrame:
    """Write the finished runs of the ladder as CSV, sorted by horizon, size and seed."""
    found = table(folder)
    ours = {run.id for stage in ladder() for run in stage}
    found = found[found["run"].isin(ours)].sort_values(["tokens", "params", "seed"])
    write_table(found[KEPT], place)
    return found
