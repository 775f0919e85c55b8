"""Power laws of one input, with and without an offset."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from replication.counting.numbers import Number, plain
from replication.errors import ArgumentError
from replication.laws.declarations import coefficient, exponent
from replication.laws.one_input import OneInput
from replication.laws.powersum import PowerSum, Term

EITHER_SIGN = (*-np.geomspace(2, 0.03, 20), *np.geomspace(0.03, 2, 20))
"""Where the search looks for an exponent: with one input, both directions cost little."""


@dataclass(frozen=True)
class _OnePower(OneInput, PowerSum):
    """What the two laws share: how their terms read in another column."""

    @classmethod
    def reading(cls, column: str) -> dict[str, Any]:
        """Return the terms in another column."""
        powers = tuple((column, name, sign) for _, name, sign in cls.terms[0].powers)
        return {"terms": (Term(cls.terms[0].coefficient, powers), *cls.terms[1:])}


@dataclass(frozen=True)
class PowerLaw(_OnePower):
    """L(x) = A / x**alpha: a straight line on log-log axes.

    ``PowerLaw.of("params")`` is the law in another column; the exponent may be negative, so
    ``PowerLaw.of("flops", "params")`` describes N_opt ~ C**a with alpha = -a.

    Parameters
    ----------
    A : float
        Value at x = 1, in the unit of the response.
    alpha : float
        Exponent.

    Examples
    --------
    >>> PowerLaw.of("params")(A=100.0, alpha=0.5).loss(1e4)
    1.0
    """

    A: float = coefficient()
    alpha: float = exponent(*EITHER_SIGN)

    terms = (Term("A", (("flops", "alpha", -1.0),)),)

    def after(self, inner: "PowerLaw") -> "PowerLaw":
        """Return the law in what another one reads: L(D(C)) of L(D) and D(C).

        Parameters
        ----------
        inner : PowerLaw
            Predicts the input of this law.

        Returns
        -------
        PowerLaw
            In the input of `inner`, with the response of this law.

        Raises
        ------
        ArgumentError
            If `inner` predicts something else.

        Examples
        --------
        >>> loss, tokens = PowerLaw.of("tokens"), PowerLaw.of("flops", "tokens")
        >>> law = loss(A=100.0, alpha=0.5).after(tokens(A=1e4, alpha=-0.4))
        >>> law.inputs, law.A, round(law.alpha, 6)
        (('flops',), 1.0, 0.2)
        """
        if self.inputs != (inner.response,):
            raise ArgumentError(
                f"The law reads {self.inputs[0]}, the inner one predicts {inner.response}. Name "
                f"both alike: PowerLaw.of({inner.inputs[0]!r}, {self.inputs[0]!r})."
            )
        outer = PowerLaw.of(inner.inputs[0], self.response)
        return outer(A=self.A * inner.A**-self.alpha, alpha=-self.alpha * inner.alpha)

    def crossing(self, other: "PowerLaw") -> Number:
        """Return the input at which two power laws predict the same.

        Parameters
        ----------
        other : PowerLaw
            In the same input.

        Returns
        -------
        float or ndarray
            The input, in SI counts.

        Raises
        ------
        ArgumentError
            If the laws read different inputs, or have one exponent.

        Examples
        --------
        >>> PowerLaw(A=10.0, alpha=0.5).crossing(PowerLaw(A=1.0, alpha=0.25))
        10000.0
        """
        if self.inputs != other.inputs or np.any(np.asarray(self.alpha) == other.alpha):
            raise ArgumentError(
                f"{self} in {self.inputs[0]} and {other} in {other.inputs[0]} do not cross at one "
                "point: they need the same input and different exponents."
            )
        ratio = np.asarray(self.A) / other.A
        value: Number = plain(ratio ** (1 / (np.asarray(self.alpha) - other.alpha)))
        return value


@dataclass(frozen=True)
class PowerLawOffset(_OnePower):
    """L(x) = E + A / x**alpha: a power law that saturates.

    Parameters
    ----------
    A : float
        Scale of the reducible part, in the unit of the response.
    E : float
        What remains at infinite x, in the unit of the response.
    alpha : float
        Exponent.

    Examples
    --------
    >>> PowerLawOffset.of("tokens")(A=100.0, E=1.5, alpha=0.5).loss(1e4)
    2.5
    """

    A: float = coefficient()
    E: float = coefficient()
    alpha: float = exponent(*EITHER_SIGN)

    terms = (Term("A", (("flops", "alpha", -1.0),)), Term("E"))
