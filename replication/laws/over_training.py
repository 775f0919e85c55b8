"""The loss of over-trained models: compute and tokens per parameter (gadre2024)."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.counting.numbers import Number, plain, positive
from replication.errors import ArgumentError
from replication.laws.chinchilla import Chinchilla
from replication.laws.declarations import coefficient, exponent
from replication.laws.optimum import Optimum, no_minimum
from replication.laws.powersum import PowerSum, Term


@dataclass(frozen=True)
class OverTraining(PowerSum):
    """L(C, M) = E + (a M**eta + b M**-eta) C**-eta (gadre2024, Eq. 4).

    M = D / N is the token multiplier. At a fixed M the reducible loss is a power law in C, with one
    exponent for all M: straight, parallel lines on log-log axes. With N = (C / (6 M))**.5 and
    D = (C M / 6)**.5 it is the law of hoffmann2022 with alpha = beta = 2 eta.

    Parameters
    ----------
    E : float
        Irreducible loss in nats per token.
    a, b : float
        Scales of the terms that grow and fall with M, in nats per token at C = M = 1. They are the
        terms in parameters and in tokens, whose own coefficients are smaller by 6**eta.
    eta : float
        Exponent of compute.

    Examples
    --------
    >>> law = OverTraining(E=1.84, a=212.0, b=367.0, eta=0.136)
    >>> round(law.loss(7.96e21, 640.0), 2)
    2.54
    >>> best = law.optimal(flops=1e21)
    >>> round(best.tokens_per_param, 2), round(law.optimal_multiplier, 2)
    (7.52, 7.52)
    """

    E: float = coefficient()
    a: float = coefficient()
    b: float = coefficient()
    eta: float = exponent()

    inputs = ("flops", "token_multiplier")
    derived = ("optimal_multiplier",)
    terms = (
        Term("a", (("token_multiplier", "eta", 1.0), ("flops", "eta", -1.0))),
        Term("b", (("token_multiplier", "eta", -1.0), ("flops", "eta", -1.0))),
        Term("E"),
    )

    def loss(self, flops: ArrayLike, token_multiplier: ArrayLike) -> Number:
        """Predict the loss.

        Parameters
        ----------
        flops : array_like
            Training compute C in FLOPs.
        token_multiplier : array_like
            Training tokens a parameter, M = D / N; same shape or broadcastable.

        Returns
        -------
        float or ndarray
            Loss in nats per token.

        Raises
        ------
        ArgumentError
            If an input is not positive and finite.
        """
        value: Number = self.total(flops, token_multiplier)
        return value

    def reducible(self, token_multiplier: ArrayLike) -> Number:
        """Return a M**eta + b M**-eta: the reducible loss at one FLOP, the height of a line.

        Parameters
        ----------
        token_multiplier : array_like
            Training tokens a parameter.

        Returns
        -------
        float or ndarray
            Nats per token; times C**-eta it is L - E.

        Raises
        ------
        ArgumentError
            If a multiplier is not positive and finite.

        Examples
        --------
        Training 32 times past 20 tokens a parameter, at equal compute:

        >>> law = OverTraining(E=1.84, a=212.0, b=367.0, eta=0.136)
        >>> round(law.reducible(640.0) / law.reducible(20.0), 3)
        1.178
        """
        ratio = positive("token_multiplier", token_multiplier) ** np.asarray(self.eta)
        value: Number = plain(np.asarray(self.a * ratio + self.b / ratio))
        return value

    @property
    def optimal_multiplier(self) -> Number:
        """Tokens a parameter of least loss, (b / a)**(1 / (2 eta)), the same at every budget."""
        # Draws with an exponent of zero have no optimum; they become NaN without a word.
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            power = np.log(np.asarray(self.b) / self.a) / (2 * np.asarray(self.eta))
            value: Number = plain(np.asarray(np.exp(power)))
        return value

    def optimal(self, *, flops: ArrayLike) -> Optimum:
        """Return the compute-optimal allocation in closed form.

        Parameters
        ----------
        flops : array_like
            Training budget C in FLOPs.

        Returns
        -------
        Optimum
            Parameters (C / (6 M))**.5, tokens (C M / 6)**.5 and loss (nats per token) at
            M = `optimal_multiplier`.

        Raises
        ------
        ArgumentError
            If a budget is not positive and finite.
        ReplicationError
            If eta is zero, so that there is no minimum. Where only some draws of an array are
            so, their entries are NaN.
        """
        budget = positive("flops", flops)
        multiplier = np.asarray(self.optimal_multiplier)
        known = np.isfinite(multiplier) & (multiplier > 0)
        if not known.any():
            raise no_minimum(self, float(np.min(budget)))
        ratio = np.where(known, multiplier, 1.0)
        pairs = budget / FLOPS_PER_PARAM_TOKEN
        parts = np.sqrt(pairs / ratio), np.sqrt(pairs * ratio), np.asarray(self.loss(budget, ratio))
        params, tokens, loss = (plain(np.where(known, part, np.nan)) for part in parts)
        shape = np.shape(loss)
        return Optimum(plain(np.broadcast_to(budget, shape)), params, tokens, loss)

    def to_chinchilla(self) -> Chinchilla:
        """Return the same surface in parameters and tokens.

        Returns
        -------
        Chinchilla
            With A = a / 6**eta, B = b / 6**eta and alpha = beta = 2 eta.

        Examples
        --------
        >>> law = OverTraining(E=1.84, a=212.0, b=367.0, eta=0.136)
        >>> params, multiplier = 6.9e9, 20.0
        >>> flops = 6 * multiplier * params**2
        >>> round(law.loss(flops, multiplier), 6)
        2.458624
        >>> round(law.to_chinchilla().loss(params, multiplier * params), 6)
        2.458624
        """
        six = FLOPS_PER_PARAM_TOKEN ** np.asarray(self.eta)
        power = 2 * self.eta
        return Chinchilla(plain(self.a / six), plain(self.b / six), self.E, power, power)

    @classmethod
    def from_chinchilla(cls, law: Chinchilla) -> Self:
        """Return the law of a surface whose two exponents are equal.

        Parameters
        ----------
        law : Chinchilla
            With alpha = beta, as a fit with ``tied={"beta": "alpha"}`` gives it.

        Returns
        -------
        OverTraining
            The same surface in compute and token multiplier.

        Raises
        ------
        ArgumentError
            If the exponents differ: lines at different multipliers are then not parallel.

        Examples
        --------
        >>> surface = OverTraining(E=1.84, a=212.0, b=367.0, eta=0.136).to_chinchilla()
        >>> round(OverTraining.from_chinchilla(surface).b, 9)
        367.0
        """
        if np.any(np.asarray(law.alpha) != law.beta):
            raise ArgumentError(
                f"alpha is {law.alpha} and beta is {law.beta}; they must be equal. Fit Chinchilla "
                'with tied={"beta": "alpha"}.'
            )
        eta = law.alpha / 2
        six = FLOPS_PER_PARAM_TOKEN ** np.asarray(eta)
        return cls(E=law.E, a=plain(law.A * six), b=plain(law.B * six), eta=eta)
