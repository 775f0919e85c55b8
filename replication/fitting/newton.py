"""The solver: damped Newton steps on a batch of small problems, all advanced together.

The objective is a Huber sum, so its exact Hessian counts only the points inside delta and may be
poor or indefinite far from the minimum. While damping is high, the points outside delta enter
with the weight delta/|r| of the quadratic that touches the Huber function from above: at full
damping a step is one of iterative reweighting, which cannot overshoot; without damping it is
Newton's. Steps are halved until the objective falls. Everything here is invariant to a linear
change of the coordinates, so no scaling of the inputs can spoil it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.fitting.kernels import Kernel, PowerSumKernel
from replication.fitting.space import Space
from replication.fitting.systems import solve_positive

Array = NDArray[Any]

TOLERANCE = 1e-9
MAX_STEPS = 2000
START_DAMPING = 0.3
AT_BOUND = 1e-6
"""Distance from a bound, in solver coordinates, within which a coordinate is put on it."""
ROUNDING = 64
"""Rounding errors of a residual, in units of the last digit of one."""
CHUNK_BYTES = 1_000_000
"""Size of one array of residuals: few enough stay in a processor's cache."""


@dataclass(frozen=True)
class Minima:
    """Where a batch of fits ended.

    Parameters
    ----------
    phi : ndarray, shape (S, q)
        Free coordinates.
    value : ndarray, shape (S,)
        Huber sum; infinite where the start was outside the law's domain.
    converged : ndarray of bool, shape (S,)
        Whether a further Newton step would change the sum by less than the tolerance.
    steps : ndarray of int, shape (S,)
        Evaluations used.
    """

    phi: Array
    value: Array
    converged: Array
    steps: Array


