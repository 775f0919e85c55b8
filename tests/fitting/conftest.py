"""Exact synthetic surfaces, and a solver that shares no line with the package.

The solver is scipy's, on plain formulas: centred logarithms, an analytic gradient, the objective
divided by delta n so that no absolute tolerance stops it early.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize

import replication as rp
from replication.laws import Chinchilla

Array = NDArray[np.float64]


class Plain:
    """Chinchilla's law in centred logarithms: log L = log(e^(p0 - p1 x) + e^(p2 - p3 y) + e^p4)."""

    def __init__(self, table: pd.DataFrame, delta: float = 1e-3, weights: Any = None) -> None:
        x, y = np.log(table.params.to_numpy()), np.log(table.tokens.to_numpy())
        self.mean_x, self.mean_y = x.mean(), y.mean()
        self.x, self.y = x - self.mean_x, y - self.mean_y
        self.loss = np.log(table.loss.to_numpy())
        self.weights = np.ones(len(x)) if weights is None else np.asarray(weights, float)
        self.delta, self.unit = delta, delta * len(x)

    def scaled(self, p: Array) -> tuple[float, Array]:
        """Return the Huber sum over delta n, and its gradient."""
        # A line search may look far away, where exp has no number: nothing there beats the rest.
        logs = p[0] - p[1] * self.x, p[2] - p[3] * self.y, p[4]
        of_params, of_tokens, constant = (np.exp(np.clip(u, -300.0, 300.0)) for u in logs)
        predicted = of_params + of_tokens + constant
        r = self.loss - np.log(predicted)
        clipped = np.clip(r, -self.delta, self.delta)
        share = -self.weights * clipped / predicted / self.unit
        value = self.weights @ (clipped * (r - clipped / 2)) / self.unit
        first, second = share * of_params, share * of_tokens
        slope = [first.sum(), -(first @ self.x), second.sum(), -(second @ self.y)]
        return float(value), np.array([*slope, constant * share.sum()])

    def polish(self, start: Array) -> tuple[float, Array]:
        """Return the Huber sum and coordinates at the nearest minimum, as sharp as scipy can."""
        loose = {"maxiter": 3000, "maxfun": 6000, "ftol": 1e-15, "gtol": 1e-11, "maxcor": 30}
        tight = {"gtol": 1e-12, "maxiter": 1000}
        end = minimize(self.scaled, start, jac=True, method="L-BFGS-B", options=loose)
        for _ in range(3):
            again = minimize(self.scaled, end.x, jac=True, method="BFGS", options=tight)
            if not again.fun < end.fun:
                break
            end = again
        return end.fun * self.unit, end.x

    def search(self, starts: int, seed: int, keep: int = 20) -> tuple[float, Array]:
        """Return the best minimum from random starts: all run loosely, the best ones to the end."""
        rng = np.random.default_rng(seed)
        low, high = np.array([-4, 0.02, -4, 0.02, -2]), np.array([1.5, 1.5, 1.5, 1.5, 1])
        ends = rng.uniform(low, high, (starts, 5))
        for iterations, tolerance, kept in ((15, 1e-3, keep), (200, 1e-9, 3)):
            options = {"maxiter": iterations, "ftol": tolerance, "maxcor": 5}
            found = [
                minimize(self.scaled, p, jac=True, method="L-BFGS-B", options=options) for p in ends
            ]
            ends = np.array([end.x for end in sorted(found, key=lambda end: end.fun)[:kept]])
        return min((self.polish(p) for p in ends), key=lambda best: best[0])

    def coordinates(self, law: Chinchilla) -> Array:
        """Return centred coordinates of a law."""
        return np.array(
            [
                np.log(law.A) - law.alpha * self.mean_x,
                law.alpha,
                np.log(law.B) - law.beta * self.mean_y,
                law.beta,
                np.log(law.E),
            ]
        )

    def law(self, p: Array) -> Chinchilla:
        """Return the law at centred coordinates."""
        A, B = np.exp(p[0] + p[1] * self.mean_x), np.exp(p[2] + p[3] * self.mean_y)
        return Chinchilla(A=float(A), B=float(B), E=float(np.exp(p[4])), alpha=p[1], beta=p[3])


def random_surface(seed: int, noise: float | None = None) -> tuple[Chinchilla, pd.DataFrame]:
    """Return a law with parameters over wide ranges, and points drawn from it."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(40, 301))
    alpha, beta = rng.uniform(0.15, 0.7, 2)
    params = np.exp(rng.uniform(np.log(3e7), np.log(2e10), n))
    tokens = np.exp(rng.uniform(np.log(5e8), np.log(5e11), n))
    A = rng.uniform(0.05, 1.5) * np.exp(alpha * np.log(params).mean())
    B = rng.uniform(0.05, 1.5) * np.exp(beta * np.log(tokens).mean())
    law = Chinchilla(A=A, B=B, E=rng.uniform(0.5, 2.5), alpha=alpha, beta=beta)
    spread = 10 ** rng.uniform(-3, np.log10(0.03)) if noise is None else noise
    loss = law.loss(params, tokens) * np.exp(spread * rng.standard_normal(n))
    return law, pd.DataFrame({"params": params, "tokens": tokens, "loss": loss})


def hard_surface(seed: int) -> tuple[Chinchilla, pd.DataFrame]:
    """Return points that hardly tell the terms apart: short ranges, N and D correlated."""
    rng = np.random.default_rng([seed, 7])
    n = int(rng.integers(8, 400))
    alpha, beta = rng.uniform(0.05, 1.2, 2)
    width = rng.uniform(1, 8, 2)
    x, y = rng.uniform(0, width[0], n), rng.uniform(0, width[1], n)
    if rng.random() < 0.3:
        y = 0.2 * y + x * rng.uniform(0.5, 1.2)
    params, tokens = 1e8 * np.exp(x), 1e9 * np.exp(y)
    A = 10 ** rng.uniform(-2.5, 0.5) * np.exp(alpha * np.log(params).mean())
    B = 10 ** rng.uniform(-2.5, 0.5) * np.exp(beta * np.log(tokens).mean())
    law = Chinchilla(A=A, B=B, E=10 ** rng.uniform(-1.5, 0.5), alpha=alpha, beta=beta)
    noise = 10 ** rng.uniform(-3.5, -1)
    z = rng.standard_normal(n) if rng.random() < 0.6 else rng.standard_t(2, n)
    loss = law.loss(params, tokens) * np.exp(noise * z)
    return law, pd.DataFrame({"params": params, "tokens": tokens, "loss": loss})


@pytest.fixture(scope="session")
def hard() -> Callable[[int], tuple[Chinchilla, pd.DataFrame]]:
    """Builder of surfaces on which searches fail: ``hard(seed)``."""
    return hard_surface


@pytest.fixture(scope="session")
def surface() -> Callable[..., tuple[Chinchilla, pd.DataFrame]]:
    """Builder of random surfaces: ``surface(seed, noise=None)`` gives the law and its points."""
    return random_surface


@pytest.fixture(scope="session")
def plain() -> type[Plain]:
    """The independent solution: ``plain(table).polish(start)``."""
    return Plain


@pytest.fixture(scope="session")
def points() -> pd.DataFrame:
    """The 245 points of hoffmann2022, Figure 4."""
    return rp.load("hoffmann2022", "figure4_points")


@pytest.fixture(scope="session")
def points_240(points: pd.DataFrame) -> pd.DataFrame:
    """The 240 points of besiroglu2024: the five largest losses dropped."""
    kept = points[points.loss < points.loss.nlargest(5).min()].reset_index(drop=True)
    assert len(kept) == 240
    return kept
