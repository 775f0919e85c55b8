"""How the minimum of an isoFLOP slice is found: a registry of methods."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import Akima1DInterpolator

from replication.frontier.runs import by_size

Array = NDArray[Any]

FLAT = 1e-9
"""Ratio of eigenvalues of the normal equations below which sizes coincide."""
GRID = 25
"""Points of the grid on which a spline is searched, a gap between sizes (porian2024)."""
LEAST_KNOTS = 4
"""Sizes without which a spline is hardly more than its own end conditions."""


@dataclass(frozen=True)
class Minima:
    """The minimum of one slice in many draws.

    Parameters
    ----------
    log_params : ndarray, shape (draws,)
        Its place, log10 of parameters; NaN where there is none.
    loss : ndarray, shape (draws,)
        The loss there in nats per token.
    curvature : ndarray, shape (draws,)
        Coefficient of (log10 N)**2 in nats per token and squared decade; negative at a maximum.
    scatter : ndarray, shape (draws,)
        Root mean square of observed minus fitted loss, in nats per token.
    """

    log_params: Array
    loss: Array
    curvature: Array
    scatter: Array

    def inside(self, low: Array, high: Array) -> Array:
        """Return which draws have a minimum between the smallest and the largest log10 N."""
        x = self.log_params
        return np.asarray((self.curvature > 0) & (low < x) & (x < high))


@dataclass(frozen=True)
class Method:
    """A way to find the minimum of a slice.

    Parameters
    ----------
    find : callable
        Takes log10 of parameters, shape (n,); losses in nats per token, shape (n,) or
        (draws, n); and how often each run counts, shape (draws, n). Returns `Minima`.
    sizes : int
        Sizes that it needs at each budget.
    noun : str
        What it lays through the runs, for messages: ``"a parabola"``.
    """

    find: Callable[[Array, Array, Array], Minima]
    sizes: int
    noun: str


def parabola(log_params: Array, loss: Array, weights: Array) -> Minima:
    """Fit a parabola in log N to the losses of a slice (hoffmann2022, section 3.2).

    Parameters
    ----------
    log_params : ndarray, shape (n,)
        log10 of parameters N.
    loss : ndarray, shape (n,) or (draws, n)
        Loss in nats per token, the same in all draws or one row a draw.
    weights : ndarray, shape (draws, n)
        How often each run counts in each draw.

    Returns
    -------
    Minima
        One entry a draw; NaN where fewer than three sizes count.

    Examples
    --------
    >>> x = np.array([8.0, 8.5, 9.0, 9.5])
    >>> found = parabola(x, 2.5 + 0.3 * (x - 8.8) ** 2, np.ones((1, 4)))
    >>> found.log_params.round(6), found.loss.round(6), found.curvature.round(6)
    (array([8.8]), array([2.5]), array([0.3]))
    """
    # Centred and scaled, the normal equations lose no digits that matter.
    middle = log_params.mean()
    scale = float(np.ptp(log_params)) or 1.0
    u = (log_params - middle) / scale
    columns = np.stack([np.ones_like(u), u, u * u])
    shift = loss.mean()
    target = loss - shift
    gram = np.einsum("kn,in,jn->kij", weights, columns, columns)
    right = np.einsum("kn,in,kn->ki", weights, columns, np.broadcast_to(target, weights.shape))
    eigenvalues = np.linalg.eigvalsh(gram)
    ok = eigenvalues[:, 0] > FLAT * eigenvalues[:, -1]
    c = np.full((len(weights), 3), np.nan)
    c[ok] = np.linalg.solve(gram[ok], right[ok][..., None])[..., 0]
    with np.errstate(all="ignore"):
        vertex = -c[:, 1] / (2 * c[:, 2])
        lowest = c[:, 0] + c[:, 1] * vertex / 2 + shift
        misfit = weights * (target - c @ columns) ** 2
        scatter = np.sqrt(misfit.sum(axis=1) / weights.sum(axis=1))
    return Minima(middle + scale * vertex, lowest, c[:, 2] / scale**2, scatter)


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
    losses = np.broadcast_to(loss, weights.shape)
    size = by_size(10.0**log_params)
    rows = [np.flatnonzero(size == i) for i in range(size.max() + 1)]
    x = np.array([log_params[same].mean() for same in rows])
    counted = np.where(weights > 0, losses, np.inf)
    y = np.stack([counted[:, same].min(axis=1) for same in rows], axis=1)
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


METHODS: dict[str, Method] = {
    "parabola": Method(parabola, 3, "a parabola"),
    "akima": Method(akima, LEAST_KNOTS, "an Akima spline"),
}
"""Methods of `isoflop` by name."""
