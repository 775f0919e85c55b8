"""Numbers at the door: what is accepted as floats, and what is handed back."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.errors import LONGEST_VALUE, ArgumentError, shown

Array = NDArray[np.float64]
Number = float | Array

REACH = (1e-100, 1e100)
"""Sizes of numbers that a law can take powers of."""
TO_NUMBERS = "Convert it, for example with pandas.to_numeric"
"""What to do about numbers that are written as text."""


def positive(name: str, values: ArrayLike) -> Array:
    """Return `values` as floats, or say which one is not a positive finite number.

    Parameters
    ----------
    name : str
        What the values are, for the message.
    values : array_like
        The values, any shape.

    Returns
    -------
    ndarray
        The values as float64, so that ``6 * N * D`` cannot overflow an integer.

    Raises
    ------
    ArgumentError
        If a value is not a number, not finite, zero or negative.

    Examples
    --------
    >>> positive("tokens", [1, 2])
    array([1., 2.])
    """
    array = numbers(name, values)
    bad = ~(np.isfinite(array) & (array > 0))
    if bad.any():
        raise ArgumentError(
            f"{name} must be positive and finite, got {array[bad].flat[0]:g}. "
            "Counts are plain SI numbers: 70e9 parameters, 1.4e12 tokens."
        )
    return array


def nonnegative(name: str, values: ArrayLike) -> Array:
    """Return `values` as floats, or say which one is negative or no finite number.

    Parameters
    ----------
    name : str
        What the values are, for the message.
    values : array_like
        The values, any shape; zero is allowed.

    Returns
    -------
    ndarray
        The values as float64.

    Raises
    ------
    ArgumentError
        If a value is not a number, not finite or negative.

    Examples
    --------
    >>> nonnegative("inference_tokens", [0, 2])
    array([0., 2.])
    """
    array = numbers(name, values)
    bad = ~(np.isfinite(array) & (array >= 0))
    if bad.any():
        raise ArgumentError(
            f"{name} must be zero or more and finite, got {array[bad].flat[0]:g}. "
            "Counts are plain SI numbers: 2e12 tokens."
        )
    return array


def quantity(name: str, values: ArrayLike) -> Array:
    """Return `values` as floats of which NaN stays NaN, or say which one is negative.

    For arithmetic on tables, where a missing number makes a missing result.

    Parameters
    ----------
    name : str
        What the values are, for the message.
    values : array_like
        The values, any shape; zero and NaN are allowed.

    Returns
    -------
    ndarray
        The values as float64.

    Raises
    ------
    ArgumentError
        If a value is not a number, negative or infinite.

    Examples
    --------
    >>> quantity("tokens", [1e9, None])
    array([1.e+09,    nan])
    """
    array = numbers(name, values)
    if (bad := (array < 0) | np.isinf(array)).any():
        raise ArgumentError(
            f"{name} must be zero or more and finite, got {array[bad].flat[0]:g}. A missing number "
            "may be NaN."
        )
    return array


def in_range(what: str, values: Array) -> Array:
    """Return results as they are, or say that one is more than a float holds.

    Parameters
    ----------
    what : str
        What was computed, for the message.
    values : ndarray
        The results; NaN is allowed.

    Returns
    -------
    ndarray
        The same.

    Raises
    ------
    ArgumentError
        If a result is infinite.

    Examples
    --------
    >>> float(in_range("flops", np.array(6e20)))
    6e+20
    """
    if np.isinf(values).any():
        raise ArgumentError(
            f"{what} is more than a float holds, 1.8e308. Counts are plain SI numbers: 70e9 "
            "parameters, 1.4e12 tokens."
        )
    return values


def in_reach(name: str, values: Array) -> Array:
    """Return `values` as they are, or say which one is too large or too small to compute with.

    Parameters
    ----------
    name : str
        What the values are, for the message.
    values : ndarray
        Finite numbers of any sign.

    Returns
    -------
    ndarray
        The same.

    Raises
    ------
    ArgumentError
        If the size of a value is not zero and outside `REACH`, so that powers of it leave what a
        float holds.

    Examples
    --------
    >>> in_reach("tokens", np.array([0.0, -1e12]))
    array([ 0.e+00, -1.e+12])
    """
    size = np.abs(values)
    bad = (size > REACH[1]) | ((size < REACH[0]) & (size > 0))
    if bad.any():
        raise ArgumentError(
            f"{name} is {values[bad].flat[0]:g}; sizes from {REACH[0]:g} to {REACH[1]:g} are "
            "expected, as powers of others leave what a float holds. Choose another unit."
        )
    return values


def finite(name: str, values: ArrayLike) -> Array:
    """Return `values` as floats of any sign, or say which one is NaN or infinite.

    Parameters
    ----------
    name : str
        What the values are, for the message.
    values : array_like
        The values, any shape.

    Returns
    -------
    ndarray
        The values as float64.

    Raises
    ------
    ArgumentError
        If a value is not a finite number.

    Examples
    --------
    >>> finite("temperature", [-1, 2])
    array([-1.,  2.])
    """
    array = numbers(name, values)
    bad = ~np.isfinite(array)
    if bad.any():
        raise ArgumentError(
            f"{name} must be finite, got {array[bad].flat[0]:g}. Leave out what was not measured."
        )
    return array


def numbers(name: str, values: ArrayLike) -> Array:
    """Return `values` as floats of any sign, or say that they are no numbers.

    Parameters
    ----------
    name : str
        What the values are, for the message.
    values : array_like
        The values, any shape.

    Returns
    -------
    ndarray
        The values as float64, NaN and infinities among them.

    Raises
    ------
    ArgumentError
        If a value is text, masked, complex, a date, an integer beyond the range of floats, or
        anything else that is not a number.

    Examples
    --------
    >>> numbers("error", [0.5, -1])
    array([ 0.5, -1. ])
    >>> numbers("loss", ["3.2", "NaN"])
    Traceback (most recent call last):
        ...
    replication.errors.ArgumentError: loss must be numbers, got 'NaN' in row 1, and the other value
    as text. Convert it, for example with pandas.to_numeric(..., errors='coerce'), and leave out
    the rows that are then NaN.
    """
    if type(values) is np.ndarray and values.dtype.kind in "fiub":  # on the way of every solver
        return np.asarray(values, dtype=np.float64)
    if values is None:
        raise ArgumentError(f"{name} must be numbers, got None.")
    if wrong := no_number(values):
        raise ArgumentError(f"{name} must be numbers, got {wrong}")
    array = np.asarray(values)
    if array.dtype.kind == "O":
        missing = np.array([v is None or v is pd.NA or v is pd.NaT for v in array.flat], dtype=bool)
        array = np.where(missing.reshape(array.shape), np.nan, array)
    return np.asarray(array, dtype=np.float64)


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


def whole(name: str, value: Any, least: int = 1, most: float = np.inf) -> int:
    """Return a whole number, or say that it is none or out of range.

    Parameters
    ----------
    name : str
        What it is, for the message.
    value : int
        The number; a float that is whole will do.
    least, most : int
        Where it may lie, both included.

    Returns
    -------
    int
        The number.

    Raises
    ------
    ArgumentError
        If it is not a whole number, or out of range.

    Examples
    --------
    >>> whole("points", 41.0, least=3)
    41
    """
    try:
        found = int(value) if np.ndim(value) == 0 and int(value) == value else None
    except (TypeError, ValueError, OverflowError):
        found = None
    if found is None or isinstance(value, str | bytes):
        raise ArgumentError(f"{name} is {shown(value)}; a whole number is expected.")
    if not least <= found <= most:
        limits = f"at least {least}" if found < least else f"at most {most:,}"
        raise ArgumentError(f"{name} is {shown(found)}; {limits} is needed.")
    return found


def single(name: str, value: Any) -> float:
    """Return one number as a float, or say that it is none or that there are several.

    Parameters
    ----------
    name : str
        What it is, for the message.
    value : float
        The number, of any sign, NaN and infinity among them.

    Returns
    -------
    float
        The number.

    Raises
    ------
    ArgumentError
        If it is not a single number.

    Examples
    --------
    >>> single("delta", 1)
    1.0
    """
    if value is None or no_number(value) or np.ndim(value):
        raise ArgumentError(f"{name} is {shown(value)}; a single number is expected.")
    return float(numbers(name, value))


def share(name: str, value: Any, example: float) -> float:
    """Return a number between 0 and 1, or say that it is none.

    Parameters
    ----------
    name : str
        What it is, for the message.
    value : float
        The number; 0 and 1 are excluded.
    example : float
        A value that makes sense, for the message.

    Returns
    -------
    float
        The number.

    Raises
    ------
    ArgumentError
        If it is not a single number between 0 and 1.

    Examples
    --------
    >>> share("level", 95, 0.95)
    Traceback (most recent call last):
        ...
    replication.errors.ArgumentError: level is 95; it must lie between 0 and 1, for example 0.95.
    """
    found = single(name, value)
    if not 0 < found < 1:
        raise ArgumentError(
            f"{name} is {shown(value)}; it must lie between 0 and 1, for example {example:g}."
        )
    return found


def common_shape(**columns: ArrayLike) -> tuple[int, ...]:
    """Return the shape of several arguments together, or say that they have none.

    Parameters
    ----------
    **columns
        Arguments by name.

    Returns
    -------
    tuple of int
        Their shapes, broadcast.

    Raises
    ------
    ArgumentError
        If the shapes do not fit together.

    Examples
    --------
    >>> common_shape(loss=[[2.0], [2.1]], inference_tokens=[1e11, 1e12, 1e13])
    (2, 3)
    """
    shapes = {name: np.shape(values) for name, values in columns.items()}
    try:
        return np.broadcast_shapes(*shapes.values())
    except ValueError:
        told = {name: shape for name, shape in shapes.items() if shape}
        raise ArgumentError(
            f"Shapes do not fit together: {', '.join(f'{n} {s}' for n, s in told.items())}. Give "
            f"as many of each, or for a grid one of them as a column: {next(iter(told))}[:, None]."
        ) from None


def plain(values: Any) -> Any:
    """Return a float for a single number, the array otherwise.

    Examples
    --------
    >>> plain(np.array(2.0))
    2.0
    """
    return float(values) if np.ndim(values) == 0 else values


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
