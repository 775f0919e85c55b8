"""The sum of two terms in logarithms, in which it cannot overflow."""

from typing import NamedTuple

import numpy as np

from replication.counting.numbers import Array

LARGEST_LOG = 700.0
"""Largest logarithm whose exponential is a float."""


class LogSum(NamedTuple):
    """Two positive terms, of which one is given by its logarithm over the other.

    Parameters
    ----------
    excess : ndarray
        Logarithm of the second term over the first.
    odds : ndarray
        The second term over the first, no more than a float holds.

    Examples
    --------
    >>> found = LogSum.of(np.log(3.0), np.log(1.0))
    >>> float(found.share), float(found.rest), float(np.exp(np.log(3.0) + found.beyond).round(12))
    (0.75, 0.25, 4.0)
    >>> float(LogSum.of(np.array(0.0), np.array(2000.0)).beyond)
    2000.0
    """

    excess: Array
    odds: Array

    @classmethod
    def of(cls, first: Array, second: Array) -> "LogSum":
        """Return the sum of two terms from their logarithms."""
        excess = np.asarray(second - first)
        return cls(excess, np.asarray(np.exp(np.minimum(excess, LARGEST_LOG))))

    @property
    def beyond(self) -> Array:
        """What the second term adds: the logarithm of the sum, less that of the first term."""
        return np.asarray(np.maximum(np.log1p(self.odds), self.excess))

    @property
    def share(self) -> Array:
        """Share of the first term in the sum."""
        return np.asarray(1 / (1 + self.odds))

    @property
    def rest(self) -> Array:
        """Share of the second term in the sum; exact where it is small."""
        return np.asarray(self.odds * self.share)
