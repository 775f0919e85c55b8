"""Derivatives in the logarithm of an input, for laws that have no formula of their own."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from replication.counting.numbers import positive

_STEP = 0.05
"""Of the differences, in units of log input: small for exponents below two, large for rounding."""
_WEIGHTS = (4 / 5, -1 / 5, 4 / 105, -1 / 280)
"""Of the differences over one, two, three and four steps to either side."""


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
