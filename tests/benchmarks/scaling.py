"""How the time of a bootstrap grows with resamples and with points."""

import numpy as np
import pandas as pd

import replication as rp
from benchmarks.measure import timed
from benchmarks.points import fitted, synthetic

RESAMPLES = (500, 1000, 2000, 4000, 8000, 16000)
POINTS = (240, 1000, 3000, 10_000, 30_000, 100_000)
FEW = 40
REPEATS = 3


def slope(table: pd.DataFrame, varied: str) -> float:
    """Exponent of the time in what is varied: 1 is linear."""
    part = table[table["varied"] == varied]
    return float(np.polyfit(np.log(part[varied]), np.log(part["seconds"]), 1)[0])


def measure() -> pd.DataFrame:
    """Time both sweeps; print the slopes and return the times."""
    rows = []
    for resamples in RESAMPLES:
        seconds = timed(lambda r=resamples: fitted().bootstrap(r), REPEATS).process
        rows.append(("resamples", fitted().n, resamples, seconds))
    for points in POINTS:
        fit = rp.fit(rp.laws.Chinchilla, synthetic(points))
        seconds = timed(lambda f=fit: f.bootstrap(FEW), REPEATS).process
        rows.append(("points", points, FEW, seconds))
    table = pd.DataFrame(rows, columns=["varied", "points", "resamples", "seconds"])
    for varied in ("resamples", "points"):
        print(f"  seconds grow as {varied} to the power {slope(table, varied):.2f}")
    return table.sort_values(["varied", "points", "resamples"])
