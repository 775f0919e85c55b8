"""Likelihoods with a Huber density: how probable the residuals are, with the scale profiled out."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import elementwise
from scipy.special import ndtr

from replication.counting.numbers import in_reach
from replication.errors import ArgumentError
from replication.fitting.objectives import threshold, weighted

Array = NDArray[np.float64]

NORMAL = 40.0
"""Delta beyond which a Huber density is the Gaussian to all digits."""


@dataclass(frozen=True)
class ScaledHuber:
    """A Huber density with its maximum-likelihood scale.

    Parameters
    ----------
    sigma : float
        Scale of the density, in the unit of the residuals.
    delta : float
        Huber delta in units of sigma.
    log_likelihood : float
        Log-likelihood of the residuals at this sigma.
    n : float
        Number of points, or sum of weights.

    Examples
    --------
    >>> fitted = scaled_huber([-1.0, 0.5, 2.0], delta=1e-3)
    >>> round(fitted.log_likelihood, 4)
    -5.5419
    """

    sigma: float
    delta: float
    log_likelihood: float
    n: float


def log_normaliser(delta: float) -> float:
    """Return the logarithm of the integral of ``exp(-huber(z, delta))`` over all z.

    Parameters
    ----------
    delta : float
        Huber delta in units of the scale.

    Returns
    -------
    float
        For delta to infinity: ``log(sqrt(2 pi))``, the Gaussian.

    Examples
    --------
    >>> round(log_normaliser(10.0), 6)
    0.918939
    """
    if delta > NORMAL:
        return float(0.5 * np.log(2 * np.pi))
    inner = np.sqrt(2 * np.pi) * (1 - 2 * ndtr(-delta))
    return float(np.log(inner + 2 * np.exp(-0.5 * delta**2) / delta))


def scaled_huber(
    residuals: ArrayLike, delta: float = 1e-3, weights: ArrayLike | None = None
) -> ScaledHuber:
    """Fit the scale of a Huber density to residuals (besiroglu2024, Eq. 4).

    The density is ``exp(-huber(r / sigma, delta)) / (sigma Z(delta))``. Because delta counts in
    units of sigma, a small delta makes it a Laplace density, whatever the residuals.

    Parameters
    ----------
    residuals : array_like, shape (n,)
        Residuals in any unit, log residuals in besiroglu2024.
    delta : float
        Huber delta in units of sigma.
    weights : array_like, shape (n,), optional
        How often each residual counts.

    Returns
    -------
    ScaledHuber
        The scale and the log-likelihood it gives.

    Raises
    ------
    ArgumentError
        If `delta` is not positive, or if all residuals are zero: the likelihood then has no
        maximum.

    Examples
    --------
    >>> bool(np.isclose(scaled_huber([-1.0, 1.0], delta=100.0).sigma, 1.0))
    True
    """
    delta = threshold(delta)
    r, w = weighted(residuals, weights)
    if not (np.isfinite(r).all() and np.isfinite(w).all() and (w >= 0).all()):
        raise ArgumentError(
            "residuals and weights must be finite, and weights not negative. Leave out what is not."
        )
    in_reach("A residual", r)
    n = float(w.sum())
    if not np.any(r * w != 0):
        raise ArgumentError(
            "All residuals are zero, so the likelihood grows without bound as sigma falls. "
            "A likelihood needs noise; use objective='log-huber' for exact data."
        )
    sigma = float(huber_sigma(r[None], delta, w[None])[0])
    z = np.abs(r) / sigma
    clipped = np.minimum(z, delta)
    total = float(w @ (clipped * (z - 0.5 * clipped)))
    log_likelihood = -total - n * (np.log(sigma) + log_normaliser(delta))
    return ScaledHuber(sigma, delta, float(log_likelihood), n)


def huber_sigma(residuals: Array, delta: float, weights: Array) -> Array:
    """Return the maximum-likelihood scale of a Huber density for many sets of residuals.

    Parameters
    ----------
    residuals : ndarray, shape (S, n)
        One set a row, none of them all zero.
    delta : float
        Huber delta in units of sigma.
    weights : ndarray, shape (S, n)
        How often each residual counts.

    Returns
    -------
    ndarray, shape (S,)
        The sigma at which the sum of ``z psi(z)``, z = r / sigma, equals the number of points.

    Examples
    --------
    >>> huber_sigma(np.array([[3.0, -3.0]]), 100.0, np.ones((1, 2))).round(9).tolist()
    [3.0]
    """
    r = np.abs(residuals)
    n = weights.sum(axis=1)
    top = np.sqrt((weights * r**2).sum(axis=1) / n)

    def excess(log_sigma: Array, row: Array) -> Array:
        z = r[row] * np.exp(-log_sigma)[..., None]
        return np.asarray((weights[row] * z * np.minimum(z, delta)).sum(axis=-1) - n[row])

    # Least squares gives the largest scale; a small delta divides it by at most this much.
    high = np.log(top) + 1e-6
    low = np.log((weights * r).sum(axis=1) / n * min(delta, 1.0)) - np.log(4.0)
    rows = np.arange(len(r))
    found = elementwise.find_root(
        excess, (low, high), args=(rows,), tolerances={"xatol": 1e-14, "xrtol": 1e-14}
    )
    return np.asarray(np.exp(found.x))


def deviance(value: float | Array, n: float, delta: float) -> Array:
    """Return minus twice the log-likelihood that a Huber sum stands for, its scale profiled out.

    The residuals r are taken to have a density proportional to ``exp(-huber(r, delta) / s)`` with
    the dispersion s at its maximum: Gaussian for an infinite delta, Laplace for delta 0.
    Differences of deviances between fits of the same data are likelihood-ratio statistics.

    Parameters
    ----------
    value : float or ndarray
        Sum of the Huber function over the points.
    n : float
        Number of points.
    delta : float
        Huber threshold in the unit of the residuals; 0 and infinity are the two limits.

    Returns
    -------
    ndarray
        Same shape as `value`, up to a constant that depends on n and delta only.

    Examples
    --------
    Least squares: n log of the sum of squares, up to a constant.

    >>> d = deviance(np.array([1.0, 2.0]), n=10, delta=np.inf)
    >>> bool(np.isclose(d[1] - d[0], 10 * np.log(2.0)))
    True
    """
    total = np.asarray(value, dtype=np.float64)
    if np.isinf(delta):
        return np.asarray(n * np.log(total))
    if delta == 0:
        return np.asarray(2 * n * np.log(total))

    def minus_twice(log_s: Array, f: Array) -> Array:
        root = np.exp(0.5 * log_s)
        z = delta / root
        inner = np.sqrt(2 * np.pi) * (1 - 2 * ndtr(-z))
        return np.asarray(
            2 * f / root**2 + 2 * n * np.log(root * (inner + 2 * np.exp(-(z**2) / 2) / z))
        )

    if not np.isfinite(total).all():
        found = np.full_like(total, np.inf)
        known = np.isfinite(total)
        found[known] = deviance(total[known], n, delta)
        return found

    middle = np.log(np.maximum(total / n, 1e-300))
    bracket = elementwise.bracket_minimum(minus_twice, middle, args=(total,))
    # The stubs of scipy know scalars only.
    find_minimum: Any = elementwise.find_minimum
    return np.asarray(find_minimum(minus_twice, bracket.bracket, args=(total,)).f_x)
