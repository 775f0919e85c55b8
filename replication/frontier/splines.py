"""The Akima spline of an isoFLOP slice (porian2024), its minimum and its hollows."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import Akima1DInterpolator

from replication.frontier.minima import Minima
from replication.frontier.sizes import distinct

Array = NDArray[Any]

GRID = 25
"""Points of the grid on which a spline is searched, a gap between sizes (porian2024)."""
LEAST_KNOTS = 4
"""Sizes without which a spline is hardly more than its own end conditions."""


def akima(log_params: Array, loss: Array, weights: Array) -> Minima:
    """Search the Akima spline of log L in log N for its least value (porian2024, analysis.py).

    The spline goes through the least loss of each size and is looked at on `GRID` points a gap
    between sizes, spaced evenly in log N. A least value at an end of the grid has no curvature;
    elsewhere the curvature is that of the parabola through the lowest point of the grid and its
    neighbours.

    Parameters
    ----------
    log_params : ndarray, shape (n,)
        log10 of parameters N.
    loss : ndarray, shape (n,) or (draws, n)
        Loss in nats per token, the same in all draws or one row a draw.
    weights : ndarray, shape (draws, n)
        Runs with a weight of zero are left out; a spline knows no other weight.

    Returns
    -------
    Minima
        One entry a draw, without scatter; NaN where fewer than four sizes count.

    Examples
    --------
    >>> x = np.linspace(8, 10, 5)
    >>> found = akima(x, np.exp(1 + 0.1 * (x - 9.2) ** 2), np.ones((1, 5)))
    >>> found.log_params.round(2), found.loss.round(3)
    (array([9.19]), array([2.718]))
    """
    order, starts = _by_knot(log_params)
    x = _means(log_params, order, starts)
    losses = np.broadcast_to(loss, weights.shape)
    counted = np.where(weights > 0, losses, np.inf)
    y = np.minimum.reduceat(counted[:, order], starts, axis=1)
    found = np.full((3, len(weights)), np.nan)
    # Draws that lack the same sizes share the knots of their splines: one call for all of them.
    there = np.isfinite(y)
    if there.all():
        patterns, member = there[:1], np.zeros(len(weights), dtype=np.intp)
    else:
        patterns, member = np.unique(there, axis=0, return_inverse=True)
    for i, on in enumerate(patterns):
        if on.sum() >= LEAST_KNOTS:
            draws = np.flatnonzero(member.ravel() == i)
            found[:, draws] = _lowest(x[on], y[np.ix_(draws, on)])
    return Minima(found[0], found[1], found[2], np.zeros(len(weights)))


def akima_curve(log_params: ArrayLike, loss: ArrayLike) -> tuple[Array, Array]:
    """Return the Akima spline of log L in log N on `GRID` points a gap, as `akima` searches it.

    Parameters
    ----------
    log_params : array_like, shape (n,)
        log10 of parameters N, one run a size, rising.
    loss : array_like, shape (n,) or (draws, n)
        Losses in nats per token.

    Returns
    -------
    grid : ndarray, shape (m,)
        log10 of parameters.
    curve : ndarray, shape (m,) or (m, draws)
        Losses in nats per token.

    Examples
    --------
    >>> grid, curve = akima_curve(np.linspace(8, 10, 5), np.array([3.0, 2.6, 2.5, 2.55, 2.7]))
    >>> len(grid), round(float(curve.min()), 2)
    (100, 2.5)
    """
    x, y = np.asarray(log_params), np.asarray(loss)
    grid = np.linspace(x[0], x[-1], (len(x) - 1) * GRID)
    return grid, np.exp(Akima1DInterpolator(x, np.log(y).T)(grid))


def hollows(log_params: Array, loss: Array) -> int:
    """Count the local minima of the Akima spline of a slice.

    Parameters
    ----------
    log_params, loss : ndarray, shape (n,)
        log10 of parameters N, and losses in nats per token.

    Returns
    -------
    int
        Minima between the smallest and the largest size; 0 where fewer than four sizes count.

    Examples
    --------
    >>> hollows(np.linspace(8, 10, 6), np.array([3.0, 2.6, 2.7, 2.6, 2.5, 2.8]))
    2
    """
    order, starts = _by_knot(log_params)
    if len(starts) < LEAST_KNOTS:
        return 0
    x, y = _means(log_params, order, starts), np.minimum.reduceat(loss[order], starts)
    _, curve = akima_curve(x, y)
    rise = np.sign(np.diff(curve))
    rise = rise[rise != 0]
    return int(((rise[:-1] < 0) & (rise[1:] > 0)).sum())


def _by_knot(log_params: Array) -> tuple[Array, Array]:
    """Return the runs in rising order of size, and where in it each knot of a spline begins."""
    size = distinct(10.0**log_params)
    order = np.argsort(size, kind="stable")
    return order, np.flatnonzero(np.diff(size[order], prepend=-1))


def _means(log_params: Array, order: Array, starts: Array) -> Array:
    """Return the mean place of the runs of each knot."""
    members = np.diff(np.append(starts, len(order)))
    return np.asarray(np.add.reduceat(log_params[order], starts) / members)


def _lowest(x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Return place, loss and curvature of the lowest point of splines through the same sizes.

    Parameters
    ----------
    x : ndarray, shape (n,)
        log10 of parameters N, rising.
    y : ndarray, shape (draws, n)
        Losses in nats per token.

    Returns
    -------
    place, loss, curvature : ndarray, shape (draws,)
        The curvature is NaN at an end.
    """
    grid, curve = akima_curve(x, y)
    at = curve.argmin(axis=0)
    inside = (at > 0) & (at < len(grid) - 1)
    near = np.clip(at + np.array([[-1], [0], [1]]), 0, len(grid) - 1)
    left, middle, right = curve[near, np.arange(len(y))]
    bend = (left - 2 * middle + right) / (2 * (grid[1] - grid[0]) ** 2)
    return grid[at], middle, np.where(inside, bend, np.nan)
