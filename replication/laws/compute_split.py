"""A saturating law in compute, and how it is split: what the split is worth at equal compute."""

from dataclasses import dataclass

import numpy as np

from replication.counting.numbers import Number, plain
from replication.laws.declarations import coefficient, exponent
from replication.laws.powersum import PowerSum, Term

EITHER_SIGN = (-0.3, -0.1, -0.03, 0.03, 0.1, 0.3)


@dataclass(frozen=True)
class ComputeSplit(PowerSum):
    """L(C, M) = E + A C**-eta M**gamma, with M = D / N the tokens per parameter.

    With gamma at zero the split does not count (the hypothesis of guo2024), and the law is
    `PowerLawOffset` in compute. The reducible part goes as N**-(eta + gamma) D**-(eta - gamma).
    A loss with an optimal split, as in `Chinchilla`, is of this form far from the optimum only:
    gamma is positive where the tokens are too many, negative where they are too few.

    Parameters
    ----------
    A : float
        Scale of the reducible part, in nats per token.
    E : float
        Irreducible loss in nats per token.
    eta : float
        Exponent of compute at a fixed split.
    gamma : float
        Exponent of tokens per parameter at fixed compute.

    Examples
    --------
    >>> law = ComputeSplit(A=300.0, E=1.7, eta=0.12, gamma=0.04)
    >>> round(law.loss(flops=1e21, tokens_per_param=20.0), 3)
    2.721
    >>> round(law.tilt, 3)
    -0.333
    """

    A: float = coefficient()
    E: float = coefficient()
    eta: float = exponent()
    gamma: float = exponent(*EITHER_SIGN)

    inputs = ("flops", "tokens_per_param")
    derived = ("tilt",)
    terms = (
        Term("A", (("flops", "eta", -1.0), ("tokens_per_param", "gamma", 1.0))),
        Term("E"),
    )

    @property
    def tilt(self) -> Number:
        """Tilt -gamma / eta, as in `LogPlane`: zero if only compute counts.

        One if only tokens count, minus one if only parameters do.
        """
        with np.errstate(divide="ignore", invalid="ignore"):  # nothing counts: not a number
            ratio: Number = plain(np.divide(-np.asarray(self.gamma), self.eta))
        return ratio
