"""Plain statistics of residuals and slopes that the notes of a fit are made of."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Array = NDArray[Any]

MEDIAN_OF_NORMAL = 0.6745
"""Median absolute value of a standard normal."""
MEDIAN_EFFICIENCY = 0.37
"""What a median tells of a scale, in parts of what all normal residuals would."""
ROUNDING = 1e-8
"""Singular value of slopes of length one below which a direction is not counted."""


@dataclass(frozen=True, eq=False)
class Decomposition:
    """Singular values and vectors of slopes whose columns have length one.

    Parameters
    ----------
    size : ndarray, shape (q,)
        Lengths that the columns had.
    left : ndarray, shape (m, q)
        Directions of the predictions.
    singular : ndarray, shape (q,)
        Singular values.
    vectors : ndarray, shape (q, q)
        Directions of the fields, one a row.
    """

    size: Array
    left: Array
    singular: Array
    vectors: Array


def decompose(slopes: Array) -> Decomposition:
    """Return the singular value decomposition of slopes scaled to length one.

    Parameters
    ----------
    slopes : ndarray, shape (m, q)
        Finite; fewer rows than columns are filled up by rows of zeros.

    Returns
    -------
    Decomposition
        A column of zeros stays one, with size zero.

    Examples
    --------
    >>> decompose(np.array([[3.0, 0.0], [4.0, 2.0]])).size.tolist()
    [5.0, 2.0]
    """
    # The largest entry first: squares of tiny slopes would vanish.
    top = np.abs(slopes).max(axis=0)
    scaled = slopes / np.where(top > 0, top, 1.0)
    size = np.linalg.norm(scaled, axis=0)
    scaled = scaled / np.where(size > 0, size, 1.0)
    missing = max(scaled.shape[1] - len(scaled), 0)
    scaled = np.vstack([scaled, np.zeros((missing, scaled.shape[1]))])
    left, values, vectors = np.linalg.svd(scaled, full_matrices=False)
    return Decomposition(top * size, left[: len(slopes)], values, vectors)


def basis_of(slopes: Array) -> Array:
    """Return orthonormal directions of the predictions, without those that are rounding.

    Parameters
    ----------
    slopes : ndarray, shape (m, q)
        How predictions move with free coordinates.

    Returns
    -------
    ndarray, shape (m, rank)
        One direction a column.

    Examples
    --------
    >>> basis_of(np.array([[1.0, 2.0], [1.0, 2.0]])).shape
    (2, 1)
    """
    found = decompose(slopes)
    return found.left[:, found.singular > ROUNDING]


def far_quantile(freedom: int, among: float, chance: float) -> float:
    """Return what the largest of several normal residuals over a robust scale hardly exceeds.

    Parameters
    ----------
    freedom : int
        Residuals beyond the fitted fields.
    among : float
        Of how many it is the largest.
    chance : float
        Of exceeding the answer.

    Returns
    -------
    float
        In robust standard deviations.

    Examples
    --------
    >>> far_quantile(10, 12, 0.01) > far_quantile(300, 300, 0.01) > 3
    True
    """
    freedom_of_scale = max(MEDIAN_EFFICIENCY * freedom, 1.0)
    return float(stdtrit(freedom_of_scale, 1 - chance / 2 / among))


def scale_of(residuals: Array, fields: int) -> float:
    """Return the standard deviation of residuals by their median, whatever their tails.

    Parameters
    ----------
    residuals : ndarray, shape (m,)
        What a fit leaves.
    fields : int
        Number of fitted fields: as many residuals are small because the fit made them so.

    Returns
    -------
    float
        Zero where no residual is left.

    Examples
    --------
    >>> round(scale_of(np.array([0.0, 0.0, 0.6745, -0.6745, 0.6745]), 2), 4)
    1.0
    """
    rest = np.sort(np.abs(residuals))[fields:]
    return float(np.median(rest)) / MEDIAN_OF_NORMAL if len(rest) else 0.0
