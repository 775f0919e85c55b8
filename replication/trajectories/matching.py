"""Runs at the same value of a falling column: the same perplexity, say."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replication.counting.numbers import whole
from replication.errors import ArgumentError

Array = NDArray[np.float64]


def passed(codes: NDArray[np.intp], on: Array, level: float, others: Array, smooth: int) -> Array:
    """Return where each run first passes a level, on straight lines between running means.

    Parameters
    ----------
    codes : ndarray of int, shape (n,)
        Number of the run of each row.
    on : ndarray, shape (n,)
        What falls along a run.
    level : float
        The level.
    others : ndarray, shape (n, q)
        What is read off there.
    smooth : int
        Checkpoints in a running mean, odd.

    Returns
    -------
    ndarray, shape (m, 1 + q)
        One row a run that passes the level: its number, and the others there. A run that is
        below the level from the first is not among them.

    Raises
    ------
    ArgumentError
        If `smooth` is even.

    Examples
    --------
    >>> on, others = np.array([3.0, 1.0, 0.5]), np.array([[10.0], [20.0], [30.0]])
    >>> passed(np.zeros(3, dtype=int), on, 2.0, others, 1).tolist()
    [[0.0, 15.0]]
    """
    if whole("smooth", smooth) % 2 == 0:
        raise ArgumentError(f"smooth is {smooth}; a running mean has an odd number of points.")
    rows = []
    for run in np.unique(codes):
        path = pd.DataFrame(np.column_stack([on, others])[codes == run])
        even = path.rolling(int(smooth), center=True, min_periods=1).mean().to_numpy()
        after = int((even[:, 0] <= level).argmax())
        if even[after, 0] > level or after == 0:
            continue
        before, there = even[after - 1], even[after]
        part = (level - before[0]) / (there[0] - before[0])
        rows.append([float(run), *(before + part * (there - before))[1:]])
    return np.array(rows, dtype=np.float64).reshape(len(rows), 1 + others.shape[1])
