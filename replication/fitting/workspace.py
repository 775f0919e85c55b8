"""Scratch memory of one call of the solver, so that fits and kernels stay plain values."""

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Workspace:
    """Named arrays that keep their place between the evaluations of one call.

    Allocating them anew would take longer than the arithmetic. A workspace belongs to the call
    that made it and to no thread but its own; nothing in a fit refers to one.

    Examples
    --------
    >>> work = Workspace()
    >>> first = work.array("total", (2, 3))
    >>> np.shares_memory(first, work.array("total", (1, 3)))
    True
    """

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], Array] = {}

    def array(self, name: str, shape: tuple[int, ...], dtype: Any = np.float64) -> Array:
        """Return memory of this shape; its content is what was last left there.

        Parameters
        ----------
        name : str
            What it is for: two names never share memory.
        shape : tuple of int
            Its shape.
        dtype : dtype
            Type of its numbers.

        Returns
        -------
        ndarray
            A view, valid until the name is asked for again.
        """
        size, key = prod(shape), (name, np.dtype(dtype).str)
        held = self._held.get(key)
        if held is None or held.size < size:
            held = self._held[key] = np.empty(size, dtype)
        return held[:size].reshape(shape)
