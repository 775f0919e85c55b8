"""Sections 1, 4 and 6.3 of kaplan2020: what a larger model wins, and the data it needs."""

import pandas as pd

from replication.laws import KaplanJoint, KaplanParams, KaplanSteps, KaplanTokens
from replication.papers.kaplan2020.printed import SEED_SPREAD, TOKENS, claims, law, printed, trend

__all__ = ["scales"]


@claims.answers("K10")
def doubling() -> float:
    """Return the factor of the loss when parameters double."""
    return float(2 ** -law(KaplanParams, "params").alpha_N)


@claims.answers("K11")
def eightfold() -> float:
    """Return the factor by which data must grow for eight times the parameters."""
    return float(8 ** printed("K12.exponent"))


@claims.answers("K12")
def data_exponents() -> dict[str, float]:
    """Return alpha_N/alpha_D with the exponents of the joint law, and of the laws in one input."""
    joint = law(KaplanJoint, "joint")
    size, data = law(KaplanParams, "params"), law(KaplanTokens, "tokens")
    return {
        "K12.exponent": joint.alpha_N / joint.alpha_D,
        "K12.equations": size.alpha_N / data.alpha_D,
    }


@claims.answers("K27")
def data_in_compute() -> float:
    """Return the exponent in C_min of the data that avoid overfitting (Eq. 6.6)."""
    return float(printed("K12.exponent") * -trend("params").alpha)


@claims.answers("K30")
def data_needed() -> float:
    """Return tokens over N**0.74 at which the overfit is the spread of seeds.

    The joint law has an exponent a little below the rounded one, so the prefactor depends on N:
    we take it at the size that the text calls safe, about the largest of the paper.
    """
    size = printed("K31")
    tokens = law(KaplanJoint, "joint").tokens_needed(size, SEED_SPREAD)
    return float(tokens / size ** printed("K12.exponent"))


@claims.answers("K31")
def safe_size() -> float:
    """Return the parameters that the training set serves, by Eq. 4.4 as printed."""
    return float((TOKENS / printed("K30")) ** (1 / printed("K12.exponent")))


def scales() -> pd.DataFrame:
    """Return the three scales of the parameters that the paper prints, and what they predict.

    Returns
    -------
    DataFrame
        ``where``, ``alpha_N``, ``N_c``, the loss (nats per token) of converged models of ``1M``
        and ``1B`` parameters, and ``mixed``, that of 1B with the exponent of Eq. 1.1 instead.

    Examples
    --------
    >>> scales()["1B"].round(3).tolist()
    [2.376, 2.319, 2.347]
    """
    size = law(KaplanParams, "params")
    found = {
        "Eq. 1.1": size,
        "Table 2": law(KaplanJoint, "joint").enough_data(),
        "Table 3": law(KaplanSteps, "steps").enough_steps(),
    }
    rows = [
        {
            "where": name,
            **one.to_dict(),
            "1M": one.loss(1e6),
            "1B": one.loss(1e9),
            "mixed": KaplanParams(size.alpha_N, one.N_c).loss(1e9),
        }
        for name, one in found.items()
    ]
    return pd.DataFrame(rows)
