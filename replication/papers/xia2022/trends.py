"""The rule that calls a token stagnated, upward or downward (Eq. 1), and what chance gives it."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import linregress

from replication._memo import cached
from replication.counting.numbers import positive, share, whole
from replication.errors import ArgumentError

__all__ = ["BAND", "by_chance", "trend"]

BAND = 0.05
"""How near start and end of a stagnated token are to its geometric mean."""
SERIES = 2000
"""Simulated tokens."""


def trend(perplexity: ArrayLike, p_value: float = 0.05) -> str:
    """Classify the perplexity of a token over checkpoints (section 3.1, Eq. 1).

    ``PPL_i / PPL_1`` is regressed on the number i of the checkpoint. A slope that differs from
    zero makes the token upward or downward; one that does not makes it stagnated, if both ends
    lie within `BAND` of the geometric mean of the series.

    Parameters
    ----------
    perplexity : array_like, shape (n,)
        At checkpoints in order, at least three.
    p_value : float
        Below which a slope counts.

    Returns
    -------
    str
        ``"rising"``, ``"falling"``, ``"stagnating"``, or ``"none"``: the paper drops these.

    Raises
    ------
    ArgumentError
        If there are fewer than three checkpoints, or a perplexity is not positive.

    Examples
    --------
    >>> trend([20, 15, 12, 10]), trend([10, 10.2, 9.9, 10.1]), trend([10, 30, 5, 20])
    ('falling', 'stagnating', 'none')
    """
    values = positive("perplexity", perplexity)
    if values.ndim != 1 or len(values) < 3:
        raise ArgumentError(
            f"perplexity has shape {values.shape}; a trend needs three checkpoints or more, in "
            "one dimension."
        )
    level = share("p_value", p_value, 0.05)
    if np.ptp(values) == 0:
        return "stagnating"
    line = linregress(np.arange(len(values)), values / values[0])
    if line.pvalue < level:
        return "rising" if line.slope > 0 else "falling"
    ends = values[[0, -1]] / np.exp(np.log(values).mean())
    return "stagnating" if (np.abs(ends - 1) <= BAND).all() else "none"


@cached
def by_chance(
    checkpoints: int, memory: float = 0.0, spread: float = 0.1, seed: int = 0
) -> pd.Series:
    """Return how often the rule calls tokens that have no trend by each name (simulated).

    The logarithm of the perplexity fluctuates about a constant, and a part of each fluctuation is
    left at the next checkpoint.

    Parameters
    ----------
    checkpoints : int
        Length of a series.
    memory : float
        Correlation of neighbours, from 0 to below 1.
    spread : float
        Standard deviation of the logarithm.
    seed : int
        Of numpy's default generator.

    Returns
    -------
    Series
        Shares of ``rising``, ``falling``, ``stagnating`` and ``none``.

    Raises
    ------
    ArgumentError
        If the memory is not from 0 to below 1.

    Examples
    --------
    >>> float(by_chance(20)["rising"]) < 0.05 < float(by_chance(20, 0.5)["rising"])
    True
    """
    length = whole("checkpoints", checkpoints, 3)
    if not 0 <= memory < 1:
        raise ArgumentError(f"memory is {memory:g}; a correlation from 0 to below 1 is expected.")
    fresh = np.random.default_rng(seed).normal(size=(SERIES, length))
    logs = fresh.copy()
    for i in range(1, length):
        logs[:, i] = memory * logs[:, i - 1] + np.sqrt(1 - memory**2) * fresh[:, i]
    names = pd.Series([trend(row) for row in np.exp(spread * logs)])
    shares = names.value_counts(normalize=True)
    return shares.reindex(["rising", "falling", "stagnating", "none"], fill_value=0.0)
