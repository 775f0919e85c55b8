"""Do 95 % intervals cover the truth 95 times in 100? A simulation; `make bench` runs it.

Each data set takes the 240 (N, D) of hoffmann2022, Figure 4, a known law, and log-normal noise. It
is fitted and resampled, and each interval is asked whether it holds the truth. The result goes to
``data/performance/coverage.csv``, which the book shows.

`few` asks the same of a handful of configurations, for percentiles over resamples and for Student's
draws; ``replication/fitting/small_samples.py`` quotes it.
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


def few(
    *,
    configurations: int,
    datasets: int,
    resamples: int = 200,
    grouped: bool = False,
    fixed: dict[str, float] | None = None,
    noise: float = 0.01,
    levels: tuple[float, ...] = (0.8, 0.95),
    seed: int = 0,
) -> pd.DataFrame:
    """Count how often intervals from a handful of configurations hold the truth.

    Parameters
    ----------
    configurations : int
        Runs at random places, or groups of four checkpoints that share the luck of their run.
    datasets : int
        Simulated data sets.
    resamples : int
        Refits, and draws of Student's distribution, of each.
    grouped : bool
        Whether the configurations are groups.
    fixed : dict of str to float, optional
        Fields that are not fitted.
    noise : float
        Standard deviation of the log loss.
    levels : tuple of float
        Nominal levels.
    seed : int
        Seed of places, noise and resamples.

    Returns
    -------
    DataFrame
        One row a method (``percentile``, ``student``), level and quantity; ``covered`` is the
        share of data sets, ``width`` the median width over that of Student's interval.
    """
    quantities = [q for q in (*QUANTITIES, "inside", "beyond") if q not in (fixed or {})]
    truth = _quantities(TRUTH, quantities)
    rows = []
    for k in range(datasets):
        rng = np.random.default_rng([seed, configurations, k])
        table = _configurations(rng, configurations, grouped, noise)
        group = "run" if grouped else None
        fit = rp.fit(Chinchilla, table, objective="log-lsq", fixed=fixed, group=group)
        methods = {
            "percentile": fit.bootstrap(resamples, seed=k).law,
            "student": fit.bootstrap(10 * resamples, seed=k, draws="student").law,
        }
        for method, law in methods.items():
            values = _quantities(law, quantities)
            for level in levels:
                tails = [(1 - level) / 2, (1 + level) / 2]
                for name in quantities:
                    low, high = np.quantile(values[name], tails)
                    inside = low <= truth[name] <= high
                    rows.append((k, method, level, name, inside, high - low))
    columns = ["dataset", "method", "level", "quantity", "covered", "width"]
    every = pd.DataFrame(rows, columns=columns)
    width = every.pivot_table("width", ["dataset", "level", "quantity"], "method")
    ratio = (width["percentile"] / width["student"]).groupby(["level", "quantity"]).median()
    table = every.groupby(["method", "level", "quantity"])["covered"].mean().reset_index()
    student = table["method"] == "student"
    keys = pd.MultiIndex.from_frame(table[["level", "quantity"]])
    return table.assign(
        width=np.where(student, 1.0, ratio.reindex(keys).to_numpy()),
        configurations=configurations,
        grouped=grouped,
        datasets=datasets,
    )


def _configurations(
    rng: np.random.Generator, count: int, grouped: bool, noise: float
) -> pd.DataFrame:
    """Return runs at random places, or four checkpoints of each."""
    params, tokens = 10 ** rng.uniform(7.5, 10.2, count), 10 ** rng.uniform(8.5, 11.5, count)
    luck = noise * rng.standard_normal(count)
    run = np.arange(count)
    if grouped:
        run = np.repeat(run, 4)
        params, luck = params[run], luck[run] + noise / 5 * rng.standard_normal(len(run))
        tokens = tokens[run] * np.tile([0.4, 0.6, 0.8, 1.0], count)
    loss = np.asarray(TRUTH.loss(params, tokens)) * np.exp(luck)
    return pd.DataFrame({"params": params, "tokens": tokens, "loss": loss, "run": run})


def _quantities(law: Chinchilla, names: list[str]) -> dict[str, np.ndarray]:
    """Return exponents, floor and two predictions, one inside the places of the runs."""
    places = {"inside": (1e9, 2e10), "beyond": (1e11, 1e13)}
    return {n: np.asarray(law.loss(*places[n]) if n in places else getattr(law, n)) for n in names}


def main() -> None:
    """Measure two objectives and write the table."""
    parts = [
        coverage(datasets=500, resamples=400, objective=objective)
        for objective in ("log-huber", "log-lsq")
    ]
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    pd.concat(parts).to_csv(TARGET, index=False, lineterminator="\n")
    for configurations in (6, 8, 10, 12, 20):
        for grouped in (False, True):
            table = few(configurations=configurations, datasets=200, grouped=grouped)
            print(table.groupby(["method", "level"])[["covered", "width"]].mean().round(3))


if __name__ == "__main__":
    main()
