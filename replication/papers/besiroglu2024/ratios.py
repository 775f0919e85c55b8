"""Compute-optimal tokens per parameter, by budget and by the points left out."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.laws import Chinchilla
from replication.papers.besiroglu2024.fits import hoffmann_law, huber_fit

__all__ = [
    "CHINCHILLA_FLOPS",
    "HOFFMANN_INTERVAL",
    "drawn_ratio",
    "outlier_sweep",
    "ratio_band",
]

Array = NDArray[np.float64]

CHINCHILLA_FLOPS = 5.88e23
"""Training compute of Chinchilla: 6 x 70e9 parameters x 1.4e12 tokens (hoffmann2022, Table 1)."""
HOFFMANN_INTERVAL = (0.454, 0.455)
"""Printed interval of the exponent a of hoffmann2022, Table 2, third approach."""
DRAWN_EXPONENT = sum(HOFFMANN_INTERVAL) / 2
"""The exponent a with which the paper draws Hoffmann's line."""


def ratio_band(law: Chinchilla, flops: ArrayLike, level: float = 0.8) -> pd.DataFrame:
    """Return percentiles of the compute-optimal tokens per parameter over draws of a law.

    Parameters
    ----------
    law : Chinchilla
        With arrays of coefficients, one entry a draw.
    flops : array_like, shape (k,)
        Training budgets in FLOPs.
    level : float
        Share of the draws inside the band.

    Returns
    -------
    DataFrame
        One row a budget: ``flops``, ``low``, ``median``, ``high``.

    Examples
    --------
    >>> from replication.papers import besiroglu2024 as paper
    >>> ratio_band(paper.normal_draws(), 1e18).round(0)["median"].item()
    26.0
    """
    budgets = np.atleast_1d(np.asarray(flops, dtype=np.float64))
    columns = Chinchilla.from_vector(law.to_vector()[:, None, :])
    ratios = np.asarray(columns.optimal(flops=budgets).tokens_per_param)
    tail = 50 * (1 - level)
    low, median, high = np.percentile(ratios, [tail, 50, 100 - tail], axis=0)
    return pd.DataFrame({"flops": budgets, "low": low, "median": median, "high": high})


def drawn_ratio(flops: ArrayLike, a: float = DRAWN_EXPONENT) -> Array:
    """Return Hoffmann's tokens per parameter as this paper draws them.

    The prefactor G comes from the TeX values, the exponent from the printed interval, although
    the TeX values imply another exponent.

    Parameters
    ----------
    flops : array_like
        Training budgets in FLOPs.
    a : float
        Exponent of N_opt in compute.

    Returns
    -------
    ndarray
        D_opt / N_opt, same shape as `flops`.

    Examples
    --------
    >>> drawn_ratio(5.88e23).round(1).item()
    73.2
    """
    law = hoffmann_law("tex")
    pairs = np.asarray(flops, dtype=np.float64) / FLOPS_PER_PARAM_TOKEN
    return np.asarray(pairs / (law.G * pairs**a) ** 2)


def outlier_sweep(dropped: tuple[int, ...]) -> pd.DataFrame:
    """Refit with more and more of the points of largest loss left out.

    Parameters
    ----------
    dropped : tuple of int
        How many points to leave out, one refit each.

    Returns
    -------
    DataFrame
        One row a refit: ``dropped``, coefficients, ``a`` and ``tokens_per_param`` at the compute
        of Gopher and Chinchilla (`CHINCHILLA_FLOPS`).

    Examples
    --------
    >>> outlier_sweep((0, 5))["beta"].round(2).tolist()
    [0.45, 0.37]
    """
    rows = []
    for k in dropped:
        law = huber_fit(k).law
        assert isinstance(law, Chinchilla)
        ratio = law.optimal(flops=CHINCHILLA_FLOPS).tokens_per_param
        rows.append({"dropped": k, **law.to_dict(), "a": law.a, "tokens_per_param": ratio})
    return pd.DataFrame(rows)
