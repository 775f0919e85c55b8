"""How the benchmark's own code fits: its objective as laws, and its steps as it takes them.

The code minimises squares of log(L - e_inf), not of log L, and approaches the minimum from a start
close to the smallest error seen. Where it stops is not always a minimum of its objective, which is
why its steps are followed here instead of being left to the package's solver.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import nnls

from replication.counting.numbers import Array
from replication.laws import (
    Law,
    PowerLawOffset,
    SigmoidPower,
    coefficient,
    exponent,
    scale,
)

__all__ = ["MARGIN", "Excess", "ExcessShare", "follow_floor", "follow_sigmoid"]

MARGIN = 1e-3
"""Least distance of e_inf below, and of e_0 above, the errors that are fitted."""
OUTER, GRADIENT_ROUNDS = 10_000, 100
"""Rounds of the code at most, and how many of them take gradient steps."""
STOP = 1e-10
"""Change of beta at which the code stops."""
GRADIENT = (50, 2e-7)
"""Steps and rate of a round. The code takes 1,000 of 1e-8: the same path, in longer steps."""
NEWTON = (10, 0.65)
"""The same of Newton's rounds. The code takes 100 of .1, which bring it as near to the end."""
LEAST_CURVATURE = 1e-5


@dataclass(frozen=True)
class Excess(Law):
    """The objective of the benchmark's M2 as a law: residuals are log(L - e_inf) - log(b x**-c).

    A fit of this law to a column ``measured`` that repeats the errors, by least squares of
    logarithms, minimises the sum that the code minimises.

    Parameters
    ----------
    k : float
        One over the scale beta of the power law.
    c : float
        Its exponent.
    e_inf : float
        The floor, in the unit of the task.

    Examples
    --------
    >>> law = Excess(k=0.1, c=0.5, e_inf=0.2)
    >>> round(float(law.measured(100.0, 1.2)), 6), round(law.to_law().loss(100.0), 6)
    (1.2, 1.2)
    """

    k: float = coefficient()
    c: float = exponent()
    e_inf: float = scale(0.01, 0.3, 0.6, 0.9, of="error")

    inputs = ("samples", "error")
    positive_inputs = True
    response = "measured"

    def measured(self, samples: ArrayLike, error: ArrayLike) -> Any:
        """Return the error times (L - e_inf) / (beta x**-c): the error itself on the curve.

        Parameters
        ----------
        samples, error : array_like
            Samples seen, and the error in the unit of the task.

        Returns
        -------
        float or ndarray
            In the unit of the task.
        """
        x, y = np.asarray(samples, dtype=np.float64), np.asarray(error)
        return y * self.k * x ** np.asarray(self.c) * (y - np.asarray(self.e_inf))

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative for every field; see `Law.gradient`."""
        x, y = map(np.asarray, columns)
        unit = y * x ** np.asarray(self.c)
        value = self.k * unit * (y - np.asarray(self.e_inf))
        return {
            "k": unit * (y - np.asarray(self.e_inf)),
            "c": value * np.log(x),
            "e_inf": -self.k * unit,
        }

    def to_law(self) -> PowerLawOffset:
        """Return the form M2 with these coefficients."""
        kind = PowerLawOffset.of("samples", "error")
        return kind(A=1 / self.k, E=self.e_inf, alpha=self.c)


@dataclass(frozen=True)
class ExcessShare(Law):
    """The objective of the benchmark's M4 as a law; see `Excess`.

    Parameters
    ----------
    k, c, e_inf : float
        As in `Excess`.
    e_0 : float
        Error of a guess.
    alpha : float
        Exponent of e_0 - L.

    Examples
    --------
    >>> law = ExcessShare(k=0.1, c=0.5, e_inf=0.2, e_0=2.0, alpha=1.0)
    >>> round(law.to_law().loss(100.0), 4), round(float(law.measured(100.0, 1.1)), 4)
    (1.1, 1.1)
    """

    k: float = coefficient()
    c: float = exponent()
    e_inf: float = scale(0.01, 0.3, 0.6, 0.9, of="error")
    e_0: float = scale(1.5, 3.0, 10.0, of="error")
    alpha: float = scale(0.03, 0.3, 1.0)

    inputs = ("samples", "error")
    positive_inputs = True
    response = "measured"

    def measured(self, samples: ArrayLike, error: ArrayLike) -> Any:
        """Return the error times (L - e_inf) / (beta x**-c (e_0 - L)**alpha).

        Parameters
        ----------
        samples, error : array_like
            Samples seen, and the error in the unit of the task.

        Returns
        -------
        float or ndarray
            In the unit of the task.
        """
        x, y = np.asarray(samples, dtype=np.float64), np.asarray(error)
        room = (np.asarray(self.e_0) - y) ** -np.asarray(self.alpha)
        return y * self.k * x ** np.asarray(self.c) * (y - np.asarray(self.e_inf)) * room

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative for every field; see `Law.gradient`."""
        x, y = map(np.asarray, columns)
        value, room = self.measured(x, y), np.asarray(self.e_0) - y
        return {
            "k": value / self.k,
            "c": value * np.log(x),
            "e_inf": -value / (y - np.asarray(self.e_inf)),
            "e_0": -np.asarray(self.alpha) * value / room,
            "alpha": -value * np.log(room),
        }

    def to_law(self) -> Law:
        """Return the form M4 with these coefficients; M2, which it is, where alpha vanishes."""
        if self.alpha < 1e-9:
            return Excess(k=self.k, c=self.c, e_inf=self.e_inf).to_law()
        level = -np.log(self.k) + (self.alpha - 1) * np.log(self.e_0 - self.e_inf)
        return SigmoidPower.of("samples", "error")(
            e_inf=self.e_inf,
            e_0=self.e_0,
            x_c=float(np.exp(level / self.c)),
            c=self.c,
            alpha=self.alpha,
        )


