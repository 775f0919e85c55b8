"""Resamples of learning curves by blocks: points that follow each other are not independent."""

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import numbers, single, whole
from replication.errors import ArgumentError, DataError, shown
from replication.fitting.resampling import at_least_one
from replication.learning_curve import check_rising


def moving_blocks(
    runs: ArrayLike, steps: ArrayLike, length: int, resamples: int = 1000, seed: int = 0
) -> NDArray[np.intp]:
    """Draw learning curves anew, each from blocks of its own points.

    The moving-block bootstrap (Künsch 1989): every curve keeps its number of points, drawn as
    overlapping stretches of `length` neighbours. What is correlated within a stretch stays so.

    Parameters
    ----------
    runs : array_like, shape (n,)
        The run of each point, a number or a name; points of a run stand together.
    steps : array_like, shape (n,)
        Its training step, rising within a run.
    length : int
        Points in a block: longer than the correlation, short beside a curve.
    resamples : int
        How many.
    seed : int
        Seed of numpy's default generator.

    Returns
    -------
    ndarray of int, shape (resamples, n)
        Rows for ``fit.bootstrap(indices=...)``.

    Raises
    ------
    DataError
        If the steps of a run do not rise, or its points do not stand together.
    ArgumentError
        If `length` is not between 1 and the points of the shortest run, or `resamples` is not a
        positive whole number.

    Examples
    --------
    >>> moving_blocks(["a"] * 4 + ["b"] * 2, [1, 2, 3, 4, 1, 2], length=2, resamples=2)
    array([[2, 3, 1, 2, 4, 5],
           [1, 2, 0, 1, 4, 5]])
    """
    count = at_least_one(resamples)
    stretches = _stretches(np.asarray(runs), numbers("steps", steps))
    shortest = min(high - low for low, high in stretches)
    if single("length", length) not in range(1, shortest + 1):
        raise ArgumentError(
            f"length is {shown(length)}; a whole number from 1 to {shortest} is expected, the "
            "points of the shortest run."
        )
    length = int(length)
    rng, columns = np.random.default_rng(whole("seed", seed, 0)), []
    for low, high in stretches:
        n = high - low
        blocks = rng.integers(low, high - length + 1, size=(count, -(-n // length)))
        rows = blocks[..., None] + np.arange(length)
        columns.append(rows.reshape(count, -1)[:, :n])
    return np.concatenate(columns, axis=1)


def _stretches(runs: NDArray[np.generic], steps: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return where each run begins and ends, once its steps are seen to rise."""
    if runs.shape != steps.shape or runs.ndim != 1 or len(runs) == 0:
        raise DataError(
            f"runs have shape {runs.shape} and steps {steps.shape}; one of each for every point "
            "is expected."
        )
    edges = [0, *(np.flatnonzero(runs[1:] != runs[:-1]) + 1).tolist(), len(runs)]
    stretches = list(pairwise(edges))
    names = [runs[low] for low, _ in stretches]
    if len(set(names)) < len(names):
        twice = next(name for k, name in enumerate(names) if name in names[:k])
        raise DataError(
            f"The points of run {twice} do not stand together; sort the curves by run and step."
        )
    for name, (low, high) in zip(names, stretches, strict=True):
        check_rising(steps[low:high], f"run {name}")
    return stretches
