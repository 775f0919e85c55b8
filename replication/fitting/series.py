"""Least squares on many resamples from one place: on a series that they share.

Laws are smooth, and the minima of resamples lie within a few standard errors of that of all
points: there half the square of each residual is a polynomial in the free coordinates. The sum
of squares of a resample is then one as well, whose coefficients are sums over points of weights
times numbers that all resamples share: one matrix product. Newton's steps on it cost next to
nothing. Where they end the law itself is evaluated at all points, and steps along its true
gradient, with the curvature of the series, go on until they promise nothing. What does not end
so is left to the solver.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.fitting.batched_solve import all_positive, solve_positive
from replication.fitting.kernels import GradientKernel, Kernel, on_rows, rounding
from replication.fitting.polynomials import DEGREE, descend, lattice
from replication.fitting.space import Space
from replication.fitting.workspace import Workspace, keep_memory

Array = NDArray[Any]

FEWEST = 64
"""Resamples from which on a series pays."""
POINTS_A_FIELD = 16
"""Points a free field from which on minima of resamples lie near enough."""
PLACES = 4
"""Places a resample, up to which the law may be evaluated for the series."""
CHUNK_BYTES = 400_000
"""Size of one array of residuals: a few of them stay in a processor's cache."""
POINTS = 4096
"""Points whose squares at all places are held at a time."""
ROWS = 500
"""Polynomials whose derivatives are held at a time."""
SLACK = 1e-12
"""Share by which a sum of squares may seem higher than at the start by rounding alone."""
PASSES = 8
"""Evaluations after which a resample is left to the solver."""
LEAST = 1e-8
"""Size of residuals, in units of the response, from which their squares are no rounding."""
FALL = 0.3
"""Share of what one step promised that the next may promise, or the series is no guide."""


@dataclass(frozen=True)
class Reached:
    """How far resamples came on their series.

    Parameters
    ----------
    phi : ndarray, shape (S, q)
        Free coordinates: where a resample ended, or the best place to go on from.
    value : ndarray, shape (S,)
        Half the sum of squares where a resample ended.
    ended : ndarray of bool, shape (S,)
        Whether it did: its last step promised no more than the tolerance.
    steps : ndarray of int, shape (S,)
        Evaluations used.
    """

    phi: Array
    value: Array
    ended: Array
    steps: Array


def on_series(
    kernel: Kernel, space: Space, start: Array, weights: Array, tolerance: float
) -> Reached | None:
    """Minimise sums of squares that start from one place, as far as a series leads.

    Parameters
    ----------
    kernel : Kernel
        Law and data.
    space : Space
        Free coordinates.
    start : ndarray, shape (S, q)
        Where each problem starts.
    weights : ndarray, shape (S, n)
        Weight of each point in each problem.
    tolerance : float
        Share of the sum of squares that a last step may promise.

    Returns
    -------
    Reached or None
        None where the problems share no start, are too few, or have no series there.
    """
    size, q = start.shape
    few = size < max(FEWEST, comb(q + DEGREE, DEGREE) / PLACES) or kernel.n < POINTS_A_FIELD * q
    if few or space.offset.ndim > 1 or not (start == start[0]).all():
        return None
    keep_memory()
    origin = space.clip(start[0])
    found = _standard(kernel, space, origin)
    if found is None:
        return None
    turn, unit = found
    coefficients = _sums(kernel, q, space.theta(origin + lattice(q)[0] @ turn.T), weights)
    if not np.isfinite(coefficients).all():
        return None
    parts = [descend(coefficients[:, rows], q, unit) for rows in _chunks(size, ROWS)]
    phi = origin + (turn @ np.concatenate([places for places, _ in parts], axis=1)).T
    curvature = np.concatenate([bent for _, bent in parts])
    return _Following(kernel, space, weights, turn, curvature, coefficients[0]).run(
        origin, phi, tolerance
    )


