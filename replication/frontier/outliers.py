"""isoFLOP slices and runs that do not belong with the others."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

Array = NDArray[Any]

FREE = 3
"""Coefficients of a parabola."""
WILD = 5.0
"""Scatter of a slice, in units of the median of the others, above which it is noted."""
LEVEL = 1e-3
"""Chance that a table of good runs has one that is taken for a stray."""
FAR = 6.0
"""Residual of a stray, in the same units."""
OTHERS = 2
"""Slices that a slice is compared with, at least."""
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
    >>> table = {"scatter": [0.01, 0.012, 0.009, 0.11], "n": 9, "sizes": 9, "loss": 3.0}
    >>> spoilt(pd.DataFrame(table)).tolist()
    [False, False, False, True]
    """
    usual, scatter = _elsewhere(points)
    with np.errstate(invalid="ignore"):
        return np.asarray(scatter > WILD * usual)


def strays(points: pd.DataFrame, slices: Sequence[tuple[Array, Array, Array]]) -> NDArray[np.intp]:
    """Return the runs that lie far off the parabola of the others in their slice.

    The residual of a run from the parabola through the others, in units of what they scatter,
    follows Student's distribution, and the level is shared among all runs. Where a parabola does
    not fit, that is no fault of a run: a stray is far off by what other slices scatter as well.

    Parameters
    ----------
    points : DataFrame
        Of `replication.frontier.isoflop`.
    slices : sequence of (ndarray, ndarray, ndarray)
        For each slice log10 of sizes, losses in nats per token, and the numbers of the runs.

    Returns
    -------
    ndarray of int
        Numbers of runs.

    Examples
    --------
    >>> table = pd.DataFrame({"scatter": [0.01, 0.01, 0.01], "n": 12, "sizes": 12, "loss": 3.0})
    >>> x, rows = np.linspace(8, 10, 12), np.arange(12)
    >>> noise = 0.01 * np.random.default_rng(0).standard_normal((3, 12))
    >>> one, *rest = 3 + 0.2 * (x - 9) ** 2 + noise
    >>> strays(table, [(x, y, rows) for y in (one, *rest)]).tolist()
    []
    >>> strays(table, [(x, y, rows) for y in (one + 0.3 * (rows == 4), *rest)]).tolist()
    [4]
    """
    usual, scatter = _elsewhere(points)
    number = np.array([len(x) for x, _, _ in slices])
    free = number - FREE - 1
    bound = -stdtrit(np.maximum(free, 1), LEVEL / 2 / number.sum())
    far = [np.empty(0, dtype=np.intp)]
    for i, (x, y, rows) in enumerate(slices):
        if free[i] < 1 or not np.isfinite(scatter[i]):
            continue
        u = (x - x.mean()) / np.ptp(x)
        basis, _ = np.linalg.qr(u[:, None] ** np.arange(FREE))
        rest = y - y.mean()
        rest = rest - basis @ (basis.T @ rest)
        left = np.maximum(1 - (basis**2).sum(axis=1), 1e-12)
        # What the others scatter round the parabola that is theirs alone.
        others = np.maximum((rest @ rest) - rest**2 / left, 0.0) / free[i]
        others = np.maximum(others, (ROUNDING * y) ** 2)
        with np.errstate(divide="ignore", invalid="ignore"):
            score = np.abs(rest) / np.sqrt(left * others)
        far.append(rows[(score > bound[i]) & (np.abs(rest) > FAR * usual[i])])
    return np.concatenate(far)


def _elsewhere(points: pd.DataFrame) -> tuple[Array, Array]:
    """Return the median scatter of the other slices, and that of each slice, per free run.

    The first is infinite where no other slice says what is usual, the second NaN where a parabola
    leaves nothing to scatter.
    """
    n, sizes = points.n.to_numpy(), points.sizes.to_numpy()
    with np.errstate(all="ignore"):
        scatter = points.scatter.to_numpy() * np.sqrt(n / (n - FREE))
    scatter = np.where((n > FREE) & (sizes >= FREE), scatter, np.nan)
    known = np.flatnonzero(np.isfinite(scatter))
    usual = np.full(len(points), np.inf)
    if len(known) > OTHERS:
        order = np.sort(scatter[known])
        rank = np.searchsorted(order, scatter[known])
        low, high = (len(known) - 2) // 2, (len(known) - 1) // 2
        # Without the one at its rank, those above move down by one.
        middle = order[low + (rank <= low)] + order[high + (rank <= high)]
        floor = ROUNDING * np.abs(points.loss.to_numpy()[known])
        usual[known] = np.maximum(middle / 2, floor)
    return usual, scatter
