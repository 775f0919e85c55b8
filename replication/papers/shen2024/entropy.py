"""Approximate entropy of sequences of items, and what it says of sequences of known entropy."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from replication._memo import cached
from replication.errors import ArgumentError

__all__ = ["CATALOGUES", "LENGTHS", "approximate_entropy", "simulated"]

LENGTHS = (25, 50, 100, 200)
"""Clicks of a simulated user: four of the five longest sequences of the paper's panels."""
CATALOGUES = (1, 2, 3, 5, 8, 12, 20, 35, 60, 100, 200, 500, 1000, 3000, 10000)
"""Numbers of items that the simulated users choose from."""


def approximate_entropy(sequence: ArrayLike, m: int = 1, r: float = 0.0) -> float:
    """Return how much less often stretches of m + 1 items recur than stretches of m, in nats.

    ApEn(m, r) = abs(phi(m + 1) - phi(m)), where phi(m) is the mean of ln C_i and C_i the share of
    stretches of m items that differ from the i-th by at most r everywhere, itself included
    (Pincus 1991; the script of shen2024). With r = 0 items are equal or not, and this estimates
    the entropy of the next item given m items.

    Parameters
    ----------
    sequence : array_like, shape (n,)
        Numbers of items.
    m : int
        Items in a stretch.
    r : float
        Largest difference that counts as equal.

    Returns
    -------
    float
        In nats.

    Raises
    ------
    ArgumentError
        If there are fewer than m + 2 items, or m < 1, or r < 0, so that nothing equals itself.

    Examples
    --------
    >>> round(approximate_entropy([1, 2] * 20), 2)  # the next item is known
    0.0
    >>> new = approximate_entropy(range(50))  # no item comes twice
    >>> round(new, 9) == round(float(np.log(50 / 49)), 9)
    True
    """
    items = np.asarray(sequence, dtype=np.float64).ravel()
    if m < 1 or len(items) < m + 2:
        raise ArgumentError(
            f"m is {m} with {len(items)} items; it must be at least 1, with m + 2 items or more."
        )
    if not r >= 0:
        raise ArgumentError(f"r is {r:g}; it must not be negative, or no item equals itself.")
    return float(abs(_phi(items, m + 1, r) - _phi(items, m, r)))


def _phi(items: np.ndarray, m: int, r: float) -> float:
    """Return the mean logarithm of the share of stretches of m items like each."""
    stretches = np.lib.stride_tricks.sliding_window_view(items, m)
    apart = np.abs(stretches[:, None] - stretches[None]).max(axis=-1)
    return float(np.log((apart <= r).mean(axis=1)).mean())


@cached
def simulated(users: int = 20, seed: int = 0) -> pd.DataFrame:
    """Return the mean approximate entropy of simulated users who choose at random.

    Every item of a catalogue is as likely as any other at every step, so the entropy of the next
    item is the logarithm of the size of the catalogue.

    Parameters
    ----------
    users : int
        Sequences for each length and catalogue.
    seed : int
        Of the random numbers.

    Returns
    -------
    DataFrame
        One row a length and catalogue: ``length``, ``catalogue``, ``entropy`` (true, nats) and
        ``apen`` (m = 1, r = 0, mean over users, nats).

    Examples
    --------
    >>> frame = simulated(users=2)
    >>> len(frame) == len(LENGTHS) * len(CATALOGUES)
    True
    """
    random = np.random.default_rng(seed)
    rows = []
    for length in LENGTHS:
        for size in CATALOGUES:
            chosen = random.integers(size, size=(users, length))
            apen = float(np.mean([approximate_entropy(row) for row in chosen]))
            rows.append(
                {"length": length, "catalogue": size, "entropy": np.log(size), "apen": apen}
            )
    return pd.DataFrame(rows)
