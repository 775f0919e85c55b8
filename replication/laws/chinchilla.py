"""The parametric loss of hoffmann2022: irreducible loss plus a power of N plus a power of D."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.counting.numbers import Number, plain, positive
from replication.errors import ArgumentError
from replication.laws.declarations import coefficient, exponent
from replication.laws.optimum import Optimum, no_minimum
from replication.laws.powersum import PowerSum, Term


@dataclass(frozen=True)
class Chinchilla(PowerSum):
    """L(N, D) = E + A / N**alpha + B / D**beta (hoffmann2022, Eq. 2 and Eq. 10).

    Parameters
    ----------
    A, B : float
        Scales of the two reducible terms, in nats per token.
    E : float
        Irreducible loss in nats per token.
    alpha, beta : float
        Exponents of parameters and tokens.

    Examples
    --------
    >>> law = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.34, beta=0.28)
    >>> round(law.loss(params=70e9, tokens=1.4e12), 3)
    1.937
    >>> round(law.a, 4), round(law.b, 4)
    (0.4516, 0.5484)
    >>> round(law.optimal(flops=5.76e23).params / 1e9, 1)
    32.2
    """

    A: float = coefficient()
    B: float = coefficient()
    E: float = coefficient()
    alpha: float = exponent()
    beta: float = exponent()

    inputs = ("params", "tokens")
    derived = ("a", "b")
    terms = (
        Term("A", (("params", "alpha", -1.0),)),
        Term("B", (("tokens", "beta", -1.0),)),
        Term("E"),
    )

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
        value: Number = self.total(params, tokens)
        return value

    @property
    def a(self) -> Number:
        """Exponent of N_opt in compute: beta / (alpha + beta) (hoffmann2022, Eq. 4)."""
        return self.beta / (self.alpha + self.beta)

    @property
    def b(self) -> Number:
        """Exponent of D_opt in compute: alpha / (alpha + beta) (hoffmann2022, Eq. 4)."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def G(self) -> Number:  # noqa: N802 - the paper's symbol
        """Prefactor (alpha A / (beta B)) ** (1 / (alpha + beta)) (hoffmann2022, Eq. 4)."""
        # Draws whose exponents differ in sign have no optimum; they become NaN without a word.
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = np.asarray(self.alpha * np.asarray(self.A)) / (self.beta * np.asarray(self.B))
            log_ratio = np.log(ratio)
        prefactor: Number = plain(np.exp(log_ratio / (self.alpha + self.beta)))
        return prefactor

    def flops_at(self, params: ArrayLike) -> Number:
        """Return the budget at which a size is compute-optimal: `optimal` read backwards.

        Parameters
        ----------
        params : array_like
            Parameters N (a count).

        Returns
        -------
        float or ndarray
            Training compute C = 6 (N/G)**(1/a) in FLOPs.

        Raises
        ------
        ArgumentError
            If a count is not positive and finite.

        Examples
        --------
        >>> law = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.34, beta=0.28)
        >>> round(law.optimal(flops=law.flops_at(70e9)).params / 1e9, 9)
        70.0
        """
        pairs = (positive("params", params) / self.G) ** (1.0 / np.asarray(self.a))
        flops: Number = plain(np.asarray(FLOPS_PER_PARAM_TOKEN * pairs))
        return flops

    def tokens_for(self, *, loss: ArrayLike, params: ArrayLike) -> Number:
        """Return the training tokens after which a model of given size has a given loss.

        D = (B / (L - E - A / N**alpha))**(1/beta).

        Parameters
        ----------
        loss : array_like
            Target loss in nats per token.
        params : array_like
            Parameters N (a count), same shape or broadcastable.

        Returns
        -------
        float or ndarray
            Tokens D.

        Raises
        ------
        ArgumentError
            If a model of that size does not reach that loss on any number of tokens.

        Examples
        --------
        >>> law = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.34, beta=0.28)
        >>> round(law.tokens_for(loss=law.loss(7e9, 2e12), params=7e9) / 1e12, 9)
        2.0
        >>> law.tokens_for(loss=1.8, params=7e9)
        Traceback (most recent call last):
            ...
        replication.errors.ArgumentError: A model of 7e+09 params gets as low as 1.87265 nats per
        token on endless tokens, not to 1.8. Ask for a higher loss or a larger model.
        """
        size, goal = np.broadcast_arrays(positive("params", params), positive("loss", loss))
        least = self.E + self.A / size ** np.asarray(self.alpha)
        if (short := goal <= least).any():
            raise ArgumentError(
                f"A model of {np.broadcast_to(size, short.shape)[short].flat[0]:g} params gets as "
                f"low as {least[short].flat[0]:g} nats per token on endless tokens, not to "
                f"{np.broadcast_to(goal, short.shape)[short].flat[0]:g}. Ask for a higher loss or "
                "a larger model."
            )
        tokens: Number = plain((self.B / (goal - least)) ** (1.0 / np.asarray(self.beta)))
        return tokens

    def optimal(self, *, flops: ArrayLike) -> Optimum:
        """Return the compute-optimal allocation in closed form (hoffmann2022, Eq. 4).

        N_opt = G (C/6)**a and D_opt = (C/6)**b / G, with C = 6 N D.

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
            If the exponents have opposite signs, so that there is no interior minimum. Where
            only some draws of an array are so, their entries are NaN.
        """
        budget = positive("flops", flops)
        if np.all(np.asarray(self.alpha) * self.beta < 0):
            raise no_minimum(self, float(np.min(budget)))
        pairs = budget / FLOPS_PER_PARAM_TOKEN
        params = self.G * pairs**self.a
        tokens = pairs / params
        return Optimum(
            flops=plain(np.broadcast_to(budget, np.shape(params))),
            params=plain(params),
            tokens=plain(tokens),
            loss=plain(self._loss_where_defined(params, tokens)),
        )

    def _loss_where_defined(self, params: Number, tokens: Number) -> Number:
        """Predict the loss, NaN where a draw has no optimum."""
        known = np.isfinite(params) & np.isfinite(tokens)
        one = np.where(known, params, 1.0), np.where(known, tokens, 1.0)
        return np.where(known, self.loss(*one), np.nan)
