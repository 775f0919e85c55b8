"""A power law between two plateaus: M4 of the benchmark of learning curves."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from replication.counting.numbers import Array, Number, plain
from replication.laws.declarations import coefficient, exponent, scale
from replication.laws.one_input import OneInput

STEPS = 60
"""Newton steps after which a share is given up; six will do for exponents of order one."""
NEAR = 1e-7
"""Size of a step after which the next one would change nothing: the error left is its square."""


@dataclass(frozen=True)
class SigmoidPower(OneInput):
    """(L - e_inf) / (e_0 - L)**alpha = beta x**-c: M4 of Alabdulmohsin et al. 2022.

    The response falls from e_0, that of a guess, to e_inf; in between it is a power law if there
    is room. The law is implicit. In terms of the share s = (L - e_inf) / (e_0 - e_inf) of the range
    that is left it reads ``s / (1 - s)**alpha = (x_c / x)**c``, which has one solution, and
    L = e_inf (1 - s) + e_0 s is linear in both ends. So the law is written with x_c instead of the
    paper's beta = x_c**c (e_0 - e_inf)**(1 - alpha), a property here; the paper's exponent is -c.

    Parameters
    ----------
    e_inf : float
        Response that is left when x is without limit, in its own unit.
    e_0 : float
        Response of a guess, before anything is learnt.
    x_c : float
        Input at which s = (1 - s)**alpha; with alpha = 1 half of the range is left.
    c : float
        Exponent of the power law at large x.
    alpha : float
        How the curve leaves its upper end, positive: there e_0 - L falls as x**(c / alpha).

    Examples
    --------
    >>> law = SigmoidPower.of("samples", "error")(e_inf=0.2, e_0=1.0, x_c=1e8, c=0.5, alpha=1.0)
    >>> round(law.loss(1e8), 6), round(law.loss(1e12), 3)
    (0.6, 0.208)
    >>> error = law.loss(3e9)
    >>> bool(np.isclose((error - 0.2) / (1.0 - error), law.beta * 3e9**-0.5))
    True
    """

    e_inf: float = coefficient()
    e_0: float = coefficient()
    x_c: float = scale(1e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, of="flops")
    c: float = exponent()
    alpha: float = scale(0.1, 0.3, 1.0, 3.0)

    derived = ("beta",)

    @classmethod
    def reading(cls, column: str) -> dict[str, Any]:
        """Return the field whose unit is that of the input."""
        return cls._declared(x_c=scale(*cls.kinds()["x_c"].seeds, of=column))

    @property
    def beta(self) -> Number:
        """The paper's scale, x_c**c (e_0 - e_inf)**(1 - alpha); NaN if the ends are swapped."""
        span = np.asarray(self.e_0) - np.asarray(self.e_inf)
        # Where the curve rises, the paper's form has no scale.
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            power = np.asarray(self.c) * np.log(self.x_c) + (1 - self.alpha) * np.log(span)
            value: Number = plain(np.asarray(np.exp(power)))
        return value

    @property
    def irreducible(self) -> float:
        """What the response tends to as the input grows, e_inf."""
        return self.e_inf

    def _evaluate(self, *columns: Array) -> Array:
        return self._between(self._share(columns[0]))

    def _linked(self, log: bool, *columns: Array) -> tuple[Any, dict[str, Any]]:
        at = self._share(columns[0])  # solved once for both
        value, slopes = self._between(at), self._gradient(at)
        if not log:
            return value, slopes
        return np.log(value), {name: slope / value for name, slope in slopes.items()}

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the response for every field; see `Law.gradient`."""
        return self._gradient(self._share(columns[0]))

    def curvature(self, *columns: ArrayLike) -> dict[tuple[str, str], Any]:
        """Return the second partial derivatives of the response; see `Law.curvature`."""
        at, x_c, c = self._share(columns[0]), np.asarray(self.x_c), np.asarray(self.c)
        span = np.asarray(self.e_0) - self.e_inf
        slopes = self._slopes(at)
        lean = at.share / at.room
        # The share is a function of r = c log(x_c / x) and of alpha.
        r_r = at.bend * at.slope
        r_alpha = -at.slope * (at.bend * at.guess + lean)
        bent = {
            ("x_c", "x_c"): r_r * (c / x_c) ** 2 - at.slope * c / x_c**2,
            ("x_c", "c"): r_r * (c / x_c) * at.far + at.slope / x_c,
            ("x_c", "alpha"): r_alpha * c / x_c,
            ("c", "c"): r_r * at.far**2,
            ("c", "alpha"): r_alpha * at.far,
            ("alpha", "alpha"): at.slope * at.guess * (at.bend * at.guess + 2 * lean),
        }
        second = {pair: span * value for pair, value in bent.items()}
        for name, slope in slopes.items():
            second |= {("e_inf", name): -slope, ("e_0", name): slope}
        return second

    def _between(self, at: "_Share") -> Array:
        """Return the response at a share of the range."""
        return np.asarray(self.e_inf * (1 - at.share) + self.e_0 * at.share)

    def _gradient(self, at: "_Share") -> dict[str, Any]:
        """Return the partial derivatives of the response."""
        span = np.asarray(self.e_0) - self.e_inf
        inner = {name: span * slope for name, slope in self._slopes(at).items()}
        return {"e_inf": 1 - at.share, "e_0": at.share} | inner

    def _slopes(self, at: "_Share") -> dict[str, Any]:
        """Return the partial derivatives of the share."""
        return {
            "x_c": at.slope * (np.asarray(self.c) / np.asarray(self.x_c)),
            "c": at.slope * at.far,
            "alpha": -at.slope * at.guess,
        }

    def _share(self, x: ArrayLike) -> "_Share":
        """Solve for the share, in t = log(s / (1 - s)), with what its derivatives need.

        The equation is t + (alpha - 1) log(1 + e**t) = r. Its left side is convex or concave and
        rises between two straight lines, so Newton's method from the lines does not overshoot.
        """
        alpha, given = np.asarray(self.alpha), np.asarray(x, dtype=np.float64)
        far = np.log(self.x_c) - np.log(given)
        r = np.asarray(self.c) * far
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            t = np.where(r < 0, r, r / alpha)
            for _ in range(STEPS):
                guess = np.logaddexp(0, t)
                share = np.exp(t - guess)
                step = (t + (alpha - 1) * guess - r) / (1 + (alpha - 1) * share)
                t = t - step
                if not np.any(np.abs(step) > NEAR * (1 + np.abs(t))):
                    break
            guess = np.logaddexp(0, t)
            share, rest = np.exp(t - guess), np.exp(-guess)
            room = rest + alpha * share
            slope = share * rest / room
            bend = ((rest - share) * room - share * rest * (alpha - 1)) / room**2
        return _Share(share, far, guess, room, slope, bend)


class _Share(NamedTuple):
    """The share of the range that is left, and its derivatives.

    Parameters
    ----------
    share : ndarray
        s.
    far : ndarray
        log(x_c / x).
    guess : ndarray
        -log(1 - s).
    room : ndarray
        1 - s + alpha s.
    slope, bend : ndarray
        ds/dr, with r = c log(x_c / x), and its derivative in s.
    """

    share: Array
    far: Array
    guess: Array
    room: Array
    slope: Array
    bend: Array
