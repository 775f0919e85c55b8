"""Do 95 % intervals cover the truth 95 times in 100? A simulation; `make bench` runs it.

Each data set takes the 240 (N, D) of hoffmann2022, Figure 4, a known law, and log-normal noise. It
is fitted and resampled, and each interval is asked whether it holds the truth. The result goes to
``data/performance/coverage.csv``, which the book shows.
"""

from pathlib import Path

import numpy as np
import pandas as pd

import replication as rp
from replication.laws import Chinchilla

TARGET = Path(__file__).parents[2] / "data" / "performance" / "coverage.csv"
QUANTITIES = ("alpha", "beta", "E", "a")
TRUTH = Chinchilla(A=480.0, B=2100.0, E=1.82, alpha=0.348, beta=0.367)


def coverage(
    *,
    datasets: int,
    resamples: int,
    noise: float = 0.01,
    objective: str = "log-huber",
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Count how often bootstrap intervals hold the truth.

    Parameters
    ----------
    datasets : int
        Simulated data sets.
    resamples : int
        Refits of each.
    noise : float
        Standard deviation of the log loss.
    objective : str
        What the fits minimise.
    level : float
        Nominal level of the intervals.
    seed : int
        Seed of noise and resamples.

    Returns
    -------
    DataFrame
        One row a quantity; ``covered`` is the share of data sets whose interval holds the truth.
    """
    points = rp.load("hoffmann2022", "figure4_points").nsmallest(240, "loss")
    design = points[["params", "tokens"]]
    loss = np.asarray(TRUTH.loss(design.params, design.tokens))
    rng = np.random.default_rng(seed)
    inside = pd.Series(0, index=list(QUANTITIES))
    for k in range(datasets):
        noisy = loss * np.exp(noise * rng.standard_normal(len(loss)))
        fit = rp.fit(Chinchilla, design.assign(loss=noisy), objective=objective)
        table = fit.bootstrap(resamples, seed=k).interval(level)
        for name in QUANTITIES:
            low, high = table.loc[name, ["low", "high"]]
            inside[name] += low <= getattr(TRUTH, name) <= high
    settings = {
        "level": level,
        "covered": inside.to_numpy() / datasets,
        "datasets": datasets,
        "resamples": resamples,
        "noise": noise,
        "objective": objective,
    }
    return pd.DataFrame({"quantity": list(QUANTITIES)} | settings)


def main() -> None:
    """Measure two objectives and write the table."""
    parts = [
        coverage(datasets=500, resamples=400, objective=objective)
        for objective in ("log-huber", "log-lsq")
    ]
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    pd.concat(parts).to_csv(TARGET, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
