"""What is no number: said by its kind, its place, and what to do."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.errors import LONGEST_VALUE, shown

TO_NUMBERS = "Convert it, for example with pandas.to_numeric"
"""What to do about numbers that are written as text."""


def no_number(values: ArrayLike, labels: Sequence[Any] | None = None) -> str:
    """Say what among values is no number, where, and what to do; nothing if all are numbers.

    Missing values (None, NaN, ``pandas.NA``) are numbers here: NaN.

    Parameters
    ----------
    values : array_like
        The values, any shape.
    labels : sequence, optional
        What a table calls its rows; by default they are counted from 0.

    Returns
    -------
    str
        The end of a message that begins with what was expected; empty if there is nothing to say.

    Examples
    --------
    >>> no_number([1.0, 1j])
    'complex numbers. Take their real part or their size.'
    >>> no_number([1.0, None])
    ''
    """
    if isinstance(values, np.ma.MaskedArray):
        if (masked := np.ma.getmaskarray(values)).any():
            return (
                f"{int(masked.sum())} masked of {masked.size} values, {_place(masked, 'first')}. "
                "Leave these out, for example with .compressed() of every column alike."
            )
        values = np.ma.getdata(values)
    if isinstance(values, list | tuple) and _is_ragged(values):
        return f"{shown(values)}, whose parts differ in length. Give one value for each point."
    array = np.asarray(values)
    if array.dtype.kind in "US" and not isinstance(values, np.ndarray):
        array = np.asarray(values, dtype=object)  # else numpy writes the numbers beside it as text
    kind = array.dtype.kind
    if kind in "fiub":
        return ""
    if kind == "c":
        return "complex numbers. Take their real part or their size."
    if kind in "mM":
        return "dates or times. Give counts, for example of tokens or of steps."
    cells = array.ravel()
    text = np.array([isinstance(v, str | bytes) for v in cells], dtype=bool)
    if text.any():
        return _in_text(array, text, labels)
    for place, value in enumerate(cells):
        if value is None or value is pd.NA or value is pd.NaT:
            continue
        if isinstance(value, complex):
            return "complex numbers. Take their real part or their size."
        try:
            float(value)
        except OverflowError:
            where = _row(array, place, labels)
            return f"an integer beyond the range of floats{where}. A float holds up to 1.8e308."
        except (TypeError, ValueError):
            return f"{shown(value)}{_row(array, place, labels)}."
    return ""


def named_row(label: Any) -> str:
    """Return what a table calls a row, as a message shows it.

    Examples
    --------
    >>> named_row("small"), named_row(3)
    ('small', '3')
    """
    return label if isinstance(label, str) and len(label) < LONGEST_VALUE else shown(label)


def _is_ragged(values: Any) -> bool:
    """Whether a list holds lists of different length."""
    try:
        np.asarray(values)
    except ValueError:
        return True
    return False


def _in_text(array: NDArray[Any], text: NDArray[np.bool_], labels: Sequence[Any] | None) -> str:
    """Say which text among values is no number, or that all of it is numbers."""
    places = np.flatnonzero(text)
    cells = array.ravel()
    parsed = pd.to_numeric(pd.Series([cells[k] for k in places], dtype=object), errors="coerce")
    wrong = places[~np.isfinite(parsed.to_numpy(dtype=np.float64, na_value=np.nan))]
    named = wrong[0] if len(wrong) else places[0]
    first = f"{shown(cells[named])}{_row(array, named, labels)}"
    if not len(wrong):
        return f"numbers written as text, first {first}. {TO_NUMBERS}."
    if not array.ndim:
        return f"{shown(cells[0])}."
    rest = len(places) - 1
    others = ", and the other value as text" if rest == 1 else f", and {rest} more as text"
    return (
        f"{first}{others if rest else ''}. {TO_NUMBERS}(..., errors='coerce'), and leave out the "
        "rows that are then NaN."
    )


def _row(array: NDArray[Any], place: int, labels: Sequence[Any] | None) -> str:
    """Return where a value stands."""
    if not array.ndim:
        return ""
    row = int(np.unravel_index(int(place), array.shape)[0])
    return f" in row {row if labels is None else named_row(labels[row])}"


def _place(which: NDArray[np.bool_], word: str) -> str:
    """Return where the first of some values stands."""
    first = int(np.flatnonzero(which)[0])
    return f"{word} in row {np.unravel_index(first, which.shape)[0]}" if which.ndim else "this one"
