"""Single numbers at the door: whole ones, shares, and any other."""

from typing import Any

import numpy as np

from replication.counting.numbers.arrays import numbers
from replication.counting.numbers.refusals import no_number
from replication.errors import ArgumentError, shown


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
