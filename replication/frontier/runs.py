"""Runs as the approaches read them: which belong to one budget, which to one curve."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import positive
from replication.errors import ArgumentError, DataError, unknown
from replication.fitting.frame import column
from replication.frontier.sizes import refuse_tolerance

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

ROUNDING = 1e-6
"""Relative difference up to which two nominal budgets are one that was written differently."""
SAME_BUDGET = 0.1
"""Relative difference between the FLOPs of a run and a nominal budget, where nothing else is
said."""
UNMATCHED = ("error", "drop")


def one_of(kind: str, value: object, known: Iterable[str]) -> None:
    """Refuse a choice that is not known.

    Raises
    ------
    UnknownNameError
        If `value` is not one of `known`.

    Examples
    --------
    >>> one_of("value of unmatched", "drop", UNMATCHED)
    """
    if not isinstance(value, str) or value not in known:
        raise unknown(kind, value, known)


def at_least(least: int, **given: Any) -> None:
    """Refuse numbers that are not whole or too small.

    Parameters
    ----------
    least : int
        The smallest that will do.
    **given
        Numbers by name.

    Raises
    ------
    ArgumentError
        If one is no whole number, or below `least`.

    Examples
    --------
    >>> at_least(2, points=1500, min_points=3)
    """
    for name, value in given.items():
        if not isinstance(value, int | np.integer) or value < least:
            raise ArgumentError(
                f"{name} is {value!r}; a whole number, at least {least}, is expected."
            )


def refuse_empty(frame: pd.DataFrame, reader: str, needed: Sequence[str]) -> None:
    """Refuse a table without rows.

    Raises
    ------
    DataError
        If it has none.

    Examples
    --------
    >>> refuse_empty(pd.DataFrame({"loss": [3.0]}), "isoflop", ["loss"])
    """
    if len(frame) == 0:
        raise DataError(
            f"The table is empty: {reader} needs rows with {', '.join(needed)}. Check the filter "
            "that made it."
        )


def refuse_twice(frame: pd.DataFrame, name: str) -> None:
    """Refuse a table with several columns of one name.

    Raises
    ------
    DataError
        If it has them.

    Examples
    --------
    >>> refuse_twice(pd.DataFrame({"run": ["a"]}), "run")
    """
    if list(frame.columns).count(name) > 1:
        raise DataError(f"The table has several columns {name!r}. Keep one of them.")


def by_label(frame: pd.DataFrame, name: str) -> Codes:
    """Assign rows to the labels of a column.

    Parameters
    ----------
    frame : DataFrame
        The table.
    name : str
        A column of labels: a size, a run.

    Returns
    -------
    ndarray of int, shape (n,)
        The label of each row, numbered from 0.

    Raises
    ------
    DataError
        If the column is missing or empty in a row.

    Examples
    --------
    >>> by_label(pd.DataFrame({"run": ["a", "b", "a"]}), "run").tolist()
    [0, 1, 0]
    """
    if name not in frame.columns:
        raise DataError(
            f"Column {name!r} is missing; the table has {', '.join(map(str, frame.columns))}."
        )
    refuse_twice(frame, name)
    try:
        codes, _ = pd.factorize(frame[name])
    except TypeError:
        raise DataError(
            f"Column {name!r} holds {type(frame[name].iloc[0]).__name__} values, which are no "
            "labels. Give a text or a number for each row."
        ) from None
    if (codes < 0).any():
        row = frame.index[int(np.flatnonzero(codes < 0)[0])]
        raise DataError(f"Column {name!r} is empty in row {row}; every row needs its label.")
    return np.asarray(codes, dtype=np.intp)


def by_budget(frame: pd.DataFrame, name: str, response: str) -> tuple[pd.DataFrame, Array, Codes]:
    """Group runs by a column of nominal budgets; rows where it is empty are left out.

    Budgets that differ by a millionth at most are one, that which most of their runs have.

    Returns
    -------
    kept : DataFrame
        The rows that have a budget.
    budgets : ndarray, shape (m,)
        The budgets in FLOPs, rising.
    slot : ndarray of int
        The budget of each kept row.

    Raises
    ------
    DataError
        If the column is missing or unusable, or hardly a budget has two runs.

    Examples
    --------
    >>> table = pd.DataFrame({"budget": [1e18, 1e18, 3e18, 3e18, None]})
    >>> kept, budgets, slot = by_budget(table, "budget", "loss")
    >>> len(kept), budgets.tolist(), slot.tolist()
    (4, [1e+18, 3e+18], [0, 0, 1, 1])
    >>> by_budget(pd.DataFrame({"budget": [1e18, 1e18, 1.0000001e18]}), "budget", "loss")[1]
    array([1.e+18])
    """
    refuse_twice(frame, name)
    kept = frame[frame[name].notna()] if name in frame.columns else frame
    if len(kept) == 0:
        raise DataError(
            f"Column {name!r} is empty in all {len(frame)} rows: no run belongs to a budget. "
            "Give the nominal budgets as a list: budget=[6e18, 1e19, ...]."
        )
    values = column(kept, name, "isoflop", ("params", response, name))
    spelt, slot, members = np.unique(values, return_inverse=True, return_counts=True)
    apart = np.diff(np.log(spelt), prepend=np.log(spelt[0])) > ROUNDING
    group = np.cumsum(apart)
    order = np.lexsort((spelt, -members, group))
    budgets = spelt[order[np.unique(group[order], return_index=True)[1]]]
    if len(budgets) > len(values) / 2:
        raise DataError(
            f"Budgets do not group: column {name!r} has {len(budgets)} values in {len(values)} "
            "rows. Name a column of nominal budgets, or give them as a list with a tolerance: "
            "budget=[6e18, 1e19, ...], tolerance=0.1."
        )
    return kept, budgets, np.asarray(group[slot], dtype=np.intp)


def by_flops(
    frame: pd.DataFrame,
    nominal: Sequence[float] | ArrayLike,
    tolerance: float,
    unmatched: str,
    response: str,
) -> tuple[pd.DataFrame, Array, Codes]:
    """Group runs by the nominal budget that their FLOPs are nearest to.

    Parameters
    ----------
    frame : DataFrame
        The table, with a column ``flops``.
    nominal : array_like, shape (m,)
        Nominal budgets in FLOPs.
    tolerance : float
        Largest relative difference.
    unmatched : str
        ``"error"`` or ``"drop"``: what becomes of runs near no budget.
    response : str
        Column of the loss, for the messages.

    Returns
    -------
    kept, budgets, slot
        As for `by_budget`.

    Raises
    ------
    ArgumentError
        If `tolerance` is not positive or a budget is not.
    UnknownNameError
        If `unmatched` is not known.
    DataError
        If a run is near two budgets, or near none and `unmatched` is ``"error"``.

    Examples
    --------
    >>> table = pd.DataFrame({"flops": [0.98e18, 1.01e18, 3.05e18, 3e18]})
    >>> by_flops(table, [1e18, 3e18], 0.1, "error", "loss")[2].tolist()
    [0, 0, 1, 1]
    """
    one_of("value of unmatched", unmatched, UNMATCHED)
    refuse_tolerance(tolerance, 0.1, zero=False)
    budgets = np.unique(np.atleast_1d(positive("budget", nominal)))
    if len(budgets) == 0:
        raise ArgumentError("budget is an empty list; give nominal budgets, [6e18, 1e19].")
    budgets = budgets[np.diff(np.log(budgets), prepend=-np.inf) > ROUNDING]
    flops = column(frame, "flops", "isoflop", ("params", "flops", response))
    # Of the budgets to which a run is near, two are among the two on either side of it.
    round_it = np.searchsorted(budgets, flops) + np.array([[-2], [-1], [0], [1]])
    there = (round_it >= 0) & (round_it < len(budgets))
    round_it = np.clip(round_it, 0, len(budgets) - 1)
    near = there & (np.abs(flops / budgets[round_it] - 1) <= tolerance)
    twice = near.sum(axis=0) > 1
    if twice.any():
        row = int(np.flatnonzero(twice)[0])
        two = " and ".join(f"{c:g}" for c in budgets[round_it[near[:, row], row]])
        raise DataError(
            f"Budgets do not group: with tolerance={tolerance:g}, the run in row "
            f"{frame.index[row]} ({flops[row]:.4g} FLOPs) belongs to {two}. Lower the tolerance."
        )
    match = near.any(axis=0)
    if not match.all() and unmatched == "error":
        row = int(np.flatnonzero(~match)[0])
        raise DataError(
            f"Budgets do not group: {int((~match).sum())} of {len(flops)} runs lie within "
            f"{tolerance:.0%} of no budget, first that in row {frame.index[row]} "
            f"({flops[row]:.4g} FLOPs). Add budgets, widen tolerance=, or leave these runs out "
            "with unmatched='drop'."
        )
    slot = round_it[near.argmax(axis=0), np.arange(len(flops))][match]
    return frame.loc[match], budgets, np.asarray(slot, dtype=np.intp)
