"""A grid of lifetime optima, against one root search a point."""

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
from scipy.optimize import brentq, elementwise, newton

import replication as rp
from benchmarks import words
from benchmarks.measure import timed

SIDE = 200
CALLS = 31
HIGHEST = math.log(1e22)
"""Of log tokens: no optimum of the grid lies beyond."""


@cache
def law():
    return rp.published("sardana2024", "repository")


def grid(side: int = SIDE):
    """Losses (a column) and demands (a row): the region of the paper's figures."""
    return np.linspace(1.75, 2.6, side)[:, None], np.geomspace(1e8, 1e14, side)


def ours(losses, demands):
    best = rp.lifetime_optimal(law(), loss=losses, inference_tokens=demands)
    return best.params, best.tokens


def one_by_brentq(loss: float, demand: float):
    """Tokens as the root of the paper's equation in log tokens; then parameters."""
    A, B, E, alpha, beta = law().A, law().B, law().E, law().alpha, law().beta
    first, second = beta * B / alpha + B, demand * beta * B / (3 * alpha)
    excess = loss - E

    def slope(log_tokens):
        return (first + second * math.exp(-log_tokens)) * math.exp(-beta * log_tokens) - excess

    low = math.log(B / excess) / beta
    tokens = math.exp(brentq(slope, low, HIGHEST, xtol=1e-12, rtol=1e-14))
    return (A / (excess - B * tokens**-beta)) ** (1 / alpha), tokens


def one_by_newton(loss: float, demand: float):
    """As the authors' scripts: scipy's newton in tokens from 1e8, at their tolerances."""
    A, B, E, alpha, beta = law().A, law().B, law().E, law().alpha, law().beta
    first, second = beta * B / alpha + B, demand * beta * B / (3 * alpha)

    def slope(tokens):
        return first * tokens**-beta + second * tokens ** (-beta - 1) + E - loss

    try:
        tokens = newton(slope, 1e8, tol=1e-5, maxiter=100, rtol=1e-8)
        return (A / (loss - E - B * tokens**-beta)) ** (1 / alpha), tokens
    except RuntimeError:
        return math.nan, math.nan


def one_by_one(solve: Callable, losses, demands):
    """Solve every point of the grid by itself."""
    rows = [[solve(loss, demand) for demand in demands.tolist()] for loss in losses[:, 0].tolist()]
    found = np.array(rows)
    return found[..., 0], found[..., 1]


def all_by_scipy(losses, demands):
    """The same equation by scipy's root search for arrays."""
    A, B, E, alpha, beta = law().A, law().B, law().E, law().alpha, law().beta
    excess, demand = np.broadcast_arrays(losses - E, demands)
    first, second = beta * B / alpha + B, demand * beta * B / (3 * alpha)

    def slope(log_tokens, second, excess):
        return (first + second * np.exp(-log_tokens)) * np.exp(-beta * log_tokens) - excess

    low = np.log(B / excess) / beta
    ends = low, np.full(low.shape, HIGHEST)
    tokens = np.exp(elementwise.find_root(slope, ends, args=(second, excess)).x)
    return (A / (excess - B * tokens**-beta)) ** (1 / alpha), tokens


SIDES = {
    "ours": (ours, CALLS),
    "scipy_arrays": (all_by_scipy, 5),
    "brentq": (lambda *where: one_by_one(one_by_brentq, *where), 3),
    "newton": (lambda *where: one_by_one(one_by_newton, *where), 1),
}


def measure() -> pd.DataFrame:
    """Time all sides on one grid; print and return the ratios."""
    losses, demands = grid()
    reference = ours(losses, demands)
    rows = []
    for side, (solve, calls) in SIDES.items():
        timing = timed(lambda s=solve: s(losses, demands), calls)
        found = np.stack(timing.result)
        apart = np.abs(found / np.stack(reference) - 1)
        rows.append(
            {
                "side": side,
                "setting": words.LIFETIME[side],
                "points": reference[0].size,
                "calls": calls,
                "failed": int(np.isnan(found[1]).sum()),
                "seconds": timing.process,
                "wall_seconds": timing.wall,
                "worst_difference": float(np.nanmax(apart)),
            }
        )
    table = pd.DataFrame(rows)
    table["ratio"] = table["seconds"] / table["seconds"].iloc[0]
    for row in table.itertuples():
        print(f"  {row.side}: {row.seconds:.4g} s, {row.ratio:,.1f} times ours", flush=True)
    return table.sort_values("seconds", kind="stable")
