"""Numbers at the door: what is accepted as positive floats, and what is handed back."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from replication.errors import ArgumentError

Array = NDArray[np.float64]
Number = float | Array


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
    array = numeric(name, values)
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
    array = numeric(name, values)
    bad = ~(np.isfinite(array) & (array >= 0))
    if bad.any():
        raise ArgumentError(
            f"{name} must be zero or more and finite, got {array[bad].flat[0]:g}. "
            "Counts are plain SI numbers: 2e12 tokens."
        )
    return array


def numeric(name: str, values: ArrayLike) -> Array:
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
        The values as float64.

    Raises
    ------
    ArgumentError
        If a value is text, or the values are ragged.

    Examples
    --------
    >>> numeric("step", [0, 100])
    array([  0., 100.])
    """
    try:
        if _holds_text(np.asarray(values)):
            raise TypeError
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ArgumentError(f"{name} must be numbers, got {values!r}.") from None


def _holds_text(values: NDArray[Any]) -> bool:
    """Whether an array is of text, or of objects some of which are."""
    kind = values.dtype.kind
    return kind in "US" or (kind == "O" and any(isinstance(v, str | bytes) for v in values.flat))


def plain(values: Any) -> Any:
    """Return a float for a single number, the array otherwise.

    Examples
    --------
    >>> plain(np.array(2.0))
    2.0
    """
    return float(values) if np.ndim(values) == 0 else values
