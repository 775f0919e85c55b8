"""The law of bian2025: the loss of a model depends on its shape as well as on its size."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from replication.counting.numbers import Array, Number, plain, positive
from replication.errors import ReplicationError
from replication.laws.base import Law
from replication.laws.chinchilla import Chinchilla
from replication.laws.declarations import coefficient, exponent, scale
from replication.laws.optimum import Optimum


@dataclass(frozen=True)
class ShapeAware(Law):
    """L = (E + A/N**alpha + B/D**beta) (1 + epsilon R**gamma), R = d_model / n_layers (bian2025).

    The authors fit it with alpha = beta = gamma:
    ``rp.fit(ShapeAware, runs, tied={"beta": "alpha", "gamma": "alpha"})``.

    Parameters
    ----------
    E : float
        Irreducible loss of a model of aspect ratio zero, in nats per token.
    A, B : float
        Scales of the two reducible terms, in nats per token.
    alpha, beta : float
        Exponents of parameters and tokens.
    epsilon : float
        Size of the penalty on width, as a fraction of the loss at R = 1.
    gamma : float
        Exponent of the aspect ratio.

    Examples
    --------
    >>> law = ShapeAware(
    ...     E=2.4475,
    ...     A=5.475e4,
    ...     B=7.784e5,
    ...     alpha=0.6146,
    ...     beta=0.6146,
    ...     epsilon=1.146e-3,
    ...     gamma=0.6146,
    ... )
    >>> round(law.loss(params=1.44e9, tokens=2.9e10, aspect_ratio=85.3), 3)
    2.916
    """

    E: float = coefficient()
    A: float = coefficient()
    B: float = coefficient()
    alpha: float = exponent()
    beta: float = exponent()
    epsilon: float = scale(1e-4, 1e-3, 1e-2, 1e-1)
    gamma: float = exponent(0.25, 0.5, 1.0)

    inputs = ("params", "tokens", "aspect_ratio")
    link = "identity"

    def loss(self, params: ArrayLike, tokens: ArrayLike, aspect_ratio: ArrayLike) -> Number:
        """Predict the loss.

        Parameters
        ----------
        params : array_like
            Parameters N (a count).
        tokens : array_like
            Training tokens D (a count), same shape or broadcastable.
        aspect_ratio : array_like
            Width over depth, R = d_model / n_layers.

        Returns
        -------
        float or ndarray
            Loss in nats per token.

        Raises
        ------
        ArgumentError
            If an input is not positive and finite.
        """
        size, data, width = self._powers(params, tokens, aspect_ratio)
        shapeless = self.E + self.A * size + self.B * data
        return plain(shapeless * (1 + self.epsilon * width))  # type: ignore[no-any-return]

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the loss for every field; see `Law.gradient`."""
        size, data, width = self._powers(*columns)
        logs = [np.log(np.asarray(column, dtype=np.float64)) for column in columns]
        shapeless = self.E + self.A * size + self.B * data
        factor = 1 + self.epsilon * width
        return {
            "E": factor,
            "A": factor * size,
            "B": factor * data,
            "alpha": -logs[0] * self.A * size * factor,
            "beta": -logs[1] * self.B * data * factor,
            "epsilon": shapeless * width,
            "gamma": shapeless * self.epsilon * width * logs[2],
        }

    def curvature(self, *columns: ArrayLike) -> dict[tuple[str, str], Any]:
        """Return the second partial derivatives of the loss; see `Law.curvature`."""
        size, data, width = self._powers(*columns)
        logs = [np.log(np.asarray(column, dtype=np.float64)) for column in columns]
        factor = 1 + self.epsilon * width
        # Of the loss without its shape, and of the factor that the shape is.
        inner: dict[str, Any] = {
            "E": 1.0,
            "A": size,
            "B": data,
            "alpha": -logs[0] * self.A * size,
            "beta": -logs[1] * self.B * data,
        }
        outer: dict[str, Any] = {"epsilon": width, "gamma": self.epsilon * width * logs[2]}
        mixed = {(a, b): inner[a] * outer[b] for a in inner for b in outer}
        shapeless = self.E + self.A * size + self.B * data
        return mixed | {
            ("A", "alpha"): -logs[0] * size * factor,
            ("B", "beta"): -logs[1] * data * factor,
            ("alpha", "alpha"): -logs[0] * inner["alpha"] * factor,
            ("beta", "beta"): -logs[1] * inner["beta"] * factor,
            ("epsilon", "gamma"): shapeless * width * logs[2],
            ("gamma", "gamma"): shapeless * outer["gamma"] * logs[2],
        }

    def at(self, aspect_ratio: ArrayLike) -> Chinchilla:
        """Return the law of models of one shape, a law in parameters and tokens.

        Parameters
        ----------
        aspect_ratio : array_like
            Width over depth, R = d_model / n_layers.

        Returns
        -------
        Chinchilla
            The same exponents; E, A and B times ``1 + epsilon R**gamma``.

        Raises
        ------
        ArgumentError
            If an aspect ratio is not positive and finite.

        Examples
        --------
        >>> law = ShapeAware(E=2.0, A=1e4, B=1e5, alpha=0.5, beta=0.5, epsilon=0.01, gamma=0.5)
        >>> law.at(25.0).E
        2.1
        """
        ratio = positive("aspect_ratio", aspect_ratio)
        factor: Any = plain(1 + np.asarray(self.epsilon) * ratio ** np.asarray(self.gamma))
        return Chinchilla(
            A=self.A * factor,
            B=self.B * factor,
            E=self.E * factor,
            alpha=self.alpha,
            beta=self.beta,
        )

    def optimal(self, *, flops: ArrayLike, aspect_ratio: ArrayLike | None = None) -> Optimum:
        """Return the compute-optimal allocation for models of one shape, in closed form.

        The shape multiplies the whole loss, so parameters and tokens are those of any other shape.

        Parameters
        ----------
        flops : array_like
            Training budget C in FLOPs.
        aspect_ratio : array_like
            Width over depth, R = d_model / n_layers. It must be given: the law has no best shape.

        Returns
        -------
        Optimum
            Parameters, tokens and loss (nats per token).

        Raises
        ------
        ArgumentError
            If a budget or an aspect ratio is not positive and finite.
        ReplicationError
            If no aspect ratio is given: in R the loss is monotone, so there is no interior
            minimum.

        Examples
        --------
        >>> law = ShapeAware(E=2.0, A=1e4, B=1e5, alpha=0.5, beta=0.5, epsilon=0.01, gamma=0.5)
        >>> deep, wide = (law.optimal(flops=1e20, aspect_ratio=r) for r in (20, 200))
        >>> deep.params == wide.params, deep.loss < wide.loss
        (True, True)
        """
        if aspect_ratio is None:
            side = "deeper" if np.all(np.asarray(self.gamma) > 0) else "wider"
            raise ReplicationError(
                f"{self} has no interior minimum in aspect_ratio: a {side} model is always "
                "better. Give aspect_ratio=, as a limit on latency would."
            )
        return self.at(aspect_ratio).optimal(flops=flops)

    def _powers(self, *columns: ArrayLike) -> tuple[Array, Array, Array]:
        """Return N**-alpha, D**-beta and R**gamma."""
        params, tokens, ratio = (
            positive(name, column) for name, column in zip(self.inputs, columns, strict=True)
        )
        return (
            params ** -np.asarray(self.alpha),
            tokens ** -np.asarray(self.beta),
            ratio ** np.asarray(self.gamma),
        )
