"""Derivatives by differences, for laws that have no formula of their own.

In the logarithm of an input, and in the fields of a law. A law is evaluated at any coefficients,
so a step that is right for an exponent of .3 must be right for a rate of 1e-11, too.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from replication.counting.numbers import Array, positive
from replication.laws.declarations import FieldKind

if TYPE_CHECKING:
    from replication.laws.base import Law

_STEP = 0.05
"""Of the differences in a log input: small for exponents below two, large for rounding."""
_WEIGHTS = (4 / 5, -1 / 5, 4 / 105, -1 / 280)
"""Of the differences over one, two, three and four steps to either side."""

FIELD_STEP = float(np.finfo(np.float64).eps ** (1 / 3))
"""Of the differences in a field, in units of its size: error and rounding are about equal."""
IMMENSE = 2.0**200
"""A linear field of this value leaves nothing else visible in a prediction."""
LEAST_SIZE = 0.1
"""Size of a signed field near zero without seeds: an exponent acts by its product with a log."""
MOST_CHANGE = 1e-3
"""Share of the prediction that a step may change; beyond, the step is made smaller."""
AIM = 1e-5
"""The share that a smaller step aims at."""
ROUNDS = 6


def log_slopes(predict: Callable[..., Any], columns: Sequence[ArrayLike]) -> list[Any]:
    """Return the derivative of a function in the logarithm of each of its arguments.

    Parameters
    ----------
    predict : callable
        Takes the columns and returns an array.
    columns : sequence of array_like
        The place; positive and broadcastable.

    Returns
    -------
    list of float or ndarray
        One derivative a column, by central differences of eighth order.

    Examples
    --------
    >>> [round(float(slope), 9) for slope in log_slopes(lambda x, y: x**2 / y, (3.0, 2.0))]
    [9.0, -4.5]
    """
    place = [positive("an input", column) for column in columns]

    def shifted(which: int, steps: int) -> Any:
        moved = list(place)
        moved[which] = moved[which] * np.exp(steps * _STEP)
        return predict(*moved)

    return [
        sum(
            weight * (shifted(which, k) - shifted(which, -k))
            for k, weight in enumerate(_WEIGHTS, start=1)
        )
        / _STEP
        for which in range(len(place))
    ]


def field_slopes(
    law: "Law", columns: Sequence[ArrayLike], step: float = FIELD_STEP
) -> dict[str, Array]:
    """Return the derivative of a law's prediction in each of its fields.

    Exact to rounding for fields in which the prediction is linear, to some eight digits for others.

    Parameters
    ----------
    law : Law
        Its fields may hold arrays that broadcast with the columns.
    columns : sequence of array_like
        The inputs, in the order of `Law.inputs`.
    step : float
        Of the differences, in units of the size of each field.

    Returns
    -------
    dict of str to ndarray
        One entry a field, with the shape of the prediction.

    Examples
    --------
    >>> from replication.laws import PowerLaw
    >>> law = PowerLaw(A=100.0, alpha=0.5)
    >>> {name: round(float(slope), 6) for name, slope in field_slopes(law, (1e4,)).items()}
    {'A': 0.01, 'alpha': -9.21034}
    """
    with np.errstate(all="ignore"):
        here = _values(law, columns)
        slopes = {
            name: _linear(law, name, columns)
            if kind.linear and not kind.coupled
            else _central(law, name, columns, here, step)
            for name, kind in law.kinds().items()
        }
    return {name: np.broadcast_to(slope, here.shape) for name, slope in slopes.items()}


def _central(
    law: "Law", name: str, columns: Sequence[ArrayLike], here: Array, step: float
) -> Array:
    """Return the central difference in a field.

    Where a step changes the prediction by more than a thousandth it is taken again, smaller.
    """
    value = np.asarray(getattr(law, name), dtype=np.float64)
    width = step * field_size(value, law.kinds()[name])
    for _ in range(ROUNDS):
        low, high = value - width, value + width
        ends = [_values(replace(law, **{name: end}), columns) for end in (low, high)]
        change = ends[1] - ends[0]
        seen = np.maximum(np.abs(here), np.maximum(np.abs(ends[0]), np.abs(ends[1])))
        share = _largest(change) / np.where((most := _largest(seen)) > 0, most, 1.0)
        if np.all(share <= MOST_CHANGE):
            break
        factor = np.where(np.isfinite(share), AIM / share, AIM)
        width = width * np.where(share <= MOST_CHANGE, 1.0, factor)
    # What was added may differ from the step in its last digits.
    return np.asarray(change / (high - low))


def _values(law: "Law", columns: Sequence[ArrayLike]) -> Array:
    """Return the prediction as an array."""
    return np.asarray(law._evaluate(*columns), dtype=np.float64)


def _linear(law: "Law", name: str, columns: Sequence[ArrayLike]) -> Array:
    """Return what a linear field multiplies."""
    return _values(replace(law, **{name: IMMENSE}), columns) / IMMENSE


def field_size(value: Array, kind: FieldKind) -> Array:
    """Return how far a field must move to count.

    Parameters
    ----------
    value : ndarray
        Values of the field.
    kind : FieldKind
        How it enters the prediction.

    Returns
    -------
    ndarray
        The value itself of a positive field; for others at least the least of the seeds.

    Examples
    --------
    >>> field_size(np.array([1e-11, 4.0]), FieldKind(log=True, linear=False)).tolist()
    [1e-11, 4.0]
    >>> field_size(np.array([0.0, 40.0]), FieldKind(log=False, linear=False)).tolist()
    [0.1, 0.4]
    """
    seeds = [abs(seed) for seed in kind.seeds if seed]
    near_zero = min(seeds) if seeds and not kind.of else LEAST_SIZE
    if kind.log:
        return np.where(value == 0, near_zero, np.abs(value))
    # A large exponent acts no more slowly than a small one, as both multiply a logarithm.
    return np.maximum(near_zero, 0.01 * np.abs(value))


def _largest(values: Array) -> Array:
    """Return the largest size over the points, for each set of coefficients."""
    sizes = np.abs(values)
    return sizes.max(axis=-1, keepdims=True) if sizes.ndim else sizes
