"""The laws of shen2024: the performance law as its code has it, and two that are simpler.

All predict a score, a hit rate or an NDCG as a fraction, from layers and width, and are fitted by
plain least squares as in the paper's code. The scaling law of its figures is
`replication.laws.LogPlane` in these columns: a straight plane over both logarithms.
"""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from replication.counting.numbers import Array, Number, plain
from replication.laws import Law, LogPlane, exponent, scale, slope

__all__ = ["MIDDLE", "LogQuadratic", "PerformanceLaw", "ScalingPlane", "TiltedParabola"]

MIDDLE = (12.0, 64.0)
"""Layers and width from which `LogQuadratic` counts."""
ScalingPlane = LogPlane.of("layers", "width", response="score")
"""What the figures call the scaling law: score = s1 ln N + s2 ln d + b."""


@dataclass(frozen=True)
class PerformanceLaw(Law):
    """Score of a model by layers N and width d (the fitting script of shen2024's repository).

    f = w1 (-1/(c N^w3) - w3 ln N) + w2 (-1/(c d^w4) - w4 ln d) - 1/(c' D^w5) - w5 ln D + b, where
    the script has one divisor for the model terms and one for the data; here both are c, because
    the data term is a constant in any one panel.

    Parameters
    ----------
    w1, w2 : float
        Weights of depth and of width, in units of the score.
    w3, w4 : float
        Exponents; negative ones with c > 1 and a positive weight give a maximum at
        N = c**(-1/w3) and d = c**(-1/w4).
    w5 : float
        Exponent of the data.
    D : float
        Effective data, in the unit of the fit.
    b : float
        Constant.
    c : float
        Divisor, 2 in the published script.

    Examples
    --------
    >>> law = PerformanceLaw(w1=0.1, w2=0.2, w3=-0.25, w4=-0.15, w5=0.0, D=1.0, b=1.0, c=2.0)
    >>> round(float(law.best_layers)), round(float(law.best_width))
    (16, 102)
    >>> bool(law.score(16, 100) > law.score(32, 100))
    True
    """

    w1: float = slope()
    w2: float = slope()
    w3: float = exponent(-1.3, -0.6, -0.25, -0.1, 0.3, 1.0)
    w4: float = exponent(-0.9, -0.4, -0.15, -0.07, 0.3, 1.0)
    w5: float = exponent(0.1, 1.0)
    D: float = scale(1.0)
    b: float = slope(0.1, 1.0)
    c: float = scale(2.0)

    inputs = ("layers", "width")
    response = "score"
    link = "identity"
    positive_inputs = True
    derived = ("best_layers", "best_width")

    @classmethod
    def like(cls, parabola: "LogQuadratic", c: float = 2.0, *, rising: bool = False) -> Self:
        """Return the law with the top and the curvature of a parabola: where a fit may start.

        At its top the bracket of w has curvature -w**2 in the logarithm, so a weight of
        -2 q / w**2 gives the curvature 2 q of the parabola.

        Parameters
        ----------
        parabola : LogQuadratic
            The parabola. A top outside 2 to 10,000 is moved there.
        c : float
            Divisor, above one.
        rising : bool
            Whether width has no top but only the parabola's slope in the middle of the grid.

        Returns
        -------
        PerformanceLaw
            With D = 1, w5 = 0, and the score of the parabola in the middle of the grid.

        Examples
        --------
        >>> parabola = LogQuadratic(a1=0.01, q1=-0.02, a2=0.01, q2=-0.01, b=0.3)
        >>> law = PerformanceLaw.like(parabola, c=2.0)
        >>> round(float(law.best_layers / parabola.best_layers), 9), round(law.score(12, 64), 9)
        (1.0, 0.3)
        """
        tops = (parabola.best_layers, parabola.best_width)
        w3, w4 = (-np.log(c) / np.log(np.clip(top, 2.0, 1e4)) for top in tops)
        weights = [-2 * parabola.q1 / w3**2, -2 * parabola.q2 / w4**2]
        if rising:
            w4 = 0.1
            weights[1] = parabola.a2 / (w4 * (MIDDLE[1] ** -w4 / c - 1))
        law = cls(
            w1=weights[0], w2=weights[1], w3=float(w3), w4=float(w4), w5=0.0, D=1.0, b=0.0, c=c
        )
        return replace(law, b=float(parabola.b - law.score(*MIDDLE)))

    def score(self, layers: ArrayLike, width: ArrayLike) -> Number:
        """Predict the score.

        Parameters
        ----------
        layers, width : array_like
            Layers and embedding width, positive counts.

        Returns
        -------
        float or ndarray
            Score as a fraction.

        Raises
        ------
        ArgumentError
            If a value is not positive and finite.
        """
        value: Number = plain(self._evaluate(*self._checked(layers, width)))
        return value

    def _evaluate(self, *columns: Array) -> Array:
        n, d = map(np.log, columns)
        return np.asarray(
            self.w1 * _term(n, self.w3, self.c)
            + self.w2 * _term(d, self.w4, self.c)
            + _term(np.log(np.asarray(self.D)), self.w5, self.c)
            + self.b
        )

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the score for every field; see `Law.gradient`."""
        n, d = map(np.log, columns)
        size, c = np.log(np.asarray(self.D)), np.asarray(self.c)
        own = {"w3": (self.w1, n), "w4": (self.w2, d), "w5": (1.0, size)}
        powers = {k: np.exp(-np.asarray(getattr(self, k)) * x) for k, (_, x) in own.items()}
        one = np.ones_like(n + d)
        return {
            "w1": _term(n, self.w3, c),
            "w2": _term(d, self.w4, c),
            **{k: one * w * x * (powers[k] / c - 1) for k, (w, x) in own.items()},
            "D": one * self.w5 * (powers["w5"] / c - 1) / np.asarray(self.D),
            "b": one,
            "c": sum(w * powers[k] for k, (w, _) in own.items()) / c**2,
        }

    def curvature(self, *columns: ArrayLike) -> dict[tuple[str, str], Any]:
        """Return the second partial derivatives in the terms of the model; see `Law.curvature`.

        Those of the constant terms, in w5, D and c, by the same formulas.
        """
        n, d = map(np.log, columns)
        c = np.asarray(self.c)
        at_n, at_d = np.exp(-np.asarray(self.w3) * n), np.exp(-np.asarray(self.w4) * d)
        size, big = np.log(np.asarray(self.D)), np.asarray(self.D)
        at_size, w5 = np.exp(-np.asarray(self.w5) * size), np.asarray(self.w5)
        one = np.ones_like(n + d)
        return {
            ("w1", "w3"): n * (at_n / c - 1),
            ("w2", "w4"): d * (at_d / c - 1),
            ("w3", "w3"): -self.w1 * n**2 * at_n / c,
            ("w4", "w4"): -self.w2 * d**2 * at_d / c,
            ("w1", "c"): at_n / c**2,
            ("w2", "c"): at_d / c**2,
            ("w3", "c"): -self.w1 * n * at_n / c**2,
            ("w4", "c"): -self.w2 * d * at_d / c**2,
            ("w5", "c"): -one * size * at_size / c**2,
            ("D", "c"): -one * w5 * at_size / (big * c**2),
            ("c", "c"): -2 * (self.w1 * at_n + self.w2 * at_d + at_size) / c**3,
            ("w5", "w5"): -one * size**2 * at_size / c,
            ("w5", "D"): one * (at_size * (1 - w5 * size) / c - 1) / big,
            ("D", "D"): one * w5 * (1 - (1 + w5) * at_size / c) / big**2,
        }

    @property
    def best_layers(self) -> Number:
        """Layers at which the term of depth is highest (or lowest, with w1 < 0): c**(-1/w3)."""
        return self._turn(self.w3)

    @property
    def best_width(self) -> Number:
        """Width at which the term of width is highest (or lowest, with w2 < 0): c**(-1/w4)."""
        return self._turn(self.w4)

    def _turn(self, w: Any) -> Number:
        with np.errstate(divide="ignore", over="ignore"):
            value: Number = plain(np.exp(-np.log(np.asarray(self.c)) / np.asarray(w)))
        return value


def _term(x: Any, w: Any, c: Any) -> Any:
    """Return -exp(-w x)/c - w x: the shape of each term over its logarithm x."""
    w = np.asarray(w)
    return -np.exp(-w * x) / np.asarray(c) - w * x


@dataclass(frozen=True)
class LogQuadratic(Law):
    """Score of a model as a parabola in each logarithm: a1 n + q1 n^2 + a2 d + q2 d^2 + b.

    Here n = ln(layers / 12) and d = ln(width / 64), logarithms from the middle of the grid, so
    that b is the score there.

    Parameters
    ----------
    a1, a2 : float
        Slopes in the middle of the grid, in units of the score.
    q1, q2 : float
        Curvatures; negative where the score has a maximum.
    b : float
        Score at 12 layers of width 64.

    Examples
    --------
    >>> law = LogQuadratic(a1=0.0, q1=-0.01, a2=0.01, q2=-0.005, b=0.3)
    >>> float(law.best_layers), round(float(law.best_width), 1)
    (12.0, 174.0)
    >>> round(float(law.score(12, 64)), 6)
    0.3
    """

    a1: float = slope()
    q1: float = slope()
    a2: float = slope()
    q2: float = slope()
    b: float = slope(0.1)

    inputs = ("layers", "width")
    response = "score"
    link = "identity"
    positive_inputs = True
    derived: ClassVar[tuple[str, ...]] = ("best_layers", "best_width")

    def score(self, layers: ArrayLike, width: ArrayLike) -> Number:
        """Predict the score.

        Parameters
        ----------
        layers, width : array_like
            Layers and embedding width, positive counts.

        Returns
        -------
        float or ndarray
            Score as a fraction.

        Raises
        ------
        ArgumentError
            If a value is not positive and finite.
        """
        value: Number = plain(self._evaluate(*self._checked(layers, width)))
        return value

    def _evaluate(self, *columns: Array) -> Array:
        return np.asarray(
            sum(np.asarray(getattr(self, k)) * x for k, x in self.gradient(*columns).items())
        )

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the score for every field; see `Law.gradient`."""
        n = np.log(np.asarray(columns[0]) / MIDDLE[0])
        d = np.log(np.asarray(columns[1]) / MIDDLE[1])
        return {"a1": n, "q1": n * n, "a2": d, "q2": d * d, "b": np.ones_like(n + d)}

    def curvature(self, *columns: ArrayLike) -> dict[tuple[str, str], Any]:
        """Return no second partial derivative: the law is linear in its fields."""
        return {}

    @property
    def best_layers(self) -> Number:
        """Layers at the top of the parabola (or its bottom, with q1 > 0)."""
        return _top(MIDDLE[0], self.a1, self.q1)

    @property
    def best_width(self) -> Number:
        """Width at the top of the parabola (or its bottom, with q2 > 0)."""
        return _top(MIDDLE[1], self.a2, self.q2)


