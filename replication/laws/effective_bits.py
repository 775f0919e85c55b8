"""What a count of bits leaves of the parameters, and how that changes with its two constants."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from replication.counting.numbers import Array, positive
from replication.errors import ArgumentError

FULL_BITS = 16
"""Bits of a number that is not quantised."""


class Kept:
    """The share 1 - exp(-P/gamma + n) of the parameters that P bits keep; zero where that is less.

    Parameters
    ----------
    bits : ndarray
        Bits P.
    gamma : ndarray
        Bits after which e times less is lost.
    n : ndarray
        Offset in the exponent.

    Examples
    --------
    >>> four = Kept(np.asarray(4.0), np.asarray(2.0), np.asarray(0.0))
    >>> round(float(four.share), 3), round(float(np.exp(four.log)), 3)
    (0.865, 0.865)
    """

    def __init__(self, bits: Any, gamma: Any, n: Any) -> None:
        with np.errstate(all="ignore"):
            self.gamma = np.asarray(gamma, dtype=np.float64)
            self.x = np.asarray(bits / self.gamma)
            lost = np.exp(n - self.x)
            self.share = np.maximum(1 - lost, 0.0)
            # For small losses by log1p, so that sixteen bits are not taken for all of them.
            self.log = np.where(lost < 1, np.log1p(-np.minimum(lost, 1.0)), -np.inf)
            self._n = np.asarray(n, dtype=np.float64)

    @cached_property
    def odds(self) -> Array:
        """What is lost over what is kept."""
        with np.errstate(all="ignore"):
            return np.asarray(1 / np.expm1(self.x - self._n))

    @property
    def bits_slope(self) -> Array:
        """Derivative of the logarithm of the share in that of the bits."""
        return np.asarray(self.odds * self.x)

    @property
    def slopes(self) -> tuple[Array, Array]:
        """Derivatives of the logarithm of the share in gamma and in n."""
        return -self.odds * self.x / self.gamma, -self.odds

    @property
    def bends(self) -> tuple[Array, Array, Array]:
        """Its second derivatives: in gamma twice, in gamma and n, in n twice."""
        steep = self.x / self.gamma
        both = self.odds * (1 + self.odds)
        return 2 * self.odds * steep / self.gamma - both * steep**2, -both * steep, -both


def bits_given(name: str, values: ArrayLike) -> Array:
    """Return bits as floats, or say which are fewer than one.

    Parameters
    ----------
    name : str
        What they are, for the message.
    values : array_like
        Bits.

    Returns
    -------
    ndarray
        The bits.

    Raises
    ------
    ArgumentError
        If they are fewer than one, or no finite number.

    Examples
    --------
    >>> bits_given("weight_bits", 0.5)
    Traceback (most recent call last):
        ...
    replication.errors.ArgumentError: weight_bits is 0.5; a number has one bit at least. Give bits
    per number, such as 4, and 16 for what is not quantised.
    """
    bits = positive(name, values)
    if (few := bits < 1).any():
        raise ArgumentError(
            f"{name} is {bits[few].flat[0]:g}; a number has one bit at least. Give bits per "
            f"number, such as 4, and {FULL_BITS} for what is not quantised."
        )
    return bits
