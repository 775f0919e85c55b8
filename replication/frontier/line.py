"""The straight line of every frontier: log N_opt against log C, and the tokens that follow."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.laws import PowerLaw

Array = NDArray[Any]

# A power law of the package falls as x**-alpha; the frontier rises, so alpha is minus a.
PARAMS_LAW: type[PowerLaw] = PowerLaw.of("flops", "params")
TOKENS_LAW: type[PowerLaw] = PowerLaw.of("flops", "tokens")


def line(flops: Array, params: Array, weights: Array) -> tuple[Array, Array]:
    """Regress log N on log C by least squares, for many draws at once.

    Parameters
    ----------
    flops : ndarray, shape (m,)
        Budgets C in FLOPs.
    params : ndarray, shape (draws, m)
        Compute-optimal parameters N at each.
    weights : ndarray, shape (draws, m)
        How much each counts; where that is zero (or False) it may be NaN.

    Returns
    -------
    a, prefactor : ndarray, shape (draws,)
        N_opt = prefactor C**a (hoffmann2022, section 3.1); NaN where fewer than two budgets count.

    Examples
    --------
    >>> C = np.array([1e18, 1e20, 1e22])
    >>> a, k = line(C, 0.1 * C[None] ** 0.5, np.ones((1, 3), bool))
    >>> round(float(a[0]), 6), round(float(k[0]), 6)
    (0.5, 0.1)
    """
    x, w = np.log(flops), weights.astype(np.float64)
    with np.errstate(all="ignore"):
        y = np.where(w > 0, np.log(params), 0.0)
        total = w.sum(axis=1)
        mean_x, mean_y = (w @ x) / total, (w * y).sum(axis=1) / total
        dx = x - mean_x[:, None]
        a = (w * dx * (y - mean_y[:, None])).sum(axis=1) / (w * dx * dx).sum(axis=1)
        a[(w > 0).sum(axis=1) < 2] = np.nan
        return a, np.exp(mean_y - a * mean_x)


def params_law(a: Any, prefactor: Any) -> PowerLaw:
    """Return N_opt = prefactor C**a as a law.

    Examples
    --------
    >>> round(params_law(0.5, 0.1).predict(1e22))
    10000000000
    """
    return PARAMS_LAW(A=prefactor, alpha=-a)


def tokens_law(params: PowerLaw) -> PowerLaw:
    """Return D_opt = C / (6 N_opt) as a law.

    Examples
    --------
    >>> round(tokens_law(params_law(0.5, 0.1)).predict(6e22) / 1e9, 2)
    408.25
    """
    return TOKENS_LAW(A=1.0 / (FLOPS_PER_PARAM_TOKEN * params.A), alpha=-(1.0 + params.alpha))