@dataclass(frozen=True)
class _Following:
    """Steps along the true gradient, with the curvature of the series."""

    kernel: Kernel
    space: Space
    weights: Array
    turn: Array
    curvature: Array
    ceiling: Array

    def run(self, origin: Array, phi: Array, tolerance: float) -> Reached:
        """Follow from `phi`; who comes out above the start is sent back to it."""
        size = len(phi)
        noise = rounding(self.kernel, self.weights)
        value, before = np.full(size, np.inf), np.full(size, np.inf)
        ended, steps = np.zeros(size, bool), np.zeros(size, int)
        good, work = np.zeros(size, bool), Workspace()
        going = np.flatnonzero(self._inside(phi) & all_positive(self.curvature))
        q = phi.shape[1]
        curvature = self.curvature.copy()
        last, pulled = np.zeros((size, q)), np.zeros((size, q))
        for count in range(PASSES):
            for some in _chunks(len(going), _rows(self.kernel)):
                rows = going[some]
                value[rows], slope = self._look(phi[rows], rows, work)
                if count:
                    curvature[rows] = _updated(curvature[rows], last[rows], pulled[rows] - slope)
                step = solve_positive(curvature[rows], slope)
                promise = np.einsum("sq,sq->s", step, slope)
                last[rows], pulled[rows] = step, slope
                step = step @ self.turn.T
                good[rows] = value[rows] <= self.ceiling[rows] * (1 + SLACK)
                done = good[rows] & (promise <= tolerance * value[rows] + noise[rows])
                guided = good[rows] & (promise <= FALL * before[rows])
                step[done] = self.space.harmless(step[done], phi[rows[done]])
                move = done | guided
                before[rows] = np.where(guided, promise, -np.inf)
                phi[rows[move]] = self.space.clip(phi[rows[move]] + step[move])
                ended[rows], steps[rows] = done, steps[rows] + 1
            going = going[~ended[going] & (before[going] > 0) & self._inside(phi[going])]
            if not len(going):
                break
        phi, value = np.where(good[:, None], phi, origin), np.where(good, value, np.inf)
        return Reached(phi, value, ended, steps)

    def _look(self, phi: Array, rows: Array, work: Workspace) -> tuple[Array, Array]:
        """Return half the sums of squares, and minus their slopes in the turned coordinates."""
        here = self.kernel.evaluate(self.space.theta(phi), work)
        r = here.residuals
        pull = np.multiply(r, self.weights[rows], out=work.array("pull", r.shape))
        slope = here.slope(pull) @ self.space.spread.T
        return 0.5 * np.vecdot(r, pull), slope @ self.turn

    def _inside(self, phi: Array) -> Array:
        """Return which places are finite and away from all bounds."""
        inside = (phi > self.space.lower) & (phi < self.space.upper)
        return np.asarray(inside.all(axis=1))


def _updated(curvature: Array, step: Array, change: Array) -> Array:
    """Return the curvature that explains how much a slope changed over the last step."""
    bent = np.einsum("sqk,sk->sq", curvature, step)
    along, known = np.einsum("sq,sq->s", step, change), np.einsum("sq,sq->s", step, bent)
    use = (along > 0) & (known > 0)
    along, known = np.where(use, along, 1.0), np.where(use, known, 1.0)
    new = change[:, :, None] * (change / along[:, None])[:, None, :]
    new -= bent[:, :, None] * (bent / known[:, None])[:, None, :]
    return curvature + np.where(use[:, None, None], new, 0.0)


def _standard(kernel: Kernel, space: Space, origin: Array) -> tuple[Array, float] | None:
    """Return steps of one standard error in directions that do not correlate, (q, q).

    With them the curvature of least squares that all of them have; None where the points do not
    determine the law, or the law meets them to rounding.
    """
    law = GradientKernel(kernel.law, kernel.data, kernel.log)
    here, root = law.evaluate(space.theta(origin[None])), np.sqrt(kernel.data.weights)
    slopes = (here.slopes()[0] @ space.spread.T) * root[:, None]
    unit = float(np.mean((here.residuals[0] * root) ** 2))
    lengths = np.sqrt((slopes**2).sum(axis=0))
    least = (LEAST * kernel.unit) ** 2 * float(kernel.data.weights.mean())
    if not (unit > least and np.all(lengths > 0) and np.isfinite(lengths).all()):
        return None
    scaled = slopes / lengths
    try:
        lower = np.linalg.cholesky(scaled.T @ scaled)
    except np.linalg.LinAlgError:
        return None
    return np.sqrt(unit) * np.linalg.inv(lower).T / lengths[:, None], unit


def _sums(kernel: Kernel, q: int, theta: Array, weights: Array) -> Array:
    """Return the coefficients, (monomials, S), of half the sum of squares of each problem."""
    solution, size, work = lattice(q)[1], len(weights), Workspace()
    total = np.zeros((len(theta), size))
    for points in _chunks(kernel.n, POINTS):
        part = kernel if kernel.n <= POINTS else on_rows(kernel, np.arange(kernel.n)[points])
        squares, drawn = np.empty((len(theta), part.n)), weights[:, points].T
        for rows in _chunks(len(theta), _rows(part)):
            np.square(part.residuals(theta[rows], work), out=squares[rows])
        # The shorter way round: coefficients of each point first, or of sums over them.
        total += (solution @ squares) @ drawn if part.n < size else solution @ (squares @ drawn)
    total *= 0.5
    return total


def _rows(kernel: Kernel) -> int:
    """Return how many residuals of all points fit into a chunk."""
    return max(1, CHUNK_BYTES // (8 * kernel.n))


def _chunks(size: int, per: int) -> Iterator[slice]:
    """Yield slices of `per` that cover `size`."""
    yield from (slice(low, min(low + per, size)) for low in range(0, size, per))
