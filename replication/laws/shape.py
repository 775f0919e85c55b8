"""Laws in size, data and shape: a loss in N and D times a factor in the aspect ratio."""

from collections.abc import Sequence
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

Pairs = dict[tuple[str, str], Any]


@dataclass(frozen=True)
class _Shaped(Law):
    """What the laws of this module share: (E + A/N**alpha + B/D**beta) times a factor in R."""

    E: float = coefficient()
    A: float = coefficient()
    B: float = coefficient()
    alpha: float = exponent()
    beta: float = exponent()

    inputs = ("params", "tokens", "aspect_ratio")
    positive_inputs = True
    link = "identity"

    def _factor(self, ratio: Array) -> Array:
        """Return the factor in the aspect ratio alone."""
        return self._shaping(ratio)[0]

    def _shaping(self, ratio: Array) -> tuple[Array, dict[str, Any]]:
        """Return the factor in the aspect ratio, and its slopes in the fields of its own."""
        raise NotImplementedError

    def _bends(self, ratio: Array, slopes: dict[str, Any]) -> Pairs:
        """Return the second derivatives of the factor, whose slopes are given."""
        raise NotImplementedError

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
        value: Number = plain(self._evaluate(*self._checked(params, tokens, aspect_ratio)))
        return value

    def _evaluate(self, *columns: Array) -> Array:
        _, _, size, data = self._units(columns)
        return np.asarray((self.A * size + self.B * data + self.E) * self._factor(columns[2]))

    def _linked(self, log: bool, *columns: Array) -> tuple[Any, dict[str, Any]]:
        if log:
            return super()._linked(log, *columns)
        log_n, log_d, size, data = self._units(columns)
        factor, outer = self._shaping(np.asarray(columns[2]))
        shapeless = np.asarray(self.A * size + self.B * data + self.E)
        size, data = size * factor, data * factor
        partial = {"E": factor, "A": size, "B": data}
        partial |= {"alpha": -log_n * self.A * size, "beta": -log_d * self.B * data}
        partial |= {name: shapeless * slope for name, slope in outer.items()}
        return shapeless * factor, partial

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the loss for every field; see `Law.gradient`."""
        value, partial = self._linked(False, *map(np.asarray, columns))
        return {name: np.broadcast_to(slope, value.shape) for name, slope in partial.items()}

    def curvature(self, *columns: ArrayLike) -> Pairs:
        """Return the second partial derivatives of the loss; see `Law.curvature`."""
        (inner, shapeless), ratio = self._inner(columns), np.asarray(columns[2])
        factor, outer = self._shaping(ratio)
        log_n, log_d = np.log(columns[0]), np.log(columns[1])
        pairs = {
            ("A", "alpha"): -log_n * inner["A"],
            ("B", "beta"): -log_d * inner["B"],
            ("alpha", "alpha"): -log_n * inner["alpha"],
            ("beta", "beta"): -log_d * inner["beta"],
        }
        return (
            {(a, b): inner[a] * outer[b] for a in inner for b in outer}
            | {pair: value * factor for pair, value in pairs.items()}
            | {pair: shapeless * value for pair, value in self._bends(ratio, outer).items()}
        )

    def at(self, aspect_ratio: ArrayLike) -> Chinchilla:
        """Return the law of models of one shape, a law in parameters and tokens.

        Parameters
        ----------
        aspect_ratio : array_like
            Width over depth, R = d_model / n_layers.

        Returns
        -------
        Chinchilla
            The same exponents; E, A and B times the factor of that shape.

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
        factor: Any = plain(self._shaping(positive("aspect_ratio", aspect_ratio))[0])
        return Chinchilla(
            A=self.A * factor,
            B=self.B * factor,
            E=self.E * factor,
            alpha=self.alpha,
            beta=self.beta,
        )

    def _inner(self, columns: Sequence[ArrayLike]) -> tuple[dict[str, Any], Array]:
        """Return the derivatives of the loss without its shape, and that loss."""
        log_n, log_d, size_unit, data_unit = self._units(columns)
        size, data = self.A * size_unit, self.B * data_unit
        slopes = {"E": 1.0, "A": size_unit, "B": data_unit}
        slopes |= {"alpha": -log_n * size, "beta": -log_d * data}
        return slopes, np.asarray(size + data + self.E)

    def _units(self, columns: Sequence[ArrayLike]) -> tuple[Array, Array, Array, Array]:
        """Return the logarithms of N and D, and their powers."""
        log_n, log_d = np.asarray(np.log(columns[0])), np.asarray(np.log(columns[1]))
        size = np.asarray(np.exp(-np.asarray(self.alpha) * log_n))
        return log_n, log_d, size, np.asarray(np.exp(-np.asarray(self.beta) * log_d))


