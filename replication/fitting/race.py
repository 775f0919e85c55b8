"""Several starts of one problem, of which the best is wanted: laggards are dropped on the way."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.fitting.kernels import Kernel
from replication.fitting.newton import Minima, minimise
from replication.fitting.space import Space

Array = NDArray[Any]

FINAL_TOLERANCE = 1e-12
RACE = ((8, 6), (16, 3))
"""Steps that several starts of one problem run, and how many go on to the next round."""


def race(kernel: Kernel, space: Space, start: Array, weights: Array, delta: float) -> Minima:
    """Minimise one problem from several starts, dropping the laggards on the way.

    Parameters
    ----------
    kernel, space, delta
        As in `minimise`.
    start : ndarray, shape (S, q)
        Where to start.
    weights : ndarray, shape (n,)
        Weight of each point.

    Returns
    -------
    Minima
        One row: the best end.
    """
    phi = start
    for steps, survivors in RACE:
        found = minimise(
            kernel, space, phi, np.tile(weights, (len(phi), 1)), delta, max_steps=steps
        )
        phi = found.phi[np.argsort(found.value, kind="stable")[:survivors]]
    again = np.tile(weights, (len(phi), 1))
    ends = minimise(kernel, space, phi, again, delta, tolerance=FINAL_TOLERANCE)
    best = int(np.argmin(ends.value))
    return Minima(*(part[[best]] for part in (ends.phi, ends.value, ends.converged, ends.steps)))
