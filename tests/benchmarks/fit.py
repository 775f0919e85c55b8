"""The default fit against the recipe of 4,500 starts."""

import numpy as np
import pandas as pd

import replication as rp
from benchmarks import baselines, words
from benchmarks.measure import timed
from benchmarks.points import logs
from replication.papers import besiroglu2024

CALLS = 31
RANDOM_STARTS = 60


def centred_search(x, y, z):
    """A fair use of scipy for a global search: few starts, each of which arrives."""
    points, rng = baselines.Points.of(x, y, z), np.random.default_rng(0)
    refit = baselines.Refit(points, np.ones(len(x)))
    with np.errstate(all="ignore"):
        starts = random_starts(rng, RANDOM_STARTS)
        ends = [refit.minimise(start, "BFGS", {"gtol": 1e-6}) for start in starts]
    return min((refit.value(end), tuple(end)) for end in ends)


def random_starts(rng: np.random.Generator, count: int):
    """Starts in centred coordinates: ln of the terms at the centre, exponents, ln E."""
    low, high = np.array([[-4, 1.5], [-4, 1.5], [0.02, 1.5], [0.02, 1.5], [-2, 1]]).T
    return rng.uniform(low, high, size=(count, 5))


def measure() -> pd.DataFrame:
    """Time both sides; print and return the ratios."""
    runs = besiroglu2024.points()
    x, y, z = logs(runs)
    starts = besiroglu2024.GRID.grid(("A", "B", "E", "alpha", "beta"))
    work = {
        "ours": (lambda: rp.fit(rp.laws.Chinchilla, runs), CALLS, 1),
        "scipy_centred": (lambda: centred_search(x, y, z), 3, RANDOM_STARTS),
        "recipe_analytic": (lambda: baselines.grid_search(x, y, z, starts, True), 1, len(starts)),
        "recipe_numeric": (lambda: baselines.grid_search(x, y, z, starts, False), 1, len(starts)),
    }
    rows = []
    for side, (call, repeats, count) in work.items():
        timing = timed(call, repeats)
        ours = side == "ours"
        if ours:
            # Its law under the baseline's objective, so that both sides are judged alike.
            objective = baselines.huber_sum(x, y, z)(timing.result.law.to_vector())
        else:
            objective = timing.result[0]
        rows.append(
            {
                "side": side,
                "setting": words.FIT[side],
                "starts": 0 if ours else count,
                "calls": repeats,
                "seconds": timing.process,
                "wall_seconds": timing.wall,
                "objective": float(objective),
            }
        )
        print(f"  {side}: {timing.process:.4g} s, objective {objective:.12g}", flush=True)
    table = pd.DataFrame(rows)
    table["excess"] = table["objective"] / table["objective"].min() - 1
    table["ratio"] = table["seconds"] / table["seconds"].iloc[0]
    for row in table.itertuples():
        print(f"  {row.side}: {row.ratio:,.0f} times ours, excess {row.excess:.1e}")
    return table.sort_values("seconds", kind="stable")
