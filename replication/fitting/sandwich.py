"""Standard errors from the curvature at a minimum: the sandwich of M-estimation."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.fitting.problem import Problem
from replication.fitting.workspace import Workspace
from replication.laws import Law

Array = NDArray[Any]

MIN_INSIDE = 0.5
"""Share of residuals inside delta below which the curvature rests on a few points only."""


def standard_errors(
    problem: Problem, phi: Array, law: Law, residuals: Array
) -> tuple[dict[str, float], str]:
    """Return standard errors of the free fields, or why there are none.

    Parameters
    ----------
    problem : Problem
        The problem that was solved.
    phi : ndarray, shape (q,)
        Its solution.
    law : Law
        The same as a law.
    residuals : ndarray, shape (n,)
        What it leaves.

    Returns
    -------
    errors : dict of str to float
        By field, in its unit; empty if there are none.
    why : str
        Why there are none.
    """
    objective = problem.objective
    threshold = objective.threshold
    inside = int((np.abs(residuals) <= threshold).sum())
    if objective.kind not in ("huber", "lsq"):
        return {}, f"{objective.name} has no curvature at its kinks; use bootstrap()"
    if inside < MIN_INSIDE * problem.data.n:
        return {}, (
            f"only {inside} of {problem.data.n} residuals lie inside delta={threshold:g}, too few "
            "to tell the curvature of the objective; use bootstrap()"
        )
    kernel, space, weights = problem.kernel, problem.space, problem.data.weights
    here = kernel.evaluate(space.theta(phi[None]), Workspace())
    r = here.residuals
    pull = weights * np.clip(r, -threshold, threshold)
    _, bread = here.normal(pull, weights * (np.abs(r) <= threshold))
    _, meat = here.normal(np.zeros_like(r), pull**2)
    bread = space.spread @ bread[0] @ space.spread.T
    meat = space.spread @ meat[0] @ space.spread.T
    if not (np.isfinite(bread).all() and np.isfinite(meat).all()):
        return {}, "the slopes at the minimum are not finite; see the notes and give bounds="
    if np.linalg.cond(bread) > 1e13:
        return {}, "the objective is flat in some direction; see the notes and use profile()"
    inverse = np.linalg.inv(bread)
    se = np.sqrt(np.diag(inverse @ meat @ inverse))
    values = law.to_dict()
    return {
        name: float(se[i] * (values[name] if in_log else 1.0))
        for i, (name, in_log) in enumerate(zip(problem.free, problem.logs, strict=True))
    }, ""
