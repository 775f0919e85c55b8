"""What a frontier keeps of its runs, so that it can be found again in resamples of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from replication.errors import Note, ReplicationError
from replication.fitting.resampling import Resamples
from replication.frontier.line import Lines
from replication.laws import Law, PowerLaw

Array = NDArray[Any]

SAME = 1e-9
"""Relative difference up to which two exponents are one."""


@dataclass(frozen=True)
class Refits:
    """A frontier found again in many resamples.

    Parameters
    ----------
    params_law, tokens_law : PowerLaw
        N_opt and D_opt in C, with one entry a usable resample.
    kind : str
        What was resampled.
    failed : int
        Resamples that gave no frontier.
    notes : tuple of Note
        What is doubtful.
    law : Law or None
        The fitted losses, where the approach fits one.
    """

    params_law: PowerLaw
    tokens_law: PowerLaw
    kind: str
    failed: int
    notes: tuple[Note, ...] = ()
    law: Law | None = None


class Source(Protocol):
    """The data of a frontier and the way from them to the power law."""

    def bootstrap(self, resamples: int, seed: int) -> Refits:
        """Draw with replacement and find the frontier again."""
        ...

    def subsample(self, resamples: int, fraction: float, seed: int) -> Refits:
        """Draw without replacement and find the frontier again."""
        ...


def collect(blocks: Sequence[Lines], kind: str) -> Refits:
    """Put the power laws of blocks of resamples together, without those that failed.

    Parameters
    ----------
    blocks : sequence of Lines
        Exponents and prefactors of each block.
    kind : str
        What was resampled.

    Returns
    -------
    Refits
        With a note if some failed, and one if most of the others are the same.

    Raises
    ------
    ReplicationError
        If all failed.

    Examples
    --------
    >>> a, k = np.array([0.5, np.nan]), np.array([0.1, np.nan])
    >>> collect([Lines(a, k, 1 - a, 1 / k)], "points").failed
    1
    """
    parts = zip(*(vars(block).values() for block in blocks), strict=True)
    drawn = Lines(*(np.concatenate(part) for part in parts))
    ok = drawn.usable
    failed = int((~ok).sum())
    if not ok.any():
        raise ReplicationError(
            "No resample gives a frontier: too few runs are left in each. Look at the column n "
            "of points, and add runs."
        )
    notes = [failures(failed, len(ok))] if failed else []
    kept = drawn.only(ok)
    low, high = np.percentile(kept.a, [10, 90])
    if len(kept.a) > 1 and high - low <= SAME * abs(high):
        notes.append(
            Note(
                "too_few_points",
                f"At least 80 % of the {len(kept.a)} resamples that give a frontier give the same "
                f"exponent ({low:.4g}), so the interval has no width.",
                "It is no error bar: too little can change from one resample to the next. Add "
                "sizes, and widen the range of budgets.",
            )
        )
    return Refits(*kept.laws(), kind, failed, tuple(notes))


def failures(failed: int, count: int) -> Note:
    """Return the note on resamples that gave no frontier.

    Examples
    --------
    >>> failures(3, 100).code
    'too_few_points'
    """
    return Note(
        "too_few_points",
        f"{failed} of {count} resamples give no frontier and are left out.",
        "The interval describes the others only; add runs.",
    )


def within(codes: Array, count: int, seed: int) -> Resamples:
    """Draw with replacement within each group, so that no group ever loses a run.

    Examples
    --------
    >>> weights = next(within(np.array([0, 0, 1]), 5, seed=0).blocks())
    >>> weights[:, 2].tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    groups = [np.flatnonzero(codes == code) for code in np.unique(codes)]

    def make(rng: np.random.Generator, k: int) -> Array:
        weights = np.zeros((k, len(codes)))
        for rows in groups:
            drawn = rng.integers(len(rows), size=(k, len(rows)))
            np.add.at(weights, (np.arange(k)[:, None], rows[drawn]), 1.0)
        return weights

    return Resamples(count, len(codes), make, seed)
