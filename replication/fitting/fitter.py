"""Fitting a law to a table: one call, no start values, the lowest of many starts."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.errors import ArgumentError, DataError, unknown
from replication.fitting.arguments import (
    constraints,
    law_class,
    response_name,
    start_points,
)
from replication.fitting.diagnostics import diagnose
from replication.fitting.frame import read, refuse_constant
from replication.fitting.identification import told_apart
from replication.fitting.initial_guess import seeds
from replication.fitting.objectives import HOFFMANN_DELTA, OBJECTIVES, Objective
from replication.fitting.of_law import L
from replication.fitting.problem import Problem
from replication.fitting.recipe import Recipe, follow
from replication.fitting.result import Fit
from replication.fitting.rows import refuse_rows
from replication.fitting.space import build_space
from replication.laws import Law
from replication.laws.inspection import check_declaration, check_response, inspect_law

Array = NDArray[Any]

DOUBTFUL = {"unidentified", "not_converged"}
"""Notes on a first search that ask for a second look from more places."""
LOWER = 1e-9
"""Share of the objective by which the second must be lower to count."""


def fit(
    law: type[L] | str,
    data: pd.DataFrame | Mapping[str, ArrayLike],
    response: str | None = None,
    *,
    objective: str | Objective | None = None,
    delta: float | None = None,
    reduction: str | None = None,
    weights: str | ArrayLike | None = None,
    fixed: Mapping[str, float] | None = None,
    tied: Mapping[str, str] | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    group: str | None = None,
    starts: Sequence[Law] | None = None,
    recipe: Recipe | None = None,
) -> Fit[L]:
    """Fit a law.

    Parameters
    ----------
    law : type of Law or str
        The law, or its name.
    data : DataFrame or mapping of str to array_like
        One row a run: the inputs of the law in SI counts and the response, for a loss in nats
        per token.
    response : str, optional
        Column of the response; by default what the law predicts.
    objective : str or Objective, optional
        ``log-huber`` (the default; hoffmann2022, Eq. 3), ``log-lad``, ``log-lsq``, ``huber``,
        ``lad``, ``lsq`` (the default of laws with an identity link) or ``log-huber-likelihood``.
    delta : float, optional
        Threshold of the Huber function, in the unit of the residuals; 1e-3 by default.
    reduction : str, optional
        ``sum`` (the default) or ``mean`` over points.
    weights : str or array_like, optional
        A factor for each point.
    fixed : mapping of str to float, optional
        Fields held at a value.
    tied : mapping of str to str, optional
        Fields that share another's value: ``{"beta": "alpha"}``.
    bounds : mapping of str to (float, float), optional
        Lowest and highest value of fields.
    group : str, optional
        Column that names the unit a bootstrap resamples, such as the run a point comes from.
    starts : sequence of Law, optional
        Start points, instead of the search for them.
    recipe : Recipe, optional
        A published recipe to follow to the letter, instead of the solver.

    Returns
    -------
    Fit
        The law, its objective, residuals and notes.

    Raises
    ------
    DataError
        If a column is missing or unusable, or there are fewer points than free fields.
    UnknownNameError
        If the law, the objective or a field is not known.
    ArgumentError
        If an argument has no meaning.

    Examples
    --------
    >>> import replication as rp
    >>> runs = rp.load("hoffmann2022", "figure4_isoflop_points")
    >>> fit = rp.fit(rp.laws.Chinchilla, runs)
    >>> bool(0.3 < fit.law.alpha < 0.4)
    True
    """
    kind = law_class(law, data)
    check_declaration(kind)
    objective = _objective(kind, objective, delta, reduction)
    fixed, tied, bounds = constraints(fixed, tied, bounds)
    space, free = build_space(kind, fixed, tied, bounds)
    named = response_name(kind, response)
    table = read(kind, data, named, weights, group, held=bool(fixed), log=objective.log)
    if (counted := int((table.weights > 0).sum())) < len(free):
        raise DataError(
            f"{counted} points cannot determine {len(free)} free fields "
            f"({', '.join(free)}). Add runs, or fix or tie fields."
        )
    check_response(kind, table.response)
    inspect_law(kind, table.columns)
    problem = Problem(kind, table, objective, space, free, fixed, tied)
    if recipe is not None:
        return _from_recipe(problem, recipe)

    begin = _starts(problem, starts)
    if len(begin) == 0:
        raise ArgumentError(
            f"No start of {kind.__name__} gives finite residuals. Give starts= or bounds=."
        )
    # Judged where the search starts: at its end, a term that vanished would hide the question.
    if not told_apart(problem, _law(problem, begin[0])):
        refuse_constant(kind, kind.inputs, table.columns)
    phi, settled = problem.search(begin)
    if not np.isfinite(problem.residuals(phi[None])).all():
        raise ArgumentError(
            f"No start of {kind.__name__} gives finite residuals. Give starts= or bounds=."
        )
    found = _ended(problem, phi, settled)
    if starts is None and DOUBTFUL & {note.code for note in found.notes}:
        return _second_look(found)
    return found


def _ended(problem: Problem[L], phi: Array, settled: bool) -> Fit[L]:
    """Return where a search of the solver ended."""
    return assembled(problem, phi, "converged" if settled else "not converged", None)


def _second_look(found: Fit[L]) -> Fit[L]:
    """Search again from many more places, and return what is lower.

    Where the data leave fields almost free the objective may have minima far from where laws
    usually lie; elsewhere the first search has found the lowest.
    """
    problem = found.problem
    begin = _starts(problem, None, wide=True)
    phi, settled = problem.search(begin, patient=True)
    if not np.isfinite(problem.residuals(phi[None])).all():
        return found
    other = _ended(problem, phi, settled)
    size = abs(found.value)
    lower = other.value < found.value - LOWER * size
    level = other.value <= found.value + LOWER * size
    ended = settled and found.status == "not converged"
    return other if lower or (level and ended) else found


def _objective(
    law: type[Law], objective: object, delta: float | None, reduction: str | None
) -> Objective:
    """Return the objective that the arguments of `fit` name."""
    if isinstance(objective, Objective):
        if delta is not None or reduction is not None:
            raise ArgumentError(
                "delta and reduction belong to the Objective that was given; set them there."
            )
        return objective
    if objective is None:
        objective = "log-huber" if law.link == "log" else "lsq"
    if not isinstance(objective, str):
        raise unknown("objective", objective, OBJECTIVES)
    threshold = HOFFMANN_DELTA if delta is None else delta
    return Objective(objective, threshold, "sum" if reduction is None else reduction)


def _starts(problem: Problem, starts: Sequence[Law] | None, wide: bool = False) -> Array:
    """Return start points in free coordinates: the caller's, or those of the search."""
    if starts is None:
        held = (problem.fixed, problem.tied)
        theta = seeds(problem.law, problem.data, problem.objective, *held, wide)
    else:
        theta = start_points(problem.law, starts)
    refuse_rows(problem.law, problem.data, theta, problem.fixed)
    leads = [problem.law.names().index(name) for name in problem.free]
    return problem.space.clip(theta[:, leads])


