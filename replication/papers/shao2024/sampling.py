"""Subsampling a datastore after the search instead of before it (shao2024, Proposition A.3)."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import binom

from replication._memo import cached
from replication.errors import ArgumentError

__all__ = ["FRACTIONS", "SEEDS", "enough", "simulate"]

FRACTIONS = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0)
"""Shares of the datastore that the paper tries."""
SEEDS = (100, 101, 102)
"""Its seeds."""


def enough(p: ArrayLike, retrieved: int = 1000, wanted: int = 3) -> float | np.ndarray:
    """Return the chance that enough of the documents retrieved survive subsampling.

    Each survives with probability p, independently, so their number is binomial.

    Parameters
    ----------
    p : array_like
        Share of the datastore that is kept, in [0, 1].
    retrieved : int
        Documents K that one search of the whole datastore returns.
    wanted : int
        Documents k that the model is to read.

    Returns
    -------
    float or ndarray
        P(Binomial(K, p) >= k).

    Raises
    ------
    ArgumentError
        If `p` is not a probability.

    Examples
    --------
    >>> round(float(enough(0.01)), 4)
    0.9973
    """
    share = np.asarray(p, dtype=np.float64)
    if not np.all((share >= 0) & (share <= 1)):
        raise ArgumentError(f"p is {p!r}; a share of the datastore lies between 0 and 1.")
    found = binom.sf(wanted - 1, retrieved, share)
    return found if share.ndim else float(found)


@cached
def simulate(
    p: float, retrieved: int, wanted: int = 3, documents: int = 5000, searches: int = 400,
    seed: int = 0,
) -> pd.DataFrame:  # fmt: skip
    """Search a subsampled datastore in both orders, with random scores.

    Parameters
    ----------
    p : float
        Share kept.
    retrieved : int
        Documents K that the search of the whole returns.
    wanted : int
        Documents k that are read.
    documents : int
        Size of the whole.
    searches : int
        Searches, each with scores and a subsample of its own.
    seed : int
        Of the random numbers.

    Returns
    -------
    DataFrame
        One row a search: ``survivors``, how many of the K were kept, and ``same``, whether
        searching the subsample and subsampling the search return the same k documents.

    Examples
    --------
    >>> runs = simulate(0.1, retrieved=50)
    >>> bool(runs.loc[runs["survivors"] >= 3, "same"].all())
    True
    """
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(searches):
        score, kept = random.random(documents), random.random(documents) < p
        inside = np.flatnonzero(kept)  # subsample first, then search what is left
        first = inside[np.argsort(-score[inside])][:wanted]
        top = np.argsort(-score)[:retrieved]  # search once, then subsample
        left = top[kept[top]]
        same = np.array_equal(first, left[:wanted])
        rows.append({"survivors": len(left), "same": same})
    return pd.DataFrame(rows)
