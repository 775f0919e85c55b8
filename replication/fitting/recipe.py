"""Published recipes, run to the letter: many starts, one optimiser of scipy, its tolerances.

The package's own solver needs none of this. Recipes are here because what a paper printed is what
its recipe found, which is not always the minimum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import least_squares, minimize

from replication.counting.numbers import finite
from replication.errors import LONGEST_VALUE, ArgumentError, one_of_names, shown, unknown
from replication.fitting.kernels import GradientKernel
from replication.fitting.problem import Problem

Array = NDArray[Any]
GRADIENTS = ("analytic", "numeric")
METHODS = (
    *("lm", "Nelder-Mead", "Powell", "CG", "BFGS", "Newton-CG", "L-BFGS-B", "TNC", "COBYLA"),
    *("COBYQA", "SLSQP", "trust-constr", "dogleg", "trust-ncg", "trust-exact", "trust-krylov"),
)


@dataclass(frozen=True)
class Recipe:
    """How a paper minimised its objective.

    Parameters
    ----------
    starts : mapping of str to sequence of float
        Values of each field, whose product is the grid of starts, in the coordinates of the
        optimiser: positive fields as natural logarithms.
    method : str
        A method of `scipy.optimize.minimize`, or ``"lm"``, the Levenberg-Marquardt steps that
        `scipy.optimize.curve_fit` takes, for least squares.
    options : mapping
        Its options (of `scipy.optimize.least_squares` for ``"lm"``); empty for the defaults.
    gradient : str
        ``"analytic"`` or ``"numeric"`` (scipy's two-point differences).

    Raises
    ------
    UnknownNameError
        If `gradient` or `method` is not known.
    ArgumentError
        If `starts` are no mapping to sequences of numbers, or `options` no mapping.

    Examples
    --------
    >>> len(Recipe({"A": range(0, 30, 5), "alpha": [0.0, 0.5, 1.0]}))
    18
    """

    starts: Mapping[str, Sequence[float]]
    method: str = "L-BFGS-B"
    options: Mapping[str, Any] = field(default_factory=dict)
    gradient: str = "analytic"

    def __post_init__(self) -> None:
        """Refuse what scipy could only stumble over."""
        one_of_names("gradient", self.gradient, GRADIENTS)
        one_of_names("method", self.method, METHODS)
        for name, given in (("starts", self.starts), ("options", self.options)):
            if not isinstance(given, Mapping):
                raise ArgumentError(
                    f"{name} of a recipe are {shown(given)}; a mapping by name is expected."
                )
        for name, values in self.starts.items():
            column = finite(f"The start values of {shown(name)}", values)
            if column.ndim != 1 or not len(column):
                raise ArgumentError(
                    f"The start values of {shown(name)} are {shown(values)}; a sequence of numbers "
                    "is expected."
                )

    def __len__(self) -> int:
        """Return the number of starts."""
        return int(np.prod([len(list(values)) for values in self.starts.values()]))

    def grid(self, names: Sequence[str]) -> Array:
        """Return the starts, shape (starts, fields), in the order of `names`.

        Raises
        ------
        ArgumentError
            If a free field has no start values.
        UnknownNameError
            If start values are for something that is not a free field.
        """
        for name in self.starts:
            if name not in names:
                raise unknown("free field", name, names)
        missing = [name for name in names if name not in self.starts]
        if missing:
            raise ArgumentError(
                f"The recipe has no start values for {', '.join(missing)}; "
                f"it has {', '.join(self.starts)}. Add them or fix these fields."
            )
        return np.array(list(product(*(list(self.starts[name]) for name in names))), dtype=float)


def follow(recipe: Recipe, problem: Problem) -> pd.DataFrame:
    """Run a recipe from each of its starts.

    Parameters
    ----------
    recipe : Recipe
        Starts, optimiser, tolerances.
    problem : Problem
        Law, data and objective, whose reduction (sum or mean) meets the tolerances.

    Returns
    -------
    DataFrame
        One row a start: the free coordinates reached, `value`, `iterations`, `evaluations`,
        `success` and the optimiser's `message`. ``"lm"`` does not count iterations: they are NaN.

    Raises
    ------
    ArgumentError
        If the objective is not a Huber sum, or not least squares for ``"lm"``; if scipy refuses
        an option.
    """
    if not isinstance(recipe, Recipe):
        raise ArgumentError(
            f"recipe is {shown(recipe)}; a Recipe is expected, as in recipe=Recipe(starts)."
        )
    objective = problem.objective
    if objective.kind not in ("huber", "lsq"):
        raise ArgumentError(
            f"A recipe needs objective 'log-huber', 'log-lsq', 'huber' or 'lsq', "
            f"not {objective.name!r}."
        )
    kernel = GradientKernel(problem.law, problem.data, objective.log)
    weights = problem.data.weights
    divisor = weights.sum() if objective.reduction == "mean" else 1.0

    def value_and_slope(phi: Array) -> tuple[float, Array]:
        here = kernel.evaluate(problem.space.theta(phi[None]))
        r = here.residuals[0]
        pull = weights * np.clip(r, -objective.threshold, objective.threshold)
        slope = problem.space.spread @ here.slopes()[0].T @ pull
        return objective.value(r, weights), -slope / divisor

    def value_only(phi: Array) -> float:
        here = kernel.evaluate(problem.space.theta(phi[None]))
        return objective.value(here.residuals[0], weights)

    def residuals(phi: Array) -> Array:
        here = kernel.evaluate(problem.space.theta(phi[None]))
        return np.asarray(here.residuals[0] * np.sqrt(weights))

    def slopes(phi: Array) -> Array:
        here = kernel.evaluate(problem.space.theta(phi[None]))
        moved = here.slopes()[0] @ problem.space.spread.T
        return np.asarray(-moved * np.sqrt(weights)[:, None])

    analytic = recipe.gradient == "analytic"
    squares = recipe.method == "lm"
    if squares and objective.kind != "lsq":
        raise ArgumentError(
            f"Method 'lm' minimises squares: use objective 'lsq' or 'log-lsq', not "
            f"{objective.name!r}."
        )

    def descend(start: Array) -> Any:
        if squares:
            jac: Any = slopes if analytic else "2-point"
            return least_squares(residuals, start, jac, method="lm", **recipe.options)
        return minimize(  # type: ignore[call-overload] # the method is a plain string here
            value_and_slope if analytic else value_only,
            start,
            jac=analytic,
            method=recipe.method,
            options=dict(recipe.options),
        )

    starts = recipe.grid(problem.free)

    rows = []
    with np.errstate(all="ignore"):
        for start in starts:
            try:
                end = descend(start)
            except (TypeError, ValueError) as error:
                raise ArgumentError(
                    f"scipy refuses the recipe ({recipe.method}, {shown(recipe.options)}): "
                    f"{str(error)[:LONGEST_VALUE]}. Correct its method or its options."
                ) from error
            counts = (np.nan if squares else end.nit, end.nfev)
            rows.append((*end.x, value_only(end.x), *counts, bool(end.success), str(end.message)))
    columns = [*problem.free, "value", "iterations", "evaluations", "success", "message"]
    return pd.DataFrame(rows, columns=columns)
