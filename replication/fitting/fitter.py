"""Fitting a law to a table: one call, no start values, the global optimum."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.errors import ArgumentError, DataError, Note, unknown
from replication.fitting.frame import Data, read, refuse_constant
from replication.fitting.kernels import kernel_for
from replication.fitting.objectives import HOFFMANN_DELTA, OBJECTIVES, Objective
from replication.fitting.problem import Problem
from replication.fitting.recipe import Recipe, follow
from replication.fitting.result import Fit
from replication.fitting.seeds import seeds
from replication.fitting.space import build_space
from replication.laws import NAMED, Law, by_name

Array = NDArray[Any]

MEDIAN_OF_NORMAL = 0.6745
"""Median absolute value of a standard normal."""
LARGEST_LOG = 700.0
"""Logarithm of the largest coefficient that leaves room for arithmetic with it."""
VANISHING = 1e-4
"""Share of the prediction below which a positive coefficient counts as zero."""
FLAT = 1e-9
"""Spread of what a slope multiplies, over its size, below which it is constant up to rounding."""
SINGULAR = 1e-10
"""Singular value of slopes of length one that is but rounding."""


def fit(
    law: type[Law] | str,
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
) -> Fit:
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
    kind: Any = by_name(law) if isinstance(law, str) else law
    if not (inspect.isclass(kind) and issubclass(kind, Law)):
        raise unknown("law", law, NAMED, "Pass a subclass of replication.laws.Law.")
    objective = _objective(kind, objective, delta, reduction)
    fixed, tied = dict(fixed or {}), dict(tied or {})
    space, free = build_space(kind, fixed, tied, bounds or {})
    table = read(kind, data, response or kind.response, weights, group, held=bool(fixed))
    if (counted := int((table.weights > 0).sum())) < len(free):
        raise DataError(
            f"{counted} points cannot determine {len(free)} free fields "
            f"({', '.join(free)}). Add runs, or fix or tie fields."
        )
    kernel = kernel_for(kind, table, objective.log)
    problem = Problem(kind, table, objective, kernel, space, free, fixed, tied)
    if recipe is not None:
        return _from_recipe(problem, recipe)

    phi, settled = problem.search(_starts(problem, starts))
    if not np.isfinite(list(_law(problem, phi).to_dict().values())).all():
        # An exponent that runs away takes its coefficient beyond what a float can hold.
        problem = replace(problem, space=problem.space.within(LARGEST_LOG, problem.logs))
        phi, settled = problem.search(_starts(problem, starts))
    if not np.isfinite(problem.residuals(phi[None])).all():
        raise ArgumentError(
            f"No start of {kind.__name__} gives finite residuals. Give starts= or bounds=."
        )
    if not _told_apart(problem, _law(problem, phi)):
        refuse_constant(kind, kind.inputs, table.columns)
    return _result(problem, phi, "converged" if settled else "not converged", None)


def _objective(
    law: type[Law], objective: object, delta: float | None, reduction: str | None
) -> Objective:
    """Return the objective that the arguments of `fit` name."""
    for f in law.fields():
        if "log" not in f.metadata:
            raise ArgumentError(
                f"Field {f.name} of {law.__name__} does not say how it is searched. Declare it "
                f"with replication.laws: {f.name}: float = coefficient(), scale() or exponent()."
            )
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
    return Objective(objective, HOFFMANN_DELTA if delta is None else delta, reduction or "sum")


def _starts(problem: Problem, starts: Sequence[Law] | None) -> Array:
    """Return start points in free coordinates: the caller's, or those of the search."""
    if starts is None:
        theta = seeds(problem.law, problem.data, problem.objective, problem.fixed)
    else:
        if not starts or not all(isinstance(s, problem.law) for s in starts):
            raise ArgumentError(
                f"starts must be one or more instances of {problem.law.__name__}; got {starts!r}."
            )
        theta = np.stack([s.to_vector() for s in starts])
    leads = [problem.law.names().index(name) for name in problem.free]
    return problem.space.clip(theta[:, leads])


def _from_recipe(problem: Problem, recipe: Recipe) -> Fit:
    """Return the best end of a published recipe as a fit."""
    attempts = follow(recipe, problem)
    finite = attempts[np.isfinite(attempts["value"])]
    if finite.empty:
        raise ArgumentError("No start of the recipe ended at a finite objective.")
    best = finite.loc[finite["value"].idxmin()]
    phi = best[list(problem.free)].to_numpy(dtype=np.float64)
    status = f"best of {len(attempts)} starts of {recipe.method}"
    return _result(problem, phi, status, attempts)


def _law(problem: Problem, phi: Array) -> Law:
    """Return the law at free coordinates."""
    return problem.law.from_vector(problem.space.theta(phi[None])[0])


def _told_apart(problem: Problem, law: Law) -> bool:
    """Whether no combination of the free fields leaves every prediction as it is."""
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


def _result(problem: Problem, phi: Array, status: str, attempts: pd.DataFrame | None) -> Fit:
    """Assemble the frozen result with its notes."""
    law = _law(problem, phi)
    residuals = problem.residuals(phi[None])[0]
    return Fit(
        law=law,
        n=problem.data.n,
        objective=problem.objective,
        value=problem.objective.value(residuals, problem.data.weights),
        status=status,
        notes=tuple(_notes(problem, phi, law, residuals, status)),
        residuals=residuals,
        free=problem.free,
        attempts=attempts,
        problem=problem,
        phi=phi,
    )


def _notes(problem: Problem, phi: Array, law: Law, residuals: Array, status: str) -> list[Note]:
    """Say what is doubtful about a solution."""
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
    return notes


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
    kernel.residuals(space.theta(phi[None]))
    _, gram = kernel.normal(np.zeros((1, problem.data.n)), weights[None].copy())
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
    limits, partial = list(others), _law(problem, phi).gradient(*problem.data.columns)
    moved = {k: partial[problem.free[k]] for k in slopes}
    flat = [k for k, values in moved.items() if np.std(values) <= FLAT * np.abs(values).max()]
    for k, values in moved.items():
        if k not in flat:
            limits[k] = float(np.ptp(problem.data.response) / np.std(values))
        else:
            # One is the intercept, uncertain by its unit alone; of two, each may stand for both.
            limits[k] = np.inf if len(flat) == 1 else 0.0
    return limits
