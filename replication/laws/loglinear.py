"""Laws that are linear in the logarithms of their inputs, for scores of any unit.

A line has no floor: such a law predicts negative values beyond some input. So it is fitted by
plain least squares, not in logarithms, unless told otherwise.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from replication.counting.numbers import Array, Number, numbers, plain
from replication.errors import ArgumentError
from replication.laws.base import Law
from replication.laws.columns import in_columns
from replication.laws.declarations import slope

LEVELS = (0.1, 1.0, 10.0)
"""Where the search looks for an intercept. The problem is linear: one place would do for least
squares, and these are positive, so that logarithms of predictions exist at the start."""


@dataclass(frozen=True)
class _LinearInLogs(Law):
    """What both laws share: identity link, and columns to choose."""

    response = "score"
    link = "identity"
    positive_inputs = True

    @classmethod
    def of(cls, *columns: str, response: str = "score") -> type[Self]:
        """Return the same law in other columns.

        Parameters
        ----------
        *columns : str
            The inputs, as many as the law has; without any, those that it has.
        response : str
            What is predicted, with the unit in the name unless it is SI: ``"bpc_average"``.

        Returns
        -------
        type
            A law class that reads these columns.

        Raises
        ------
        ArgumentError
            If there are too few or too many columns, or one is not a name.
        """
        if columns and len(columns) != len(cls.inputs):
            raise ArgumentError(
                f"{cls.__name__} reads {len(cls.inputs)} columns, as in {', '.join(cls.inputs)}; "
                f"got {len(columns)} ({', '.join(columns)})."
            )
        law: type[Self] = in_columns(cls, columns or cls.inputs, response)  # type: ignore[arg-type]
        return law

    def predict(self, *columns: ArrayLike) -> Any:
        """Predict the response from the inputs, in the order of `inputs`; see `score`."""
        return self.score(*columns)

    def score(self, *columns: ArrayLike) -> Any:
        """Predict the response.

        Parameters
        ----------
        *columns : array_like
            One array for each name in `inputs`; positive.

        Returns
        -------
        float or ndarray
            In the unit of the response.

        Raises
        ------
        ArgumentError
            If an input is not positive and finite.
        """
        return plain(self._evaluate(*self._checked(*columns)))

    def _evaluate(self, *columns: Array) -> Array:
        partial = self.gradient(*columns)
        return np.asarray(sum(np.asarray(getattr(self, name)) * x for name, x in partial.items()))

    def curvature(self, *columns: ArrayLike) -> dict[tuple[str, str], Any]:
        """Return no second partial derivative: the law is linear in its fields."""
        return {}


@dataclass(frozen=True)
class LogLinear(_LinearInLogs):
    """y(x) = alpha ln x + beta: a straight line over a logarithmic axis (guo2024, Eq. 1).

    ``LogLinear.of("compute", response="bpc_average")`` is the law in these columns.

    Parameters
    ----------
    alpha : float
        What a factor e in x adds to the response.
    beta : float
        Response at x = 1, so it depends on the unit of x.

    Examples
    --------
    >>> law = LogLinear(alpha=-0.031, beta=0.572)
    >>> round(law.score(70 * 15), 4)
    0.3563
    >>> f"{law.reaches(0.0):.2e}"
    '1.03e+08'
    """

    alpha: float = slope()
    beta: float = slope(*LEVELS)

    inputs = ("flops",)

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivatives with respect to alpha and beta."""
        x = np.log(columns[0])
        return {"alpha": x, "beta": np.ones_like(x)}

    def reaches(self, value: ArrayLike) -> Number:
        """Return the input at which the law predicts a value: the inverse of `score`.

        Parameters
        ----------
        value : array_like
            In the unit of the response.

        Returns
        -------
        float or ndarray
            The input; infinite if it is beyond what a float can hold.

        Raises
        ------
        ArgumentError
            If a value is not finite, or alpha is zero, so that the law predicts one value only.
        """
        wanted = numbers("value", value)
        if not np.isfinite(wanted).all():
            raise ArgumentError(
                f"value must be finite, got {wanted[~np.isfinite(wanted)].flat[0]:g}; a line in "
                "logarithms reaches any finite value."
            )
        if np.any(np.asarray(self.alpha) == 0):
            raise ArgumentError(
                f"{type(self).__name__} has alpha = 0: it predicts {self.beta} everywhere, and no "
                "input can be named for a value."
            )
        with np.errstate(over="ignore"):
            x = np.exp((wanted - self.beta) / np.asarray(self.alpha))
        found: Number = plain(x)
        return found


@dataclass(frozen=True)
class LogPlane(_LinearInLogs):
    """y(u, v) = alpha ln(u v) + gamma ln(v / u) + beta: a plane over two logarithmic axes.

    With u the parameters and v the tokens, alpha is the slope in the logarithm of compute at a
    fixed split, gamma the slope in the logarithm of tokens per parameter at fixed compute. Gamma
    held at zero is `LogLinear` in the product. The slopes in ln u and ln v are alpha - gamma and
    alpha + gamma.

    Parameters
    ----------
    alpha : float
        Slope along equal factors of both inputs.
    gamma : float
        Tilt: half the slope in ln v less half the slope in ln u.
    beta : float
        Response at u = v = 1, so it depends on their units.

    Examples
    --------
    >>> law = LogPlane(alpha=-0.03, gamma=0.01, beta=2.0)
    >>> round(law.slope_first, 3), round(law.slope_second, 3)
    (-0.04, -0.02)
    >>> round(law.score(1e9, 1e12) - law.score(2e9, 0.5e12), 4)  # 0.01 * ln 4
    0.0139
    """

    alpha: float = slope()
    gamma: float = slope()
    beta: float = slope(*LEVELS)

    inputs = ("params", "tokens")
    derived = ("slope_first", "slope_second", "tilt")

    @property
    def slope_first(self) -> Number:
        """Slope in the logarithm of the first input: alpha - gamma."""
        return self.alpha - self.gamma

    @property
    def slope_second(self) -> Number:
        """Slope in the logarithm of the second input: alpha + gamma."""
        return self.alpha + self.gamma

    @property
    def tilt(self) -> Number:
        """Tilt over slope, gamma / alpha: free of the unit of the response.

        Zero if only the product counts, one if only the second input does, minus one if only
        the first.
        """
        with np.errstate(divide="ignore", invalid="ignore"):  # nothing counts: not a number
            ratio: Number = plain(np.divide(self.gamma, self.alpha))
        return ratio

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivatives with respect to alpha, gamma and beta."""
        u, v = map(np.log, columns)
        return {"alpha": u + v, "gamma": v - u, "beta": np.ones_like(u + v)}
