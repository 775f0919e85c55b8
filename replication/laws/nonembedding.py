"""The parametric loss read by someone who does not count the embedding.

The loss depends on all parameters N_T, but size and compute are counted without the embedding:
N and C = 6 N D. Since N_T is no power of N, the optimal N is no power of C, and what a straight
line through it finds depends on where it is drawn.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import elementwise

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.counting.numbers import Array, Number, plain, positive
from replication.errors import ReplicationError
from replication.laws.base import Law
from replication.laws.chinchilla import Chinchilla
from replication.laws.declarations import coefficient, exponent, scale
from replication.laws.embedding import CUBE_ROOT, TotalParams
from replication.laws.optimum import Optimum

_SHARES = np.linspace(0.0, 1.0, 1001)
"""Shares of the embedding at which the frontier is looked at for a fold: from large N to small."""
_WIDEST = 690.0
"""How far log N may lie from zero: a float overflows a little beyond."""


@dataclass(frozen=True)
class NonEmbeddingChinchilla(Law):
    """L(N, D) = E + A / (N + omega N**p)**alpha + B / D**beta (pearce2024, section 2).

    N and C = 6 N D leave out the embedding, the loss does not: `Chinchilla` of `TotalParams`.

    Parameters
    ----------
    A, B : float
        Scales of the two reducible terms, in nats per token.
    E : float
        Irreducible loss in nats per token.
    alpha, beta : float
        Exponents of all parameters and of tokens.
    omega, p : float
        Embedding parameters omega N**p; see `TotalParams`.

    Examples
    --------
    >>> surface = Chinchilla(A=482.01, B=2085.43, E=1.8172, alpha=0.3478, beta=0.3658)
    >>> law = NonEmbeddingChinchilla.of(surface, TotalParams(omega=47491.0, p=1 / 3))
    >>> round(law.a_small, 4), round(law.a_large, 4)
    (0.7593, 0.5126)
    >>> law.exponent([1e3, 2e6, 1e9]).round(2)
    array([0.76, 0.98, 0.54])
    >>> best = law.optimal(flops=1e18)
    >>> round(best.params / 1e6, 1), round(law.flops_at(best.params) / 1e18, 9)
    (54.3, 1.0)
    """

    A: float = coefficient()
    B: float = coefficient()
    E: float = coefficient()
    alpha: float = exponent()
    beta: float = exponent()
    omega: float = scale(1e3, 1e4, 1e5, 1e6)
    p: float = exponent(0.2, CUBE_ROOT, 0.5, 0.7)

    inputs = ("params", "tokens")
    positive_inputs = True
    derived = ("a_small", "a_large")

    @classmethod
    def of(cls, surface: Chinchilla, relation: TotalParams) -> Self:
        """Return the law of a loss in all parameters, for models of a family.

        Parameters
        ----------
        surface : Chinchilla
            The loss in all parameters.
        relation : TotalParams
            All parameters in those without the embedding.

        Returns
        -------
        NonEmbeddingChinchilla
            With the coefficients of both.
        """
        return cls(**surface.to_dict(), **relation.to_dict())

    @property
    def relation(self) -> TotalParams:
        """All parameters in those without the embedding."""
        return TotalParams(omega=self.omega, p=self.p)

    @property
    def surface(self) -> Chinchilla:
        """The loss in all parameters."""
        return Chinchilla(A=self.A, B=self.B, E=self.E, alpha=self.alpha, beta=self.beta)

    def loss(self, params: ArrayLike, tokens: ArrayLike) -> Number:
        """Predict the loss.

        Parameters
        ----------
        params : array_like
            Parameters N (a count) without the embedding.
        tokens : array_like
            Training tokens D (a count), same shape or broadcastable.

        Returns
        -------
        float or ndarray
            Loss in nats per token.

        Raises
        ------
        ArgumentError
            If a count is not positive and finite.
        """
        value: Number = plain(self._evaluate(*self._checked(params, tokens)))
        return value

    def _evaluate(self, *columns: Array) -> Array:
        total = self.relation._evaluate(columns[0])
        return np.asarray(self.surface._evaluate(total, columns[1]))

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the loss for every field; see `Law.gradient`."""
        log_n, share, log_total = self._logs(columns[0])
        partial = self._surface_gradient(log_total, columns[1])
        # What the loss falls by when the embedding grows e-fold.
        fall = -np.asarray(self.alpha) * np.asarray(self.A) * partial["A"] * share
        return partial | {"omega": fall / self.omega, "p": fall * log_n}

    def curvature(self, *columns: ArrayLike) -> dict[tuple[str, str], Any]:
        """Return the second partial derivatives of the loss; see `Law.curvature`."""
        log_n, share, log_total = self._logs(columns[0])
        log_d = np.log(columns[1])
        unit = np.exp(-np.asarray(self.alpha) * log_total)
        alpha, omega, size = np.asarray(self.alpha), np.asarray(self.omega), self.A * unit
        data = np.exp(-np.asarray(self.beta) * log_d)
        fall, turn = -alpha * share * unit, (alpha * log_total - 1) * share * size
        bend = alpha * share * size * ((1 + alpha) * share - 1)
        return {
            ("A", "alpha"): -log_total * unit,
            ("A", "omega"): fall / omega,
            ("A", "p"): fall * log_n,
            ("B", "beta"): -log_d * data,
            ("alpha", "alpha"): log_total**2 * size,
            ("alpha", "omega"): turn / omega,
            ("alpha", "p"): turn * log_n,
            ("beta", "beta"): log_d**2 * (self.B * data),
            ("omega", "omega"): alpha * (1 + alpha) * share**2 * size / omega**2,
            ("omega", "p"): bend * log_n / omega,
            ("p", "p"): bend * log_n**2,
        }

    def slopes(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative in the logarithm of each input; see `Law.slopes`."""
        slope = self.surface.slopes(self.relation.params_total(columns[0]), columns[1])
        return slope | {"params": slope["params"] * self.relation.exponent(columns[0])}

    @property
    def a_small(self) -> Number:
        """Exponent of the optimal N in C for small models: beta / (p alpha + beta)."""
        return self.beta / (self.p * self.alpha + self.beta)

    @property
    def a_large(self) -> Number:
        """Exponent of the optimal N in C for large models: beta / (alpha + beta)."""
        return self.surface.a

    def exponent(self, params: ArrayLike) -> Number:
        """Return the local exponent d log N_opt / d log C where N is optimal (pearce2024).

        With s = d log N_T / d log N and q its counterpart for N + p omega N**p, it is
        1 / (1 + ((1 + alpha) s - q) / beta); for p = 1/3 and u = N**(2/3),
        s = (u + omega/3) / (u + omega) and q = (u + omega/9) / (u + omega/3). It rises above both
        of its limits, `a_small` and `a_large`, in between.

        Parameters
        ----------
        params : array_like
            Optimal parameters N (a count) without the embedding.

        Returns
        -------
        float or ndarray
            The exponent, with the shape of `params`.
        """
        share = self.relation.embedding_share(positive("params", params))
        local: Number = plain(1.0 / self._log_flops_slope(np.asarray(share)))
        return local

    def _logs(self, params: ArrayLike) -> tuple[Array, Array, Array]:
        """Return log N, the share of the embedding in all parameters, and the log of these."""
        log_n = np.log(params)
        embedding = self.omega * np.exp(np.asarray(self.p) * log_n)
        total = params + embedding
        return log_n, embedding / total, np.log(total)

    def _surface_gradient(self, log_total: Array, tokens: ArrayLike) -> dict[str, Any]:
        """Return the partial derivatives for the fields of the loss in all parameters."""
        log_d = np.log(tokens)
        size = np.exp(-np.asarray(self.alpha) * log_total)
        data = np.exp(-np.asarray(self.beta) * log_d)
        return {
            "A": size,
            "B": data,
            "E": np.ones(np.broadcast_shapes(size.shape, data.shape)),
            "alpha": -log_total * (self.A * size),
            "beta": -log_d * (self.B * data),
        }

    def _log_flops_slope(self, share: Array) -> Array:
        """Return d log C / d log N at shares of the embedding in all parameters."""
        p = np.asarray(self.p)
        s = 1.0 - (1.0 - p) * share
        q = (1.0 - share + p * p * share) / s
        return np.asarray(1.0 + ((1.0 + np.asarray(self.alpha)) * s - q) / self.beta)

    def flops_at(self, params: ArrayLike) -> Number:
        """Return the budget at which a size is optimal (pearce2024, closed form).

        C = 6 N (N + p omega N**p)**(-1/beta) N_T**((1 + alpha)/beta) (beta B/(alpha A))**(1/beta).

        Parameters
        ----------
        params : array_like
            Parameters N (a count) without the embedding.

        Returns
        -------
        float or ndarray
            Training compute C = 6 N D in FLOPs, without those of the embedding.

        Raises
        ------
        ArgumentError
            If a count is not positive and finite.
        """
        flops: Number = plain(np.exp(self._log_flops(np.log(positive("params", params)))))
        return flops

    def _log_flops(self, log_params: Array) -> Array:
        """Return the logarithm of the budget in the logarithm of the size."""
        size = np.exp(log_params)
        log_total = np.log(self.relation.params_total(size))
        log_slope = log_total + np.log(self.relation.exponent(size))
        ratio = np.asarray(self.beta * np.asarray(self.B)) / (self.alpha * np.asarray(self.A))
        powers = np.log(ratio) + (1.0 + np.asarray(self.alpha)) * log_total - log_slope
        return np.asarray(np.log(FLOPS_PER_PARAM_TOKEN) + log_params + powers / self.beta)

    def optimal(self, *, flops: ArrayLike) -> Optimum:
        """Return the compute-optimal allocation, from the closed form of the budget in N.

        Parameters
        ----------
        flops : array_like
            Training budget C = 6 N D in FLOPs, without those of the embedding.

        Returns
        -------
        Optimum
            Parameters without the embedding, tokens and loss (nats per token).

        Raises
        ------
        ArgumentError
            If a budget is not positive and finite.
        ReplicationError
            If an exponent is not positive, or if they are so small that the frontier folds: some
            budgets then have two optima, a small model and a large one. Where only some draws of
            an array are so, their entries are NaN.
        """
        budget = positive("flops", flops)
        shape = np.broadcast_shapes(budget.shape, self.to_vector().shape[:-1])
        least = np.broadcast_to(self._least_slope(), shape)
        if not (known := least > 0).any():
            raise self._no_frontier(least)
        columns = (np.log(budget), least, *map(np.asarray, self.to_dict().values()))
        target, slope, *fields = (np.broadcast_to(column, shape)[known] for column in columns)

        def excess(log_params: Array, goal: Array, *fields: Any) -> Array:
            return type(self)(*fields)._log_flops(log_params) - goal

        # The slope of log C in log N is at least this, so the root is no farther than that.
        start = 0.5 * target
        reach = np.abs(excess(start, target, *fields)) / slope + 1.0
        ends = np.clip((start - reach, start + reach), -_WIDEST, _WIDEST)
        find_root: Any = elementwise.find_root
        found = find_root(excess, tuple(ends), args=(target, *fields))
        params, loss = np.full(shape, np.nan), np.full(shape, np.nan)
        params[known] = np.exp(np.asarray(found.x))
        tokens = budget / FLOPS_PER_PARAM_TOKEN / params
        loss[known] = type(self)(*map(plain, fields)).loss(params[known], tokens[known])
        return Optimum(*map(plain, (np.broadcast_to(budget, shape), params, tokens, loss)))

    def loss_exponent(self, *, flops: ArrayLike) -> Number:
        """Return the local exponent d log L_opt / d log C along the frontier; it is negative.

        At the optimum the loss does not change with N, so only tokens count:
        -beta B D_opt**-beta / L_opt.

        Parameters
        ----------
        flops : array_like
            Training budget C = 6 N D in FLOPs, without those of the embedding.

        Returns
        -------
        float or ndarray
            The exponent, with the shape of `flops`.

        Raises
        ------
        ArgumentError, ReplicationError
            As for `optimal`.
        """
        best = self.optimal(flops=flops)
        data = np.asarray(self.B) * np.asarray(best.tokens) ** -np.asarray(self.beta)
        slope: Number = plain(np.asarray(-np.asarray(self.beta) * data / best.loss))
        return slope

    def _least_slope(self) -> Array:
        """Return the least slope of log C in log N over all sizes; NaN without an optimum."""
        columns: dict[str, Any] = {k: np.asarray(v)[..., None] for k, v in self.to_dict().items()}
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = type(self)(**columns)._log_flops_slope(_SHARES).min(axis=-1)
        falls = (np.asarray(self.alpha) > 0) & (np.asarray(self.beta) > 0)
        return np.where(falls, slope, np.nan)

    def _no_frontier(self, slope: Array) -> ReplicationError:
        """Return the error that says coefficients have no one optimum at every budget."""
        if np.isnan(slope).all():
            least = min(np.min(self.alpha), np.min(self.beta))
            return ReplicationError(
                f"An exponent of {type(self).__name__} is {least:.4g}: the loss falls without end "
                "towards all parameters or all tokens. alpha and beta must be positive."
            )
        return ReplicationError(
            f"The frontier of {type(self).__name__} folds: somewhere a larger optimum costs "
            f"less, d log C / d log N = {np.nanmax(slope):.3g}, so some budgets have two optima. "
            "Compare loss(params, tokens) along a budget instead."
        )
