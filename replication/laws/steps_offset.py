"""Learning curves with an irreducible loss: kaplan2020's law in size and steps, and a floor."""

from dataclasses import dataclass

from replication.laws.declarations import coefficient, exponent
from replication.laws.powersum import PowerSum, Term


@dataclass(frozen=True)
class StepsOffset(PowerSum):
    """L(N, S) = E + A / N**alpha_N + B / S**alpha_S: `KaplanSteps` with an offset.

    With one batch for all runs it is `Chinchilla`, whose tokens are steps times the batch. With
    several batches it is not: here a step is a step, whatever it reads.

    Parameters
    ----------
    A, B : float
        Scales of the terms in parameters and in steps, in nats per token.
    E : float
        Irreducible loss in nats per token.
    alpha_N, alpha_S : float
        Exponents.

    Examples
    --------
    >>> law = StepsOffset(A=10.0, B=23.0, E=2.0, alpha_N=0.13, alpha_S=0.48)
    >>> round(law.loss(params=1e8, steps=1e4), 3)
    3.189
    """

    A: float = coefficient()
    B: float = coefficient()
    E: float = coefficient()
    alpha_N: float = exponent()
    alpha_S: float = exponent()

    inputs = ("params", "steps")
    terms = (
        Term("A", (("params", "alpha_N", -1.0),)),
        Term("B", (("steps", "alpha_S", -1.0),)),
        Term("E"),
    )
