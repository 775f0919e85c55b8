"""A law with an exponent around the whole: what size and data cost together need not add up."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.counting.numbers import Array, Number, plain, positive
from replication.laws.base import Law
from replication.laws.declarations import coefficient, exponent, scale
from replication.laws.log_sum import LogSum
from replication.laws.optimum import Optimum, no_minimum


@dataclass(frozen=True)
class OuterExponent(Law):
    """L(N, D) = E + [(N_c/N)**(alpha/gamma) + (D_c/D)**(beta/gamma)]**gamma.

    With gamma = 1 this is Chinchilla's law, whose two terms add (hoffmann2022, Eq. 2), with
    A = N_c**alpha and B = D_c**beta. With E = 0 and beta = gamma it is Kaplan's joint law
    (kaplan2020, Eq. 1.5); droppo2021 joins size and data in the same way. For any gamma, alpha
    and beta are the exponents that are seen where only size, or only data, limits.

    Parameters
    ----------
    E : float
        Irreducible loss in nats per token.
    alpha, beta : float
        Exponents of parameters and tokens.
    N_c, D_c : float
        Scales in parameters and tokens, at which each limit alone would cost one nat.
    gamma : float
        Outer exponent: below one, the larger of the two terms counts for more than in a sum.

    Examples
    --------
    >>> law = OuterExponent(E=1.7, alpha=0.34, beta=0.28, N_c=5e7, D_c=2.4e9, gamma=0.6)
    >>> round(law.loss(params=70e9, tokens=1.4e12), 3)
    1.899
    >>> round(law.a, 3)
    0.452
    >>> added = OuterExponent(E=1.7, alpha=0.34, beta=0.28, N_c=5e7, D_c=2.4e9, gamma=1.0)
    >>> round(added.loss(70e9, 1.4e12) - 1.7 - (5e7 / 70e9) ** 0.34 - (2.4e9 / 1.4e12) ** 0.28, 12)
    0.0
    """

    E: float = coefficient()
    alpha: float = exponent()
    beta: float = exponent()
    N_c: float = scale(of="params")
    D_c: float = scale(of="tokens")
    gamma: float = scale(0.25, 0.5, 1.0, 2.0)

    inputs = ("params", "tokens")
    positive_inputs = True
    derived = ("a", "b")

    def loss(self, params: ArrayLike, tokens: ArrayLike) -> Number:
        """Predict the loss.

        Parameters
        ----------
        params : array_like
            Parameters N (a count).
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
        return np.asarray(self.E + np.exp(self._logs(columns).total))

    def _linked(self, log: bool, *columns: Array) -> tuple[Any, dict[str, Any]]:
        logs = self._logs(columns)
        excess = np.exp(logs.total)
        value = self.E + excess
        slopes = {name: excess * slope for name, slope in self._log_gradient(logs).items()}
        gradient = {"E": np.ones_like(value), **slopes}
        if not log:
            return value, gradient
        return np.log(value), {name: slope / value for name, slope in gradient.items()}

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the loss for every field; see `Law.gradient`."""
        return self._linked(False, *map(np.asarray, columns))[1]

    def curvature(self, *columns: ArrayLike) -> dict[tuple[str, str], Any]:
        """Return the second partial derivatives of the loss; see `Law.curvature`."""
        logs = self._logs(columns)
        excess = np.exp(logs.total)
        first, second = self._log_gradient(logs), self._log_curvature(logs)
        return {
            (i, j): excess * (second[i, j] + first[i] * first[j])
            for i, j in combinations_with_replacement(first, 2)
        }

    def slopes(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative in the logarithm of each input; see `Law.slopes`."""
        logs = self._logs(self._checked(*columns))
        excess = np.exp(logs.total)
        return {
            "params": plain(-np.asarray(self.alpha) * excess * logs.share),
            "tokens": plain(-np.asarray(self.beta) * excess * logs.rest),
        }

    @property
    def a(self) -> Number:
        """Exponent of N_opt in compute: beta / (alpha + beta), whatever gamma is."""
        return self.beta / (self.alpha + self.beta)

    @property
    def b(self) -> Number:
        """Exponent of D_opt in compute: alpha / (alpha + beta), whatever gamma is."""
        return self.alpha / (self.alpha + self.beta)

    def optimal(self, *, flops: ArrayLike) -> Optimum:
        """Return the compute-optimal allocation in closed form.

        The sum in the brackets is least where alpha (N_c/N)**(alpha/gamma) equals
        beta (D_c/D)**(beta/gamma), with C = 6 N D.

        Parameters
        ----------
        flops : array_like
            Training budget C in FLOPs.

        Returns
        -------
        Optimum
            Parameters, tokens and loss (nats per token).

        Raises
        ------
        ArgumentError
            If a budget is not positive and finite.
        ReplicationError
            If an exponent is not positive, so that there is no interior minimum. Where only some
            draws of an array are so, their entries are NaN.
        """
        budget = positive("flops", flops)
        alpha, beta = np.asarray(self.alpha), np.asarray(self.beta)
        found = (alpha > 0) & (beta > 0)
        if not found.any():
            raise no_minimum(self, float(np.min(budget)))
        with np.errstate(invalid="ignore", divide="ignore"):
            # In logarithms, since gamma near zero would make the powers overflow.
            pairs = np.log(budget / FLOPS_PER_PARAM_TOKEN)
            level = self.gamma * np.log(alpha / beta)
            level = level + alpha * np.log(self.N_c) - beta * (np.log(self.D_c) - pairs)
            params = np.exp(np.where(found, level / (alpha + beta), np.nan))
        tokens = budget / FLOPS_PER_PARAM_TOKEN / params
        known = np.isfinite(params) & np.isfinite(tokens)
        one = np.where(known, params, 1.0), np.where(known, tokens, 1.0)
        return Optimum(
            flops=plain(np.broadcast_to(budget, np.shape(params))),
            params=plain(params),
            tokens=plain(tokens),
            loss=plain(np.where(known, self._evaluate(*one), np.nan)),
        )

    def _logs(self, columns: Sequence[ArrayLike]) -> "_Logs":
        """Return the logarithm of what exceeds E, with the shares of its two terms."""
        params, tokens = columns
        gamma = np.asarray(self.gamma)
        size = np.log(self.N_c) - np.log(params)
        data = np.log(self.D_c) - np.log(tokens)
        u, v = np.asarray(self.alpha * size / gamma), np.asarray(self.beta * data / gamma)
        terms = LogSum.of(u, v)
        share, larger = terms.share, u + terms.beyond
        return _Logs(
            size, data, -terms.excess, gamma * larger, share, terms.rest, larger - share * u
        )

    def _log_gradient(self, logs: "_Logs") -> dict[str, Any]:
        """Return the partial derivatives of the logarithm of what exceeds E."""
        v = self.beta * logs.data / np.asarray(self.gamma)
        return {
            "alpha": logs.share * logs.size,
            "beta": logs.rest * logs.data,
            "N_c": logs.share * (self.alpha / np.asarray(self.N_c)),
            "D_c": logs.rest * (self.beta / np.asarray(self.D_c)),
            "gamma": logs.open - logs.rest * v,
        }

    def _log_curvature(self, logs: "_Logs") -> dict[tuple[str, str], Any]:
        """Return the second partial derivatives of the logarithm of what exceeds E."""
        a, b, n, d, g = map(np.asarray, (self.alpha, self.beta, self.N_c, self.D_c, self.gamma))
        both = logs.share * logs.rest / g
        lean = both * logs.apart
        return {
            ("alpha", "alpha"): both * logs.size**2,
            ("alpha", "beta"): -both * logs.size * logs.data,
            ("alpha", "N_c"): (logs.share + both * a * logs.size) / n,
            ("alpha", "D_c"): -both * logs.size * (b / d),
            ("alpha", "gamma"): -lean * logs.size,
            ("beta", "beta"): both * logs.data**2,
            ("beta", "N_c"): -both * logs.data * (a / n),
            ("beta", "D_c"): (logs.rest + both * b * logs.data) / d,
            ("beta", "gamma"): lean * logs.data,
            ("N_c", "N_c"): (both * a - logs.share) * (a / n**2),
            ("N_c", "D_c"): -both * (a / n) * (b / d),
            ("N_c", "gamma"): -lean * (a / n),
            ("D_c", "D_c"): (both * b - logs.rest) * (b / d**2),
            ("D_c", "gamma"): lean * (b / d),
            ("gamma", "gamma"): lean * logs.apart,
        }


class _Logs(NamedTuple):
    """What stands inside the brackets of the law.

    Parameters
    ----------
    size, data : ndarray
        Logarithms of N_c/N and D_c/D.
    apart : ndarray
        Logarithm of the term in N less that of the term in D.
    total : ndarray
        Logarithm of what exceeds E.
    share, rest : ndarray
        Shares of the terms in N and in D in the sum.
    open : ndarray
        Logarithm of the sum less what the term in N gives to it, by its share.
    """

    size: Array
    data: Array
    apart: Array
    total: Array
    share: Array
    rest: Array
    open: Array
