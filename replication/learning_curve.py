"""A learning curve: the loss of one run, step by step."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import numbers
from replication.errors import ArgumentError, DataError, one_of_names

Array = NDArray[np.float64]

KEEP = ("last", "first")
"""Which value of a step that a log holds twice: that of the later segment, or of the earlier."""


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """Losses at rising steps, each step once.

    Parameters
    ----------
    steps : array_like, shape (n,)
        Training steps, strictly rising.
    loss : array_like, shape (n,)
        Loss at each (nats per token).

    Raises
    ------
    DataError
        If the two do not fit together, are empty, no numbers or not finite, or the steps do not
        rise.

    Examples
    --------
    >>> curve = LearningCurve([100, 200, 400], [4.0, 3.5, 3.0])
    >>> curve.final, float(curve.at(300))
    (3.0, 3.25)
    >>> LearningCurve([100, 300, 200], [4.0, 3.4, 3.6])
    Traceback (most recent call last):
        ...
    replication.errors.DataError: Steps of a learning curve must rise: row 2 has step 200 after
    300. A log with restarts is put in order by LearningCurve.from_log.
    """

    steps: Array
    loss: Array

    def __init__(self, steps: ArrayLike, loss: ArrayLike) -> None:
        n, y = _columns(steps, loss)
        check_rising(n)
        # Read-only: the curve stays what was checked.
        for name, values in (("steps", n), ("loss", y)):
            values.flags.writeable = False
            object.__setattr__(self, name, values)

    @classmethod
    def from_log(cls, steps: ArrayLike, loss: ArrayLike, keep: str = "last") -> "LearningCurve":
        """Put a log with restarts in order.

        A restarted run goes back to a checkpoint, so its log holds some steps twice, and segments
        may stand in any order. Rows are sorted by step; of a step that comes twice, one is kept.

        Parameters
        ----------
        steps, loss : array_like, shape (n,)
            As logged, in the order of the log.
        keep : str
            One of `KEEP`: the later segment is the one that the run went on from.

        Returns
        -------
        LearningCurve
            Each step once, rising.

        Raises
        ------
        DataError
            If the two do not fit together, are empty, no numbers or not finite.
        UnknownNameError
            If `keep` is not known.

        Examples
        --------
        >>> log = [300, 400, 100, 200, 300], [3.41, 3.2, 4.0, 3.6, 3.4]
        >>> curve = LearningCurve.from_log(*log)
        >>> curve.steps.tolist(), curve.loss.tolist()
        ([100.0, 200.0, 300.0, 400.0], [4.0, 3.6, 3.4, 3.2])
        """
        one_of_names("value to keep of a step", keep, KEEP)
        n, y = _columns(steps, loss)
        order = np.argsort(n, kind="stable")
        n, y = n[order], y[order]
        new = (
            np.append(n[1:] != n[:-1], True) if keep == "last" else np.append(True, n[1:] != n[:-1])
        )
        return cls(n[new], y[new])

    @property
    def final(self) -> float:
        """Loss at the last step (nats per token)."""
        return float(self.loss[-1])

    def at(self, steps: ArrayLike) -> Array:
        """Return the loss at steps in between, along straight lines.

        Parameters
        ----------
        steps : array_like
            Training steps within the curve.

        Returns
        -------
        ndarray
            Losses (nats per token).

        Raises
        ------
        ArgumentError
            If a step is not a number, or lies outside the curve.
        """
        wanted = numbers("step", steps)
        outside = ~((wanted >= self.steps[0]) & (wanted <= self.steps[-1]))
        if outside.any():
            raise ArgumentError(
                f"Step {wanted[outside].flat[0]:g} lies outside the curve, which runs from "
                f"{self.steps[0]:g} to {self.steps[-1]:g}: nothing was measured there."
            )
        return np.asarray(np.interp(wanted, self.steps, self.loss))


IN_ORDER = "A log with restarts is put in order by LearningCurve.from_log."
"""What to do about steps that do not rise."""


def check_rising(steps: Array, of: str = "a learning curve", advice: str = IN_ORDER) -> None:
    """Refuse steps that are out of order, or come twice.

    Parameters
    ----------
    steps : ndarray, shape (n,)
        Training steps.
    of : str
        What they are the steps of, for the message.
    advice : str
        What to do about it, a sentence.

    Raises
    ------
    DataError
        If they do not rise.

    Examples
    --------
    >>> check_rising(np.array([100.0, 200.0, 200.0]), "run 7")
    Traceback (most recent call last):
        ...
    replication.errors.DataError: Steps of run 7 must rise: row 2 has step 200 again. A log with
    restarts is put in order by LearningCurve.from_log.
    """
    # Written so that a step which is not a number is refused, too.
    falls = np.flatnonzero(~(np.diff(steps) > 0))
    if len(falls):
        row = int(falls[0]) + 1
        again = "again" if steps[row] == steps[row - 1] else f"after {steps[row - 1]:g}"
        raise DataError(
            f"Steps of {of} must rise: row {row} has step {steps[row]:g} {again}. {advice}"
        )


def _columns(steps: ArrayLike, loss: ArrayLike) -> tuple[Array, Array]:
    """Return copies as floats, or say why they are no curve."""
    try:
        n, y = (np.array(numbers(*item)) for item in (("steps", steps), ("loss", loss)))
    except ArgumentError as error:
        raise DataError(str(error)) from None
    if n.ndim != 1 or n.shape != y.shape or not len(n):
        raise DataError(
            f"A learning curve needs one loss a step and at least one; got {n.shape} steps and "
            f"{y.shape} losses."
        )
    for name, values in (("step", n), ("loss", y)):
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad):
            raise DataError(
                f"Row {bad[0]} of the learning curve has {name} {values[bad[0]]}; leave out what "
                "was not measured."
            )
    return n, y
