"""Doubts about a solution: fields at a bound, fields the data do not tell apart, too few points."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.errors import Note
from replication.fitting.frame import Data
from replication.fitting.problem import Problem
from replication.fitting.workspace import Workspace
from replication.laws import Law

Array = NDArray[Any]

MEDIAN_OF_NORMAL = 0.6745
"""Median absolute value of a standard normal."""
VANISHING = 1e-4
"""Share of the prediction below which a positive coefficient counts as zero."""
FLAT = 1e-9
"""Spread of what a slope multiplies, over its size, below which it is constant up to rounding."""
SINGULAR = 1e-10
"""Singular value of slopes of length one that is but rounding."""


def doubts(
    problem: Problem, phi: Array, law: Law, residuals: Array, status: str
) -> tuple[Note, ...]:
    """Say what is doubtful about a solution.

    Parameters
    ----------
    problem : Problem
        The problem that was solved.
    phi : ndarray, shape (q,)
        Free coordinates of the solution.
    law : Law
        The law there.
    residuals : ndarray, shape (n,)
        Its residuals.
    status : str
        How the search ended.

    Returns
    -------
    tuple of Note
        Empty if nothing is.
    """
    notes = []
    if status == "not converged":
        notes.append(
            Note(
                "not_converged",
                "The last Newton step still promised progress.",
                "Look at profile(), and at bounds= for fields that run away.",
            )
        )
    for name, there in zip(problem.free, problem.space.at_bound(phi), strict=True):
        if there:
            notes.append(_bound_note(name, f"stands at its bound {getattr(law, name):.4g}"))
    vanished = _vanished(problem.data, law, problem.free)
    notes += [_bound_note(name, "is zero as far as the data can tell") for name in vanished]
    counted = int((problem.data.weights > 0).sum())
    if counted < 3 * len(problem.free):
        notes.append(
            Note(
                "too_few_points",
                f"{counted} points for {len(problem.free)} free fields.",
                "Treat the coefficients as one of many that fit; bootstrap to see the others.",
            )
        )
    loose = [name for name in _unidentified(problem, phi, residuals) if name not in vanished]
    if loose:
        notes.append(
            Note(
                "unidentified",
                f"The data leave {', '.join(loose)} almost free.",
                "See profile(); fix or tie a field, or add runs that vary what it multiplies.",
            )
        )
    return tuple(notes)


def _bound_note(name: str, what: str) -> Note:
    """Return the note on a field at the edge of its range."""
    return Note("at_bound", f"{name} {what}.", "Report a range, not a point: see profile().")


def _vanished(data: Data, law: Law, free: tuple[str, ...]) -> list[str]:
    """Return the positive linear fields whose term is a negligible part of every prediction."""
    with np.errstate(all="ignore"):
        predicted = np.abs(np.asarray(law.predict(*data.columns)))
        partial = law.gradient(*data.columns)
    return [
        f.name
        for f in law.fields()
        if f.name in free
        and f.metadata["linear"]
        and np.all(np.abs(partial[f.name]) * getattr(law, f.name) < VANISHING * predicted)
    ]


def _unidentified(problem: Problem, phi: Array, residuals: Array) -> list[str]:
    """Return fields whose linearised error exceeds a factor e, or half the exponent itself.

    The error of a slope must not move a prediction by more than the range of the response.
    """
    kernel, space, weights = problem.kernel, problem.space, problem.data.weights
    here = kernel.evaluate(space.theta(phi[None]), Workspace())
    _, gram = here.normal(np.zeros((1, problem.data.n)), weights[None])
    gram = space.spread @ gram[0] @ space.spread.T
    # Sums of squares that rounding left below zero belong to fields without any effect.
    size = np.sqrt(np.maximum(np.diag(gram), 0.0)) + 1e-150
    values, vectors = np.linalg.eigh(gram / np.outer(size, size))
    # A direction without curvature is known to within rounding only, which is to say not at all.
    spread = (vectors**2 / np.maximum(values, 1e-15)).sum(axis=1)
    noise = float(np.median(np.abs(residuals))) / MEDIAN_OF_NORMAL
    errors = noise * np.sqrt(spread) / size
    about = {f.name: f.metadata for f in problem.law.fields()}
    limits = [1.0 if about[n]["log"] else 0.5 * abs(phi[k]) for k, n in enumerate(problem.free)]
    slopes = [k for k, name in enumerate(problem.free) if about[name].get("slope")]
    limits = _slope_limits(problem, phi, slopes, limits) if slopes else limits
    return [name for k, name in enumerate(problem.free) if errors[k] > limits[k]]


def _slope_limits(
    problem: Problem, phi: Array, slopes: list[int], others: list[float]
) -> list[float]:
    """Return the limits with those of slopes: what moves a prediction by the response's range."""
    law = problem.law.from_vector(problem.space.theta(phi[None])[0])
    limits, partial = list(others), law.gradient(*problem.data.columns)
    moved = {k: partial[problem.free[k]] for k in slopes}
    flat = [k for k, values in moved.items() if np.std(values) <= FLAT * np.abs(values).max()]
    for k, values in moved.items():
        if k not in flat:
            limits[k] = float(np.ptp(problem.data.response) / np.std(values))
        else:
            # One is the intercept, uncertain by its unit alone; of two, each may stand for both.
            limits[k] = np.inf if len(flat) == 1 else 0.0
    return limits


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
    with np.errstate(all="ignore"):
        partial = law.gradient(*problem.data.columns)
        units = {f.name: getattr(law, f.name) if f.metadata["log"] else 1.0 for f in law.fields()}
        slopes = problem.space.spread @ np.stack(
            [np.broadcast_to(partial[k] * u, problem.data.n) for k, u in units.items()]
        )
        sizes = np.linalg.norm(slopes, axis=1, keepdims=True)
    if not np.all(np.isfinite(sizes) & (sizes > 0)):
        return True
    return bool(np.linalg.matrix_rank(slopes / sizes, tol=SINGULAR) == len(slopes))
