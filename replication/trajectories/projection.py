"""Polynomials of logarithms, and what least squares on them leaves."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RANK = 1e-9
"""Singular values below this part of the largest count as zero."""


def powers(values: Array, degree: int) -> Array:
    """Return powers of the logarithm, centred and scaled, as orthonormal columns.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Positive numbers.
    degree : int
        Highest power.

    Returns
    -------
    ndarray, shape (n, r)
        A basis of the polynomials without their mean; r is less than `degree` where the values
        are too few to tell the powers apart, and 0 if all are equal.

    Examples
    --------
    >>> powers(np.array([1.0, 2.0, 4.0, 8.0]), 2).shape, powers(np.array([5.0, 5.0]), 3).shape
    ((4, 2), (2, 0))
    """
    logs = np.log(values)
    spread = np.ptp(logs)
    if spread <= 1e-12 * max(1.0, float(np.abs(logs).max())):
        return np.empty((len(values), 0))
    # On [-1, 1] the powers up to the tenth or so can still be told apart.
    scaled = 2 * (logs - logs.min()) / spread - 1
    columns = np.stack([scaled**k for k in range(1, degree + 1)], axis=1)
    return orthonormal(columns - columns.mean(axis=0))


def orthonormal(columns: Array) -> Array:
    """Return orthonormal columns that span the same space.

    Examples
    --------
    >>> orthonormal(np.array([[3.0, 6.0], [4.0, 8.0]])).shape
    (2, 1)
    """
    if not columns.shape[1]:
        return columns
    left, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    kept = sizes > RANK * sizes[0] if sizes[0] > 0 else sizes > 0
    return np.asarray(left[:, kept])


def explained(moments: Array, products: Array) -> Array:
    """Return the sums of squares that each of many regressions explains.

    Parameters
    ----------
    moments : ndarray, shape (m, r, r)
        Cross products of the columns of each regression.
    products : ndarray, shape (m, r)
        Of the columns with the response.

    Returns
    -------
    ndarray, shape (m,)
        Sums of squares. A direction that the rows of a regression do not have adds nothing.

    Examples
    --------
    >>> explained(np.array([[[4.0]], [[0.0]]]), np.array([[2.0], [0.0]])).tolist()
    [1.0, 0.0]
    """
    inverse = np.linalg.pinv(moments, rcond=RANK, hermitian=True)
    return np.asarray(np.einsum("mi,mij,mj->m", products, inverse, products))


def unexplained(columns: Array, y: Array, codes: NDArray[np.intp], counts: Array) -> Array:
    """Return what regressions on resampled units leave, from sums over each unit.

    Parameters
    ----------
    columns : ndarray, shape (n, r)
        Columns of the regression, constant included.
    y : ndarray, shape (n,)
        The response.
    codes : ndarray of int, shape (n,)
        Number of the unit of each row.
    counts : ndarray, shape (m, k)
        How often each unit is in each resample.

    Returns
    -------
    ndarray, shape (m,)
        Sums of squared residuals.

    Examples
    --------
    >>> one, codes = np.ones((4, 1)), np.array([0, 0, 1, 1])
    >>> unexplained(one, np.array([1.0, 3.0, 5.0, 5.0]), codes, np.array([[1.0, 0.0], [0.0, 1.0]]))
    array([2., 0.])
    """
    parts = [(columns[codes == unit], y[codes == unit]) for unit in range(counts.shape[1])]
    moments = np.stack([x.T @ x for x, _ in parts])
    products = np.stack([x.T @ z for x, z in parts])
    squares = np.array([z @ z for _, z in parts])
    fitted = explained(np.einsum("mu,uij->mij", counts, moments), counts @ products)
    return np.asarray(counts @ squares - fitted)
