"""Count, warm-up and tuning, each changed alone and together, on runs of porian2024.

Their steps are changes made one after another. But the same runs can be counted both ways, and
tuned runs exist with either warm-up, so that all eight combinations are there.
"""

import numpy as np
from numpy.typing import NDArray

from replication._memo import cached
from replication.frontier import Frontier, envelope
from replication.papers import porian2024
from replication.papers.pearce2024.recount import TUNED_FIRST, tested_runs

COPIES = 200
RECIPES = {
    frozenset[str](): "count_last_layer",
    frozenset({"warm-up"}): "correct_warmup",
    frozenset({"tuning"}): TUNED_FIRST,
    frozenset({"warm-up", "tuning"}): "tuned_no_decay",
}
"""Experiment by what is changed in training: a short warm-up, and a tuned optimiser whose rate
does not decay."""
COUNTED = frozenset({"count"})
"""The change of the account: the output head counts."""


@cached
def noisy_frontier(
    dataset: str, experiment: str, counts: str, reading: str = "published"
) -> Frontier:
    """Return the envelope of an experiment in one of the counts, with noisy copies.

    The noise is that of porian2024, and its deviates are the same in both counts, so that copies
    can be compared one by one.

    Parameters
    ----------
    dataset, experiment, counts
        As in `replication.papers.pearce2024.tested_runs`.
    reading : str
        Of the noise: see `replication.papers.porian2024.noise`.

    Returns
    -------
    Frontier
        That of `replication.papers.pearce2024.tested_frontier`, and 200 copies in ``draws``.

    Examples
    --------
    >>> ends = noisy_frontier("refinedweb", "tuned_no_decay", "total").draws.interval(0.95)
    >>> ends.loc["a", ["estimate", "low", "high"]].round(2).tolist()
    [0.5, 0.49, 0.5]
    """
    return envelope(
        tested_runs(dataset, experiment, counts),
        noise=porian2024.noise(dataset, reading),
        draws=porian2024.deviates(dataset, experiment)[:COPIES],
    )


def frontiers(reading: str = "published") -> dict[frozenset[str], Frontier]:
    """Return the frontier of each combination of changes, on refinedweb.

    Parameters
    ----------
    reading : str
        Of the noise.

    Returns
    -------
    dict of frozenset of str to Frontier
        By the changes made: ``"count"`` (the output head counts), ``"warm-up"`` (short) and
        ``"tuning"`` (and a rate that does not decay).

    Examples
    --------
    >>> found = frontiers()
    >>> [round(found[frozenset(s)].a, 2) for s in ((), ("count",), ("count", "warm-up", "tuning"))]
    [0.83, 0.7, 0.5]
    """
    return {
        recipe | account: noisy_frontier("refinedweb", experiment, counts, reading)
        for recipe, experiment in RECIPES.items()
        for account, counts in ((frozenset[str](), "no_embedding"), (COUNTED, "total"))
    }


def exponents(found: dict[frozenset[str], Frontier]) -> dict[frozenset[str], NDArray[np.float64]]:
    """Return the exponents of frontiers: the estimate first, then those of the noisy copies.

    Parameters
    ----------
    found : dict of frozenset of str to Frontier
        Such as `frontiers`.

    Returns
    -------
    dict of frozenset of str to ndarray, shape (1 + copies,)
        Ready for `replication.attribution.attribute`.

    Examples
    --------
    >>> exponents(frontiers())[frozenset()].shape
    (201,)
    """
    return {made: np.append(f.a, f.draws.to_frame()["a"]) for made, f in found.items()}
