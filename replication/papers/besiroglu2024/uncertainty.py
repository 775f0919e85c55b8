"""The bootstrap behind every error bar, and what follows from it."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replication._memo import cached
from replication.fitting import Bootstrap
from replication.laws import Chinchilla
from replication.papers.besiroglu2024.figure import COORDINATES, OUTLIERS, points
from replication.papers.besiroglu2024.fits import huber_fit, likelihood_fit, published_laws

__all__ = [
    "RESAMPLES",
    "SEED",
    "bootstrap",
    "normal_draws",
    "other_seeds",
    "runs_needed",
]

Array = NDArray[np.float64]

RESAMPLES = 4000
SEED = 42


@cached
def bootstrap(dropped: int = OUTLIERS) -> Bootstrap:
    """Return the bootstrap behind every error bar of the paper: resampled points, Huber fit.

    The resamples are the authors' own: the same rows in the same order from the same generator.

    Parameters
    ----------
    dropped : int
        How many of the largest losses are left out before the draw.

    Returns
    -------
    Bootstrap
        Of `huber_fit`.

    Examples
    --------
    >>> bootstrap().count
    4000
    """
    # The generator is numpy's old one because the notebook's is.
    count = len(points(dropped))
    rows = np.random.RandomState(SEED).choice(count, size=(RESAMPLES, count))
    return huber_fit(dropped).bootstrap(indices=rows)


def interval_rows(drawn: Bootstrap, level: float) -> dict[str, dict[str, float]]:
    """Return the intervals of a bootstrap by quantity, then by column.

    Examples
    --------
    >>> round(interval_rows(bootstrap(), 0.8)["a"]["se"], 2)
    0.02
    """
    table: dict[Any, Any] = drawn.interval(level).to_dict("index")
    return table


@cached
def other_seeds(seeds: tuple[int, ...], resamples: int = RESAMPLES) -> pd.DataFrame:
    """Return the bootstrap standard errors under other seeds: how firm are the error bars.

    Parameters
    ----------
    seeds : tuple of int
        Seeds of numpy's default generator.
    resamples : int
        Resamples for each.

    Returns
    -------
    DataFrame
        One row a seed, one column a coefficient, and ``width``, the 80 % width of a.

    Examples
    --------
    >>> other_seeds((0, 1), resamples=100).shape
    (2, 6)
    """
    rows = []
    for seed in seeds:
        drawn = huber_fit().bootstrap(resamples, seed=seed)
        table = interval_rows(drawn, 0.8)
        width = table["a"]["high"] - table["a"]["low"]
        rows.append({**{name: table[name]["se"] for name in COORDINATES}, "width": width})
    return pd.DataFrame(rows, index=pd.Index(seeds, name="seed"))


@cached
def covariance() -> Array:
    """Return the covariance of (ln A, ln B, ln E, alpha, beta) over the bootstrap, shape (5, 5).

    Examples
    --------
    >>> covariance().shape
    (5, 5)
    """
    return np.cov(bootstrap().law.to_vector(), rowvar=False)


@cached
def normal_draws(count: int = 10_000) -> Chinchilla:
    """Return laws drawn from a normal distribution around the headline fit.

    Parameters
    ----------
    count : int
        Number of draws; the paper takes 10,000.

    Returns
    -------
    Chinchilla
        With arrays of coefficients, one entry a draw.

    Examples
    --------
    >>> normal_draws(7).alpha.shape
    (7,)
    """
    rng = np.random.default_rng(SEED)
    center = likelihood_fit().law.to_vector()
    return Chinchilla.from_vector(rng.multivariate_normal(center, covariance(), size=count))


def wald(law: Chinchilla) -> float:
    """Return the chi-square distance of a law from the refit, 5 degrees of freedom.

    Parameters
    ----------
    law : Chinchilla
        Any coefficients.

    Returns
    -------
    float
        ``d' V^-1 d`` in (ln A, ln B, ln E, alpha, beta), V the bootstrap covariance.

    Examples
    --------
    >>> wald(published_laws()["refit"])
    0.0
    """
    distance = likelihood_fit().law.to_vector() - law.to_vector()
    return float(distance @ np.linalg.solve(covariance(), distance))


def delta_method_error() -> float:
    """Return the standard error of a from the covariance of alpha and beta, to first order.

    Examples
    --------
    >>> round(delta_method_error(), 2)
    0.02
    """
    law = published_laws()["refit"]
    slope = np.array([-law.beta, law.alpha]) / (law.alpha + law.beta) ** 2
    return float(np.sqrt(slope @ covariance()[3:, 3:] @ slope))


def runs_needed(width: Any, target: float = 1e-3) -> Any:
    """Return how many runs shrink an interval to a width, at one over the root of n.

    Parameters
    ----------
    width : float or Series
        Width of the interval with the runs at hand.
    target : float
        Width wanted; Hoffmann's printed interval of a is 0.001 wide.

    Returns
    -------
    float or Series
        Number of runs.

    Examples
    --------
    >>> round(runs_needed(0.01))
    24000
    """
    return len(points()) * (width / target) ** 2
