"""The learning rate of a run at every step, and what laws of schedules read from it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import numbers, whole
from replication.errors import ArgumentError
from replication.schedules import Schedule

Array = NDArray[np.float64]

MEMORY = 0.999
"""Share of a fall of the rate that is still felt a step later (arXiv 2408.11029)."""
BLOCK = 16
"""Steps over which falls are taken together: a sum over each step costs as many times more."""


@dataclass(frozen=True, eq=False)
class RateHistory:
    """Learning rates step by step; a warm-up is progress, and its rise is no fall.

    Parameters
    ----------
    rates : array_like, shape (steps + 1,)
        Learning rate at step 0, 1, 2 ... of the run, in any one unit.
    warmup : int
        Steps of the warm-up: changes of the rate up to there count neither as annealing nor as
        falls. Zero counts all of them.

    Raises
    ------
    ArgumentError
        If a rate is negative or not finite, there are fewer than two, the rate is zero throughout,
        or the warm-up is not shorter than the run.

    Examples
    --------
    >>> history = RateHistory([1.0, 1.0, 1.0, 0.5, 0.5])
    >>> history.area([1, 4]).tolist(), history.annealed([2, 4]).tolist()
    ([1.0, 3.0], [0.0, 0.9995])
    >>> RateHistory([1.0])
    Traceback (most recent call last):
        ...
    replication.errors.ArgumentError: rates must be a list of at least two learning rates, one for
    each step from 0; got shape (1,).
    """

    rates: Array
    warmup: int = 0

    def __init__(self, rates: ArrayLike, warmup: int = 0) -> None:
        values = numbers("rates", rates).copy()
        if values.ndim != 1 or len(values) < 2:
            raise ArgumentError(
                "rates must be a list of at least two learning rates, one for each step from 0; "
                f"got shape {values.shape}."
            )
        if (bad := ~(np.isfinite(values) & (values >= 0))).any():
            step = int(np.flatnonzero(bad)[0])
            raise ArgumentError(
                f"The learning rate at step {step} is {values[step]:g}; zero or more is expected."
            )
        if not values.any():
            raise ArgumentError("The learning rate is zero at every step: nothing is trained.")
        risen = whole("warmup", warmup, least=0, most=len(values) - 2)
        values.flags.writeable = False
        object.__setattr__(self, "rates", values)
        object.__setattr__(self, "warmup", risen)

    @classmethod
    def of(cls, schedule: Schedule) -> "RateHistory":
        """Return the history of a schedule, read at every whole step.

        Parameters
        ----------
        schedule : Schedule
            Its warm-up and length, where they are not whole, are rounded down.

        Examples
        --------
        >>> history = RateHistory.of(Schedule(steps=1000, cooldown=200, warmup=100, peak=2.0))
        >>> len(history.rates), history.warmup, float(history.area(800))
        (1001, 100, 1501.0)
        """
        return cls(schedule(np.arange(int(schedule.steps) + 1.0)), int(schedule.warmup))

    @property
    def steps(self) -> int:
        """Length of the run in steps."""
        return len(self.rates) - 1

    def area(self, steps: ArrayLike) -> Array:
        """Return S_1, the sum of the learning rates up to a step, without that of step 0.

        Parameters
        ----------
        steps : array_like
            Steps of the run, from 0; rounded down.

        Returns
        -------
        ndarray
            In units of the learning rate.

        Raises
        ------
        ArgumentError
            If a step is not a number, or lies outside the run.
        """
        return np.asarray(self._areas()[self._whole(steps)])

    def annealed(self, steps: ArrayLike, memory: float = MEMORY) -> Array:
        r"""Return S_2 = sum of m_i, with m_i = memory m_{i-1} + (eta_{i-1} - eta_i).

        A fall of the rate acts with a delay: its part of S_2 tends to the fall divided by
        ``1 - memory`` (arXiv 2408.11029, the law of annealing).

        Parameters
        ----------
        steps : array_like
            Steps of the run, from 0; rounded down.
        memory : float
            Share of a fall that is still felt a step later, from 0 to below 1.

        Returns
        -------
        ndarray
            In units of the learning rate; negative where it has risen after the warm-up.

        Raises
        ------
        ArgumentError
            If a step lies outside the run, or the memory outside its range.
        """
        if not 0 <= memory < 1:
            raise ArgumentError(
                f"memory is {memory:g}; a share from 0 to below 1 is expected: 1 never forgets."
            )
        total = np.zeros(len(self.rates))
        momentum = summed = 0.0
        for step, fall in enumerate(self._falls().tolist(), start=1):
            momentum = memory * momentum + fall
            summed += momentum
            total[step] = summed
        return np.asarray(total[self._whole(steps)])

    def drops(self, block: int = BLOCK) -> tuple[Array, Array, Array, NDArray[np.int_]]:
        """Return the falls of the rate after the warm-up, those of a few steps taken together.

        Parameters
        ----------
        block : int
            Steps that are taken together, counted from the warm-up; 1 for none.

        Returns
        -------
        fall : ndarray, shape (k,)
            By how much the rate fell; negative where it rose.
        rate : ndarray, shape (k,)
            The rate after it: in a block, the mean by size of change.
        area : ndarray, shape (k,)
            S_1 before it, in a block again the mean.
        last : ndarray, shape (k,)
            The last step of the block, from which on it counts.

        Raises
        ------
        ArgumentError
            If a block is not a whole number of at least one.

        Examples
        --------
        >>> fall, rate, area, last = RateHistory([1.0, 1.0, 1.0, 0.5, 0.5]).drops(block=1)
        >>> fall.tolist(), rate.tolist(), area.tolist(), last.tolist()
        ([0.5], [0.5], [2.0], [3])
        """
        width = whole("block", block)
        falls, areas = self._falls(), self._areas()
        moved = np.flatnonzero(falls)
        if not len(moved):
            return np.zeros(0), np.zeros(0), np.zeros(0), moved
        owner = (moved - self.warmup) // width
        starts = np.flatnonzero(np.diff(owner, prepend=owner[0] - 1))
        weight = np.abs(falls[moved])

        def mean(values: Array) -> Array:
            return np.asarray(
                np.add.reduceat(values * weight, starts) / np.add.reduceat(weight, starts)
            )

        last = np.append(moved[starts[1:] - 1], moved[-1]) + 1
        fall = np.asarray(np.add.reduceat(falls[moved], starts))
        return fall, mean(self.rates[moved + 1]), mean(areas[moved]), last

    def _areas(self) -> Array:
        """Return the area at every step."""
        return np.asarray(np.cumsum(self.rates) - self.rates[0])

    def _falls(self) -> Array:
        """Return the fall at every step from 1, none in the warm-up."""
        falls = -np.diff(self.rates)
        falls[: self.warmup] = 0.0
        return falls

    def _whole(self, steps: ArrayLike) -> NDArray[np.int_]:
        """Return steps as indices, or say which lies outside the run."""
        wanted = numbers("step", steps)
        outside = ~((wanted >= 0) & (wanted <= self.steps))
        if outside.any():
            raise ArgumentError(
                f"Step {wanted[outside].flat[0]:g} lies outside the run of {self.steps} steps."
            )
        whole_steps: NDArray[np.int_] = wanted.astype(np.int_)
        return whole_steps
