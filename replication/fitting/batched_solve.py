"""Many small symmetric systems at once, each taken as if it were positive."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

FEW = 32
"""Systems below which a decomposition of each is faster than eliminating all together."""


def solve_positive(matrices: Array, vectors: Array) -> Array:
    """Solve symmetric systems, taking each as if its pivots were positive.

    Parameters
    ----------
    matrices : ndarray, shape (S, q, q)
        Symmetric; a negative eigenvalue (of a few matrices) or pivot (of many) counts with its
        absolute value, so the solution is a descent direction whatever the matrix.
    vectors : ndarray, shape (S, q)
        Right-hand sides.

    Returns
    -------
    ndarray, shape (S, q)
        Solutions.

    Examples
    --------
    >>> solve_positive(np.array([[[4.0, 2.0], [2.0, 3.0]]]), np.array([[8.0, 7.0]])).round(
    ...     9
    ... ).tolist()
    [[1.25, 1.5]]
    """
    q = matrices.shape[1]
    if len(matrices) < FEW and np.isfinite(matrices).all():
        # Coordinates of any unit: without this, eigenvalues of one would drown those of another.
        size = np.sqrt(np.abs(np.einsum("skk->sk", matrices)))
        size[size == 0] = 1.0
        scaled = matrices / size[:, :, None] / size[:, None, :]
        try:
            np.linalg.cholesky(scaled)
            return np.asarray(np.linalg.solve(scaled, (vectors / size)[..., None])[..., 0] / size)
        except np.linalg.LinAlgError:
            values, vectors_of = np.linalg.eigh(scaled)
        scale = np.abs(values)
        scale = np.maximum(scale, 1e-14 * scale.max(axis=1, keepdims=True) + 1e-300)
        inner = np.einsum("skq,sk->sq", vectors_of, vectors / size) / scale
        return np.asarray(np.einsum("sqk,sk->sq", vectors_of, inner) / size)
    # LAPACK takes small matrices one at a time; these loops over q take many at once.
    rest, solution = matrices.transpose(1, 2, 0).copy(), vectors.T.copy()
    floor = 1e-10 * np.abs(np.einsum("kks->ks", rest)) + 1e-300
    pivots = []
    for k in range(q):
        pivots.append(np.maximum(np.abs(rest[k, k]), floor[k]))
        below = rest[k + 1 :, k].copy()
        rest[k + 1 :, k] /= pivots[k]
        rest[k + 1 :, k + 1 :] -= rest[k + 1 :, k, None] * below
        solution[k + 1 :] -= rest[k + 1 :, k] * solution[k]
    for k in reversed(range(q)):
        solution[k] /= pivots[k]
        solution[k] -= np.einsum("js,js->s", rest[k + 1 :, k], solution[k + 1 :])
    return solution.T


def all_positive(matrices: Array) -> Array:
    """Return which symmetric matrices have positive eigenvalues only.

    Parameters
    ----------
    matrices : ndarray, shape (S, q, q)
        Symmetric.

    Returns
    -------
    ndarray of bool, shape (S,)
        One each.

    Examples
    --------
    >>> all_positive(np.array([[[2.0, 1.0], [1.0, 2.0]], [[1.0, 2.0], [2.0, 1.0]]])).tolist()
    [True, False]
    """
    rest = matrices.transpose(1, 2, 0).copy()
    positive = np.ones(len(matrices), bool)
    for k in range(len(rest)):
        positive &= rest[k, k] > 0
        column = rest[k + 1 :, k] / rest[k, k]
        rest[k + 1 :, k + 1 :] -= column[:, None] * rest[k, k + 1 :]
    return positive
