"""The law of QuEST's authors: one effective share for each way of quantising."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from replication.errors import unknown
from replication.laws import PowerSum, Term, coefficient, exponent

__all__ = ["SCHEMES", "Shares", "scheme_of", "with_schemes"]

SCHEMES = {
    "full_1": "1 bit",
    "full_2": "2 bits",
    "full_3": "3 bits",
    "full_4": "4 bits",
    "full_8": "8 bits",
    "plain_1": "1 bit, no Hadamard transform",
    "plain_2": "2 bits, no Hadamard transform",
    "plain_3": "3 bits, no Hadamard transform",
    "plain_4": "4 bits, no Hadamard transform",
    "plain_8": "8 bits, no Hadamard transform",
    "weights_1": "1 bit, weights only",
    "weights_2": "2 bits, weights only",
    "weights_3": "3 bits, weights only",
    "weights_4": "4 bits, weights only",
    "fp4": "4-bit floating point",
    "sparse": "4 bits, two weights of four",
}
"""The ways of quantising that the runs use, beside ``bf16``, which loses nothing by definition."""


@dataclass(frozen=True)
class Shares(PowerSum):
    """L = A / (N eff)**alpha + B / D**beta + E, with one effective share eff for each scheme.

    Written as a sum of powers: a run of a scheme has e in that scheme's column and 1 in the others,
    and the field of the scheme is -alpha ln eff.

    Parameters
    ----------
    A, B, E, alpha, beta : float
        As in Chinchilla's law.
    full_1, ... : float
        What quantising adds to the logarithm of the term in N, for each of `SCHEMES`.

    Examples
    --------
    >>> law = Shares(8.0, 86.0, 0.1, 0.06, 0.24, **dict.fromkeys(SCHEMES, 0.06 * np.log(2)))
    >>> round(law.share("full_4"), 9)
    0.5
    """

    A: float = coefficient()
    B: float = coefficient()
    E: float = coefficient()
    alpha: float = exponent()
    beta: float = exponent()
    full_1: float = exponent(0.1)
    full_2: float = exponent(0.1)
    full_3: float = exponent(0.1)
    full_4: float = exponent(0.1)
    full_8: float = exponent(0.1)
    plain_1: float = exponent(0.1)
    plain_2: float = exponent(0.1)
    plain_3: float = exponent(0.1)
    plain_4: float = exponent(0.1)
    plain_8: float = exponent(0.1)
    weights_1: float = exponent(0.1)
    weights_2: float = exponent(0.1)
    weights_3: float = exponent(0.1)
    weights_4: float = exponent(0.1)
    fp4: float = exponent(0.1)
    sparse: float = exponent(0.1)

    inputs = ("params", "tokens", *(f"is_{name}" for name in SCHEMES))
    terms = (
        Term("A", (("params", "alpha", -1.0), *((f"is_{k}", k, 1.0) for k in SCHEMES))),
        Term("B", (("tokens", "beta", -1.0),)),
        Term("E"),
    )

    def share(self, scheme: str) -> float:
        """Return the effective share of a scheme.

        Parameters
        ----------
        scheme : str
            One of `SCHEMES`, or ``bf16``.

        Returns
        -------
        float
            N_e/N; more than one where the scheme is better than bf16.

        Raises
        ------
        UnknownNameError
            If there is no such scheme.
        """
        if scheme == "bf16":
            return 1.0
        if scheme not in SCHEMES:
            raise unknown("scheme", scheme, ["bf16", *SCHEMES])
        return float(np.exp(-getattr(self, scheme) / self.alpha))


def scheme_of(weights: str, activations: str, bits: float) -> str:
    """Return the scheme of a run from the names of its quantisers, as QuEST's notebook groups them.

    Parameters
    ----------
    weights, activations : str
        Quantisers of weights and activations, ``No`` for none.
    bits : float
        Bits of the weights, a whole number.

    Returns
    -------
    str
        One of `SCHEMES`, or ``bf16``.

    Examples
    --------
    >>> scheme_of("HalfHadamardTrust", "No", 3), scheme_of("Trust", "Trust", 4)
    ('weights_3', 'plain_4')
    """
    if "FP4" in weights:
        return "fp4"
    if "FourEight" in weights:
        return "sparse"
    if weights == "No":
        return "bf16"
    if activations == "No":
        return f"weights_{bits:.0f}"
    return f"{'full' if 'Hadamard' in weights else 'plain'}_{bits:.0f}"


def with_schemes(runs: pd.DataFrame) -> pd.DataFrame:
    """Return runs with their scheme, and the columns that `Shares` reads."""
    names = ("weight_quantiser", "activation_quantiser", "weight_bits")
    rows = zip(*(runs[name] for name in names), strict=True)
    scheme = pd.Series([scheme_of(*row) for row in rows], index=runs.index)
    marks = {f"is_{name}": np.where(scheme == name, np.e, 1.0) for name in SCHEMES}
    return runs.assign(scheme=scheme, **marks)
