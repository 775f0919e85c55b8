"""Draws of points, groups or parts of the data, as weights made a block at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import no_number, share, whole
from replication.errors import ArgumentError

Array = NDArray[Any]

ROWS_AT_ONCE = 2_000_000
"""Weights held in memory at a time, as points times resamples."""
COUNTED_AT_ONCE = 20_000
"""Points times resamples that are counted at a time: their numbers stay in a processor's cache."""
MOST_RESAMPLES = 10_000_000
"""More than anybody waits for."""


@dataclass(frozen=True)
class Resamples:
    """Weights of each point in each resample, made a block at a time.

    Parameters
    ----------
    count : int
        Number of resamples.
    n : int
        Number of points.
    make : callable
        Takes a generator and a number of resamples, returns weights (number, n).
    seed : int
        Seed of numpy's default generator.
    """

    count: int
    n: int
    make: Any
    seed: int

    def __post_init__(self) -> None:
        """Refuse a seed that numpy's generator does not take."""
        object.__setattr__(self, "seed", whole("seed", self.seed, 0))

    @property
    def _at_once(self) -> int:
        return max(1, ROWS_AT_ONCE // self.n)

    def __len__(self) -> int:
        """Return the number of blocks."""
        return -(-self.count // self._at_once)

    def blocks(self) -> Iterator[Array]:
        """Yield weights, shape (block, n); the draws do not depend on the block size."""
        rng = np.random.default_rng(self.seed)
        size = self._at_once
        for low in range(0, self.count, size):
            yield self.make(rng, min(size, self.count - low))


def resample_pairs(count: int, n: int, seed: int) -> Resamples:
    """Draw n points with replacement, `count` times."""
    return Resamples(count, n, lambda rng, k: _counts(rng.integers(n, size=(k, n)), n), seed)


def resample_groups(count: int, groups: Array, seed: int) -> Resamples:
    """Draw as many groups as there are, with replacement, each with all its points."""
    m = int(groups.max()) + 1
    return Resamples(
        count,
        len(groups),
        lambda rng, k: _counts(rng.integers(m, size=(k, m)), m)[:, groups],
        seed,
    )


def subsample(count: int, n: int, fraction: float, seed: int, least: int = 1) -> Resamples:
    """Draw a share of the points without replacement, `count` times."""
    fraction = share("fraction", fraction, 0.8)
    size = round(fraction * n)
    if size < least:
        raise ArgumentError(
            f"fraction is {fraction}, which leaves {size} of {n} points; the fit has {least} free "
            "fields. Take a larger part."
        )

    def make(rng: np.random.Generator, k: int) -> Array:
        order = rng.permuted(np.tile(np.arange(n), (k, 1)), axis=1)
        return _counts(order[:, :size], n)

    return Resamples(count, n, make, seed)


def at_least_one(resamples: int) -> int:
    """Refuse a number of resamples that is not whole, is too low, or would never end.

    Examples
    --------
    >>> at_least_one(100)
    100
    """
    return whole("resamples", resamples, 1, MOST_RESAMPLES)


def given_rows(indices: ArrayLike, n: int) -> Array:
    """Turn rows of resamples into weights, refusing rows that do not exist."""
    if wrong := no_number(indices):
        raise ArgumentError(f"indices must be row numbers, got {wrong}")
    rows = np.asarray(indices)
    if rows.ndim != 2 or not np.issubdtype(rows.dtype, np.integer) or rows.size == 0:
        raise ArgumentError(
            f"indices have shape {rows.shape} and type {rows.dtype}; "
            "integers of shape (resamples, points) are expected."
        )
    if rows.min() < 0 or rows.max() >= n:
        raise ArgumentError(f"indices must lie in 0..{n - 1}, got {rows.min()}..{rows.max()}.")
    return _counts(rows, n)


def _counts(rows: Array, n: int) -> Array:
    """Return how often each of n points occurs in each row."""
    counts = np.empty((len(rows), n))
    size = max(1, COUNTED_AT_ONCE // n)
    for low in range(0, len(rows), size):
        part = rows[low : low + size]
        shifted = part + n * np.arange(len(part))[:, None]
        found = np.bincount(shifted.ravel(), minlength=n * len(part))
        counts[low : low + size] = found.reshape(-1, n)
    return counts
