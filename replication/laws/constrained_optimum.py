"""The best use of compute where unique tokens are limited: its shape, and how it is found."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import elementwise

from replication.counting.numbers import Array, Number
from replication.laws.optimum import Optimum
from replication.laws.repeats import balance


@dataclass(frozen=True)
class DataConstrainedOptimum(Optimum):
    """A compute-optimal allocation under a limit on unique tokens.

    Parameters
    ----------
    unique_tokens : float or ndarray
        Unique tokens used: the limit, or all tokens where the limit does not bind.

    Examples
    --------
    >>> best = DataConstrainedOptimum(6e20, 1e9, 1e11, 2.5, unique_tokens=2.5e10)
    >>> best.epochs
    4.0
    """

    unique_tokens: Number

    @property
    def epochs(self) -> Number:
        """How often each unique token is seen, D/U."""
        return self.tokens / self.unique_tokens


def share_of_size(
    excess: Array, R_N_star: ArrayLike, R_D_star: ArrayLike, alpha: ArrayLike, beta: ArrayLike
) -> Array:
    """Return the part of an excess of compute, both in logarithms, that goes into size.

    Parameters
    ----------
    excess : ndarray
        What the budget exceeds that of N_opt(U) and U by; zero at least.
    R_N_star, R_D_star : array_like
        Repeats of parameters and of data after which one more is worth 1/e of a fresh one.
    alpha, beta : array_like
        Exponents of parameters and of tokens; all broadcast against the excess.

    Returns
    -------
    ndarray
        From 0 to the excess, where one more percent of parameters and of repeats is worth the same.

    Examples
    --------
    >>> float(share_of_size(np.array(2.0), 5.0, 5.0, 0.35, 0.35))
    1.0
    """
    fields = (R_N_star, R_D_star, alpha, beta)
    there, *rows = np.broadcast_arrays(excess, *fields)
    some = there > 0
    shared = np.zeros(some.shape)
    if some.any():
        args = tuple(np.asarray(row, dtype=np.float64)[some] for row in (there, *rows))
        find_root: Any = elementwise.find_root  # the stubs of scipy know scalars only
        shared[some] = find_root(balance, (np.zeros_like(args[0]), args[0]), args=args).x
    return shared
