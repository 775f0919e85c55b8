"""Compute-optimal allocations, and the search for one where a law has no closed form."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import elementwise

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.counting.numbers import Array, Number, plain
from replication.errors import ReplicationError, shown

if TYPE_CHECKING:
    from replication.laws.base import Law

WIDEST_SEARCH = 100
"""How far an optimum may lie from the square root of C/6, in units of log N."""
AT_ONCE = 1_000_000
"""Predictions on the grid of the search that are held at a time."""


@dataclass(frozen=True)
class Optimum:
    """A compute-optimal allocation.

    Parameters
    ----------
    flops : float or ndarray
        Training budget C in FLOPs.
    params : float or ndarray
        Parameters N.
    tokens : float or ndarray
        Training tokens D.
    loss : float or ndarray
        Predicted loss in nats per token.

    Examples
    --------
    >>> Optimum(flops=5.88e23, params=7e10, tokens=1.4e12, loss=1.94).tokens_per_param
    20.0
    """

    flops: Number
    params: Number
    tokens: Number
    loss: Number

    @property
    def tokens_per_param(self) -> Number:
        """Token multiplier D/N."""
        return self.tokens / self.params


def interior_optimum(law: "Law", budget: Array) -> Optimum:
    """Minimise a loss over N with D = C / (6 N), numerically.

    Of several minima it is the lowest: the valley is sought on a grid over all sizes, a factor e
    apart.

    Parameters
    ----------
    law : Law
        Predicts a loss from params and tokens.
    budget : ndarray
        Training budgets C in FLOPs; positive.

    Returns
    -------
    Optimum
        Each part with the shape of `budget` broadcast with the fields.

    Raises
    ------
    ReplicationError
        If there is no interior minimum.

    Examples
    --------
    >>> from replication.laws import Chinchilla
    >>> law = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.34, beta=0.28)
    >>> round(interior_optimum(law, np.array(5.76e23)).params / 1e9, 1)
    32.2
    """
    shape, budgets, thetas = every_pair(law, budget)

    def loss_at(log_params: Array, row: NDArray[np.intp]) -> Array:
        params = np.exp(log_params)
        tokens = budgets[row] / FLOPS_PER_PARAM_TOKEN / params
        columns = {"params": params, "tokens": tokens}
        one = law.from_vector(thetas[row])
        loss = np.asarray(one._evaluate(*[columns[name] for name in law.inputs]))
        return np.broadcast_to(loss, np.shape(log_params))

    middle, rows = 0.5 * np.log(budgets / FLOPS_PER_PARAM_TOKEN), np.arange(budgets.size)
    # The stubs of scipy know scalars only.
    find_minimum: Any = elementwise.find_minimum
    with np.errstate(all="ignore"):
        valley = _valleys(loss_at, middle, rows)
        if np.any(lost := np.isnan(valley)):
            raise no_minimum(law, budgets[lost][0])
        found = find_minimum(
            loss_at,
            (valley - 1.0, valley, valley + 1.0),
            args=(rows,),
            tolerances={"xrtol": 1e-14, "xatol": 1e-12},
        )
    params = np.exp(found.x).reshape(shape)
    return Optimum(
        flops=plain(np.broadcast_to(budget, shape)),
        params=plain(params),
        tokens=plain(budget / FLOPS_PER_PARAM_TOKEN / params),
        loss=plain(np.asarray(found.f_x).reshape(shape)),
    )


def _valleys(
    loss_at: Callable[[Array, NDArray[np.intp]], Array], middle: Array, rows: NDArray[np.intp]
) -> Array:
    """Return a point in the lowest valley of each row, NaN where the loss has none."""
    steps = np.arange(-WIDEST_SEARCH, WIDEST_SEARCH + 1.0)
    found = np.full(middle.shape, np.nan)
    for some in np.array_split(rows, max(1, middle.size * steps.size // AT_ONCE)):
        grid = middle[some, None] + steps
        where = np.broadcast_to(some[:, None], grid.shape)
        loss = loss_at(grid.ravel(), where.ravel()).reshape(grid.shape)
        here = loss[:, 1:-1]
        # Two neighbours of one height are a valley if it rises beyond them.
        beyond = np.pad(loss[:, 3:], ((0, 0), (0, 1)), constant_values=-np.inf)
        rises = (here < loss[:, 2:]) | ((here == loss[:, 2:]) & (here < beyond))
        depth = np.where((here < loss[:, :-2]) & rises, here, np.inf)
        lowest = depth.argmin(axis=1)
        known = np.isfinite(depth[np.arange(len(some)), lowest])
        found[some] = np.where(known, grid[np.arange(len(some)), lowest + 1], np.nan)
    return found


def every_pair(law: "Law", budget: Array) -> tuple[tuple[int, ...], Array, Array]:
    """Return budgets and coefficients broadcast against each other, one row a pair.

    Parameters
    ----------
    law : Law
        Its fields may hold arrays.
    budget : ndarray
        Training budgets C in FLOPs.

    Returns
    -------
    shape : tuple of int
        That of `budget` broadcast with the fields.
    budgets : ndarray, shape (k,)
        The budget of each pair.
    thetas : ndarray, shape (k, p)
        Its coefficients as `Law.to_vector` gives them.

    Examples
    --------
    >>> from replication.laws import PowerLaw
    >>> law = PowerLaw(A=np.array([[1.0], [2.0]]), alpha=0.5)
    >>> shape, budgets, thetas = every_pair(law, np.array([1e20, 1e21, 1e22]))
    >>> shape, budgets.shape, thetas.shape
    ((2, 3), (6,), (6, 2))
    """
    theta = law.to_vector()
    shape = np.broadcast_shapes(budget.shape, theta.shape[:-1])
    thetas = np.broadcast_to(theta, (*shape, theta.shape[-1])).reshape(-1, theta.shape[-1])
    return shape, np.broadcast_to(budget, shape).ravel(), thetas


def no_minimum(law: "Law", flops: float) -> ReplicationError:
    """Return the error that says a law has no compute-optimal allocation.

    Examples
    --------
    >>> from replication.laws import PowerLaw
    >>> str(no_minimum(PowerLaw(A=1.0, alpha=0.5), 1e21))[:65]
    'PowerLaw(A=1.0, alpha=0.5) has no interior minimum at 1e+21 FLOPs'
    """
    said = shown(law)
    return ReplicationError(
        f"{said[0].upper()}{said[1:]} has no interior minimum at {flops:g} FLOPs: its loss falls "
        "without end towards all parameters or all tokens. Check the signs of the exponents."
    )