def follow_floor(
    samples: Array, error: Array, newton: tuple[int, float] = NEWTON
) -> PowerLawOffset:
    """Fit M2 as the benchmark's code does.

    In turn, the power law is fitted to log(L - e_inf) by least squares, and e_inf takes steps
    along the gradient, after `GRADIENT_ROUNDS` rounds with Newton's method.

    Parameters
    ----------
    samples, error : ndarray, shape (n,)
        The fitted points.
    newton : (int, float)
        Steps and rate of Newton's rounds.

    Returns
    -------
    PowerLawOffset
        Where the code stops.
    """
    highest = error.min() - MARGIN
    e_inf, before = highest, 1.0
    columns = np.stack([np.ones_like(samples), np.log(samples)], axis=1)
    solve = np.linalg.pinv(columns)
    for k in range(OUTER):
        level, slope = solve @ np.log(error - e_inf)
        line = columns @ np.array([level, slope])
        steps, rate = GRADIENT if k < GRADIENT_ROUNDS else newton
        for _ in range(steps):
            gap = error - e_inf
            rest = np.log(gap) - line
            move = -np.mean(rest / gap)
            if k >= GRADIENT_ROUNDS:
                move /= np.mean((1 - rest) / gap**2)
            e_inf = min(max(e_inf - rate * move, 0.0), highest)
        beta = float(np.exp(level))
        if abs(beta - before) < STOP and k > GRADIENT_ROUNDS + 1:
            break
        before = beta
    return PowerLawOffset.of("samples", "error")(A=beta, E=float(e_inf), alpha=float(-slope))


def follow_sigmoid(
    samples: Array,
    error: Array,
    e_0: float = 1.0,
    most: float = np.inf,
    newton: tuple[int, float] = NEWTON,
) -> Law:
    """Fit M4 as the benchmark's code does.

    As `follow_floor`, with e_0 beside e_inf and alpha beside the power law. The regression has no
    negative coefficients, log(beta) included, and its column log(e_0 - L) is that of the first e_0.

    Parameters
    ----------
    samples, error : ndarray, shape (n,)
        The fitted points.
    e_0, most : float
        Where e_0 starts, and its upper bound.
    newton : (int, float)
        Steps and rate of Newton's rounds.

    Returns
    -------
    Law
        Where the code stops: `SigmoidPower`, or `PowerLawOffset` where alpha is zero.
    """
    highest, lowest = error.min() - MARGIN, error.max() + MARGIN
    e_inf, before = highest, 1.0
    columns = np.stack([np.ones_like(samples), -np.log(samples), np.log(e_0 - error)], axis=1)
    for k in range(OUTER):
        (level, c, alpha), _ = nnls(columns, np.log(error - e_inf))
        line = level - c * np.log(samples)
        steps, rate = GRADIENT if k < GRADIENT_ROUNDS else newton
        for _ in range(steps):
            gap, room = error - e_inf, e_0 - error
            rest = np.log(gap) - alpha * np.log(room) - line
            low, high = -np.mean(rest / gap), -alpha * np.mean(rest / room)
            if k >= GRADIENT_ROUNDS:
                bent_low = np.mean((1 - rest) / gap**2)
                bent_high = alpha * np.mean((alpha + rest) / room**2)
                low = low / bent_low if abs(bent_low) > LEAST_CURVATURE else 0.0
                high = high / bent_high if abs(bent_high) > LEAST_CURVATURE else 0.0
            e_inf = min(max(e_inf - rate * low, 0.0), highest)
            e_0 = min(max(e_0 - rate * high, lowest), most)
        beta = float(np.exp(level))
        if abs(beta - before) < STOP and k > GRADIENT_ROUNDS + 1:
            break
        before = beta
    found = ExcessShare(
        k=1 / beta, c=float(c), e_inf=float(e_inf), e_0=float(e_0), alpha=float(alpha)
    )
    return found.to_law()
