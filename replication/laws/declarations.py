"""Declarations of a law's fields: how each enters the prediction, and where to search for it."""

from dataclasses import field
from typing import Any


def coefficient() -> Any:
    """Declare a positive field in which the prediction is linear, such as A, B or E.

    Examples
    --------
    >>> coefficient().metadata["linear"]
    True
    """
    return field(metadata={"log": True, "linear": True, "seeds": ()})


def scale(*seeds: float, of: str = "") -> Any:
    """Declare a positive field in which the prediction is not linear, such as N_c.

    Parameters
    ----------
    *seeds : float
        Where a search should look; multiples of the median of column `of` if that is given.
    of : str, optional
        The input column whose unit the field shares.

    Examples
    --------
    >>> scale(1.0, 1e3, of="params").metadata["of"]
    'params'
    """
    default = tuple(10.0**k for k in range(-2, 11, 2)) if of else (0.01, 0.1, 1.0, 10.0, 100.0)
    return field(metadata={"log": True, "linear": False, "seeds": seeds or default, "of": of})


def exponent(*seeds: float) -> Any:
    """Declare a field of any sign in which the prediction is not linear, such as alpha.

    Parameters
    ----------
    *seeds : float
        Where a search should look; by default a geometric grid from .03 to 2.

    Examples
    --------
    >>> exponent(0.5, 1.0).metadata["seeds"]
    (0.5, 1.0)
    """
    return field(metadata={"log": False, "linear": False, "seeds": seeds, "of": ""})


def slope(*seeds: float) -> Any:
    """Declare a field of any sign in which the prediction is linear, such as a slope.

    Zero is a value like any other: that a slope is near zero does not make it unidentified.

    Parameters
    ----------
    *seeds : float
        Where a search should look; least squares finds the way from anywhere, so by default zero.

    Examples
    --------
    >>> slope().metadata["seeds"]
    (0.0,)
    """
    return field(
        metadata={"log": False, "linear": False, "slope": True, "seeds": seeds or (0.0,), "of": ""}
    )
