"""Refits of resamples, in blocks: of all points, or of small subsets of a large table."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication._spreading import Tick, spread_over
from replication.fitting.newton import Minima, lowest
from replication.fitting.problem import Problem
from replication.fitting.resampling import Resamples

Array = NDArray[Any]

SUBSETS = 10
"""Into how many subsets a large table is split."""
SUBSET = 10_000
"""The most points in one of them."""


def refitted(
    problem: Problem[Any],
    starts: Array,
    draw: Resamples | Array,
    workers: int,
    progress: bool | Tick,
) -> list[Minima]:
    """Refit every resample from each start, and keep its lowest minimum.

    Parameters
    ----------
    problem : Problem
        The problem that was solved.
    starts : ndarray, shape (k, q)
        Free coordinates of its minimum, and of other places to start from.
    draw : Resamples or ndarray, shape (S, n)
        Weights of the points.
    workers : int
        Processes over which the blocks of resamples are spread.
    progress : bool or callable
        As for `replication._spreading.spread_over`; an item is a block.

    Returns
    -------
    list of Minima
        The refits of each block.
    """
    blocks: Iterable[Array]
    blocks, total = ([draw], 1) if isinstance(draw, np.ndarray) else (draw.blocks(), len(draw))
    refit = partial(_refitted, problem=problem, starts=starts)
    return spread_over(workers, refit, blocks, progress=progress, total=total)


def _refitted(weights: Array, problem: Problem[Any], starts: Array) -> Minima:
    """Refit a block of resamples from each start, and keep the lowest minimum of each."""
    if (problem.data.weights != 1).any():
        weights = weights * problem.data.weights
    size = (len(weights), 1)
    return lowest([problem.solve(np.tile(phi, size), weights) for phi in starts])


def refitted_subsets(
    problem: Problem[Any], phi: Array, count: int, seed: int, workers: int, progress: bool | Tick
) -> list[Minima]:
    """Refit resamples of ten disjoint subsets, each as large as the whole table.

    This is the bag of little bootstraps (Kleiner, Talwalkar, Sarkar and Jordan 2014): each subset
    of b points is resampled to the size of the whole table, so that refits scatter as those of the
    whole would, at the cost of b points. What a refit differs by from the fit to its subset is
    added to the fit to all points.

    Parameters
    ----------
    problem : Problem
        The problem that was solved.
    phi : ndarray, shape (q,)
        Free coordinates of its solution.
    count : int
        Number of draws, spread evenly over the subsets.
    seed : int
        Seed of numpy's default generator.
    workers : int
        Processes over which the subsets are spread.
    progress : bool or callable
        As for `replication._spreading.spread_over`; an item is a subset.

    Returns
    -------
    list of Minima
        The refits of each subset, in free coordinates about `phi`.
    """
    order = np.random.default_rng(seed).permutation(problem.data.n)
    size = min(SUBSET, len(order) // SUBSETS)
    shares = np.diff(np.arange(SUBSETS + 1) * count // SUBSETS)
    work = [
        (problem.part(np.sort(order[k * size : (k + 1) * size])), int(share), (seed, k))
        for k, share in enumerate(shares)
        if share
    ]
    refit = partial(_refitted_subset, phi=phi, n=problem.data.n)
    return spread_over(workers, refit, work, progress=progress)


def _refitted_subset(work: tuple[Problem[Any], int, tuple[int, int]], phi: Array, n: int) -> Minima:
    """Refit resamples of a subset that count as many points as the whole table."""
    problem, count, seed = work
    size = problem.data.n
    drawn = np.random.default_rng(seed).multinomial(n, np.full(size, 1 / size), count)
    weights = drawn * problem.data.weights
    own = problem.solve(phi[None], problem.data.weights[None] * (n / size))
    found = problem.solve(np.tile(own.phi, (count, 1)), weights)
    return replace(found, phi=problem.space.clip(phi + found.phi - own.phi))
