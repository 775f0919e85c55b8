"""Intervals of predictions from the curvature at a minimum, for data too few to resample."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from replication.fitting.frame import Data
from replication.fitting.kernels import GradientKernel
from replication.fitting.problem import Problem

Array = NDArray[Any]

MOST_CONDITION = 1e13
"""Condition of the normal matrix beyond which some direction is not determined."""


def student_ends(
    problem: Problem,
    phi: Array,
    columns: tuple[Array, ...],
    estimate: Array,
    level: float,
    *,
    of_run: bool = False,
) -> tuple[Array, Array] | None:
    """Return the ends of Student intervals of the linearised law.

    Parameters
    ----------
    problem : Problem
        The problem that was solved, by least squares, with a degree of freedom left.
    phi : ndarray, shape (q,)
        Its solution.
    columns : tuple of ndarray, shape (n,)
        Inputs of the law, in its order, in SI counts.
    estimate : ndarray, shape (n,)
        What the law predicts there.
    level : float
        Coverage of each interval, in (0, 1).
    of_run : bool
        Whether it is of one new run, whose noise adds to the doubt about the law.

    Returns
    -------
    low, high : ndarray, shape (n,)
        None where the points leave some direction of the coefficients free.
    """
    residuals, slopes = _linearised(problem, phi, problem.data)
    weights = problem.data.weights
    normal = slopes.T @ (weights[:, None] * slopes)
    if not np.isfinite(normal).all() or not np.linalg.cond(normal) <= MOST_CONDITION:
        return None
    freedom = degrees_of_freedom(problem)
    variance = float(weights @ residuals**2) / freedom
    ones = np.ones(estimate.shape)
    # Slopes of the prediction do not depend on what was observed there.
    _, there = _linearised(problem, phi, Data(columns, ones, ones, None))
    spread = np.einsum("np,pq,nq->n", there, np.linalg.inv(normal), there)
    spread = spread + float(of_run)
    reach = float(stdtrit(freedom, 0.5 + level / 2)) * np.sqrt(variance * spread)
    if problem.objective.log:
        return estimate * np.exp(-reach), estimate * np.exp(reach)
    return estimate - reach, estimate + reach


def degrees_of_freedom(problem: Problem) -> int:
    """Return points less free fields."""
    return counted(problem) - len(problem.free)


def counted(problem: Problem) -> int:
    """Return the number of points that have a weight."""
    return int((problem.data.weights > 0).sum())


def _linearised(problem: Problem, phi: Array, data: Data) -> tuple[Array, Array]:
    """Return residuals (n,) and the slopes (n, q) of the predictions in free coordinates."""
    kernel = GradientKernel(problem.law, data, problem.objective.log)
    here = kernel.evaluate(problem.space.theta(phi[None]))
    return here.residuals[0], np.asarray(here.slopes()[0] @ problem.space.spread.T)
