"""Where the search starts: a coarse grid of exponents, the linear coefficients solved for.

Once the exponents are fixed, most laws are linear in what is left (variable projection; Golub and
Pereyra 1973). So the grid has the dimension of the exponents only, and no start value is asked for.
"""

from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.fitting.frame import Data
from replication.fitting.kernels import Kernel
from replication.fitting.newton import solve_positive
from replication.fitting.objectives import huber
from replication.laws import Law

Array = NDArray[Any]

GRID_SIZES = {0: 1, 1: 40, 2: 16, 3: 9, 4: 6, 5: 4}
EXPONENT_RANGE = (0.03, 2.0)
KEPT = 12


def seeds(
    law: type[Law],
    data: Data,
    kernel: Kernel,
    delta: float,
    fixed: dict[str, float],
) -> Array:
    """Return start points for the solver, best first.

    Parameters
    ----------
    law : type of Law
        The law to fit.
    data : Data
        Checked columns.
    kernel : Kernel
        Residuals of that law on these data.
    delta : float
        Huber threshold of the objective.
    fixed : dict of str to float
        Fields that do not move, with their values.

    Returns
    -------
    ndarray, shape (<= 12, p)
        Solver coordinates, the lowest objective first, no two of them neighbours on the grid.
    """
    names = law.names()
    linear = [f.name for f in law.fields() if f.metadata["linear"] and f.name not in fixed]
    grid = _grid(law, data, set(linear) | set(fixed))
    size = len(next(iter(grid.values()))) if grid else 1
    values = {name: np.full(size, value) for name, value in fixed.items()} | grid
    if linear:
        values |= _project(law, data, values, linear)

    theta = law(**{name: values[name] for name in names}).to_vector()
    rows = max(1, 2_000_000 // (data.n * len(names)))
    with np.errstate(all="ignore"):
        score = np.concatenate(
            [
                huber(kernel.residuals(theta[i : i + rows]), max(delta, 1e-12)) @ data.weights
                for i in range(0, size, rows)
            ]
        )
    return theta[_spread(score, _shape(grid, size))]


def _grid(law: type[Law], data: Data, solved: set[str]) -> dict[str, Array]:
    """Return the product grid of the coordinates that are neither linear nor fixed."""
    free = [f for f in law.fields() if f.name not in solved]
    count = GRID_SIZES.get(len(free), 3)
    axes = []
    for f in free:
        points = np.array(f.metadata["seeds"]) if f.metadata["seeds"] else None
        if points is None:
            points = np.geomspace(*EXPONENT_RANGE, count)
        if f.metadata["of"]:
            points = points * np.median(data.columns[law.inputs.index(f.metadata["of"])])
        axes.append(points)
    nodes = np.array(list(product(*axes))) if free else np.zeros((1, 0))
    return {f.name: nodes[:, i] for i, f in enumerate(free)}


def _shape(grid: dict[str, Array], size: int) -> tuple[int, ...]:
    """Return how many points the grid has along each axis."""
    return tuple(len(np.unique(v)) for v in grid.values()) or (size,)


def _project(
    law: type[Law], data: Data, values: dict[str, Array], linear: list[str]
) -> dict[str, Array]:
    """Solve the linear coefficients at every node, in relative error, none negative."""
    size = len(next(iter(values.values()))) if values else 1
    names = law.names()
    tiny = 1e-300

    def column(unit: str) -> Array:
        """Predict with one linear coefficient at one and the others at nothing."""
        given = {
            name: np.full((size, 1), 1.0 if name == unit else tiny)
            if name in linear
            else values[name][:, None]
            for name in names
        }
        with np.errstate(all="ignore"):
            predicted = np.asarray(law(**given).predict(*data.columns))
        return np.broadcast_to(predicted, (size, data.n))

    root = np.sqrt(data.weights) / data.response
    base = column("") * root
    columns = np.stack([column(name) for name in linear], axis=1) * root - base[:, None]
    target = root * data.response - base
    columns, target = np.nan_to_num(columns), np.nan_to_num(target)
    norm = np.sqrt(np.einsum("sqn,sqn->sq", columns, columns)) + tiny
    columns = columns / norm[..., None]
    gram = columns @ columns.transpose(0, 2, 1)
    against = np.einsum("sqn,sn->sq", columns, target)
    solved = _nonnegative(gram, against) / norm
    # A coefficient at zero has no logarithm; a small share of the response lets it come back.
    floor = 1e-3 * np.abs(target).max() / norm / np.sqrt(data.n)
    return {name: np.maximum(solved[:, k], floor[:, k]) for k, name in enumerate(linear)}


def _nonnegative(gram: Array, against: Array) -> Array:
    """Solve small non-negative least squares by trying every set of positive coefficients."""
    size, q = against.shape
    best = np.zeros((size, q))
    lowest = np.zeros(size)
    for count in range(1, q + 1):
        for support in combinations(range(q), count):
            index = np.array(support)
            x = solve_positive(gram[:, index[:, None], index], against[:, index])
            value = -np.einsum("sk,sk->s", x, against[:, index])
            better = (x >= 0).all(axis=1) & np.isfinite(x).all(axis=1) & (value < lowest)
            trial = np.zeros((size, q))
            trial[:, index] = x
            best[better], lowest[better] = trial[better], value[better]
    return best


def _spread(score: Array, shape: tuple[int, ...]) -> Array:
    """Return the best nodes of a grid, leaving out neighbours of better ones."""
    finite = np.flatnonzero(np.isfinite(score))
    order = finite[np.argsort(score[finite], kind="stable")]
    if int(np.prod(shape)) != len(score):
        return order[:KEPT]
    places = np.stack(np.unravel_index(order, shape), axis=1)
    kept: list[int] = []
    for i in range(len(order)):
        near = [np.abs(places[i] - places[j]).max() <= 1 for j in kept]
        if not any(near):
            kept.append(i)
        if len(kept) == KEPT:
            break
    return order[kept]
