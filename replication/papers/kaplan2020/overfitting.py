"""Sections 1, 4 and 6.3 of kaplan2020: what a larger model wins, and the data it needs."""

from replication.laws import KaplanJoint, KaplanParams, KaplanTokens
from replication.papers.kaplan2020.constants import SEED_SPREAD, TOKENS, claims, law, printed, trend

__all__: list[str] = []


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
