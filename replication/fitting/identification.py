"""Which fields the data do not tell apart, by structure, by noise, and by a second look."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.errors import Note
from replication.fitting.local import Local
from replication.fitting.objectives import huber
from replication.fitting.problem import Problem
from replication.fitting.robust import Decomposition, decompose
from replication.laws import Law

Array = NDArray[Any]

SINGULAR = 1e-10
"""Singular value of slopes of length one that is but rounding."""
SHARE = 1e-3
"""Part of a field in a combination without effect, above which the field is named."""
FLAT = 1e-9
"""Spread of what a slope multiplies, over its size, below which it is constant up to rounding."""
LOG_LIMIT, SIGNED_LIMIT = 1.0, 0.5
"""Standard errors that make a field loose: a factor e, or half of an exponent."""
SUSPECT = 6.0
"""How far below these limits a second look begins."""
FAR = float(np.log(10.0))
"""How far it moves a logarithm; an exponent moves by its own size."""
REJECTED = 3.84
"""Likelihood ratio at which the data object to a value, at 95 %."""
SETTLED = 0.05
"""Gain in a step below which a trial has come as low as it will."""
ROUNDS = 8
"""Steps in which the other fields follow."""
ROBUST = 2.0
"""Standard deviations beyond which a residual counts by its size, not its square."""
MOST_ROWS = 3000
"""Rows that a second look reads; of more, an even part."""


def unidentified(local: Local, vanished: list[str]) -> Note | None:
    """Return a note on the fields that the data leave almost free.

    Parameters
    ----------
    local : Local
        The fit from close by; its slopes are finite.
    vanished : list of str
        Fields that are zero as far as the data can tell, of which another note speaks.

    Returns
    -------
    Note or None
        None where the data tell all fields.
    """
    free = local.problem.free
    tied = [free[k] for k in np.flatnonzero(without_effect(local.turned))]
    if local.count < len(free):
        what = f"{local.count} distinct inputs cannot determine {len(free)} free fields"
        what += f" ({', '.join(tied)})." if tied else "."
    elif set(tied) - set(vanished):
        what = f"A change of {' and '.join(tied)} together leaves every prediction as it is."
        if len(tied) == 1:
            what = f"A change of {tied[0]} leaves every prediction as it is."
    else:
        loose = [free[k] for k in _loose(local) if free[k] not in vanished]
        if not loose:
            return None
        what = f"The data leave {', '.join(loose)} almost free."
    return Note(
        "unidentified",
        what,
        "These coefficients are the best of the search, among many that fit nearly as well. See "
        "profile(); fix or tie a field, or add runs that vary what it multiplies.",
    )


def without_effect(slopes: Decomposition) -> NDArray[np.bool_]:
    """Return which fields stand in a combination that leaves every prediction as it is.

    Parameters
    ----------
    slopes : Decomposition
        Of how predictions move with the fields.

    Returns
    -------
    ndarray of bool, shape (q,)
        All false where the slopes have full rank.

    Examples
    --------
    >>> without_effect(decompose(np.array([[1.0, 2.0, 0.0], [2.0, 4.0, 1.0]]))).tolist()
    [True, True, False]
    """
    null = slopes.vectors[slopes.singular <= SINGULAR * max(slopes.singular.max(), 1e-300)]
    return np.asarray((null**2).sum(axis=0) > SHARE)


def _loose(local: Local) -> list[int]:
    """Return the free coordinates whose error is beyond all use."""
    if local.freedom == 0:
        return []  # no residual is left that would tell an error; another note says so
    turned = local.turned
    along = turned.vectors / np.maximum(turned.singular, SINGULAR)[:, None]
    with np.errstate(divide="ignore", over="ignore"):
        errors = local.noise * np.linalg.norm(along, axis=0) / turned.size
    about = local.problem.law.kinds()
    kinds = [about[name] for name in local.problem.free]
    limits = np.array(
        [
            LOG_LIMIT if kind.log else SIGNED_LIMIT * abs(value)
            for kind, value in zip(kinds, local.phi, strict=True)
        ]
    )
    loose = set()
    suspects = []
    for k, kind in enumerate(kinds):
        if kind.slope:
            if _moves_all(local, k, float(errors[k])) and errors[k] > limits[k]:
                loose.add(k)
        elif errors[k] > limits[k]:
            loose.add(k)
        elif errors[k] > limits[k] / SUSPECT:
            suspects.append(k)
    return sorted(loose | set(_still_free(local, suspects)))


def _moves_all(local: Local, k: int, error: float) -> bool:
    """Whether the error of a slope moves predictions by more than the range of the response."""
    moved = local.slopes[:, k] / np.sqrt(local.weights)
    spread = float(np.std(moved))
    # What multiplies a constant is the response where an input is one: uncertain by its unit.
    if spread <= FLAT * float(np.abs(moved).max()):
        return False
    response = local.problem.data.response[local.rows]
    observed = np.log(response) if local.problem.objective.log else response
    return error * spread > float(np.ptp(observed))


def _still_free(local: Local, suspects: list[int]) -> list[int]:
    """Return the suspects that may be ten times larger or smaller, the other fields following.

    Errors by the curvature at a minimum miss a valley that opens only some way from it. The
    value is moved there, the other fields take a few damped Gauss-Newton steps, all trials in one
    batch, and the likelihood ratio is asked whether the data object at 95 %.
    """
    q, step = len(local.phi), -(-len(local.rows) // MOST_ROWS)
    inverse = np.linalg.inv(local.pivots)
    starts, held = [local.phi], [-1]
    space, logs = local.problem.space, local.problem.logs
    for k in suspects:
        reach = FAR if logs[k] else abs(local.phi[k])
        for way in (-reach, reach):
            moved = local.phi + way * inverse[:, k]
            if np.all((moved >= space.lower) & (moved <= space.upper)):
                starts.append(moved)
                held.append(k)
    if len(starts) == 1:
        return []
    phi = np.array(starts)
    ways = np.tile(inverse, (len(phi), 1, 1))
    for row, k in enumerate(held):
        if k >= 0:
            ways[row, :, k] = 0.0

    def height(residuals: Array) -> Array:
        loss = 2 * huber(residuals / local.noise, ROBUST).sum(axis=-1) * step
        return np.where(np.isfinite(loss), loss, np.inf)

    residuals, slopes = local.at(phi, step=step)
    value, damping = height(residuals), np.full(len(phi), 1e-3)
    for _ in range(ROUNDS):
        with np.errstate(all="ignore"):
            pull = np.minimum(1.0, ROBUST * local.noise / np.abs(residuals))
            along = np.nan_to_num(slopes @ ways, posinf=0.0, neginf=0.0)
            target = np.nan_to_num(residuals * pull, posinf=0.0, neginf=0.0)
            weighed = (along * np.nan_to_num(pull)[..., None]).transpose(0, 2, 1)
            normal, against = weighed @ along, np.einsum("smq,sm->sq", along, target)
        size = np.sqrt(np.einsum("sqq->sq", normal))
        size[size == 0] = 1.0
        normal /= size[:, :, None] * size[:, None, :]
        normal += (damping[:, None] * np.ones(q))[:, :, None] * np.eye(q) + 1e-9 * np.eye(q)
        move = np.linalg.solve(normal, (against / size)[..., None])[..., 0] / size
        trial = space.clip(phi + np.einsum("sqk,sk->sq", ways, move))
        new_residuals, new_slopes = local.at(trial, step=step)
        new = height(new_residuals)
        better = new < value
        phi = np.where(better[:, None], trial, phi)
        residuals = np.where(better[:, None], new_residuals, residuals)
        slopes = np.where(better[:, None, None], new_slopes, slopes)
        settled = better & (value - new < SETTLED)
        value = np.where(better, new, value)
        damping = np.where(better, damping / 10, damping * 10)
        if np.all((value - value[0] < REJECTED) | settled):
            break
    return [k for k, v in zip(held[1:], value[1:], strict=True) if v - value[0] < REJECTED]


def told_apart(problem: Problem, law: Law) -> bool:
    """Whether no combination of the free fields leaves every prediction as it is.

    Parameters
    ----------
    problem : Problem
        The problem that was solved.
    law : Law
        Its solution.

    Returns
    -------
    bool
        True also where a slope vanishes or is not finite: another note then says so.
    """
    leads = [problem.law.names().index(name) for name in problem.free]
    with np.errstate(all="ignore"):
        theta = [
            np.log(value) if kind.log else value
            for kind, value in zip(law.kinds().values(), law.to_dict().values(), strict=True)
        ]
    slopes = Local(problem, np.array(theta)[leads], law).slopes
    sizes = np.abs(slopes).max(axis=0)
    if not np.all(np.isfinite(sizes) & (sizes > 0)):
        return True
    return not without_effect(decompose(slopes)).any()
