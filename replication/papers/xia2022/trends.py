"""The rule that calls a token stagnated, upward or downward (Eq. 1), and what chance gives it."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

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
    return str(_trends(values[None], share("p_value", p_value, 0.05))[0])


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
    names = pd.Series(_trends(np.exp(spread * logs), 0.05))
    shares = names.value_counts(normalize=True)
    return shares.reindex(["rising", "falling", "stagnating", "none"], fill_value=0.0)


def _trends(series: NDArray[np.float64], level: float) -> NDArray[np.str_]:
    """Return the name of each row: the slope is tested by its correlation, as in any regression."""
    length = series.shape[1]
    number = np.arange(length) - (length - 1) / 2
    # Dividing by the first value changes neither the sign of the slope nor its p-value.
    apart = series - series.mean(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):  # a constant series has no correlation
        r = (apart @ number) / np.sqrt((apart**2).sum(axis=1) * (number @ number))
        r = np.clip(r, -1, 1)
        t = np.abs(r) * np.sqrt((length - 2) / (1 - r**2))
    tilted = 2 * student.sf(t, length - 2) < level
    ends = series[:, [0, -1]] / np.exp(np.log(series).mean(axis=1, keepdims=True))
    level_ends = (np.abs(ends - 1) <= BAND).all(axis=1)
    choices = [tilted & (r > 0), tilted, level_ends]
    return np.select(choices, ["rising", "falling", "stagnating"], "none")
