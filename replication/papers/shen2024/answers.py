"""The claims of shen2024: R squared of both laws in every panel."""

from replication.claims import Answer, ClaimSet
from replication.claims.verdict import ranking
from replication.papers.shen2024.data import METRICS, PANELS, panel
from replication.papers.shen2024.fits import (
    DIVISOR,
    READINGS,
    comparison,
    performance,
    plane,
    r_squared,
)

__all__ = ["claims"]

claims = ClaimSet("shen2024")


@claims.answers("S")
def planes() -> dict[str, float]:
    """Return R squared of the plane in both logarithms, every panel."""
    return {
        f"S.{metric}.{number}": r_squared(plane(metric, number).law, panel(metric, number))
        for metric in METRICS
        for number in PANELS
    }


@claims.answers("P")
def performance_laws() -> dict[str, float]:
    """Return R squared of the performance law, with the divisor of `READINGS` or of the script."""
    found = {}
    for metric in METRICS:
        for number in PANELS:
            c, straight = READINGS.get((metric, number), (DIVISOR, ""))
            law = performance(metric, number, float(c), straight).law
            found[f"P.{metric}.{number}"] = r_squared(law, panel(metric, number))
    return found


@claims.answers("Q.better")
def better() -> Answer:
    """Hold the mean R squared of both laws against each other."""
    found = comparison()[["performance", "plane"]].mean()
    return Answer(ranking({"performance law": found["performance"], "scaling law": found["plane"]}))
