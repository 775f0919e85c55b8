"""Intervals of predictions from the curvature at a minimum, for data too few to resample."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from replication.errors import ArgumentError
from replication.fitting.arguments import points_of
from replication.fitting.frame import Data
from replication.fitting.intervals import beyond
from replication.fitting.kernels import GradientKernel
from replication.fitting.problem import Problem
from replication.laws import Law

Array = NDArray[Any]

MOST_CONDITION = 1e13
"""Condition of the normal matrix beyond which some direction is not determined."""


def prediction_table(
    problem: Problem, phi: Array, law: Law, level: float, inputs: Mapping[str, ArrayLike]
) -> pd.DataFrame:
    """Return predictions with Student intervals of the linearised law.

    Parameters
    ----------
    problem : Problem
        The problem that was solved, by least squares.
    phi : ndarray, shape (q,)
        Its solution.
    law : Law
        The same as a law.
    level : float
        Coverage of each interval, in (0, 1).
    inputs : mapping of str to array_like
        Inputs of the law by name, in SI counts.

    Returns
    -------
    DataFrame
        One row a point; see `Fit.predict`.

    Raises
    ------
    ArgumentError
        If the objective is not least squares, `level` is outside (0, 1), no degree of freedom is
        left, the points do not determine the law, or shapes of inputs do not fit together.
    DataError
        If the inputs are not those of the law.
    """
    freedom = _degrees_of_freedom(problem)
    if not 0 < level < 1:
        raise ArgumentError(f"level is {level}; it must lie between 0 and 1, for example 0.8.")
    columns = tuple(np.ravel(column) for column in points_of(law, inputs))

    residuals, slopes = _linearised(problem, phi, problem.data)
    weights = problem.data.weights
    normal = slopes.T @ (weights[:, None] * slopes)
    if np.linalg.cond(normal) > MOST_CONDITION:
        raise ArgumentError(
            "The points leave some direction of the coefficients free, so a prediction has no "
            "interval. Fix or tie a field, or add runs; the notes of the fit name the fields."
        )
    variance = float(weights @ residuals**2) / freedom
    estimate = np.broadcast_to(np.asarray(law.predict(*columns)), columns[0].shape)
    ones = np.ones(estimate.shape)
    # Slopes of the prediction do not depend on what was observed there.
    _, there = _linearised(problem, phi, Data(columns, ones, ones, None))
    spread = np.einsum("np,pq,nq->n", there, np.linalg.inv(normal), there)
    reach = float(stdtrit(freedom, 0.5 + level / 2)) * np.sqrt(variance * spread)
    if problem.objective.log:
        low, high = estimate * np.exp(-reach), estimate * np.exp(reach)
    else:
        low, high = estimate - reach, estimate + reach
    known = problem.data.columns
    far = [
        max(beyond(float(v), c) for v, c in zip(p, known, strict=True))
        for p in zip(*columns, strict=True)
    ]
    table = dict(zip(law.inputs, columns, strict=True))
    return pd.DataFrame(
        table | {"estimate": estimate, "low": low, "high": high, "beyond_data": far}
    )


def _degrees_of_freedom(problem: Problem) -> int:
    """Return points less free fields, or say why there is no interval."""
    if problem.objective.kind != "lsq":
        raise ArgumentError(
            f"Linearised intervals need objective 'lsq' or 'log-lsq', not "
            f"{problem.objective.name!r}; use bootstrap()."
        )
    counted = int((problem.data.weights > 0).sum())
    if (freedom := counted - len(problem.free)) < 1:
        raise ArgumentError(
            f"{counted} points for {len(problem.free)} free fields leave nothing to tell the noise "
            "by. Add runs, or fix or tie fields."
        )
    return freedom


def _linearised(problem: Problem, phi: Array, data: Data) -> tuple[Array, Array]:
    """Return residuals (n,) and the slopes (n, q) of the predictions in free coordinates."""
    kernel = GradientKernel(problem.law, data, problem.objective.log)
    here = kernel.evaluate(problem.space.theta(phi[None]))
    return here.residuals[0], np.asarray(here.slopes()[0] @ problem.space.spread.T)
