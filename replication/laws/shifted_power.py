"""The law of one learning curve in compute, its inverse, and what the next bit of loss costs."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from replication.counting.numbers import Array, Number, plain, positive
from replication.errors import ArgumentError
from replication.laws.base import Law
from replication.laws.declarations import coefficient, exponent, scale

EDGE = 1e-12
"""How near a floor, as a share of the range, two prices are compared."""


@dataclass(frozen=True)
class ShiftedPower(Law):
    """f(C) = a (C + d)**-b + c: loss of one model along its training (anagnostidis2023, Eq. 1).

    Parameters
    ----------
    a : float
        Scale of the reducible part, in nats times FLOPs**b.
    b : float
        Exponent.
    c : float
        Floor in nats per token, which more training of this model does not pass.
    d : float
        Compute in FLOPs that shifts the curve, so that it is finite at the start.

    Examples
    --------
    >>> law = ShiftedPower(a=1e9, b=0.5, c=3.0, d=1e17)
    >>> round(law.loss(9e17), 6), round(law.input_for(4.0) / 1e17, 6)
    (4.0, 9.0)
    """

    a: float = coefficient()
    b: float = exponent()
    c: float = coefficient()
    d: float = scale(1e-4, 1e-3, 0.01, 0.1, 1.0, of="flops")

    inputs = ("flops",)
    positive_inputs = True

    def loss(self, flops: ArrayLike) -> Number:
        """Predict the loss.

        Parameters
        ----------
        flops : array_like
            Compute C spent, in FLOPs.

        Returns
        -------
        float or ndarray
            Loss in nats per token.

        Raises
        ------
        ArgumentError
            If a value is not positive and finite.
        """
        value: Number = plain(self._evaluate(*self._checked(flops)))
        return value

    def _evaluate(self, *columns: Array) -> Array:
        return np.asarray(
            self.a * (columns[0] + np.asarray(self.d)) ** -np.asarray(self.b) + self.c
        )

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the loss for every field; see `Law.gradient`."""
        shifted, log_shifted, unit = self._power(columns[0])
        part = self.a * unit
        return {
            "a": unit,
            "b": -part * log_shifted,
            "c": np.ones_like(unit),
            "d": -np.asarray(self.b) * part / shifted,
        }

    def curvature(self, *columns: ArrayLike) -> dict[tuple[str, str], Any]:
        """Return the second partial derivatives of the loss; see `Law.curvature`."""
        shifted, log_shifted, unit = self._power(columns[0])
        part, b = self.a * unit, np.asarray(self.b)
        steep = part / shifted
        return {
            ("a", "b"): -log_shifted * unit,
            ("a", "d"): -b * unit / shifted,
            ("b", "b"): log_shifted**2 * part,
            ("b", "d"): (b * log_shifted - 1) * steep,
            ("d", "d"): b * (b + 1) * steep / shifted,
        }

    @property
    def start(self) -> Number:
        """Loss before any training, a d**-b + c in nats per token."""
        value: Number = plain(np.asarray(self.a) * np.asarray(self.d) ** -self.b + self.c)
        return value

    def input_for(self, loss: ArrayLike) -> Number:
        """Return the compute that reaches a loss: (a / (L - c))**(1/b) - d.

        Parameters
        ----------
        loss : array_like
            Loss in nats per token, between the floor c and `start`.

        Returns
        -------
        float or ndarray
            Compute C in FLOPs.

        Raises
        ------
        ArgumentError
            If a loss is outside that range.
        """
        value: Number = plain(self._root(loss) - np.asarray(self.d))
        return value

    def price(self, loss: ArrayLike) -> Number:
        """Return what loss costs at a loss: -dC/dL = (a / (L - c))**(1/b) / (b (L - c)).

        Parameters
        ----------
        loss : array_like
            Loss in nats per token, between the floor c and `start`.

        Returns
        -------
        float or ndarray
            FLOPs for a nat per token, at the rate of this point.

        Raises
        ------
        ArgumentError
            If a loss is outside that range.

        Examples
        --------
        >>> law = ShiftedPower(a=1e9, b=0.5, c=3.0, d=1e17)
        >>> near = law.input_for(3.999) - law.input_for(4.001)
        >>> round(law.price(4.0) / (near / 0.002), 5)
        1.0
        """
        root = self._root(loss)
        value: Number = plain(root / (np.asarray(self.b) * (np.asarray(loss) - self.c)))
        return value

    def reaches(self, loss: ArrayLike) -> Any:
        """Return whether training brings the model to a loss: floor c < L <= `start`.

        Parameters
        ----------
        loss : array_like
            Loss in nats per token.

        Returns
        -------
        bool or ndarray of bool
            One answer a loss.

        Examples
        --------
        >>> ShiftedPower(a=1e9, b=0.5, c=3.0, d=1e17).reaches([2.9, 4.0, 9.0]).tolist()
        [False, True, False]
        """
        target = positive("loss", loss)
        return (target > np.asarray(self.c)) & (target <= np.asarray(self.start))

    def crossings(self, other: "ShiftedPower", low: float, high: float) -> list[float]:
        """Return the losses at which two laws charge the same `price`: two at most.

        The logarithm of a price is a constant less ``(1 + 1/b) log(L - c)``. So the derivative of
        the difference of two has one root at most, and the difference one on either side of it.

        Parameters
        ----------
        other : ShiftedPower
            In the same measure of compute; both with single coefficients.
        low, high : float
            Where to look, in nats per token.

        Returns
        -------
        list of float
            Losses that both laws reach, rising.

        Examples
        --------
        >>> small = ShiftedPower(a=1e9, b=0.5, c=3.0, d=1e17)
        >>> large = ShiftedPower(a=3e9, b=0.5, c=2.0, d=1e17)
        >>> [round(loss, 4) for loss in small.crossings(large, 3.2, 6.0)]
        [3.9259]
        """
        high = min(high, float(self.start), float(other.start))
        bottom = max(low, self.c, other.c)
        if bottom >= high:
            return []
        bottom += EDGE * (high - bottom)
        k, m = (1 + 1 / law.b for law in (self, other))

        def gap(loss: float) -> float:
            fixed = [math.log(law.a) / law.b - math.log(law.b) for law in (self, other)]
            falls = k * math.log(loss - self.c) - m * math.log(loss - other.c)
            return fixed[0] - fixed[1] - falls

        ends = [bottom, high]
        if k != m and bottom < (turn := (k * other.c - m * self.c) / (k - m)) < high:
            ends.insert(1, turn)
        return [
            float(brentq(gap, *piece, xtol=1e-15, rtol=1e-15))
            for piece in pairwise(ends)
            if gap(piece[0]) * gap(piece[1]) < 0
        ]

    def _root(self, loss: ArrayLike) -> Array:
        """Return C + d at a loss, or say why there is none."""
        target, b = positive("loss", loss), np.asarray(self.b)
        if np.any(b <= 0):
            raise ArgumentError(f"b is {np.min(b):g}: a law that does not fall has no inverse.")
        if not np.all(inside := self.reaches(target)):
            wrong = np.broadcast_to(target, np.shape(inside))[~inside].flat[0]
            raise ArgumentError(
                f"loss is {wrong:g}; this law goes from {np.max(self.start):.4g} before training "
                f"down to its floor {np.min(self.c):.4g}, which it does not reach. Ask for a loss "
                "in between; reaches() tells which are."
            )
        # Close above the floor the compute may be more than a float holds: it is infinite then.
        with np.errstate(over="ignore"):
            return np.asarray((np.asarray(self.a) / (target - self.c)) ** (1 / b))

    def _power(self, flops: ArrayLike) -> tuple[Array, Array, Array]:
        """Return C + d, its logarithm and (C + d)**-b."""
        shifted = flops + np.asarray(self.d)
        log_shifted = np.log(shifted)
        return shifted, log_shifted, np.exp(-np.asarray(self.b) * log_shifted)
