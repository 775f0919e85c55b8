"""The functions behind the claims."""

from replication.claims import Answer, ClaimSet
from replication.datasets import load
from replication.papers.guo2024.compression_line import line, printed
from replication.papers.guo2024.compute_split import plane, resampled, split, tilt
from replication.papers.guo2024.data import CONTROLLED, LISTS, UNIT
from replication.papers.guo2024.predictions import tokens_for

__all__ = ["claims"]

claims = ClaimSet("guo2024")

SUFFIX = dict(zip(LISTS, ("", "_april22"), strict=True))
"""How the claims tell the two versions of the table of models apart."""
TARGET = 0.4
"""BPC at which the predictions are asked for their direction, amid the models."""


@claims.answers("U1", "U2")
def coefficients() -> dict[str, Answer]:
    """Return slope and intercept of the line with 95 % intervals of resampled models."""
    found = {}
    for listed, suffix in SUFFIX.items():
        table = resampled(line(listed)).interval(0.95)
        for claim, name in {"U1": "alpha", "U2": "beta"}.items():
            found[f"{claim}.{name}{suffix}"] = Answer.of(table, name)
    return found


@claims.answers("U3")
def explained() -> dict[str, float]:
    """Return the share of the variance that the line explains."""
    return {f"U3.r2{suffix}": line(listed).r2 for listed, suffix in SUFFIX.items()}


@claims.answers("U4")
def tilts_in_standard_errors() -> dict[str, float]:
    """Return the tilt over its standard error: public models, then controlled runs."""
    controlled = {f"U4.z_{_claim(name)}": tilt(split(name))["z"] for name in CONTROLLED}
    return {
        "U4.z_models": tilt(plane())["z"],
        "U4.z_families": tilt(plane(), "groups")["z"],
        **controlled,
    }


def _claim(name: str) -> str:
    """Return how claims call a group of controlled runs."""
    return name if name == "sardana" else f"gadre_{name}"


@claims.answers("U5")
def quoted_tokens() -> dict[str, float]:
    """Return the tokens that the first approach of Hoffmann et al. projects for two sizes."""
    table = load("hoffmann2022", "table3_allocation").set_index("params")["tokens"]
    return {"U5.tokens_10b": table[10e9] / 1e9, "U5.tokens_67b": table[67e9] / 1e12}


@claims.answers("U6")
def directions() -> dict[str, float]:
    """Return the directions of both predictions: smaller and longer, and larger at fixed data."""
    size = 10e9
    here, smaller = (tokens_for(printed(), TARGET, n) for n in (size, size / 2))
    bpc = [printed().score(n * here / UNIT) for n in (size, 2 * size)]
    return {"U6.inference": float(smaller - here), "U6.data_wall": float(bpc[1] - bpc[0])}
