"""The laws of kaplan2020 in one input: parameters, tokens or compute.

There is no irreducible loss in them. Each has a scale, N_c say, at which the loss would be one
nat; it lies far outside the data and has no meaning of its own, since it depends on vocabulary and
tokenizer (kaplan2020, section 1.2). Parameters and FLOPs are counted without embeddings.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from replication.counting.numbers import Array, Number, plain, positive
from replication.laws.base import Law
from replication.laws.declarations import exponent, scale
from replication.laws.power import PowerLaw


def scaled_gradient(x: ArrayLike, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the partial derivatives of (x_c / x)**alpha.

    Parameters
    ----------
    x : array_like
        The input; positive.
    fields : mapping of str to float or ndarray
        The exponent and the scale, in this order, by name.

    Returns
    -------
    dict of str to ndarray
        One entry a field.

    Examples
    --------
    >>> scaled_gradient(1.0, {"alpha": 2.0, "x_c": 3.0})["x_c"].round(9)
    np.float64(6.0)
    """
    (name, alpha), (scale_name, x_c) = fields.items()
    away = np.log(x_c) - np.log(x)
    value = np.exp(np.asarray(alpha) * away)
    return {name: value * away, scale_name: value * (alpha / np.asarray(x_c))}


def scaled_curvature(x: ArrayLike, fields: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    """Return the second partial derivatives of (x_c / x)**alpha; see `scaled_gradient`.

    Examples
    --------
    >>> scaled_curvature(1.0, {"alpha": 2.0, "x_c": 3.0})["x_c", "x_c"].round(9)
    np.float64(2.0)
    """
    (name, alpha), (scale_name, x_c) = fields.items()
    alpha, x_c = np.asarray(alpha), np.asarray(x_c)
    away = np.log(x_c) - np.log(x)
    size = alpha * away
    value = np.exp(size)
    return {
        (name, name): value * away**2,
        (name, scale_name): value * (1 + size) / x_c,
        (scale_name, scale_name): value * (alpha * (alpha - 1) / x_c**2),
    }


@dataclass(frozen=True)
class _Scaled(Law):
    """L(x) = (x_c / x)**alpha; a subclass has the two fields, exponent first, and one input."""

    positive_inputs = True

    def loss(self, x: ArrayLike) -> Number:
        """Predict the loss.

        Parameters
        ----------
        x : array_like
            The input that the class names, in SI counts; positive.

        Returns
        -------
        float or ndarray
            Loss in nats per token.

        Raises
        ------
        ArgumentError
            If an input is not positive and finite.
        """
        value: Number = plain(self._evaluate(*self._checked(x)))
        return value

    def _evaluate(self, *columns: Array) -> Array:
        alpha, x_c = self.to_dict().values()
        return np.asarray((np.asarray(x_c) / columns[0]) ** alpha)

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the loss for exponent and scale; see `Law.gradient`."""
        return scaled_gradient(columns[0], self.to_dict())

    def curvature(self, *columns: ArrayLike) -> dict[tuple[str, str], Any]:
        """Return the second partial derivatives of the loss; see `Law.curvature`."""
        return scaled_curvature(columns[0], self.to_dict())

    def input_for(self, loss: ArrayLike) -> Number:
        """Return the input at which the law predicts a loss: its inverse.

        Parameters
        ----------
        loss : array_like
            Loss in nats per token; positive.

        Returns
        -------
        float or ndarray
            In the SI count that the law reads.

        Raises
        ------
        ArgumentError
            If a loss is not positive and finite.
        """
        alpha, x_c = self.to_dict().values()
        value: Number = plain(np.asarray(x_c) * positive("loss", loss) ** (-1 / np.asarray(alpha)))
        return value

    def power_law(self) -> PowerLaw:
        """Return the same law as A / x**alpha, with A = x_c**alpha."""
        alpha, x_c = self.to_dict().values()
        return PowerLaw.of(self.inputs[0])(A=plain(np.asarray(x_c) ** alpha), alpha=alpha)


@dataclass(frozen=True)
class KaplanParams(_Scaled):
    """L(N) = (N_c / N)**alpha_N: trained to convergence on enough data (kaplan2020, Eq. 1.1).

    Parameters
    ----------
    alpha_N : float
        Exponent.
    N_c : float
        Scale in parameters, embeddings left out.

    Examples
    --------
    >>> law = KaplanParams(alpha_N=0.076, N_c=8.8e13)
    >>> round(law.loss(1.5e9), 2)
    2.3
    >>> round(law.loss(2e9) / law.loss(1e9), 3)
    0.949
    """

    alpha_N: float = exponent()
    N_c: float = scale(of="params")

    inputs = ("params",)


@dataclass(frozen=True)
class KaplanTokens(_Scaled):
    """L(D) = (D_c / D)**alpha_D: large models, stopped early (kaplan2020, Eq. 1.2).

    Parameters
    ----------
    alpha_D : float
        Exponent.
    D_c : float
        Scale in tokens.

    Examples
    --------
    >>> round(KaplanTokens(alpha_D=0.095, D_c=5.4e13).loss(2.2e10), 2)
    2.1
    """

    alpha_D: float = exponent()
    D_c: float = scale(of="tokens")

    inputs = ("tokens",)


@dataclass(frozen=True)
class KaplanFlops(_Scaled):
    """L(C) = (C_c / C)**alpha_C: the best size for each budget (kaplan2020, Eq. 1.3).

    The paper has two such laws: in the compute C spent at a fixed batch, and in C_min, the least
    compute that reaches the loss (see `CriticalBatch.min_flops`).

    Parameters
    ----------
    alpha_C : float
        Exponent.
    C_c : float
        Scale in FLOPs without embeddings; the paper prints PF-days.

    Examples
    --------
    >>> from replication.units import PF_DAY
    >>> round(KaplanFlops(alpha_C=0.050, C_c=3.1e8 * PF_DAY).loss(PF_DAY), 3)
    2.658
    """

    alpha_C: float = exponent()
    C_c: float = scale(of="flops")

    inputs = ("flops",)
