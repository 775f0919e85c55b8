"""The claims of ivgi2022."""

from replication.claims import Answer, ClaimSet
from replication.claims.verdict import ranking
from replication.papers.ivgi2022.data import KEY, tasks
from replication.papers.ivgi2022.forms import wins

__all__ = ["claims"]

claims = ClaimSet(KEY)


@claims.answers("R1")
def sizes() -> dict[str, float]:
    """Return how many curves the benchmark has, in all and by domain."""
    counts = tasks()["domain"].value_counts()
    whole = float(counts.sum())
    parts = {f"R1.{name}": float(count) for name, count in counts.items()}
    return parts | {"R1.tasks": whole, "R1.evaluations": whole}


@claims.answers("R2")
def most_accurate() -> dict[str, Answer]:
    """Return whether M4 extrapolates best on most curves, fitted in each of the three ways."""
    ways = {"R2.released": "released", "R2.lowest": "lowest", "R2.plain": "plain"}
    found = {}
    for name, way in ways.items():
        share = float(wins(way)["M4"])
        found[name] = Answer(ranking({"M4": share, "M1 to M3": 1 - share}))
    return found
