"""Lifetime optima of any law in params and tokens, by two nested root searches.

Go along the models that reach the loss (or that spend the budget), by their tokens per parameter.
Where cost turns, the two slopes of the loss stand in the ratio of the two slopes of the cost:

    dL/dlnD / dL/dlnN = D / (D + s),

with s inference tokens in units of training tokens. Every ratio of tokens to parameters has one
model on the way, so nothing on the way is out of reach. A root of derivatives keeps all digits,
which a search for the least cost would not: the cost is flat there.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import elementwise

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.counting.numbers import Array
from replication.laws import Law

_START = 3.0
"""Of log D/N: twenty tokens per parameter."""
_MIDDLE = 23.0
"""Of log sqrt(N D), where the search along a ratio begins."""
_DOUBLINGS = 8
"""Of a bracket that is two wide at first: logarithms overflow floats a little farther out."""

Model = tuple[Array, Array]
"""Params and tokens."""
Fields = tuple[Array, ...]
Along = Callable[[Array, Array, Array, Fields], Model]
"""From log D/N, goals, extra tokens and coefficients, a row each, to the model on the way."""


def at_loss(law: Law, loss: Array, extra: Array) -> tuple[Array, Array]:
    """Return the cheapest params and tokens that reach a loss; NaN where there are none.

    Parameters
    ----------
    law : Law
        Predicts a loss from params and tokens; its fields may hold arrays.
    loss : ndarray
        Target loss in nats per token, above the irreducible one.
    extra : ndarray
        Inference tokens in units of training tokens, s = T/3.

    Returns
    -------
    params, tokens : ndarray
        Shapes of all arguments broadcast.

    Examples
    --------
    >>> from replication.laws import Chinchilla
    >>> law = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.336, beta=0.283)
    >>> N, D = at_loss(law, np.array([1.947]), np.array([2e12 / 3]))
    >>> f"{N[0]:.3e} {D[0]:.3e}"
    '2.418e+10 2.657e+12'
    """

    def excess(middle: Array, ratio: Array, goal: Array, *fields: Array) -> Array:
        return np.log(predicted(type(law)(*fields), *_model(middle, ratio)) / goal)

    def along(ratio: Array, goal: Array, _: Array, fields: Fields) -> Model:
        start = np.full(ratio.shape, _MIDDLE)
        return _model(_root(excess, start, (ratio, goal, *fields)), ratio)

    return _stationary(law, along, loss, extra)


def at_budget(law: Law, flops: Array, extra: Array) -> tuple[Array, Array]:
    """Return the params and tokens of least loss for a lifetime budget; NaN where there are none.

    Parameters
    ----------
    law : Law
        As for `at_loss`.
    flops : ndarray
        Lifetime budget 6 N (D + s) in FLOPs.
    extra : ndarray
        Inference tokens in units of training tokens, s = T/3.

    Returns
    -------
    params, tokens : ndarray
        Shapes of all arguments broadcast.

    Examples
    --------
    >>> from replication.laws import Chinchilla
    >>> law = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.336, beta=0.283)
    >>> N, D = at_budget(law, np.array([1e24]), np.array([0.0]))
    >>> round(float(N[0] / law.optimal(flops=1e24).params), 9)
    1.0
    """

    def along(ratio: Array, goal: Array, added: Array, _: Fields) -> Model:
        # N (r N + s) = C/6, by the root that does not cancel.
        pairs, half = goal / FLOPS_PER_PARAM_TOKEN, 0.5 * added
        params = pairs / (half + np.sqrt(half**2 + np.exp(ratio) * pairs))
        return params, np.exp(ratio) * params

    return _stationary(law, along, flops, extra)


def _stationary(law: Law, along: Along, goal: Array, extra: Array) -> Model:
    """Return the models on the way at which the cost turns."""
    varied = [np.asarray(value, dtype=np.float64) for value in law.to_dict().values()]
    grids = np.broadcast_arrays(goal, extra, *varied)
    flat, added, *fields = (grid.ravel() for grid in grids)

    def tilt(ratio: Array, goal: Array, added: Array, *fields: Array) -> Array:
        params, tokens = along(ratio, goal, added, fields)
        known, columns = _columns(law, params, tokens)
        slopes = type(law)(*fields).slopes(*columns)
        # Where a slope has the wrong sign, more is worse: no optimum there.
        known &= (np.asarray(slopes["params"]) < 0) & (np.asarray(slopes["tokens"]) < 0)
        balance = np.where(known, np.asarray(slopes["tokens"]) / slopes["params"], np.nan)
        return np.log(balance) + np.log1p(added / tokens)

    with np.errstate(all="ignore"):
        ratio = _root(tilt, np.full(flat.shape, _START), (flat, added, *fields))
        params, tokens = along(ratio, flat, added, tuple(fields))
    return params.reshape(grids[0].shape), tokens.reshape(grids[0].shape)


def _root(function: Callable[..., Array], middle: Array, args: tuple[Array, ...]) -> Array:
    """Return where falling functions cross zero, NaN for those that do not."""
    # The stubs of scipy know scalars only.
    bracket_root: Any = elementwise.bracket_root
    find_root: Any = elementwise.find_root
    found = bracket_root(function, middle - 1.0, middle + 1.0, args=args, maxiter=_DOUBLINGS)
    left, right = found.f_bracket
    falls = found.success & (left >= 0) & (right <= 0)
    root = np.full(middle.shape, np.nan)
    if falls.any():
        ends = tuple(end[falls] for end in found.bracket)
        root[falls] = find_root(function, ends, args=tuple(arg[falls] for arg in args)).x
    return root


def _model(middle: Array, ratio: Array) -> Model:
    """Return params and tokens from log sqrt(N D) and log D/N."""
    return np.exp(middle - 0.5 * ratio), np.exp(middle + 0.5 * ratio)


def predicted(law: Law, params: Array, tokens: Array) -> Array:
    """Predict the loss, NaN where there is no model.

    Examples
    --------
    >>> from replication.laws import Chinchilla
    >>> law = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.336, beta=0.283)
    >>> predicted(law, np.array([7e10, np.nan]), np.array([1e12, 1e12])).round(3)
    array([1.947,   nan])
    """
    known, columns = _columns(law, params, tokens)
    return np.where(known, law.predict(*columns), np.nan)


def _columns(law: Law, params: Array, tokens: Array) -> tuple[NDArray[np.bool_], list[Array]]:
    """Return where there is a model, and the inputs in the law's order, one where there is none."""
    given = {"params": params, "tokens": tokens}
    known = np.all([np.isfinite(column) & (column > 0) for column in given.values()], axis=0)
    return known, [np.where(known, given[name], 1.0) for name in law.inputs]