@dataclass(frozen=True)
class ShapeAware(_Shaped):
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
        The penalty on width as a fraction of the loss, at R = 1.
    gamma : float
        Exponent of the aspect ratio.

    Examples
    --------
    >>> fitted = {"E": 2.4475, "A": 5.475e4, "B": 7.784e5, "epsilon": 1.146e-3}
    >>> law = ShapeAware(alpha=0.6146, beta=0.6146, gamma=0.6146, **fitted)
    >>> round(law.loss(params=1.44e9, tokens=2.9e10, aspect_ratio=85.3), 3)
    2.916
    """

    epsilon: float = scale(1e-4, 1e-3, 1e-2, 1e-1)
    gamma: float = exponent(0.25, 0.5, 1.0)

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
        >>> round(deep.params / wide.params, 9), deep.loss < wide.loss
        (1.0, True)
        """
        if aspect_ratio is None:
            side = "deeper" if np.all(np.asarray(self.gamma) > 0) else "wider"
            raise ReplicationError(
                f"{type(self).__name__} has no interior minimum in aspect_ratio: a {side} model is "
                "always better. Give aspect_ratio=, as a limit on latency would."
            )
        return self.at(aspect_ratio).optimal(flops=flops)

    def _factor(self, ratio: Array) -> Array:
        return np.asarray(self.epsilon * np.exp(np.asarray(self.gamma) * np.log(ratio)) + 1)

    def _shaping(self, ratio: Array) -> tuple[Array, dict[str, Any]]:
        log_r = np.log(ratio)
        width = np.exp(np.asarray(self.gamma) * log_r)
        penalty = self.epsilon * width
        return np.asarray(1 + penalty), {"epsilon": width, "gamma": penalty * log_r}

    def _bends(self, ratio: Array, slopes: dict[str, Any]) -> Pairs:
        log_r = np.log(ratio)
        return {
            ("epsilon", "gamma"): slopes["epsilon"] * log_r,
            ("gamma", "gamma"): slopes["gamma"] * log_r,
        }


@dataclass(frozen=True)
class ShapeOptimum(_Shaped):
    """L = (E + A/N**alpha + B/D**beta) (1 + kappa ln(R/R_opt)**2).

    Our own law, with as many fields as `ShapeAware`: the simplest factor that has a minimum in R.

    Parameters
    ----------
    E : float
        Irreducible loss of a model of the best shape, in nats per token.
    A, B : float
        Scales of the two reducible terms, in nats per token.
    alpha, beta : float
        Exponents of parameters and tokens.
    kappa : float
        Share of the loss that a shape costs a factor e away from the best.
    R_opt : float
        The best aspect ratio d_model / n_layers.

    Examples
    --------
    >>> law = ShapeOptimum(E=2.4, A=5e4, B=6e5, alpha=0.6, beta=0.6, kappa=0.008, R_opt=40.0)
    >>> law.loss(1e9, 2e10, 20.0) == law.loss(1e9, 2e10, 80.0) > law.loss(1e9, 2e10, 40.0)
    True
    """

    kappa: float = scale(1e-4, 1e-3, 1e-2, 1e-1)
    R_opt: float = scale(0.1, 0.3, 1.0, 3.0, of="aspect_ratio")

    def optimal(self, *, flops: ArrayLike, aspect_ratio: ArrayLike | None = None) -> Optimum:
        """Return the compute-optimal allocation in closed form; see `ShapeAware.optimal`.

        Parameters
        ----------
        flops : array_like
            Training budget C in FLOPs.
        aspect_ratio : array_like, optional
            Width over depth; the best one, `R_opt`, if left out.

        Returns
        -------
        Optimum
            Parameters, tokens and loss (nats per token).

        Raises
        ------
        ArgumentError
            If a budget or an aspect ratio is not positive and finite.

        Examples
        --------
        >>> law = ShapeOptimum(E=2.4, A=5e4, B=6e5, alpha=0.6, beta=0.6, kappa=0.008, R_opt=40.0)
        >>> law.optimal(flops=1e20).loss < law.optimal(flops=1e20, aspect_ratio=90.0).loss
        True
        """
        return self.at(self.R_opt if aspect_ratio is None else aspect_ratio).optimal(flops=flops)

    def _shaping(self, ratio: Array) -> tuple[Array, dict[str, Any]]:
        away = np.log(ratio / self.R_opt)
        slopes = {"kappa": away**2, "R_opt": -2 * self.kappa * away / self.R_opt}
        return np.asarray(1 + self.kappa * away**2), slopes

    def _bends(self, ratio: Array, slopes: dict[str, Any]) -> Pairs:
        away, best = np.log(ratio / self.R_opt), np.asarray(self.R_opt)
        return {
            ("kappa", "R_opt"): -2 * away / best,
            ("R_opt", "R_opt"): 2 * self.kappa * (1 + away) / best**2,
        }
