"""isoFLOP slices and runs that do not belong with the others."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as student

Array = NDArray[Any]

FREE = 3
"""Coefficients of a parabola."""
WILD = 5.0
"""Scatter of a slice, in units of the median of the others, above which it is noted."""
LEVEL = 1e-3
"""Chance that a table of good runs has one that is taken for a stray."""
ROUNDING = 1e-7
"""Scatter, as a share of the loss, below which there is no noise to compare with."""


def spoilt(points: pd.DataFrame) -> Array:
    """Return which slices scatter far more than the others.

    Parameters
    ----------
    points : DataFrame
        Of `replication.frontier.isoflop`.

    Returns
    -------
    ndarray of bool, shape (m,)

    Examples
    --------
    >>> table = {"scatter": [0.01, 0.012, 0.009, 0.11], "n": 9, "loss": 3.0, "used": True}
    >>> spoilt(pd.DataFrame(table)).tolist()
    [False, False, False, True]
    """
    free = points.n - FREE
    known = (points.used & (free > 0)).to_numpy()
    wild = np.zeros(len(points), dtype=bool)
    if known.sum() < 4:
        return wild
    scatter = (points.scatter * np.sqrt(points.n / free.clip(lower=1))).to_numpy()
    for i in np.flatnonzero(known):
        others = known.copy()
        others[i] = False
        usual = max(float(np.median(scatter[others])), ROUNDING * float(points.loss.iloc[i]))
        wild[i] = scatter[i] > WILD * usual
    return wild


def strays(slices: Sequence[tuple[Array, Array, Array]]) -> Array:
    """Return the runs that lie far off the parabola of the others in their slice.

    The residual of each run from the parabola through the others, in units of what they scatter,
    follows Student's distribution; the level is shared among all runs.

    Parameters
    ----------
    slices : sequence of (ndarray, ndarray, ndarray)
        For each slice log10 of sizes, losses in nats per token, and the numbers of the runs.

    Returns
    -------
    ndarray of int
        Numbers of runs.

    Examples
    --------
    >>> x = np.linspace(8, 10, 12)
    >>> noise = 0.01 * np.random.default_rng(0).standard_normal(12)
    >>> loss = 3 + 0.2 * (x - 9) ** 2 + noise
    >>> strays([(x, loss, np.arange(12))]).tolist()
    []
    >>> strays([(x, loss + 0.3 * (x == x[4]), np.arange(12))]).tolist()
    [4]
    """
    total = sum(len(x) for x, _, _ in slices)
    far = []
    for x, y, rows in slices:
        free = len(x) - FREE - 1
        if free < 1 or np.ptp(x) == 0:
            continue
        u = (x - x.mean()) / np.ptp(x)
        basis, _ = np.linalg.qr(u[:, None] ** np.arange(FREE))
        rest = y - y.mean()
        rest = rest - basis @ (basis.T @ rest)
        left = np.maximum(1 - (basis**2).sum(axis=1), 1e-12)
        # What the others scatter round the parabola that is theirs alone.
        others = np.maximum((rest @ rest) - rest**2 / left, 0.0) / free
        others = np.maximum(others, (ROUNDING * y) ** 2)
        score = np.abs(rest) / np.sqrt(left * others)
        far.append(rows[score > student.isf(LEVEL / 2 / total, free)])
    return np.concatenate(far) if far else np.empty(0, dtype=np.intp)
