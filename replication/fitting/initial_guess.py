"""Where the search starts: a coarse grid of exponents, the linear fields solved for.

Once the exponents are fixed, most laws are linear in what is left (variable projection; Golub and
Pereyra 1973). So the grid has the dimension of the exponents only, and no start value is asked for.
"""

from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.fitting.batched_solve import solve_positive
from replication.fitting.frame import Data
from replication.fitting.objectives import Objective, huber
from replication.laws import Law

Array = NDArray[Any]

GRID_SIZES = {0: 1, 1: 40, 2: 16, 3: 9, 4: 6, 5: 4}
COARSE = 4
"""Dimensions from which a grid has to be coarse."""
EXPONENT_RANGE = (0.03, 2.0)
RARE_EXPONENTS = (-0.5, -0.1, 0.003, 0.01, 3.5)
"""Exponents outside that range which narrow or collinear data may still prefer."""
RAREST_EXPONENTS = (-1.0, -0.1)
"""The same where the grid has to be coarse."""
KEPT = 24
KEPT_ROUGH = 32
"""The same of a law that is linear in nothing, so that no least squares brings its starts near."""
WIDE_RANGE = (0.01, 6.0)
WIDE_RARE = (-5.0, -2.0, -1.0, -0.5, -0.1, -0.01, 0.003)
WIDE_RAREST = (-3.0, -1.0, -0.3, -0.1, -0.01)
WIDE_KEPT = 200
"""Of a second look, where the first ended in doubt: exponents that no one would expect."""
POINTS = 64
"""Points that the grid is judged by: starts need no more."""


def seeds(
    law: type[Law],
    data: Data,
    objective: Objective,
    fixed: dict[str, float],
    tied: dict[str, str],
    wide: bool = False,
) -> Array:
    """Return start points for the solver, best first.

    Parameters
    ----------
    law : type of Law
        The law to fit.
    data : Data
        Checked columns; of many points an even selection serves.
    objective : Objective
        What is minimised.
    fixed : dict of str to float
        Fields that do not move, with their values.
    tied : dict of str to str
        Followers and the field they follow.
    wide : bool
        Take more of a larger grid, with exponents that few data prefer.

    Returns
    -------
    ndarray, shape (<= 32, p), or (<= 200, p) of the larger grid
        Solver coordinates, the lowest objective first, no two of them neighbours on the grid;
        none where no node of the grid has a finite objective.
    """
    few = _selection(data)
    names = law.names()
    kinds = law.kinds()
    linear = [name for name, kind in kinds.items() if kind.linear and name not in fixed]
    grid = _grid(law, few, {*linear, *fixed, *tied}, wide)
    size = len(next(iter(grid.values()))) if grid else 1
    values = {name: np.full(size, value) for name, value in fixed.items()} | grid
    values |= {name: values[leader] for name, leader in tied.items() if leader in values}
    with np.errstate(all="ignore"):
        if linear:
            leads = [tied.get(name, name) for name in linear]
            free = np.array([kinds[name].slope for name in dict.fromkeys(leads)])
            solved, predicted = _project(law, few, values, linear, leads, free, objective.log)
            values |= solved
        else:
            predicted = _predict(law, few, values)
        if objective.log:
            residuals = np.log(few.response) - np.log(predicted)
        else:
            residuals = few.response - predicted
        delta = np.median(np.abs(residuals)) if objective.threshold == 0 else objective.threshold
        score = huber(residuals, float(delta)) @ few.weights
    theta = law(**{name: values[name] for name in names}).to_vector()
    kept = WIDE_KEPT if wide else KEPT if linear else KEPT_ROUGH
    return np.asarray(theta[_spread(score, _shape(grid, size), kept)])


def _selection(data: Data) -> Data:
    """Return at most `POINTS` points that carry weight, evenly along the first input."""
    usable = np.flatnonzero(data.weights > 0)
    order = usable[np.argsort(data.columns[0][usable], kind="stable")]
    rows = order[np.unique(np.linspace(0, len(order) - 1, POINTS).round().astype(int))]
    return data.taken(rows)


def _predict(law: type[Law], data: Data, values: dict[str, Array]) -> Array:
    """Return the prediction of every node at every point."""
    columns = {name: values[name][:, None] for name in law.names()}
    predicted = np.asarray(law(**columns).predict(*data.columns))
    return np.broadcast_to(predicted, (len(values[law.names()[0]]), data.n))