@dataclass(frozen=True)
class TiltedParabola(LogQuadratic):
    """Score of a model as `LogQuadratic` plus t n d: the best depth may depend on the width.

    Parameters
    ----------
    a1, q1, a2, q2, b : float
        As in `LogQuadratic`.
    tilt : float
        What one e-fold of width adds to the slope in depth; negative if wide models should be
        shallower.

    Examples
    --------
    >>> law = TiltedParabola(a1=0.0, q1=-0.01, a2=0.01, q2=-0.005, b=0.3, tilt=-0.01)
    >>> [round(float(law.depth_at(width)), 1) for width in (32, 64, 128)]
    [17.0, 12.0, 8.5]
    """

    tilt: float = slope()

    derived = ()

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the score for every field; see `Law.gradient`."""
        straight = super().gradient(*columns)
        return straight | {"tilt": straight["a1"] * straight["a2"]}

    def depth_at(self, width: ArrayLike) -> Number:
        """Return the layers of the best model of a width.

        Parameters
        ----------
        width : array_like
            Embedding width, positive.

        Returns
        -------
        float or ndarray
            Layers at the top of the parabola in depth.
        """
        d = np.log(np.asarray(width, dtype=np.float64) / MIDDLE[1])
        return _top(MIDDLE[0], self.a1 + self.tilt * d, self.q1)


def _top(middle: float, slope_there: Any, bend: Any) -> Number:
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        value: Number = plain(middle * np.exp(-np.asarray(slope_there) / (2 * np.asarray(bend))))
    return value
