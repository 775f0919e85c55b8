"""Which runs have one size: parameter (or token) counts that differ by next to nothing."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.errors import ArgumentError, DataError

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

SAME_SIZE = 1e-3
"""Relative difference up to which counts are one size, where nothing else is said."""
CHAIN = 3
"""Tolerances that one size may span before its neighbours only chain together."""


def by_size(params: Array, tolerance: float = SAME_SIZE) -> Codes:
    """Assign runs to sizes: parameter counts that differ by less than a tolerance are one.

    Parameters
    ----------
    params : ndarray, shape (n,)
        Parameters N.
    tolerance : float
        Largest relative difference between neighbours of one size.

    Returns
    -------
    ndarray of int, shape (n,)
        The size of each run, numbered from 0 in rising order.

    Raises
    ------
    ArgumentError
        If `tolerance` is negative or no number.
    DataError
        If sizes do not group: neighbours chain into one that spans several tolerances.

    Examples
    --------
    >>> by_size(np.array([1e9, 1.0005e9, 7e7])).tolist()
    [1, 1, 0]
    """
    order, logs, first = _chains(params, tolerance)
    low, high = logs[first], logs[np.append(first, len(logs))[1:] - 1]
    chained = np.flatnonzero(np.expm1(high - low) > CHAIN * tolerance + 1e-12)
    if len(chained):
        ends = np.exp([low[chained[0]], high[chained[0]]])
        raise DataError(
            f"Sizes do not group: with tolerance={tolerance:g}, {ends[0]:.6g} to {ends[1]:.6g} "
            "parameters chain into one size. Lower it, or name a column with size=."
        )
    return _numbered(order, first)


def distinct(counts: Array, tolerance: float = SAME_SIZE) -> Codes:
    """Assign runs to distinct sizes, whatever the counts are.

    As `by_size`, but neighbours that chain are cut wherever they have spanned a tolerance, so
    that sizes drawn at random, too, have a number.

    Parameters
    ----------
    counts : ndarray, shape (n,)
        Parameters N, or tokens D.
    tolerance : float
        Largest relative difference between neighbours of one size.

    Returns
    -------
    ndarray of int, shape (n,)
        The size of each run, numbered from 0 in rising order.

    Raises
    ------
    ArgumentError
        If `tolerance` is negative or no number.

    Examples
    --------
    >>> distinct(np.array([1e9, 1.0005e9, 7e7])).tolist()
    [1, 1, 0]
    >>> int(distinct(np.geomspace(1e8, 1.01e8, 100)).max()) + 1
    10
    """
    order, logs, first = _chains(counts, tolerance)
    step, ends = np.log1p(tolerance), np.append(first, len(logs))[1:]
    cuts = [first]
    for low, end in zip(first, ends, strict=True):
        if np.expm1(logs[end - 1] - logs[low]) > CHAIN * tolerance + 1e-12:
            at = low
            while (at := int(np.searchsorted(logs, logs[at] + step, side="right"))) < end:
                cuts.append(np.array([at]))
    return _numbered(order, np.unique(np.concatenate(cuts)))


def refuse_tolerance(tolerance: Any, example: float, *, zero: bool) -> None:
    """Refuse a relative difference that is none.

    Parameters
    ----------
    tolerance : object
        What was given.
    example : float
        One that would do.
    zero : bool
        Whether 0 will do as well.

    Raises
    ------
    ArgumentError
        If `tolerance` is no finite number, negative, or 0 where that will not do.

    Examples
    --------
    >>> refuse_tolerance(0.0, 0.001, zero=True)
    """
    number = isinstance(tolerance, int | float | np.number)
    if not number or not (0 < tolerance < np.inf or (zero and tolerance == 0)):
        raise ArgumentError(
            f"tolerance is {tolerance!r}; a relative difference is expected, {example:g}."
        )


def _chains(counts: Array, tolerance: float) -> tuple[Codes, Array, Codes]:
    """Return the rising order, the logarithms in it, and where each chain of neighbours begins."""
    refuse_tolerance(tolerance, 0.001, zero=True)
    order = np.argsort(counts, kind="stable")
    logs = np.log(counts[order])
    new = np.diff(logs, prepend=-np.inf) > np.log1p(tolerance)
    return order, logs, np.flatnonzero(new)


def _numbered(order: Codes, first: Codes) -> Codes:
    """Return the number of the group of each run, given where groups begin in rising order."""
    codes = np.empty(len(order), dtype=np.intp)
    codes[order] = np.searchsorted(first, np.arange(len(order)), side="right") - 1
    return codes
