"""A power law that levels off because its input counts less and less: M3 of the benchmark."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from replication.counting.numbers import Array, Number, plain
from replication.laws.declarations import coefficient, exponent, scale
from replication.laws.one_input import OneInput


@dataclass(frozen=True)
class SaturatingPower(OneInput):
    """L(x) = A (1/x + gamma)**alpha: M3 of Alabdulmohsin et al. 2022 (the form of Bansal 2022).

    A power law in the input that is left when x and 1/gamma are joined in parallel, as two
    resistors are. Far below 1/gamma it is `PowerLaw`; far above it the loss stays at `floor`.

    Parameters
    ----------
    A : float
        Scale, in the unit of the response times that of the input to the power alpha.
    gamma : float
        One over the input beyond which more of it is worth little.
    alpha : float
        Exponent of the power law below.

    Examples
    --------
    >>> law = SaturatingPower.of("tokens")(A=1000.0, gamma=1e-10, alpha=0.3)
    >>> round(law.loss(1e10), 4), round(law.floor, 4)
    (1.2311, 1.0)
    """

    A: float = coefficient()
    gamma: float = scale(1e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, of="flops", power=-1)
    alpha: float = exponent()

    @classmethod
    def reading(cls, column: str) -> dict[str, Any]:
        """Return the field whose unit is that of the input."""
        seeds = cls.kinds()["gamma"].seeds
        return cls._declared(gamma=scale(*seeds, of=column, power=-1))

    @property
    def floor(self) -> Number:
        """What the response tends to as the input grows, A gamma**alpha."""
        value: Number = plain(self.A * np.asarray(self.gamma) ** np.asarray(self.alpha))
        return value

    @property
    def irreducible(self) -> Number:
        """What the response tends to as the input grows; see `floor`."""
        return self.floor

    def _evaluate(self, *columns: Array) -> Array:
        return np.asarray(self.A * (1 / columns[0] + np.asarray(self.gamma)) ** self.alpha)

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the response for every field; see `Law.gradient`."""
        rest, log_rest, unit = self._power(columns[0])
        value = self.A * unit
        return {"A": unit, "gamma": self.alpha * value / rest, "alpha": value * log_rest}

    def curvature(self, *columns: ArrayLike) -> dict[tuple[str, str], Any]:
        """Return the second partial derivatives of the response; see `Law.curvature`."""
        rest, log_rest, unit = self._power(columns[0])
        alpha, steep = np.asarray(self.alpha), self.A * unit / rest
        return {
            ("A", "gamma"): alpha * unit / rest,
            ("A", "alpha"): unit * log_rest,
            ("gamma", "gamma"): alpha * (alpha - 1) * steep / rest,
            ("gamma", "alpha"): (1 + alpha * log_rest) * steep,
            ("alpha", "alpha"): self.A * unit * log_rest**2,
        }

    def _power(self, x: ArrayLike) -> tuple[Array, Array, Array]:
        """Return 1/x + gamma, its logarithm and its power."""
        rest = 1 / np.asarray(x, dtype=np.float64) + np.asarray(self.gamma)
        log_rest = np.log(rest)
        return rest, log_rest, np.exp(np.asarray(self.alpha) * log_rest)
