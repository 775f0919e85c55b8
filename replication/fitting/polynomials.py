"""Polynomials of degree four in a few variables, many at once, and their minima near zero.

Coefficients and places have one row a monomial or a variable and one column a polynomial, so that
every operation runs over all polynomials together.
"""

from dataclasses import dataclass
from itertools import combinations_with_replacement, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication._memo import cached
from replication.fitting.batched_solve import solve_positive

Array = NDArray[Any]

DEGREE = 4
SPACING = 0.1
"""Distance of the places that a polynomial is told from: short, so that what the next degrees add
does not count, and long enough for rounding not to."""
DAMPINGS = (1.0, 0.1, 0.0, 0.0)
"""What is added to the curvature in each step: at the start that of a resample may be none."""
SHORTER = 0.3
"""Share that is taken of a step that led uphill."""


@dataclass(frozen=True)
class Monomials:
    """The monomials up to degree four in some variables, by degree, with their derivatives.

    Parameters
    ----------
    exponents : ndarray, shape (monomials, q)
        One row a monomial: 1, the variables, their products of two, three and four.
    ends : tuple of int
        How many monomials there are up to degree 0, 1, 2, 3 and 4.
    begins : ndarray, shape (4, q)
        The first product of 0, 1, 2 or 3 variables none of which stands before the k-th.
    pairs : ndarray, shape (pairs, 2)
        The variables of each monomial of degree two.
    first, first_factor : ndarray, shape (q, ends[3])
        Which monomial has each of degree three or less as its derivative in a variable, and how
        many times.
    second, second_factor : ndarray, shape (pairs, ends[2])
        The same for second derivatives.

    Examples
    --------
    >>> two = monomials(2)
    >>> two.exponents[: two.ends[2]].tolist()
    [[0, 0], [1, 0], [0, 1], [2, 0], [1, 1], [0, 2]]
    >>> int(two.first[0, 1]), float(two.first_factor[0, 1])  # x is half the derivative of x * x
    (3, 2.0)
    """

    exponents: Array
    ends: tuple[int, ...]
    begins: Array
    pairs: Array
    first: Array
    first_factor: Array
    second: Array
    second_factor: Array

    def powers(self, places: Array) -> Array:
        """Return the monomials, (monomials, S), at places (q, S).

        Examples
        --------
        >>> monomials(1).powers(np.array([[3.0]])).ravel().tolist()
        [1.0, 3.0, 9.0, 27.0, 81.0]
        """
        out = np.empty((self.ends[-1], places.shape[1]), places.dtype)
        out[0] = 1.0
        # The products that begin with a variable are it times those that do not begin before it.
        for begins, (end, _) in zip(self.begins, pairwise(self.ends), strict=True):
            low = end
            for place, since in zip(places, begins, strict=True):
                high = low + end - since
                np.multiply(out[since:end], place, out=out[low:high])
                low = high
        return out


@cached
def monomials(q: int) -> Monomials:
    """Return the table of the monomials in `q` variables."""
    products = [v for d in range(DEGREE + 1) for v in combinations_with_replacement(range(q), d)]
    rows = {v: row for row, v in enumerate(products)}
    exponents = np.array([[v.count(k) for k in range(q)] for v in products])
    ends = tuple(int((exponents.sum(axis=1) <= d).sum()) for d in range(DEGREE + 1))
    begins = np.array([[rows[(k,) * d] for k in range(q)] for d in range(DEGREE)])
    first = np.array(
        [[rows[tuple(sorted((*v, k)))] for v in products[: ends[3]]] for k in range(q)]
    )
    factor = np.stack([exponents[first[k], k] for k in range(q)]).astype(np.float64)
    pairs = np.array(list(combinations_with_replacement(range(q), 2)))
    inner = first[:, : ends[2]]
    second = np.stack([first[a][inner[b]] for a, b in pairs])
    twice = np.stack([factor[a][inner[b]] * factor[b, : ends[2]] for a, b in pairs])
    return Monomials(exponents, ends, begins, pairs, first, factor, second, twice)


@cached
def lattice(q: int) -> tuple[Array, Array]:
    """Return places that determine a polynomial, and its coefficients for one at each of them.

    Returns
    -------
    places : ndarray, shape (monomials, q)
        As many as there are monomials; the first is zero.
    solution : ndarray, shape (monomials, monomials)
        Times the values at the places, the coefficients.

    Examples
    --------
    >>> places, solution = lattice(1)
    >>> (solution @ (5 + 2 * places[:, 0] ** 3)).round(6).tolist()
    [5.0, 0.0, 0.0, 2.0, 0.0]
    """
    table = monomials(q)
    places = table.exponents.astype(np.float64)
    sizes = SPACING ** table.exponents.sum(axis=1)
    return SPACING * places, np.linalg.inv(table.powers(places.T).T) / sizes[:, None]


def descend(coefficients: Array, q: int, unit: float) -> tuple[Array, Array]:
    """Take Newton's steps on each polynomial from zero, a few, damped at first.

    Parameters
    ----------
    coefficients : ndarray, shape (monomials, S)
        In the order of `monomials`.
    q : int
        Number of variables.
    unit : float
        Curvature that is usual in every direction, the unit of the damping.

    Returns
    -------
    places : ndarray, shape (q, S)
        Near a minimum, where all went well.
    curvature : ndarray, shape (S, q, q)
        Second derivatives there.

    Examples
    --------
    >>> line = np.zeros((5, 1))
    >>> line[:, 0] = 0.5, -1.0, 0.5, 0.0, 0.0  # (x - 1)**2 / 2
    >>> descend(line, 1, 1.0)[0].round(6).tolist()
    [[1.0]]
    """
    table = monomials(q)
    # Seven digits are plenty on the way to a place that is looked at in full precision.
    scaled = (coefficients / unit).astype(np.float32)
    first = scaled[table.first]
    first *= table.first_factor[..., None].astype(np.float32)
    second = scaled[table.second]
    second *= table.second_factor[..., None].astype(np.float32)
    rows, columns = table.pairs.T
    size = coefficients.shape[1]
    places, move, length = np.zeros((q, size)), np.zeros((q, size)), np.ones(size)
    lowest, curvature = np.full(size, np.inf), np.zeros((q, q, size))
    for damping in DAMPINGS:
        trial = places + length * move
        powers = table.powers(trial.astype(np.float32))
        rise = np.einsum("ms,ms->s", scaled[1:], powers[1:])
        slope = np.einsum("kms,ms->ks", first, powers[: table.ends[3]])
        bent = np.einsum("kms,ms->ks", second, powers[: table.ends[2]])
        lower = rise <= lowest
        curvature[rows, columns] = curvature[columns, rows] = bent
        damped = curvature.transpose(2, 0, 1) + damping * np.eye(q)
        step = solve_positive(damped, -slope.T.astype(np.float64)).T
        places, move = np.where(lower, trial, places), np.where(lower, step, move)
        lowest, length = np.minimum(rise, lowest), np.where(lower, 1.0, SHORTER * length)
    places = places + length * move
    powers = table.powers(places.astype(np.float32))
    bent = np.einsum("kms,ms->ks", second, powers[: table.ends[2]])
    curvature[rows, columns] = curvature[columns, rows] = unit * bent
    return places, curvature.transpose(2, 0, 1)
