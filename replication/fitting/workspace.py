"""Scratch memory of one call of the solver, so that fits and kernels stay plain values."""

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication._memo import cached

Array = NDArray[Any]

LARGEST_FREED = 30_000_000
"""Bytes of the array that is freed once so that the C library keeps memory at hand."""


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


@cached
def keep_memory() -> None:
    """Let the C library keep memory that large arrays give back, as it does with small ones.

    The library of GNU returns it to the system at once, which hands it out again page by page: that
    takes longer than the arithmetic of a law on them. Above which size it does so follows the
    largest array that was freed. This one is never written to, so it costs nothing; elsewhere it
    has no effect.
    """
    np.empty(LARGEST_FREED, np.uint8)
