"""Arrays at the door: what is accepted as floats, and what is handed back."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers.refusals import no_number
from replication.errors import ArgumentError

Array = NDArray[np.float64]
Number = float | Array

REACH = (1e-100, 1e100)
"""Sizes of numbers that a law can take powers of."""


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
