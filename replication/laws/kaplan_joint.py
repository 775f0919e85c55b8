"""The joint law of kaplan2020 in parameters and tokens: what too little data costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.counting.numbers import Array, Number, plain, positive
from replication.laws.base import Law
from replication.laws.declarations import exponent, scale
from replication.laws.kaplan import KaplanParams, KaplanTokens
from replication.laws.log_sum import LogSum
from replication.laws.optimum import Optimum, no_minimum


@dataclass(frozen=True)
class KaplanJoint(Law):
    """L(N, D) = [(N_c/N)**(alpha_N/alpha_D) + D_c/D]**alpha_D (kaplan2020, Eq. 1.5).

    The test loss of N parameters trained on D tokens until it stops falling.

    Parameters
    ----------
    alpha_N, alpha_D : float
        Exponents in parameters and tokens.
    N_c, D_c : float
        Scales in parameters (embeddings left out) and tokens.

    Examples
    --------
    >>> law = KaplanJoint(alpha_N=0.076, alpha_D=0.103, N_c=6.4e13, D_c=1.8e13)
    >>> round(law.loss(params=1e9, tokens=2.2e10), 3)
    2.369
    >>> round(law.overfit(params=1e9, tokens=2.2e10), 4)
    0.0218
    >>> round(law.a, 3)
    0.575
    """

    alpha_N: float = exponent()
    alpha_D: float = exponent()
    N_c: float = scale(of="params")
    D_c: float = scale(of="tokens")

    inputs = ("params", "tokens")
    positive_inputs = True
    derived = ("a", "b")

    def loss(self, params: ArrayLike, tokens: ArrayLike) -> Number:
        """Predict the loss.

        Parameters
        ----------
        params : array_like
            Parameters N without embeddings (a count).
        tokens : array_like
            Tokens D of the training set (a count), same shape or broadcastable.

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
        return np.asarray(self._value(False, *columns))

    def _value(self, log: bool, *columns: Array) -> Any:
        _, size, terms = self._sum(columns)
        value = np.asarray(self.alpha_D) * (size + terms.beyond)
        return value if log else np.exp(value)

    def _linked(self, log: bool, *columns: Array) -> tuple[Any, dict[str, Any]]:
        logs = self._logs(columns)
        value, gradient = np.asarray(self.alpha_D) * logs.total, self._log_gradient(logs)
        if log:
            return value, gradient
        loss = np.exp(value)
        return loss, {name: loss * slope for name, slope in gradient.items()}

    def _bent(self, log: bool, *columns: Array) -> dict[tuple[str, str], Any] | None:
        return self._log_curvature(self._logs(columns)) if log else self.curvature(*columns)

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the loss for every field; see `Law.gradient`."""
        return self._linked(False, *map(np.asarray, columns))[1]

    def curvature(self, *columns: ArrayLike) -> dict[tuple[str, str], Any]:
        """Return the second partial derivatives of the loss; see `Law.curvature`."""
        logs = self._logs(columns)
        loss = np.exp(np.asarray(self.alpha_D) * logs.total)
        first, second = self._log_gradient(logs), self._log_curvature(logs)
        return {(i, j): loss * (value + first[i] * first[j]) for (i, j), value in second.items()}

    def slopes(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative in the logarithm of each input; see `Law.slopes`."""
        columns = self._checked(*columns)
        logs, loss = self._logs(columns), self._evaluate(*columns)
        return {
            "params": plain(-np.asarray(self.alpha_N) * loss * logs.share),
            "tokens": plain(-np.asarray(self.alpha_D) * loss * logs.rest),
        }

    def enough_data(self) -> KaplanParams:
        """Return L(N, infinity), the law that is left when data do not limit."""
        return KaplanParams(alpha_N=self.alpha_N, N_c=self.N_c)

    def enough_params(self) -> KaplanTokens:
        """Return L(infinity, D), the law that is left when size does not limit."""
        return KaplanTokens(alpha_D=self.alpha_D, D_c=self.D_c)

    def overfit(self, params: ArrayLike, tokens: ArrayLike) -> Number:
        """Return by what fraction too little data raises the loss (kaplan2020, Eq. 4.2 and 4.3).

        ``L(N, D) / L(N, infinity) - 1 = (1 + (N/N_c)**(alpha_N/alpha_D) D_c/D)**alpha_D - 1``.

        Parameters
        ----------
        params, tokens : array_like
            Parameters N and tokens D (counts).

        Returns
        -------
        float or ndarray
            Relative excess of the loss.

        Raises
        ------
        ArgumentError
            If a count is not positive and finite.
        """
        logs = self._logs(self._checked(params, tokens))
        value: Number = plain(np.expm1(np.asarray(self.alpha_D) * logs.beyond))
        return value

    def tokens_needed(self, params: ArrayLike, overfit: ArrayLike) -> Number:
        """Return the tokens that hold the excess of the loss to a fraction (kaplan2020, Eq. 4.4).

        Parameters
        ----------
        params : array_like
            Parameters N (a count).
        overfit : array_like
            Relative excess of the loss over L(N, infinity); .02 in the paper.

        Returns
        -------
        float or ndarray
            Tokens D.

        Raises
        ------
        ArgumentError
            If an argument is not positive and finite.

        Examples
        --------
        >>> law = KaplanJoint(alpha_N=0.076, alpha_D=0.103, N_c=6.4e13, D_c=1.8e13)
        >>> round(law.tokens_needed(1e9, 0.02) / 1e9, 1)
        24.1
        """
        size = (np.asarray(self.N_c) / positive("params", params)) ** self._ratio
        share = np.expm1(np.log1p(positive("overfit", overfit)) / self.alpha_D)
        value: Number = plain(np.asarray(self.D_c) / (share * size))
        return value

    @property
    def a(self) -> Number:
        """Exponent of the N that is best for C = 6 N D: alpha_D / (alpha_N + alpha_D)."""
        return self.alpha_D / (self.alpha_N + self.alpha_D)

    @property
    def b(self) -> Number:
        """Exponent of the D that is best for C = 6 N D: alpha_N / (alpha_N + alpha_D)."""
        return self.alpha_N / (self.alpha_N + self.alpha_D)

    def optimal(self, *, flops: ArrayLike) -> Optimum:
        """Return the N and D = C / (6 N) of least loss, in closed form.

        ``N**(1 + r) = r N_c**r C / (6 D_c)`` with r = alpha_N / alpha_D. The paper has no such
        formula: there, D is what a run may see many times, and C grows with steps.

        Parameters
        ----------
        flops : array_like
            Budget C in FLOPs.

        Returns
        -------
        Optimum
            Parameters, tokens and loss (nats per token).

        Raises
        ------
        ArgumentError
            If a budget is not positive and finite.
        ReplicationError
            If an exponent is not positive, so that there is no interior minimum.
        """
        budget = positive("flops", flops)
        found = (np.asarray(self.alpha_N) > 0) & (np.asarray(self.alpha_D) > 0)
        if not found.any():
            raise no_minimum(self, float(np.min(budget)))
        pairs = budget / FLOPS_PER_PARAM_TOKEN
        # Draws of a bootstrap may have no optimum; theirs are NaN.
        ratio = np.where(found, self._ratio, np.nan)
        log_params = np.log(ratio) + ratio * np.log(self.N_c) + np.log(pairs / self.D_c)
        params = np.exp(log_params / (1 + ratio))
        tokens = pairs / params
        loss = ((self.N_c / params) ** ratio + self.D_c / tokens) ** self.alpha_D
        return Optimum(
            flops=plain(np.broadcast_to(budget, np.shape(params))),
            params=plain(params),
            tokens=plain(tokens),
            loss=plain(loss),
        )

    @property
    def _ratio(self) -> Array:
        """The exponent alpha_N / alpha_D, with which D must grow in N."""
        return np.asarray(np.asarray(self.alpha_N) / self.alpha_D)

    def _logs(self, columns: Sequence[ArrayLike]) -> "_Logs":
        """Return what stands inside the brackets, in logarithms."""
        away, size, terms = self._sum(columns)
        beyond = terms.beyond
        return _Logs(away, size, beyond, size + beyond, terms.share, terms.rest)

    def _sum(self, columns: Sequence[ArrayLike]) -> tuple[Array, Array, LogSum]:
        """Return the logarithms of N_c/N and of its power, and the sum of both terms."""
        params, tokens = columns
        away = np.asarray(np.log(self.N_c) - np.log(params))
        size = np.asarray(self._ratio * away)
        return away, size, LogSum.of(size, np.asarray(np.log(self.D_c) - np.log(tokens)))

    def _log_gradient(self, logs: "_Logs") -> dict[str, Any]:
        """Return the partial derivatives of the log loss."""
        return {
            "alpha_N": logs.share * logs.away,
            "alpha_D": logs.beyond + logs.rest * logs.size,
            "N_c": logs.share * (self.alpha_N / np.asarray(self.N_c)),
            "D_c": logs.rest * (self.alpha_D / np.asarray(self.D_c)),
        }

    def _log_curvature(self, logs: "_Logs") -> dict[tuple[str, str], Any]:
        """Return the second partial derivatives of the log loss."""
        a, b, N_c, D_c = map(np.asarray, (self.alpha_N, self.alpha_D, self.N_c, self.D_c))
        both = logs.share * logs.rest
        bent = both * logs.size
        return {
            ("alpha_N", "alpha_N"): both * logs.away**2 / b,
            ("alpha_N", "alpha_D"): -bent * logs.away / b,
            ("alpha_N", "N_c"): (logs.share + bent) / N_c,
            ("alpha_N", "D_c"): -both * logs.away / D_c,
            ("alpha_D", "alpha_D"): bent * logs.size / b,
            ("alpha_D", "N_c"): -bent * (self._ratio / N_c),
            ("alpha_D", "D_c"): (logs.rest + bent) / D_c,
            ("N_c", "N_c"): (both * self._ratio - logs.share) * (a / N_c**2),
            ("N_c", "D_c"): -both * (a / N_c / D_c),
            ("D_c", "D_c"): (both - logs.rest) * (b / D_c**2),
        }


class _Logs(NamedTuple):
    """What stands inside the brackets of the law.

    Parameters
    ----------
    away : ndarray
        Logarithm of N_c/N.
    size : ndarray
        Logarithm of the term in N.
    beyond : ndarray
        What the term in D adds to it: logarithm of the sum of both, less `size`.
    total : ndarray
        Logarithm of the sum.
    share, rest : ndarray
        Shares of the terms in N and in D in the sum.
    """

    away: Array
    size: Array
    beyond: Array
    total: Array
    share: Array
    rest: Array
