"""The solver: damped Newton steps on a batch of small problems, all advanced together.

The objective is a Huber sum, so its exact Hessian counts only the points inside delta and may be
poor or indefinite far from the minimum. While damping is high, the points outside delta enter
with the weight delta/|r| of the quadratic that touches the Huber function from above: at full
damping a step is one of iterative reweighting, which cannot overshoot; without damping it is
Newton's. Steps are halved until the objective falls. Steps do not depend on the units of the
coordinates, so no scaling of the inputs can spoil them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.fitting.batched_solve import solve_positive
from replication.fitting.kernels import GradientEvaluation, GradientKernel, Kernel, rounding
from replication.fitting.series import on_series
from replication.fitting.shared_start import SharedStart, shared_start
from replication.fitting.space import Space
from replication.fitting.workspace import Workspace

Array = NDArray[Any]

TOLERANCE = 1e-9
"""Share of the objective that the last step may promise."""
SHARP = 1e-11
"""The same where steps keep a curvature and end less sharply."""
SERIES = 1e-10
"""The same of steps whose curvature is brought up to date with every slope."""
MAX_STEPS = 2000
START_DAMPING = 0.3
NEAR = 1e-3
"""Damping up to which least squares use the curvature of the law."""
AT_BOUND = 1e-6
"""Distance from a bound, in solver coordinates, within which a coordinate is put on it."""
CHUNK_BYTES = 500_000
"""Size of one array of residuals: few enough stay in a processor's cache."""
CHUNK_SLOPES = 1_000_000
"""The same of the slopes of a law that is no sum of powers."""
STALLED = 1e-8
"""Relative decrease over `STALL` evaluations that is taken as none."""
STALL = 25
KEPT_STEPS = 8
"""Steps from a shared start for which the curvature of the first place serves."""
LITTLE = 0.01
"""Share of the objective below which what a coefficient still adds to it is little."""
GONE = -0.6
"""Step in its logarithm from which a coefficient with little left is on its way to zero."""
VANISH = -30.0
"""Step in the logarithm of a coefficient that would otherwise creep to zero by factors of e."""


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