def _from_recipe(problem: Problem[L], recipe: Recipe) -> Fit[L]:
    """Return the best end of a published recipe as a fit."""
    attempts = follow(recipe, problem)
    finite = attempts[np.isfinite(attempts["value"])]
    if finite.empty:
        raise ArgumentError("No start of the recipe ended at a finite objective.")
    best = finite.loc[finite["value"].idxmin()]
    phi = best[list(problem.free)].to_numpy(dtype=np.float64)
    status = f"best of {len(attempts)} starts of {recipe.method}"
    return assembled(problem, phi, status, attempts)


def _law(problem: Problem[L], phi: Array) -> L:
    """Return the law at free coordinates."""
    return problem.law.from_vector(problem.space.theta(phi[None])[0])


def assembled(
    problem: Problem[L], phi: Array, status: str, attempts: pd.DataFrame | None
) -> Fit[L]:
    """Return the frozen result with its notes.

    Parameters
    ----------
    problem : Problem
        What was solved.
    phi : ndarray, shape (q,)
        Free coordinates of its solution.
    status : str
        How the search ended.
    attempts : DataFrame or None
        Every start of a published recipe, if one was followed.

    Returns
    -------
    Fit
        With the law, its residuals and what is doubtful.

    Examples
    --------
    >>> import replication as rp
    >>> fit = rp.fit("PowerLaw", {"flops": [1e18, 1e19, 1e20], "loss": [4.0, 3.2, 2.6]})
    >>> assembled(fit.problem, fit.phi, fit.status, None).law == fit.law
    True
    """
    law = _law(problem, phi)
    residuals = problem.residuals(phi[None])[0]
    return Fit(
        law=law,
        n=problem.data.n,
        objective=problem.objective,
        value=problem.objective.value(residuals, problem.data.weights),
        status=status,
        notes=diagnose(problem, phi, law, status),
        residuals=residuals,
        free=problem.free,
        attempts=attempts,
        problem=problem,
        phi=phi,
    )
