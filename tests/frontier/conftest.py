"""Exact surfaces: a law, and runs of it in slices and along curves."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.laws import Chinchilla

BUDGETS = np.geomspace(1e18, 1e22, 5)


@pytest.fixture(scope="session")
def law() -> Chinchilla:
    """The printed coefficients of hoffmann2022, Eq. 10."""
    return Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.34, beta=0.28)


@pytest.fixture(scope="session")
def even() -> Chinchilla:
    """A law with equal exponents, on which a parabola in log N has its minimum in place."""
    return Chinchilla(A=300.0, B=900.0, E=1.7, alpha=0.31, beta=0.31)


def in_slices(law: Chinchilla, width: float = 3.0, sizes: int = 9) -> pd.DataFrame:
    """Return runs at five budgets, spaced evenly in log N round the optimum."""
    best = law.optimal(flops=BUDGETS).params
    params = (best[:, None] * np.geomspace(1 / width, width, sizes)).ravel()
    budget = np.repeat(BUDGETS, sizes)
    tokens = budget / (6 * params)
    columns = {"params": params, "tokens": tokens, "flops": budget, "isoflop_budget": budget}
    return pd.DataFrame(columns | {"loss": law.loss(params, tokens)})


def in_curves(law: Chinchilla, sizes: int = 60, points: int = 60) -> pd.DataFrame:
    """Return the whole training curve of many sizes."""
    params = np.repeat(np.geomspace(1e7, 1e11, sizes), points)
    tokens = np.tile(np.geomspace(1e8, 1e13, points), sizes)
    loss, run = law.loss(params, tokens), np.repeat(np.arange(sizes), points)
    columns = {"params": params, "tokens": tokens, "flops": 6 * params * tokens}
    return pd.DataFrame(columns | {"loss": loss, "run": run})


@pytest.fixture(scope="session")
def slices() -> Callable[..., pd.DataFrame]:
    """Builder of isoFLOP slices: ``slices(law, width, sizes)``."""
    return in_slices


@pytest.fixture(scope="session")
def curves() -> Callable[..., pd.DataFrame]:
    """Builder of training curves: ``curves(law, sizes, points)``."""
    return in_curves


@pytest.fixture(scope="session")
def right() -> pd.DataFrame:
    """The 114 isoFLOP runs of hoffmann2022, Figure 4, right panel."""
    return rp.load("hoffmann2022", "figure4_isoflop_points")


@pytest.fixture(scope="session")
def left() -> pd.DataFrame:
    """The 245 runs of hoffmann2022, Figure 4, left panel."""
    return rp.load("hoffmann2022", "figure4_points")


@pytest.fixture(scope="session")
def case() -> Callable[[str], pd.DataFrame]:
    """Reader of a table under ``cases/``, by name."""
    return lambda name: pd.read_csv(Path(__file__).parent / "cases" / f"{name}.csv")


def noisy_slices(
    seed: int,
    sizes: int = 12,
    noise: float = 0.01,
    top: float = 3e21,
    law: Chinchilla | None = None,
) -> pd.DataFrame:
    """Return eight isoFLOP slices over a factor of 25 in size, with independent noise."""
    law = Chinchilla(A=482.0, B=2085.0, E=1.82, alpha=0.35, beta=0.37)
    rng = np.random.default_rng(seed)
    budget = np.repeat(np.geomspace(3e19, top, 8), sizes)
    params = np.sqrt(budget / 120) * np.tile(np.geomspace(0.2, 5, sizes), 8)
    loss = law.loss(params, budget / 6 / params) + rng.normal(0, noise, len(budget))
    return pd.DataFrame({"isoflop_budget": budget, "params": params, "loss": loss})


@pytest.fixture(scope="session")
def noisy() -> Callable[..., pd.DataFrame]:
    """Builder of slices with noise: ``noisy(seed, sizes, noise, top)``."""
    return noisy_slices