def lowest(found: Sequence[Minima]) -> Minima:
    """Return for each problem the lowest of the minima that several starts led to."""
    values = np.stack([minima.value for minima in found])
    best = np.where(np.isfinite(values), values, np.inf).argmin(axis=0)
    rows = np.arange(len(best))
    names = ("phi", "value", "converged", "steps")
    columns = (np.stack([getattr(minima, name) for minima in found]) for name in names)
    return Minima(*(column[best, rows] for column in columns))


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
    width = kernel.n * np.dtype(kernel.dtype).itemsize
    if isinstance(kernel, GradientKernel):
        size = max(1, CHUNK_SLOPES // (width * kernel.p))
    else:
        size = max(1, CHUNK_BYTES // width)
    parts, work = [], Workspace()
    with np.errstate(all="ignore"):
        shared = shared_start(kernel, space, start, delta, damping)
        for low in range(0, len(start), size):
            rows = np.arange(low, min(low + size, len(start)))
            edge = delta if isinstance(delta, float) else delta[rows]
            descent = _Descent(kernel, space, rows, weights[rows], edge, work, shared)
            parts.append(descent.run(start[rows], tolerance, max_steps, damping))
    return Minima(*(np.concatenate(c) for c in zip(*parts, strict=True)))


def minimise_mixed(
    kernel: Kernel,
    space: Space,
    start: Array,
    weights: Array,
    delta: float | Array,
    max_steps: int = MAX_STEPS,
) -> Minima:
    """Minimise as `minimise`, the first steps on a series or in single precision where that pays.

    Least squares from one place are brought near their minima, and most of them to the end, by a
    series that all share; others by single precision, at half the cost. Double precision then
    starts without damping and decides. What did not converge so is solved again from the start.
    """
    with np.errstate(all="ignore"):
        squares = isinstance(delta, float) and np.isinf(delta)
        reached = on_series(kernel, space, start, weights, SERIES) if squares else None
    if reached is not None:
        found = Minima(reached.phi, reached.value, reached.ended, reached.steps)
    elif isinstance(kernel, GradientKernel):
        # Their steps with a kept curvature end less sharply.
        return minimise(kernel, space, start, weights, delta, SHARP, max_steps)
    elif len(start) < 64:
        return minimise(kernel, space, start, weights, delta, max_steps=max_steps)
    else:
        rough = minimise(
            kernel.single(), space, start, weights, delta, tolerance=1e-4, max_steps=max_steps
        )
        found = replace(rough, converged=np.zeros(len(start), bool))
    sharp = SHARP if isinstance(kernel, GradientKernel) else TOLERANCE
    for begin, damping in ((found.phi, 0.0), (start, START_DAMPING)):
        near = np.isfinite(found.value) | (damping > 0)
        going = np.flatnonzero(near & ~found.converged)
        edge = delta if isinstance(delta, float) else delta[going]
        ends = minimise(
            kernel, space.rows(going), begin[going], weights[going], edge, sharp, max_steps, damping
        )
        # A sum in single precision is not compared with one in double.
        better = (damping == 0) | ~(found.value[going] <= ends.value)
        for name in ("phi", "value", "converged", "steps"):
            getattr(found, name)[going[better]] = getattr(ends, name)[better]
    return found


@dataclass
class _Descent:
    """Damped Newton on one chunk; problems leave the batch as they finish."""

    kernel: Kernel
    space: Space
    rows: Array
    weights: Array
    delta: float | Array
    work: Workspace
    shared: SharedStart | None

    def run(
        self, start: Array, tolerance: float, max_steps: int, first_damping: float
    ) -> tuple[Array, Array, Array, Array]:
        """Return coordinates, values, whether each converged, and evaluations."""
        space, size = self.space, len(start)
        out = space.clip(start)
        value, converged, steps = np.full(size, np.inf), np.zeros(size, bool), np.zeros(size, int)
        noise = rounding(self.kernel, self.weights)
        slack = 4 * float(np.finfo(self.kernel.dtype).eps)

        active = np.arange(size)
        weights = self.weights.astype(self.kernel.dtype)
        best, phi = np.full(size, np.inf), out.copy()
        step, length, slope = np.zeros_like(phi), np.ones(size), np.zeros(size)
        damping = np.full(size, first_damping)
        mark = np.full(size, np.inf)
        for count in range(max_steps):
            trial = space.clip(phi + length[:, None] * step)
            if count == 0 and self.shared is not None:
                trial_value, gradient, hessian = self.shared.model(self.weights)
            else:
                edge = self.delta
                if not isinstance(edge, float):
                    edge = edge[active, None].astype(self.kernel.dtype)
                trial_value, gradient, hessian = self._model(
                    space.theta(trial, self.rows[active]), weights, edge, damping, count
                )
            if not space.whole:
                gradient = gradient @ space.spread.T
                hessian = space.spread @ hessian @ space.spread.T
            move, decrease = _step(space, trial, trial_value, hessian, gradient)
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
            if count % STALL == STALL - 1:
                # A long flat valley: what lies further down is too little to walk for.
                done |= mark - best <= STALLED * np.abs(best)
                mark = best.copy()
            if done.any():
                gone = active[done]
                # The last step, too small to be worth an evaluation, still adds digits.
                last = np.where(finished[done, None], step[done], 0.0)
                out[gone] = space.clip(phi[done] + space.harmless(last, phi[done]))
                value[gone], converged[gone] = best[done], finished[done]
                keep = ~done
                active, weights = active[keep], weights[keep]
                if not len(active):
                    break
                phi, step, best, slope = phi[keep], step[keep], best[keep], slope[keep]
                length, damping, mark = length[keep], damping[keep], mark[keep]
        if len(active):
            out[active], value[active] = phi, best
        return out, value, converged, steps

    def _model(
        self,
        theta: Array,
        weights: Array,
        delta: float | Array,
        damping: Array,
        count: int,
    ) -> tuple[Array, Array, Array]:
        """Return the Huber sum, minus its gradient, and its Hessian."""
        work = self.work
        here = self.kernel.evaluate(theta, work)
        r = here.residuals
        if isinstance(delta, float) and np.isinf(delta):
            pull = np.multiply(r, weights, out=work.array("pull", r.shape, r.dtype))
            total = 0.5 * np.einsum("sn,sn->s", r, pull).astype(np.float64)
            if not isinstance(here, GradientEvaluation):
                return total, *here.normal(pull, weights)
            if self.shared is not None and count <= KEPT_STEPS:
                return total, *here.normal(pull, weights, self.shared.bent(pull))
            # Far from a minimum the curvature misleads as often as it helps.
            near = (damping <= NEAR) | (self.shared is not None)
            if near.all():
                return total, *here.normal(pull, weights)
            bent = here.bent(pull) if near.any() else np.zeros((len(theta), 1, 1))
            return total, *here.normal(pull, weights, bent * near[:, None, None])
        clipped = np.clip(r, -delta, delta, out=work.array("pull", r.shape, r.dtype))
        weight = work.array("weight", r.shape, r.dtype)
        np.equal(clipped, r, out=weight, casting="unsafe")
        spare = np.multiply(clipped, -0.5, out=work.array("spare", r.shape, r.dtype))
        spare += r
        pull = np.multiply(clipped, weights, out=clipped)
        total = np.einsum("sn,sn->s", spare, pull).astype(np.float64)
        if damping.any() and np.all(np.isfinite(delta)):
            part = damping.astype(self.kernel.dtype)[:, None]
            touching = np.abs(r, out=spare)
            np.maximum(touching, delta, out=touching)
            np.divide(delta * part, touching, out=touching)
            weight *= 1 - part
            weight += touching
        weight *= weights
        return total, *here.normal(pull, weight)


def _step(
    space: Space, phi: Array, value: Array, hessian: Array, gradient: Array
) -> tuple[Array, Array]:
    """Return the step of the coordinates that no bound holds, and the decrease Newton promises."""
    low, high = phi - space.lower < AT_BOUND, space.upper - phi < AT_BOUND
    held = (low & (gradient < 0)) | (high & (gradient > 0))
    if (low | high).any():
        move = _inside(space, phi, hessian, gradient, low, high, held)
    else:
        move = solve_positive(hessian, gradient)
    decrease = np.einsum("sq,sq->s", move, gradient)
    return _vanishing(space, value, hessian, gradient, move), decrease


def _vanishing(space: Space, value: Array, hessian: Array, gradient: Array, move: Array) -> Array:
    """Let a coefficient that falls to zero do so at once.

    In its logarithm it would do so by factors of e, or in steps so long that they would cut those
    of all others short. Where little is left of its term, the law is linear in the coefficient:
    all of it goes, which is a step of minus one in the slopes, and the other fields follow that.
    """
    runs = space.vanishes & (gradient < 0) & (-gradient < LITTLE * value[:, None]) & (move < GONE)
    rows = np.flatnonzero(runs.any(axis=1))
    if not len(rows):
        return move
    gone = runs[rows]
    pull = gradient[rows] + np.einsum("sqk,sk->sq", hessian[rows], gone.astype(np.float64))
    block = np.where(gone[:, :, None] | gone[:, None, :], 0.0, hessian[rows])
    rest = solve_positive(block + gone[:, :, None] * np.eye(len(space.vanishes)), pull)
    out = move.copy()
    out[rows] = np.where(gone, VANISH, rest)
    return out


def _inside(
    space: Space, phi: Array, hessian: Array, gradient: Array, low: Array, high: Array, held: Array
) -> Array:
    """Return the Newton step of the coordinates that are not held by a bound."""
    # A coordinate that creeps up to its bound would cut every step short: it counts as there.
    # Letting one bound go may push the step against another: hold that one as well.
    for _ in range(phi.shape[1] + 1):
        free = np.where(held, 0.0, gradient)
        block = np.where(held[:, :, None] | held[:, None, :], 0.0, hessian)
        move = solve_positive(block + held[:, :, None] * np.eye(phi.shape[1]), free)
        outward = (low & (move < 0)) | (high & (move > 0))
        if not (outward & ~held).any():
            break
        held = held | outward
    return np.where(held, np.where(low, space.lower, space.upper) - phi, move)
