"""The default fit on random surfaces, against an exhaustive search by scipy."""

import warnings

import numpy as np
import pandas as pd

import replication as rp
from benchmarks import baselines
from benchmarks.fit import random_starts
from benchmarks.measure import timed
from benchmarks.points import logs

SURFACES = 200
STARTS = 500
POLISHED = 5
BEATEN = 1e-6


def surface(seed: int) -> tuple[pd.DataFrame, float]:
    """Runs of a random law at random sizes, and the noise of their log losses."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(40, 301))
    alpha, beta = rng.uniform(0.15, 0.7, 2)
    irreducible = rng.uniform(0.5, 2.5)
    params = np.exp(rng.uniform(*np.log([3e7, 2e10]), n))
    tokens = np.exp(rng.uniform(*np.log([5e8, 5e11]), n))
    A = rng.uniform(0.05, 1.5) * np.exp(alpha * np.log(params).mean())
    B = rng.uniform(0.05, 1.5) * np.exp(beta * np.log(tokens).mean())
    noise = float(np.exp(rng.uniform(*np.log([1e-3, 3e-2]))))
    law = rp.laws.Chinchilla(A, B, irreducible, alpha, beta)
    loss = law.loss(params, tokens) * np.exp(noise * rng.standard_normal(n))
    return pd.DataFrame({"params": params, "tokens": tokens, "loss": loss}), noise


def search(runs: pd.DataFrame, seed: int, starts: int = STARTS) -> float:
    """The lowest Huber sum that scipy finds."""
    points = baselines.Points.of(*logs(runs))
    refit = baselines.Refit(points, np.ones(len(runs)))
    rough = {"ftol": 1e-9, "gtol": 1e-6, "maxiter": 300}
    ends = [
        refit.minimise(start, "L-BFGS-B", rough)
        for start in random_starts(np.random.default_rng(seed), starts)
    ]
    ends.sort(key=lambda end: np.nan_to_num(refit.value(end), nan=np.inf))
    return min(refit.tight(end)[0] for end in ends[:POLISHED])


def measure() -> pd.DataFrame:
    """Fit every surface both ways; print and return how often and how far scipy is ahead."""
    rows = []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for seed in range(SURFACES):
            runs, noise = surface(seed)
            ours = timed(lambda r=runs: rp.fit(rp.laws.Chinchilla, r))
            theirs = timed(lambda r=runs, s=seed: search(r, s))
            objective = baselines.huber_sum(*logs(runs))(ours.result.law.to_vector())
            excess = objective / theirs.result - 1
            times = (ours.process, theirs.process)
            rows.append((seed, len(runs), noise, objective, theirs.result, excess, *times))
            if excess > BEATEN:
                print(f"  surface {seed}: excess {excess:.1e}, noise {noise:.2g}", flush=True)
    columns = ["surface", "points", "noise", "objective", "scipy_objective", "excess"]
    table = pd.DataFrame(rows, columns=[*columns, "seconds", "scipy_seconds"])
    beaten = int((table["excess"] > BEATEN).sum())
    print(f"  worst excess {table['excess'].max():.1e}; beaten on {beaten} of {len(table)}")
    ours, theirs = table["seconds"].median(), table["scipy_seconds"].median()
    print(f"  median {ours:.3f} s against {theirs:.2f} s")
    return table
