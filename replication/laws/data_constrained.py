"""The data-constrained law: what repeated tokens and excess parameters are worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.counting.numbers import Array, Number, common_shape, numbers, plain, positive
from replication.errors import ArgumentError
from replication.laws.base import Law
from replication.laws.chinchilla import Chinchilla
from replication.laws.constrained_optimum import DataConstrainedOptimum, share_of_size
from replication.laws.constrained_terms import Pairs, Terms
from replication.laws.declarations import coefficient, exponent, scale
from replication.laws.optimum import no_minimum
from replication.laws.repeats import Effective

SEEDS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
"""Repeats after which a search looks for the worth of one more to have fallen to 1/e."""


@dataclass(frozen=True)
class DataConstrained(Law):
    """L = E + A / N_e**alpha + B / D_e**beta, with effective parameters N_e and tokens D_e.

    The data-constrained law (muennighoff2023, Eq. 4 to 6). A run of D tokens, of which U are
    unique, repeats its data R_D = D/U - 1 times, and each repeat is worth less than the one before:
    D_e = U + U R_D_star (1 - exp(-R_D/R_D_star)). A model of N parameters uses as many as U unique
    tokens call for, U_N = min(N, N_opt(U)), and repeats these R_N = N/U_N - 1 times:
    N_e = U_N + U_N R_N_star (1 - exp(-R_N/R_N_star)). N_opt(U) is the size for which U tokens are
    compute-optimal under Chinchilla's law, which this one is where nothing is repeated.

    Parameters
    ----------
    A, B : float
        Coefficients of the two terms, in nats times counts to the power of the exponents.
    E : float
        Irreducible loss in nats per token.
    alpha, beta : float
        Exponents of parameters and tokens.
    R_D_star, R_N_star : float
        Repeats after which one more is worth 1/e of a fresh one: of the data, and of the
        parameters. Repeated tokens are never worth more than R_D_star times the unique ones.
        Infinity is a repeat as good as new, zero one without any worth.

    Examples
    --------
    >>> law = DataConstrained(
    ...     A=521, B=1488, E=1.87, alpha=0.35, beta=0.35, R_D_star=15.4, R_N_star=5.3
    ... )
    >>> round(law.effective_tokens(100e9, unique_tokens=25e9) / 1e9, 1)  # four epochs
    93.1
    >>> best = law.optimal(flops=9.3e21, unique_tokens=25e9)
    >>> round(best.params / 1e9, 1), round(best.epochs, 1)
    (6.7, 9.2)
    >>> law.optimal(flops=9.3e21).params == law.base.optimal(flops=9.3e21).params
    True
    """

    A: float = coefficient(coupled=True)
    B: float = coefficient(coupled=True)
    E: float = coefficient()
    alpha: float = exponent()
    beta: float = exponent()
    R_D_star: float = scale(*SEEDS)
    R_N_star: float = scale(*SEEDS)

    inputs = ("params", "tokens", "unique_tokens")
    positive_inputs = True

    def loss(self, params: ArrayLike, tokens: ArrayLike, unique_tokens: ArrayLike) -> Number:
        """Predict the loss.

        Parameters
        ----------
        params : array_like
            Parameters N (a count).
        tokens : array_like
            Training tokens D (a count), repeats included; same shape or broadcastable.
        unique_tokens : array_like
            Different tokens that there are, U. Where these are more than `tokens`, each token is
            seen once at most.

        Returns
        -------
        float or ndarray
            Loss in nats per token.

        Raises
        ------
        ArgumentError
            If a count is not positive and finite.
        """
        value: Number = plain(self._evaluate(*self._checked(params, tokens, unique_tokens)))
        return value

    @classmethod
    def impossible(cls, *columns: Array) -> tuple[NDArray[np.bool_], str] | None:
        """Return the rows of a table that no run can have; see `Law.impossible`."""
        _, tokens, unique = columns
        if (few := unique < 1).any():
            return few, (
                "has less than one unique token, which is more epochs than it has tokens. "
                "unique_tokens is a count, as tokens is"
            )
        if (many := unique > tokens).any():
            return many, (
                "has more unique tokens than tokens. A run that sees each token once has as many: "
                "take the smaller of both columns"
            )
        return None

    @property
    def base(self) -> Chinchilla:
        """Chinchilla's law, which holds where no token is repeated."""
        return Chinchilla(A=self.A, B=self.B, E=self.E, alpha=self.alpha, beta=self.beta)

    def matched_params(self, unique_tokens: ArrayLike) -> Number:
        """Return N_opt(U): the size for which so many tokens, seen once, are compute-optimal.

        Parameters
        ----------
        unique_tokens : array_like
            Unique tokens U (a count).

        Returns
        -------
        float or ndarray
            Parameters, where alpha A / N**alpha = beta B / U**beta.

        Raises
        ------
        ArgumentError
            If a count is not positive and finite.
        """
        value: Number = plain(np.exp(self._matched(positive("unique_tokens", unique_tokens))))
        return value

    def effective_tokens(self, tokens: ArrayLike, unique_tokens: ArrayLike) -> Number:
        """Return D': the fresh tokens that tokens with repeats are worth.

        Parameters
        ----------
        tokens, unique_tokens : array_like
            Tokens D and unique tokens U (counts).

        Returns
        -------
        float or ndarray
            Tokens, between U and D.

        Raises
        ------
        ArgumentError
            If a count is not positive and finite.

        Examples
        --------
        >>> law = DataConstrained(1.0, 1.0, 1.0, 0.5, 0.5, R_D_star=15.4, R_N_star=5.3)
        >>> round(law.effective_tokens(1e15, unique_tokens=1e9) / 1e9, 1)
        16.4
        """
        columns = positive("tokens", tokens), positive("unique_tokens", unique_tokens)
        value: Number = plain(np.exp(self._data(*columns).log))
        return value

    def effective_params(self, params: ArrayLike, unique_tokens: ArrayLike) -> Number:
        """Return N': the parameters that a model is worth on so many unique tokens.

        Parameters
        ----------
        params, unique_tokens : array_like
            Parameters N and unique tokens U (counts).

        Returns
        -------
        float or ndarray
            Parameters, N or fewer.

        Raises
        ------
        ArgumentError
            If a count is not positive and finite.
        """
        columns = positive("params", params), positive("unique_tokens", unique_tokens)
        value: Number = plain(np.exp(self._size(*columns).log))
        return value

    def floor(self, unique_tokens: ArrayLike) -> Number:
        """Return the loss that unlimited compute reaches on so many unique tokens.

        Parameters
        ----------
        unique_tokens : array_like
            Unique tokens U (a count).

        Returns
        -------
        float or ndarray
            E + A / (N_opt(U) (1 + R_N_star))**alpha + B / (U (1 + R_D_star))**beta, in nats per
            token.

        Raises
        ------
        ArgumentError
            If a count is not positive and finite.

        Examples
        --------
        >>> law = DataConstrained(521, 1488, 1.87, 0.35, 0.35, R_D_star=15.4, R_N_star=5.3)
        >>> round(law.floor(100e6), 3), round(law.loss(1e14, 1e14, 100e6), 3)
        (3.994, 3.994)
        """
        unique = positive("unique_tokens", unique_tokens)
        size = self._matched(unique) + np.log1p(self.R_N_star)
        data = np.log(unique) + np.log1p(self.R_D_star)
        value: Number = plain(np.asarray(self.E + np.exp(self._logs(size, data)).sum(axis=0)))
        return value

    def optimal(
        self, *, flops: ArrayLike, unique_tokens: ArrayLike = np.inf
    ) -> DataConstrainedOptimum:
        """Return the compute-optimal allocation under a limit on unique tokens.

        While Chinchilla's optimum asks for no more than U tokens it is the answer, in closed form.
        Beyond that, parameters and repeats share what the budget exceeds that of N_opt(U) and U
        by. One more percent of either then has to be worth the same; on the way from (N_opt(U),
        C/(6 N_opt(U))) to (C/(6 U), U) the balance changes sign once, and is solved for.

        Parameters
        ----------
        flops : array_like
            Training budget C in FLOPs.
        unique_tokens : array_like
            Unique tokens U (a count), same shape or broadcastable; by default without limit.

        Returns
        -------
        DataConstrainedOptimum
            Parameters, tokens, loss (nats per token), unique tokens and epochs.

        Raises
        ------
        ArgumentError
            If a budget is not positive and finite, or a limit is below one token.
        ReplicationError
            If an exponent is not positive, so that there is no interior minimum. Where only some
            draws of an array are so, their entries are NaN.

        Examples
        --------
        >>> law = DataConstrained(521, 1488, 1.87, 0.35, 0.35, R_D_star=15.4, R_N_star=5.3)
        >>> best = law.optimal(flops=[1e20, 1e21, 1e22], unique_tokens=5e9)
        >>> [round(float(epochs), 1) for epochs in best.epochs]
        [4.3, 16.4, 59.0]
        """
        budget, limit = positive("flops", flops), numbers("unique_tokens", unique_tokens)
        if not np.all(limit >= 1):
            raise ArgumentError(
                f"unique_tokens must be one at least, got {limit[~(limit >= 1)].flat[0]:g}. It is "
                "a plain count, 25e9 for 25 billion tokens; leave it out if there is no limit."
            )
        common_shape(flops=budget, unique_tokens=limit)
        alpha, beta = np.asarray(self.alpha), np.asarray(self.beta)
        found = (alpha > 0) & (beta > 0)
        if not found.any():
            raise no_minimum(self, float(np.min(budget)))
        with np.errstate(all="ignore"):
            fresh = self.base.optimal(flops=budget)
            few = np.minimum(limit, 1e300)
            size, pairs = self._matched(few), np.log(budget / FLOPS_PER_PARAM_TOKEN)
            # What the budget exceeds that of N_opt(U) and U by, in logarithms; zero at least.
            excess = np.where(found, np.maximum(pairs - size - np.log(few), 0.0), 0.0)
            more = share_of_size(excess, self.R_N_star, self.R_D_star, self.alpha, self.beta)
            params = np.where(excess > 0, np.exp(size + more), fresh.params)
            params = np.where(found, params, np.nan)
            tokens = np.exp(pairs) / params
            loss = np.where(found, self._evaluate(params, tokens, few), np.nan)
        return DataConstrainedOptimum(
            flops=plain(np.broadcast_to(budget, np.shape(params))),
            params=plain(params),
            tokens=plain(tokens),
            loss=plain(loss),
            unique_tokens=plain(np.minimum(tokens, limit)),
        )

    @classmethod
    def parts(
        cls, values: Mapping[str, Array], linear: Sequence[str], *columns: ArrayLike
    ) -> tuple[Array, Array]:
        """Return what the linear fields multiply, for the start of a search; see `Law.parts`.

        Where A and B are not both known, no parameter counts as being in excess.
        """
        params, tokens, unique = map(np.asarray, columns)
        given: dict[str, Any] = (
            {"A": 1.0, "B": 1.0} | {k: v[:, None] for k, v in values.items()} | {"E": 1.0}
        )
        one = cls(**given)
        known = "A" in values and "B" in values
        size = one._size(params, np.minimum(tokens, unique)).log if known else np.log(params)
        terms = one._logs(size, one._data(tokens, unique).log)
        shape = np.broadcast_shapes(terms.shape[1:], (max(map(len, values.values())), 1))
        units = {"A": np.exp(terms[0]), "B": np.exp(terms[1]), "E": 1.0}
        base = np.zeros(shape)
        for name in units:
            if name not in linear:
                # The unit of a coefficient that is known has it in already, but for E.
                base = base + units[name] * (values["E"][:, None] if name == "E" else 1.0)
        return base, np.stack([np.broadcast_to(units[k], shape) for k in linear], axis=1)

    def _evaluate(self, *columns: Array) -> Array:
        params, tokens, unique = columns
        size = self._size(params, np.minimum(tokens, unique))
        return np.asarray(
            self.E + np.exp(self._logs(size.log, self._data(tokens, unique).log)).sum(axis=0)
        )

    def _logs(self, size: Array, data: Array) -> Array:
        """Return the logarithms of both terms, from those of N' and D'."""
        with np.errstate(invalid="ignore", divide="ignore"):
            a, b = np.log(self.A), np.log(self.B)
        return np.stack(np.broadcast_arrays(a - self.alpha * size, b - self.beta * data))

    def _matched(self, unique: Array) -> Array:
        """Return the logarithm of N_opt(U)."""
        # Draws with an exponent that is not positive have none; they become NaN without a word.
        with np.errstate(invalid="ignore", divide="ignore"):
            odds = np.log(np.asarray(self.alpha) * self.A) - np.log(np.asarray(self.beta) * self.B)
            return np.asarray((odds + self.beta * np.log(unique)) / self.alpha)

    def _size(self, params: Array, unique: Array) -> "Effective":
        """Return the effective parameters."""
        return Effective(np.log(params), self._matched(unique), np.asarray(self.R_N_star))

    def _data(self, tokens: Array, unique: Array) -> "Effective":
        """Return the effective tokens."""
        return Effective(np.log(tokens), np.log(unique), np.asarray(self.R_D_star))

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the loss for every field; see `Law.gradient`."""
        return self._linked(False, *map(np.asarray, columns))[1]

    def _linked(self, log: bool, *columns: Array) -> tuple[Any, dict[str, Any]]:
        terms = self._terms(columns)
        value = self.E + terms.size + terms.data
        scale = 1 / value if log else 1.0
        size, data = terms.size * scale, terms.data * scale
        slopes = {k: size * np.asarray(slope) for k, slope in terms.size_slopes.items()}
        for k, slope in terms.data_slopes.items():
            slopes[k] = slopes.get(k, 0.0) + data * np.asarray(slope)
        slopes["E"] = np.broadcast_to(scale, np.shape(value))
        gradient = {k: slopes[k] for k in self.names()}
        return (np.log(value) if log else value), gradient

    def curvature(self, *columns: ArrayLike) -> Pairs:
        """Return the second partial derivatives of the loss; see `Law.curvature`."""
        terms = self._terms(columns)
        found: Pairs = {}
        for term, slopes, bends in (
            (terms.size, terms.size_slopes, terms.size_bends()),
            (terms.data, terms.data_slopes, terms.data_bends()),
        ):
            order = [name for name in self.names() if name in slopes]
            for pair in combinations_with_replacement(order, 2):
                i, j = pair
                bent = term * (bends.get(pair, 0.0) + slopes[i] * np.asarray(slopes[j]))
                found[pair] = found.get(pair, 0.0) + bent
        return found

    def slopes(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative in the logarithm of each input; see `Law.slopes`."""
        params, tokens, unique = self._checked(*columns)
        size, data = self._size(params, np.minimum(tokens, unique)), self._data(tokens, unique)
        of_size, of_data = np.exp(self._logs(size.log, data.log))
        # More unique tokens call for a larger model, so that fewer parameters are in excess.
        called = -np.asarray(self.beta) * of_size * size.unique_slope
        repeated = tokens >= unique
        return {
            "params": plain(-np.asarray(self.alpha) * of_size * size.slope),
            "tokens": plain(
                -np.asarray(self.beta) * of_data * data.slope + np.where(repeated, 0.0, called)
            ),
            "unique_tokens": plain(
                np.where(
                    repeated, called - np.asarray(self.beta) * of_data * data.unique_slope, 0.0
                )
            ),
        }

    def _terms(self, columns: Sequence[ArrayLike]) -> Terms:
        """Return both terms with the slopes of their logarithms in the fields."""
        params, tokens, unique = map(np.asarray, columns)
        used = np.minimum(tokens, unique)
        size, data = self._size(params, used), self._data(tokens, unique)
        of_size, of_data = np.exp(self._logs(size.log, data.log))
        A, B, alpha, beta = map(np.asarray, (self.A, self.B, self.alpha, self.beta))
        matched, called = self._matched(used), np.log(used)
        return Terms.of(A, B, alpha, beta, size, data, of_size, of_data, matched, called)
