"""Several starts of one problem, of which the best end is wanted."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.fitting.kernels import Kernel, on_rows
from replication.fitting.newton import MAX_STEPS, START_DAMPING, TOLERANCE, Minima, minimise
from replication.fitting.space import Space
from replication.fitting.valley import along_valley

Array = NDArray[Any]

FINAL_TOLERANCE = 1e-12
ROUND = 25
"""Steps that every start takes before any is given up: those that matter need a dozen."""
ROUNDS = 6
"""Rounds a start may take, and over which it must be able to catch up with the lowest."""
LAST_STEPS = 800
"""Further steps of the best, which may have a long flat valley to follow."""
FINALISTS = 3
MORE_FINALISTS = 12
"""The same of a second look, where points are so few that it costs little."""
VALLEYS = 5
"""Valleys without an end that are followed further, the lowest."""
ALIKE = 1e-6
"""Relative difference of two ends up to which they are taken for one minimum."""
FULL = 200_000
"""Starts times points up to which every start is run on all points."""
PART = 4_000
"""Points that starts are run on where there are more; the best are then run on all."""


def best_of(
    kernel: Kernel, space: Space, start: Array, weights: Array, delta: float, patient: bool = False
) -> Minima:
    """Minimise one problem from several starts, each run until it ends or cannot win.

    Dropping those that are behind after a few steps would be faster, and would now and then drop
    the one that ends lowest.

    Parameters
    ----------
    kernel, space, delta
        As in `minimise`.
    start : ndarray, shape (S, q)
        Where to start.
    weights : ndarray, shape (n,)
        Weight of each point.
    patient : bool
        Follow more of the starts to their ends.

    Returns
    -------
    Minima
        One row: the lowest end.
    """
    few, part = kernel, weights
    if len(start) * kernel.n > FULL and kernel.n > PART:
        rows = np.unique(np.linspace(0, kernel.n - 1, PART).round().astype(int))
        rows = np.argsort(kernel.data.columns[0], kind="stable")[rows]
        few, part = on_rows(kernel, rows), weights[rows]
    phi, steps = space.clip(start), MAX_STEPS
    if len(start) <= FINALISTS and np.isinf(delta):
        # A start from elsewhere may be far away, where either way of going may be lost.
        careful = _run(kernel, space, phi, weights, delta, TOLERANCE, steps, START_DAMPING)
        phi = np.concatenate([phi, careful.phi[np.isfinite(careful.value)]])
    if len(start) > FINALISTS:
        phi, value = _rounds(few, space, start, part, delta)
        most = MORE_FINALISTS if patient and kernel.n <= PART else FINALISTS
        phi, steps = phi[_lowest(value, most)], LAST_STEPS
    ends = _run(kernel, space, phi, weights, delta, FINAL_TOLERANCE, steps)
    ends = _further(kernel, space, ends, weights, delta)
    lowest = ends.value.min()
    # Of ends that are equal to rounding, one that converged.
    level = ends.value <= lowest + 1e-10 * abs(lowest)
    chosen = np.flatnonzero(level)[np.argmax(ends.converged[level])] if level.any() else 0
    return Minima(*(part[[chosen]] for part in (ends.phi, ends.value, ends.converged, ends.steps)))


def _further(kernel: Kernel, space: Space, ends: Minima, weights: Array, delta: float) -> Minima:
    """Follow the valleys in which starts were left without an end, and try to end from there."""
    left = np.flatnonzero(~ends.converged & np.isfinite(ends.value))
    if not len(left):
        return ends
    left = left[np.argsort(ends.value[left], kind="stable")][:VALLEYS]
    phi = np.stack([along_valley(kernel, space, ends.phi[k], weights, delta) for k in left])
    again = _run(kernel, space, phi, weights, delta, FINAL_TOLERANCE, LAST_STEPS, 0.0)
    parts = ((p, q) for p, q in zip(vars(ends).values(), vars(again).values(), strict=True))
    return Minima(*(np.concatenate(pair) for pair in parts))


def _rounds(
    kernel: Kernel, space: Space, start: Array, weights: Array, delta: float
) -> tuple[Array, Array]:
    """Return where the starts are, and their values, when none that could win is on its way."""
    phi, value = space.clip(start), np.full(len(start), np.inf)
    going = np.arange(len(start))
    for _ in range(ROUNDS):
        ends = _run(kernel, space, phi[going], weights, delta, TOLERANCE, ROUND)
        with np.errstate(invalid="ignore"):  # a start without a finite value stays without
            gain = value[going] - ends.value
            phi[going], value[going] = ends.phi, ends.value
            behind = ends.value - value.min() > ROUNDS * gain
        going = going[~ends.converged & np.isfinite(ends.value) & ~behind]
        if not len(going):
            break
    return phi, value


def _lowest(value: Array, most: int) -> Array:
    """Return the lowest ends, one of those that are alike."""
    order = np.argsort(value, kind="stable")
    with np.errstate(invalid="ignore"):
        apart = np.diff(value[order], prepend=-np.inf) > ALIKE * np.abs(value[order])
    apart[0] = True
    return order[apart][:most]


def _run(
    kernel: Kernel,
    space: Space,
    start: Array,
    weights: Array,
    delta: float,
    tolerance: float,
    steps: int,
    damping: float | None = None,
) -> Minima:
    """Minimise from each start with the same weights."""
    again = np.tile(weights, (len(start), 1))
    if damping is None:
        # Least squares have no far points to reweight, and go by their exact curvature at once.
        damping = 0.0 if np.isinf(delta) else START_DAMPING
    return minimise(kernel, space, start, again, delta, tolerance, steps, damping)
