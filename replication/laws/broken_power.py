"""A power law that bends smoothly into another one: one break of the broken power law."""

from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from replication.counting.numbers import Array
from replication.laws.declarations import coefficient, exponent, scale
from replication.laws.one_input import OneInput


@dataclass(frozen=True)
class BrokenPower(OneInput):
    """L(x) = a + b x**-c_0 (1 + (x/d)**(1/f))**(-c_1 f), one break (Caballero et al. 2023, Eq. 1).

    On log-log axes the part above a is straight with slope -c_0 far below d, straight with slope
    -(c_0 + c_1) far above it, and bends in between, over a width of f in log x. Where c_1 is
    negative the curve flattens, and rises again where c_0 + c_1 is negative as well.

    Parameters
    ----------
    a : float
        Floor, in the unit of the response.
    b : float
        Value of the first segment at x = 1.
    c_0 : float
        Exponent of the first segment.
    c_1 : float
        What the break adds to the exponent.
    d : float
        Input at which the curve breaks.
    f : float
        Width of the break, positive: 0 is a corner.

    Examples
    --------
    >>> law = BrokenPower(a=1.0, b=100.0, c_0=0.1, c_1=0.3, d=1e20, f=0.5)
    >>> round(law.loss(1e20) - 1, 4), round(100 * 1e20**-0.1 * 2 ** (-0.3 * 0.5), 4)
    (0.9013, 0.9013)
    """

    a: float = coefficient()
    b: float = coefficient()
    c_0: float = exponent()
    c_1: float = exponent(-0.3, 0.1, 0.3, 1.0)
    d: float = scale(0.03, 0.1, 0.3, 1.0, 3.0, of="flops")
    f: float = scale(0.1, 0.3, 1.0, 3.0)

    @classmethod
    def reading(cls, column: str) -> dict[str, Any]:
        """Return the field whose unit is that of the input."""
        return cls._declared(d=scale(*cls.kinds()["d"].seeds, of=column))

    @property
    def irreducible(self) -> float:
        """What the response tends to as the input grows, if its exponent there is positive: a."""
        return self.a

    def _evaluate(self, *columns: Array) -> Array:
        return np.asarray(self.a + self.b * self._break(columns[0]).unit)

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the response for every field; see `Law.gradient`."""
        at = self._break(columns[0])
        part = self.b * at.unit
        inner = {name: part * slope for name, slope in self._log_slopes(at).items()}
        return {"a": np.ones_like(at.unit), "b": at.unit} | inner

    def curvature(self, *columns: ArrayLike) -> dict[tuple[str, str], Any]:
        """Return the second partial derivatives of the response; see `Law.curvature`."""
        at, d, f, c_1 = self._break(columns[0]), *map(np.asarray, (self.d, self.f, self.c_1))
        slopes, part = self._log_slopes(at), self.b * at.unit
        peak = at.over * at.under
        bent: dict[tuple[str, str], Any] = {
            ("c_1", "d"): at.over / d,
            ("c_1", "f"): -at.turn,
            ("d", "d"): -c_1 / d**2 * (at.over + peak / f),
            ("d", "f"): -c_1 / d * peak * at.place / f,
            ("f", "f"): -c_1 * peak * at.place**2 / f,
        }
        second = {
            (p, q): part * (slopes[p] * slopes[q] + bent.get((p, q), 0.0))
            for p, q in combinations_with_replacement(slopes, 2)
        }
        return second | {("b", name): at.unit * slope for name, slope in slopes.items()}

    def _log_slopes(self, at: "_Break") -> dict[str, Any]:
        """Return the partial derivatives of the logarithm of what exceeds the floor."""
        c_1 = np.asarray(self.c_1)
        return {
            "c_0": -at.log,
            "c_1": -np.asarray(self.f) * at.soft,
            "d": c_1 * at.over / np.asarray(self.d),
            "f": -c_1 * at.turn,
        }

    def _break(self, x: ArrayLike) -> "_Break":
        """Return the place of an input relative to the break, and the power there."""
        log = np.log(np.asarray(x, dtype=np.float64))
        place = (log - np.log(self.d)) / np.asarray(self.f)
        soft = np.logaddexp(0, place)
        unit = np.exp(-np.asarray(self.c_0) * log - np.asarray(self.c_1) * self.f * soft)
        over, under = np.exp(place - soft), np.exp(-soft)
        # soft less z over: two large numbers far from the break, but for this way to write it.
        turn = np.logaddexp(0, -np.abs(place)) + np.abs(place) * np.minimum(over, under)
        return _Break(log, place, soft, over, under, turn, unit)


class _Break(NamedTuple):
    """An input relative to the break.

    Parameters
    ----------
    log : ndarray
        log x.
    place : ndarray
        z = log(x / d) / f.
    soft : ndarray
        log(1 + e**z).
    over, under : ndarray
        Shares of the two segments, e**z / (1 + e**z) and the rest.
    turn : ndarray
        log(1 + e**z) less z over: what a wider bend adds.
    unit : ndarray
        What exceeds the floor, over b.
    """

    log: Array
    place: Array
    soft: Array
    over: Array
    under: Array
    turn: Array
    unit: Array
