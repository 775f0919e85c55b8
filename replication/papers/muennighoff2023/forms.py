"""The other forms of decay that Table 1 of the paper compares, each with two constants to fit."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from replication.counting.numbers import Array
from replication.laws import Law, scale
from replication.papers.muennighoff2023.data import printed

__all__ = ["ExponentDecay", "Exponential", "Geometric"]


def _repeats(params: Any, tokens: Any, unique: Any) -> tuple[Array, Array, Array, Array]:
    """Return what is unique of parameters and tokens, and how often each is repeated."""
    used = np.minimum(unique, tokens)
    size = np.minimum(np.asarray(printed().matched_params(used)), params)
    return size, params / size - 1, used, tokens / used - 1


@dataclass(frozen=True)
class Geometric(Law):
    """Eq. 10: each repeat is worth 1 - delta times the one before.

    Parameters
    ----------
    delta_D, delta_N : float
        What a repeat of the data, and of the parameters, loses.

    Examples
    --------
    >>> round(float(Geometric.worth(np.asarray(4.0), 0.25)), 2)
    3.05
    """

    delta_D: float = scale(0.003, 0.01, 0.03, 0.1, 0.3)
    delta_N: float = scale(0.003, 0.01, 0.03, 0.1, 0.3)

    inputs = ("params", "tokens", "unique_tokens")
    positive_inputs = True

    @staticmethod
    def worth(repeats: Array, delta: Any) -> Array:
        """Return what the first pass and so many repeats are worth, in passes."""
        with np.errstate(invalid="ignore"):
            kept = np.log1p(-np.asarray(delta))
            return np.asarray(1 - (1 - delta) * np.expm1(repeats * kept) / delta)

    def loss(self, params: Any, tokens: Any, unique_tokens: Any) -> Any:
        """Predict the loss in nats per token."""
        size, more, used, again = _repeats(params, tokens, unique_tokens)
        size, data = size * self.worth(more, self.delta_N), used * self.worth(again, self.delta_D)
        return _base_loss(size, data)


@dataclass(frozen=True)
class Exponential(Law):
    """Eq. 18: pass number j is worth exp(-k (j - 1)).

    Parameters
    ----------
    k_D, k_N : float
        Rates for the data and for the parameters.

    Examples
    --------
    >>> round(float(Exponential.worth(np.asarray(1.0), 0.1)), 3)
    1.905
    """

    k_D: float = scale(0.003, 0.01, 0.03, 0.1, 0.3)
    k_N: float = scale(0.003, 0.01, 0.03, 0.1, 0.3)

    inputs = ("params", "tokens", "unique_tokens")
    positive_inputs = True

    @staticmethod
    def worth(repeats: Array, rate: Any) -> Array:
        """Return what the first pass and so many repeats are worth, in passes."""
        return np.asarray(np.expm1(-rate * (repeats + 1)) / np.expm1(-np.asarray(rate)))

    def loss(self, params: Any, tokens: Any, unique_tokens: Any) -> Any:
        """Predict the loss in nats per token."""
        size, more, used, again = _repeats(params, tokens, unique_tokens)
        return _base_loss(size * self.worth(more, self.k_N), used * self.worth(again, self.k_D))


@dataclass(frozen=True)
class ExponentDecay(Law):
    """Eq. 22: the exponents of the law fall with the repeats, and not the counts.

    Parameters
    ----------
    R_D_star, R_N_star : float
        Repeats at which an exponent reaches zero.

    Examples
    --------
    >>> law, fresh = ExponentDecay(R_D_star=1e9, R_N_star=1e9), printed().base
    >>> bool(abs(law.loss(1e8, 4e9, 4e9) / fresh.loss(1e8, 4e9) - 1) < 1e-6)
    True
    """

    R_D_star: float = scale(1e2, 1e3, 1e4, 1e5)
    R_N_star: float = scale(1e2, 1e3, 1e4, 1e5)

    inputs = ("params", "tokens", "unique_tokens")
    positive_inputs = True

    def loss(self, params: Any, tokens: Any, unique_tokens: Any) -> Any:
        """Predict the loss in nats per token."""
        _, more, _, again = _repeats(params, tokens, unique_tokens)
        law = printed().base
        alpha = law.alpha * np.maximum(0.0, 1 - more / self.R_N_star)
        beta = law.beta * np.maximum(0.0, 1 - again / self.R_D_star)
        return law.E + law.A * params**-alpha + law.B * tokens**-beta


def _base_loss(params: Array, tokens: Array) -> Array:
    """Return the loss of the base law, without a check: a draw may be absurd."""
    law = printed().base
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(law.E + law.A * params**-law.alpha + law.B * tokens**-law.beta)
