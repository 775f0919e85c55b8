"""What one number of each run explains beyond the others, held against shuffles of that number."""

from dataclasses import dataclass, field
from itertools import permutations
from math import factorial

import numpy as np
from numpy.typing import NDArray

from replication.counting.numbers import share as proper_share
from replication.errors import ArgumentError, Note
from replication.trajectories.projection import explained, powers

Array = NDArray[np.float64]

EXACT = 40_320
"""Shuffles that are all tried, those of eight units; of more, a sample is drawn."""
SLACK = 1e-9
"""Two shuffles that give the same share may differ by rounding."""
RARE = 0.05
"""A test that cannot give a p-value this small is not much of a test."""


@dataclass(frozen=True, eq=False)
class Beyond:
    """What size explains where other predictors are equal, and what shuffled sizes explain.

    Parameters
    ----------
    share : float
        Part of the residual variance that size removes.
    p_value : float
        How often shuffled sizes remove as much or more.
    per_decade : float
        Change of the behaviour per tenfold size at equal predictors (unit of the behaviour).
    per_decade_p_value : float
        How often shuffled sizes give a change as large, of either sign.
    rms : float
        Root mean square of the residuals before size is added (unit of the behaviour).
    units : int
        Runs, or groups of runs, among which the sizes were shuffled.
    exact : bool
        Whether every shuffle was tried.
    shuffled, shuffled_per_decade : ndarray
        Share and change of each shuffle.
    notes : tuple of Note
        ``few_groups`` if there are too few shuffles for a small p-value.
    """

    share: float
    p_value: float
    per_decade: float
    per_decade_p_value: float
    rms: float
    units: int
    exact: bool
    shuffled: Array = field(repr=False)
    shuffled_per_decade: Array = field(repr=False)
    notes: tuple[Note, ...] = ()

    @property
    def median(self) -> float:
        """Median share of the shuffled sizes: what size removes by chance."""
        return float(np.median(self.shuffled))

    def unusual(self, level: float = 0.95) -> float:
        """Return the share that so large a part of the shuffles stays below.

        Parameters
        ----------
        level : float
            Between 0 and 1.

        Returns
        -------
        float
            A quantile of `shuffled`.
        """
        return float(np.quantile(self.shuffled, proper_share("level", level, 0.95)))

    def detectable(self, level: float = 0.95) -> float:
        """Return the change per tenfold size that so large a part of the shuffles stays below.

        An effect of size that is much larger would have been seen.

        Parameters
        ----------
        level : float
            Between 0 and 1.

        Returns
        -------
        float
            A quantile of the absolute values of `shuffled_per_decade` (unit of the behaviour).
        """
        level = proper_share("level", level, 0.95)
        return float(np.quantile(np.abs(self.shuffled_per_decade), level))

    def __str__(self) -> str:
        """Return the share with what chance gives, and the p-value."""
        return (
            f"size removes {self.share:.1%} of the residual variance; "
            f"shuffled sizes {self.median:.1%} (median), p = {self.p_value:.3f}"
        )


def beyond(
    behaviour: Array,
    basis: Array,
    units: NDArray[np.intp],
    sizes: Array,
    degree: int,
    shuffles: int,
    seed: int,
) -> Beyond:
    """Add polynomials of the size of each unit, true and shuffled.

    Parameters
    ----------
    behaviour : ndarray, shape (n,)
        What is explained.
    basis : ndarray, shape (n, r)
        Orthonormal columns of the other predictors, constant included.
    units : ndarray of int, shape (n,)
        Number of the unit of each row, from 0.
    sizes : ndarray, shape (k,)
        Size of each unit.
    degree : int
        Of the polynomial in the logarithm of the size.
    shuffles : int
        Number of shuffles, where there are too many to try all.
    seed : int
        Seed of numpy's default generator.

    Returns
    -------
    Beyond
        The test.

    Raises
    ------
    ArgumentError
        If all sizes are equal, a shuffle could change nothing, or there are too few checkpoints.
    """
    k, columns = len(sizes), powers(sizes, degree)
    if not columns.shape[1]:
        raise ArgumentError(
            f"All {k} runs have the same size, {sizes[0]:g}: what size explains cannot be told. "
            "Give runs of several sizes."
        )
    if columns.shape[1] >= k - 1:
        raise ArgumentError(
            f"A polynomial of degree {degree} gives each of {k} units a level of its own, whatever "
            f"its size, so a shuffle changes nothing. Take a degree of {max(1, k - 2)} or less"
            f"{'.' if k > 2 else ', and more than two units.'}"
        )
    if (free := len(behaviour) - basis.shape[1]) <= columns.shape[1]:
        raise ArgumentError(
            f"{len(behaviour)} checkpoints less {basis.shape[1]} coefficients of what comes before "
            f"leave {free}, which a polynomial of degree {columns.shape[1]} in the size meets "
            "exactly, whatever the sizes. Give more checkpoints, or take a lower degree."
        )
    # All that a shuffle needs are sums over units: k x k numbers, however many rows there are.
    one = np.zeros((len(units), k))
    one[np.arange(len(units)), units] = 1.0
    one -= basis @ (basis.T @ one)
    left = behaviour - basis @ (basis.T @ behaviour)
    moments, products, total = one.T @ one, one.T @ left, float(left @ left)
    order, exact = _orders(k, shuffles, seed)
    removed = _removed(columns[order], moments, products) / total
    tenfold = np.log10(sizes)[order] - np.log10(sizes).mean()
    slope = (tenfold @ products) / np.einsum("mi,ij,mj->m", tenfold, moments, tenfold)
    least = 1 / len(order)
    note = Note(
        "few_groups",
        f"{k} units have {len(order)} orders, so no p-value below {least:.2g} is possible.",
        "Take more runs, or read the share and not the p-value.",
    )
    return Beyond(
        share=float(removed[0]),
        p_value=float((removed >= removed[0] * (1 - SLACK)).mean()),
        per_decade=float(slope[0]),
        per_decade_p_value=float((np.abs(slope) >= abs(slope[0]) * (1 - SLACK)).mean()),
        rms=float(np.sqrt(total / len(left))),
        units=k,
        exact=exact,
        # Among all orders the true one is one of them; a sample is of the others.
        shuffled=removed if exact else removed[1:],
        shuffled_per_decade=slope if exact else slope[1:],
        notes=(note,) if least > RARE else (),
    )


def _orders(k: int, shuffles: int, seed: int) -> tuple[NDArray[np.intp], bool]:
    """Return orders of k units, the true one first, and whether these are all."""
    if factorial(k) <= EXACT:
        return np.array(list(permutations(range(k))), dtype=np.intp), True
    rows = np.tile(np.arange(k), (shuffles, 1))
    drawn = np.random.default_rng(seed).permuted(rows, axis=1)
    return np.vstack([np.arange(k), drawn]).astype(np.intp), False


def _removed(columns: Array, moments: Array, products: Array) -> Array:
    """Return what columns of shape (m, k, r) explain of the residuals."""
    squares = np.einsum("mir,ij,mjs->mrs", columns, moments, columns, optimize=True)
    return explained(squares, np.einsum("mir,i->mr", columns, products))