def minimise(
    kernel: Kernel,
    space: Space,
    start: Array,
    weights: Array,
    delta: float | Array,
    tolerance: float = TOLERANCE,
    max_steps: int = MAX_STEPS,
    damping: float = START_DAMPING,
) -> Minima:
    """Minimise a batch of Huber sums.

    Parameters
    ----------
    kernel : Kernel
        Law and data.
    space : Space
        Free coordinates and their bounds.
    start : ndarray, shape (S, q)
        Where each problem starts.
    weights : ndarray, shape (S, n)
        Weight of each point in each problem.
    delta : float or ndarray, shape (S,)
        Huber threshold in the unit of the residuals; infinity for least squares.
    tolerance : float
        Relative decrease that a Newton step must promise for the work to go on.
    max_steps : int
        Evaluations after which a problem is given up.
    damping : float
        Share of iterative reweighting in the first step, from 0 (Newton) to 1.

    Returns
    -------
    Minima
        One row a problem.
    """
    if len(start) == 0:
        empty = np.zeros(0)
        return Minima(start, empty, empty.astype(bool), empty.astype(int))
    size = max(1, CHUNK_BYTES // (kernel.n * np.dtype(kernel.dtype).itemsize))
    parts = []
    with np.errstate(all="ignore"):
        for low in range(0, len(start), size):
            rows = np.arange(low, min(low + size, len(start)))
            edge = delta if isinstance(delta, float) else delta[rows]
            parts.append(
                _descend(
                    kernel,
                    space,
                    start[rows],
                    weights[rows],
                    rows,
                    edge,
                    tolerance,
                    max_steps,
                    damping,
                )
            )
    return Minima(*(np.concatenate(c) for c in zip(*parts, strict=True)))


def minimise_mixed(
    kernel: Kernel,
    space: Space,
    start: Array,
    weights: Array,
    delta: float | Array,
    max_steps: int = MAX_STEPS,
) -> Minima:
    """Minimise as `minimise`, the first steps in single precision where that pays.

    Single precision brings a problem near its minimum at half the cost; double precision then
    starts without damping and decides. What did not converge so is solved again from the start.
    """
    if not isinstance(kernel, PowerSumKernel) or len(start) < 64:
        return minimise(kernel, space, start, weights, delta, max_steps=max_steps)
    rough = minimise(
        kernel.single(), space, start, weights, delta, tolerance=1e-4, max_steps=max_steps
    )
    near = np.where(np.isfinite(rough.value)[:, None], rough.phi, start)
    fine = minimise(kernel, space, near, weights, delta, max_steps=max_steps, damping=0.0)
    again = np.flatnonzero(~fine.converged)
    retry = space.rows(again)
    edge = delta if isinstance(delta, float) else delta[again]
    second = minimise(kernel, retry, start[again], weights[again], edge, max_steps=max_steps)
    better = second.value < fine.value[again]
    for have, new in zip(
        (fine.phi, fine.value, fine.converged),
        (second.phi, second.value, second.converged),
        strict=True,
    ):
        have[again[better]] = new[better]
    return fine


def _descend(
    kernel: Kernel,
    space: Space,
    start: Array,
    weights: Array,
    rows: Array,
    delta: float | Array,
    tolerance: float,
    max_steps: int,
    first_damping: float,
) -> tuple[Array, Array, Array, Array]:
    """Run damped Newton on one chunk; problems leave the batch as they finish."""
    size = len(start)
    out = space.clip(start)
    value, converged, steps = np.full(size, np.inf), np.zeros(size, bool), np.zeros(size, int)
    # Residuals of data a law fits exactly are rounding; their squares are no progress to wait for.
    noise = weights.sum(axis=1) * (ROUNDING * float(np.finfo(kernel.dtype).eps)) ** 2
    slack = 4 * float(np.finfo(kernel.dtype).eps)

    active = np.arange(size)
    weights = weights.astype(kernel.dtype)
    best, phi = np.full(size, np.inf), out.copy()
    step, length, slope = np.zeros_like(phi), np.ones(size), np.zeros(size)
    damping = np.full(size, first_damping)
    for count in range(max_steps):
        trial = space.clip(phi + length[:, None] * step)
        edge = delta if isinstance(delta, float) else delta[active, None].astype(kernel.dtype)
        trial_value, move, decrease = _newton(
            kernel, space, trial, rows[active], weights, edge, damping
        )
        usable = np.isfinite(trial_value) & np.isfinite(move).all(axis=1)
        accept = usable & (trial_value <= best * (1 + slack))
        full = accept & (length == 1)
        steps[active] += 1

        if count:
            damping = np.where(full, damping / 10, damping)
            damping = np.where(
                accept & ~full, np.minimum(np.maximum(damping, 1e-3) * 10, 1), damping
            )
            damping[damping < 1e-6] = 0
        gap = trial_value - best
        parabola = 0.5 * length**2 * slope / np.maximum(gap + length * slope, 1e-300)
        shorter = np.clip(np.nan_to_num(parabola), 0.1 * length, 0.5 * length)
        phi = np.where(accept[:, None], trial, phi)
        step = np.where(accept[:, None], move, step)
        best = np.where(accept, trial_value, best)
        slope = np.where(accept, decrease, slope)
        length = np.where(accept, 1.0, shorter)

        finished = accept & (decrease <= tolerance * best + noise[active])
        lost = (length < 1e-8) | ~np.isfinite(best)
        # A step that shrank to nothing gets one more chance from the cautious end.
        revive = lost & np.isfinite(best) & (damping < 1)
        damping[revive], length[revive], step[revive] = 1.0, 1.0, 0.0
        best[revive] = np.nextafter(best[revive], np.inf)
        done = finished | (lost & ~revive)
        if done.any():
            gone = active[done]
            # The last step, too small to be worth an evaluation, still adds digits.
            last = np.where(finished[done, None], step[done], 0.0)
            out[gone] = space.clip(phi[done] + last)
            value[gone], converged[gone] = best[done], finished[done]
            keep = ~done
            active, weights = active[keep], weights[keep]
            if not len(active):
                break
            phi, step, best, slope = phi[keep], step[keep], best[keep], slope[keep]
            length, damping = length[keep], damping[keep]
    if len(active):
        out[active], value[active] = phi, best
    return out, value, converged, steps


def _newton(
    kernel: Kernel,
    space: Space,
    phi: Array,
    rows: Array,
    weights: Array,
    delta: float | Array,
    damping: Array,
) -> tuple[Array, Array, Array]:
    """Return the Huber sum at `phi`, the step from there and the decrease it promises."""
    r = kernel.residuals(space.theta(phi, rows))
    shape = r.shape
    clipped = np.clip(r, -delta, delta, out=kernel.buffer("clipped", *shape))
    weight = kernel.buffer("weight", *shape)
    np.equal(clipped, r, out=weight, casting="unsafe")
    spare = np.multiply(clipped, -0.5, out=kernel.buffer("spare", *shape))
    spare += r
    pull = np.multiply(clipped, weights, out=clipped)
    total = np.einsum("sn,sn->s", spare, pull).astype(np.float64)

    if damping.any() and np.all(np.isfinite(delta)):
        part = damping.astype(kernel.dtype)[:, None]
        touching = np.abs(r, out=spare)
        np.maximum(touching, delta, out=touching)
        np.divide(delta * part, touching, out=touching)
        weight *= 1 - part
        weight += touching
    weight *= weights
    gradient, hessian = kernel.normal(pull, weight)
    if not space.whole:
        gradient = gradient @ space.spread.T
        hessian = space.spread @ hessian @ space.spread.T

    move = _inside(space, phi, hessian, gradient)
    return total, move, np.einsum("sq,sq->s", move, gradient)


def _inside(space: Space, phi: Array, hessian: Array, gradient: Array) -> Array:
    """Return the Newton step of the coordinates that are not held by a bound."""
    if not space.bounded:
        return solve_positive(hessian, gradient)
    # A coordinate that creeps up to its bound would cut every step short: it counts as there.
    low, high = phi - space.lower < AT_BOUND, space.upper - phi < AT_BOUND
    held = (low & (gradient < 0)) | (high & (gradient > 0))
    # Letting one bound go may push the step against another: hold that one as well.
    for _ in range(phi.shape[1] + 1):
        free = np.where(held, 0.0, gradient)
        block = np.where(held[:, :, None] | held[:, None, :], 0.0, hessian)
        move = solve_positive(block + held[:, :, None] * np.eye(phi.shape[1]), free)
        outward = (low & (move < 0)) | (high & (move > 0))
        if not (outward & ~held).any():
            break
        held |= outward
    return np.where(held, np.where(low, space.lower, space.upper) - phi, move)
