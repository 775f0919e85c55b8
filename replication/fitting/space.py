"""Free coordinates: which fields of a law move, which follow, and between which bounds."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.errors import ArgumentError, unknown
from replication.laws import Law

Array = NDArray[Any]

LARGEST_LOG = 690.0
"""Largest logarithm, up or down, of a field that leaves room for arithmetic with it."""

LAST_STEP = 1e-3
"""Longest step, in logarithms or as a share of an exponent, that is taken without a look at where
it leads."""


@dataclass(frozen=True)
class Space:
    """How free coordinates become the solver coordinates of a law.

    Parameters
    ----------
    spread : ndarray, shape (q, p)
        ``theta = offset + phi @ spread``; fixed coordinates have no row, tied ones share one.
    offset : ndarray, shape (p,) or (S, p)
        Values of the fixed coordinates.
    lower, upper : ndarray, shape (q,)
        Bounds of the free coordinates.
    logs : ndarray of bool, shape (q,)
        Which of them are logarithms.
    vanishes : ndarray of bool, shape (q,)
        Which of them are logarithms of coefficients, whose terms may vanish.
    """

    spread: Array
    offset: Array
    lower: Array
    upper: Array
    logs: Array
    vanishes: Array

    @property
    def whole(self) -> bool:
        """Whether the free coordinates are the law's own, none fixed and none tied."""
        return self.spread.shape[0] == self.spread.shape[1] and bool(
            (self.spread == np.eye(len(self.spread))).all()
        )

    def without(self, k: int, offset: Array) -> "Space":
        """Return the space without one free coordinate, with other fixed values."""
        keep = np.arange(len(self.spread)) != k
        parts = (self.lower, self.upper, self.logs, self.vanishes)
        return Space(self.spread[keep], offset, *(part[keep] for part in parts))

    def at_bound(self, phi: Array) -> Array:
        """Return which of the coordinates stand at one of their bounds."""
        return np.asarray((phi <= self.lower) | (phi >= self.upper))

    def rows(self, which: Array) -> "Space":
        """Return the space of some of the problems."""
        return self if self.offset.ndim == 1 else replace(self, offset=self.offset[which])

    def theta(self, phi: Array, rows: Array | slice = slice(None)) -> Array:
        """Return law coordinates; `rows` are the problems that `phi` belongs to."""
        offset = self.offset if self.offset.ndim == 1 else self.offset[rows]
        return np.asarray(offset + phi @ self.spread)

    def clip(self, phi: Array) -> Array:
        """Return the nearest coordinates inside the bounds."""
        return np.clip(phi, self.lower, self.upper)

    def harmless(self, step: Array, phi: Array) -> Array:
        """Return steps so short that their end need not be evaluated, zero in place of others.

        Along a coordinate that the objective hardly feels, the last step may be thousands of units
        long: it ends where nobody has looked.
        """
        size = np.where(self.logs, 1.0, np.abs(phi))
        short = np.asarray((np.abs(step) <= LAST_STEP * size).all(axis=1))
        return np.where(short[:, None], step, 0.0)


def build_space(
    law: type[Law],
    fixed: Mapping[str, float],
    tied: Mapping[str, str],
    bounds: Mapping[str, tuple[float, float]],
) -> tuple[Space, tuple[str, ...]]:
    """Return the free coordinates of a law under fixed, tied and bounded fields.

    Parameters
    ----------
    law : type of Law
        The law.
    fixed : mapping of str to float
        Fields that do not move.
    tied : mapping of str to str
        Followers and the field whose value they share.
    bounds : mapping of str to (float, float)
        Lowest and highest value of a field.

    Returns
    -------
    space : Space
        The free coordinates.
    free : tuple of str
        Their names.

    Raises
    ------
    UnknownNameError
        If a name is not a field of the law.
    ArgumentError
        If a field is both fixed and tied, a bound is empty or a positive field is not positive.
    """
    names = law.names()
    kinds = law.kinds()
    logs = {name: kind.log for name, kind in kinds.items()}
    for name in (*fixed, *tied, *tied.values(), *bounds):
        if name not in names:
            raise unknown(f"field of {law.__name__}", name, names)
    for name, leader in tied.items():
        if name in fixed or leader in fixed or leader in tied or logs[name] != logs[leader]:
            raise ArgumentError(
                f"{name} cannot be tied to {leader}: both must be free, of the same kind, and "
                f"{leader} tied to nothing else. Fix them instead, or tie them to one leader."
            )
    free = tuple(n for n in names if n not in fixed and n not in tied)
    if not free:
        raise ArgumentError("Every field is fixed or tied: nothing is left to fit.")
    spread = np.zeros((len(free), len(names)))
    offset = np.zeros(len(names))
    for i, name in enumerate(names):
        if name in fixed:
            if not np.isfinite(fixed[name]):
                raise ArgumentError(f"{name} is {fixed[name]}; a finite number is expected.")
            offset[i] = _coordinate(name, fixed[name], logs[name])
        else:
            spread[free.index(tied.get(name, name)), i] = 1.0
    in_log = np.array([logs[name] for name in free])
    vanishes = np.array([kinds[name].factor for name in free])
    # An exponent that runs away would take its coefficient beyond what a float can hold.
    upper = np.where(in_log, LARGEST_LOG, np.inf)
    lower = -upper
    for name, (low, high) in bounds.items():
        if name not in free:
            raise ArgumentError(f"{name} is fixed or tied, so it cannot have bounds.")
        if not low < high:
            raise ArgumentError(f"bounds of {name} are ({low}, {high}); low < high is expected.")
        k = free.index(name)
        if not (logs[name] and low <= 0):
            lower[k] = _coordinate(name, low, logs[name])
        upper[k] = min(upper[k], _coordinate(name, high, logs[name]))
    return Space(spread, offset, lower, upper, in_log, vanishes), free


def _coordinate(name: str, value: float, log: bool) -> float:
    """Return the solver coordinate of a field's value."""
    if np.isnan(value):
        raise ArgumentError(f"{name} is {value}; a number is expected.")
    if log and not value > 0:
        raise ArgumentError(
            f"{name} is {value}; it must be positive. To leave its term out, use a value that is "
            "negligible beside the response, such as 1e-9."
        )
    return float(np.log(value)) if log else float(value)
