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
        If a value is not a number.

    Examples
    --------
    >>> numbers("error", [0.5, -1])
    array([ 0.5, -1. ])
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
