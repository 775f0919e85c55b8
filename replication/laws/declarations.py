"""Declarations of a law's fields: how each enters the prediction, and where to search for it."""

from dataclasses import dataclass, field
from typing import Any

RATES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
"""Seeds of a rate, in units of one over the median of what it multiplies."""


@dataclass(frozen=True)
class FieldKind:
    """How a field of a law enters the prediction, and how it is searched.

    Parameters
    ----------
    log : bool
        Whether the field is positive and searched in logarithms; else it may have either sign.
    linear : bool
        Whether the prediction is linear in it: a constant plus the field times something.
    seeds : tuple of float
        Where a search should look; empty for the grid of the engine.
    of : str
        The input that gives the field its unit, the median size of that column, of which the
        seeds are multiples; empty if they are plain values.
    power : float
        The power of that unit: -1 for a rate, which multiplies the column.
    coupled : bool
        Whether the prediction is linear in it but for a part that it moves as well. `Law.parts`,
        overridden, then says what it multiplies: near enough to start a search from.

    Examples
    --------
    >>> from replication.laws import Chinchilla
    >>> Chinchilla.kinds()["alpha"]
    FieldKind(log=False, linear=False, seeds=(), of='', power=1)
    """

    log: bool
    linear: bool
    seeds: tuple[float, ...] = ()
    of: str = ""
    power: float = 1
    coupled: bool = field(default=False, repr=False)

    @property
    def signed(self) -> bool:
        """Whether the field may have either sign."""
        return not self.log

    @property
    def factor(self) -> bool:
        """Whether it is the positive factor of a term, which may vanish with it."""
        return self.linear and self.log

    @property
    def slope(self) -> bool:
        """Whether it is a factor of either sign, for which zero is a value like any other."""
        return self.linear and self.signed


def _declare(kind: FieldKind) -> Any:
    """Return a dataclass field of a kind."""
    return field(metadata={"kind": kind})


def coefficient(*, coupled: bool = False) -> Any:
    """Declare a positive field in which the prediction is linear, such as A, B or E.

    Parameters
    ----------
    coupled : bool
        Whether something else in the prediction moves with it, so that it is linear only roughly:
        see `FieldKind`.

    Examples
    --------
    >>> coefficient().metadata["kind"]
    FieldKind(log=True, linear=True, seeds=(), of='', power=1)
    """
    return _declare(FieldKind(log=True, linear=True, coupled=coupled))


def scale(*seeds: float, of: str = "", power: float = 1) -> Any:
    """Declare a positive field in which the prediction is not linear, such as N_c.

    Parameters
    ----------
    *seeds : float
        Where a search should look; multiples of the field's unit if `of` is given.
    of : str, optional
        The input column that gives the field its unit: the median size of that column.
    power : float, optional
        The power of that unit: -1 for a rate, which multiplies the column.

    Examples
    --------
    >>> scale(1.0, 1e3, of="params").metadata["kind"].of
    'params'
    >>> scale(of="tokens", power=-1).metadata["kind"].seeds
    (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
    """
    default: tuple[float, ...] = (0.01, 0.1, 1.0, 10.0, 100.0)
    if of:
        default = tuple(10.0**k for k in range(-2, 11, 2)) if power == 1 else RATES
    return _declare(FieldKind(True, False, seeds or default, of, power))


def exponent(*seeds: float, of: str = "", power: float = 1) -> Any:
    """Declare a field of any sign in which the prediction is not linear, such as alpha.

    Parameters
    ----------
    *seeds : float
        Where a search should look; multiples of the field's unit if `of` is given. By default a
        geometric grid from .03 to 2, and with `of` one of either sign.
    of : str, optional
        The input column that gives the field its unit: the median size of that column.
    power : float, optional
        The power of that unit: -1 for a rate, which multiplies the column.

    Examples
    --------
    >>> exponent(0.5, 1.0).metadata["kind"].seeds
    (0.5, 1.0)
    """
    default = tuple(sign * rate for sign in (-1, 1) for rate in (0.1, 0.3, 1.0, 3.0, 10.0))
    return _declare(FieldKind(False, False, seeds or (default if of else ()), of, power))


def slope(*seeds: float) -> Any:
    """Declare a field of any sign in which the prediction is linear, such as a slope.

    Zero is a value like any other: that a slope is near zero does not make it unidentified.

    Parameters
    ----------
    *seeds : float
        Where a search should look; least squares finds the way from anywhere, so by default zero.

    Examples
    --------
    >>> slope().metadata["kind"].signed, slope().metadata["kind"].seeds
    (True, (0.0,))
    """
    return _declare(FieldKind(log=False, linear=True, seeds=seeds or (0.0,)))