def _grid(law: type[Law], data: Data, solved: set[str], wide: bool) -> dict[str, Array]:
    """Return the product grid of the coordinates that are neither linear nor fixed."""
    free = {name: kind for name, kind in law.kinds().items() if name not in solved}
    count = GRID_SIZES.get(len(free), 3)
    rare, rarest = (WIDE_RARE, WIDE_RAREST) if wide else (RARE_EXPONENTS, RAREST_EXPONENTS)
    axes = []
    for kind in free.values():
        points = np.array(kind.seeds)
        if not len(points):
            points = np.geomspace(*(WIDE_RANGE if wide else EXPONENT_RANGE), count)
            if count >= GRID_SIZES[2]:
                points = np.sort(np.append(points, rare))
            elif len(free) >= COARSE:
                points = np.sort(np.append(points, rarest))
        if kind.of:
            column = np.abs(data.columns[law.inputs.index(kind.of)])
            points = points * np.median(column) ** kind.power
        axes.append(points)
    nodes = np.array(list(product(*axes))) if free else np.zeros((1, 0))
    return {name: nodes[:, i] for i, name in enumerate(free)}


def _shape(grid: dict[str, Array], size: int) -> tuple[int, ...]:
    """Return how many points the grid has along each axis."""
    return tuple(len(np.unique(v)) for v in grid.values()) or (size,)


def _project(
    law: type[Law],
    data: Data,
    values: dict[str, Array],
    linear: list[str],
    leads: list[str],
    signed: Array,
    log: bool,
) -> tuple[dict[str, Array], Array]:
    """Solve the linear fields at every node, those that are not `signed` without negative values.

    In relative error where residuals are logarithms; fields that follow one lead are one field.
    """
    base, parts = law.parts(values, linear, *data.columns)
    names = list(dict.fromkeys(leads))
    columns = np.zeros((len(parts), len(names), data.n))
    for k, lead in enumerate(leads):
        columns[:, names.index(lead)] += parts[:, k]
    size = data.response if log else float(np.sqrt(np.mean(data.response**2))) or 1.0
    root = np.sqrt(data.weights) / size
    scaled = np.nan_to_num(columns * root)
    target = np.nan_to_num((data.response - base) * root)
    norm = np.sqrt(np.einsum("sqn,sqn->sq", scaled, scaled)) + 1e-300
    scaled /= norm[..., None]
    gram = scaled @ scaled.transpose(0, 2, 1)
    found = _least_squares(gram, np.einsum("sqn,sn->sq", scaled, target), signed) / norm
    # A coefficient at zero has no logarithm; a small share of the response lets it come back.
    floor = 1e-3 * np.abs(target).max(axis=1, keepdims=True) / norm / np.sqrt(data.n)
    found = np.where(signed, found, np.maximum(found, floor))
    predicted = base + np.einsum("sq,sqn->sn", found, columns)
    solved = {name: found[:, names.index(lead)] for name, lead in zip(linear, leads, strict=True)}
    return solved, predicted


def _least_squares(gram: Array, against: Array, signed: Array) -> Array:
    """Solve small least squares by trying every set of positive coefficients beside the signed."""
    size, q = against.shape
    best = np.zeros((size, q))
    lowest = np.zeros(size)
    always = tuple(np.flatnonzero(signed))
    others = np.flatnonzero(~signed)
    for count in range(len(others) + 1):
        for chosen in combinations(others, count):
            index = np.array(always + chosen, dtype=int)
            if not len(index):
                continue
            x = solve_positive(gram[:, index[:, None], index], against[:, index])
            value = -np.einsum("sk,sk->s", x, against[:, index])
            allowed = ((x >= 0) | signed[index]).all(axis=1) & np.isfinite(x).all(axis=1)
            better = allowed & (value < lowest)
            trial = np.zeros((size, q))
            trial[:, index] = x
            best[better], lowest[better] = trial[better], value[better]
    return best


def _spread(score: Array, shape: tuple[int, ...], most: int) -> Array:
    """Return the best nodes of a grid, leaving out neighbours of better ones."""
    finite = np.flatnonzero(np.isfinite(score))
    order = finite[np.argsort(score[finite], kind="stable")]
    if int(np.prod(shape)) != len(score):
        return order[:most]
    places = np.stack(np.unravel_index(order, shape), axis=1)
    kept: list[int] = []
    open_ = np.ones(len(order), bool)
    while len(kept) < most and open_.any():
        best = int(np.argmax(open_))
        kept.append(best)
        open_ &= np.abs(places - places[best]).max(axis=1) > 1
    return np.asarray(order[kept])
