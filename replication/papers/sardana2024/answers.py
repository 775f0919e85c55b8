"""The functions behind the claims."""

from replication.claims import ClaimSet
from replication.papers.sardana2024.data import runs

claims = ClaimSet("sardana2024")


@claims.answers("S11")
def number_of_runs() -> float:
    """Return how many models were trained."""
    return float(len(runs()))
