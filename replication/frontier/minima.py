"""Minima of isoFLOP slices, and what a method that finds them looks like."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Minima:
    """The minimum of one slice in many draws.

    Parameters
    ----------
    log_params : ndarray, shape (draws,)
        Its place, log10 of parameters; NaN where there is none.
    loss : ndarray, shape (draws,)
        The loss there in nats per token.
    curvature : ndarray, shape (draws,)
        Coefficient of (log10 N)**2 in nats per token and squared decade; negative at a maximum.
    scatter : ndarray, shape (draws,)
        Root mean square of observed minus fitted loss, in nats per token.
    """

    log_params: Array
    loss: Array
    curvature: Array
    scatter: Array

    def inside(self, low: Array, high: Array) -> Array:
        """Return which draws have a minimum between the smallest and the largest log10 N."""
        x = self.log_params
        return np.asarray((self.curvature > 0) & (low < x) & (x < high))


@dataclass(frozen=True)
class Method:
    """A way to find the minimum of a slice.

    Parameters
    ----------
    find : callable
        Takes log10 of parameters (or tokens), shape (n,); losses in nats per token, shape (n,) or
        (draws, n); and how often each run counts, shape (draws, n). Returns `Minima`.
    sizes : int
        Sizes that it needs at each budget.
    noun : str
        What it lays through the runs, for messages: ``"a parabola"``.
    hollows : callable, optional
        For a method that follows every run and so has no scatter: takes log10 of parameters and
        losses of a slice, both of shape (n,), and returns how many local minima it makes of them.
    """

    find: Callable[[Array, Array, Array], Minima]
    sizes: int
    noun: str
    hollows: Callable[[Array, Array], int] | None = None
