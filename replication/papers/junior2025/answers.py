"""The functions behind the claims: directions of the paper, measured on our own runs."""

import pandas as pd

from replication.claims import Answer, ClaimSet
from replication.papers.junior2025.compute_ratios import ratios, size_slope
from replication.papers.junior2025.data import READINGS, same

__all__ = ["claims", "forgotten", "main_pairs"]

claims = ClaimSet("junior2025")


def main_pairs(reading: str, source: str = "speeches", share: float = 0.1) -> pd.DataFrame:
    """Return the compute ratios of one direction and mixture.

    Parameters
    ----------
    reading : str
        One of `READINGS`.
    source : str
        Text of the trunk.
    share : float
        Of the target in the mixture.

    Returns
    -------
    DataFrame
        Rows of `ratios`.

    Examples
    --------
    >>> main_pairs("tokens")["source"].unique().tolist()
    ['speeches']
    """
    return ratios(reading).query("source == @source and share == @share").reset_index(drop=True)


def forgotten(reading: str, source: str = "speeches") -> pd.DataFrame:
    """Return by how much each run's loss on the text of its trunk rose.

    Parameters
    ----------
    reading : str
        One of `READINGS`.
    source : str
        Text of the trunk.

    Returns
    -------
    DataFrame
        Rows of `same` of this direction, sorted by size, seed and share; ``forgotten`` is in nats
        per byte and negative where the run went on learning the old text.

    Examples
    --------
    >>> table = forgotten("tokens")
    >>> bool((table.query("share == 1 and width == 48")["forgotten"] > 0).all())
    True
    """
    table = same(reading).query("source == @source")
    return table.sort_values(["params", "seed", "share"]).reset_index(drop=True)


@claims.answers("J1.less")
def least_ratio() -> float:
    """Return the logarithm of the least compute ratio, over sizes, seeds and readings."""
    return float(min(main_pairs(reading)["log_ratio"].min() for reading in READINGS))


@claims.answers("J2")
def ratio_by_size() -> dict[str, Answer]:
    """Return the exponent of the compute ratio in size."""
    return {f"J2.{r}": _slope(main_pairs(r), "log_ratio") for r in READINGS}


@claims.answers("J3")
def forgetting() -> dict[str, float | Answer]:
    """Return how much less a specialised run forgets than a mixture, and how it goes with size."""
    found: dict[str, float | Answer] = {}
    for reading in READINGS:
        pairs, table = main_pairs(reading), forgotten(reading).query("share == 1")
        at_end = table.set_index(["params", "seed"])["forgotten"]
        mixed = pairs.set_index(["params", "seed"])["forgotten"]
        found[f"J3.compute.{reading}"] = float((mixed - at_end).mean())
        found[f"J3.loss.{reading}"] = float(
            (pairs["forgotten"] - pairs["forgotten_special"]).mean()
        )
        found[f"J3.size.{reading}"] = _slope(table, "forgotten")
    return found


def _slope(table: pd.DataFrame, response: str) -> Answer:
    found = size_slope(table, response)
    return Answer(found["estimate"], low=found["low"], high=found["high"])
