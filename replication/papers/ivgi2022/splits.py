"""A learning curve in two parts: the points that a law is fitted to, and those that it is for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from replication.counting.numbers import Array
from replication.errors import ArgumentError, DataError, Note, listed, shown
from replication.fitting.frame import column
from replication.fitting.tables import as_frame
from replication.laws import Law

__all__ = ["Split"]

FEWEST = 2
"""Held-out points below which a score is one accident."""


@dataclass(frozen=True, eq=False)
class Split:
    """The two parts of a curve, each sorted, the held-out one beyond the other.

    Parameters
    ----------
    fitted : DataFrame
        Columns ``samples`` (a count) and ``error`` (in the unit of the task), rising in samples.
    held_out : DataFrame
        The same columns, all of them beyond the largest fitted.
    notes : tuple of Note
        ``too_few_points`` where a single point is held out.

    Examples
    --------
    >>> table = {"samples": [4, 1, 2], "error": [0.3, 0.5, 0.4], "held_out": [1, 0, 0]}
    >>> split = Split.of(pd.DataFrame(table))
    >>> split.fitted["samples"].tolist(), round(split.reach, 1), split.notes[0].code
    ([1.0, 2.0], 2.0, 'too_few_points')
    """

    fitted: pd.DataFrame
    held_out: pd.DataFrame
    notes: tuple[Note, ...] = field(default=())

    @classmethod
    def of(cls, table: pd.DataFrame | Mapping[str, ArrayLike]) -> "Split":
        """Split a curve by its column ``held_out``.

        Parameters
        ----------
        table : DataFrame or mapping of str to array_like
            Columns ``samples``, ``error`` and ``held_out`` (0 or 1); rows in any order.

        Returns
        -------
        Split
            Both parts, sorted.

        Raises
        ------
        DataError
            If a column is missing or no numbers, a value is not positive and finite, a part has no
            points, or a held-out point lies among the fitted ones.
        """
        needed = ("samples", "error", "held_out")
        frame = as_frame(table)
        if missing := [name for name in needed if name not in frame]:
            raise DataError(
                f"The curve has no column {listed(missing)}; it needs {listed(needed)}."
            )
        values = {name: column(frame, name, "Split", needed) for name in needed[:2]}
        odd = [flag for flag in frame["held_out"].unique() if flag not in (0, 1)]
        if odd:
            raise DataError(f"held_out is {shown(odd[0])}; 1 marks a held-out point, 0 any other.")
        rows = frame.assign(**values).sort_values(["samples", "error"], kind="stable")
        parts = [rows.loc[rows["held_out"] == flag, list(needed[:2])] for flag in (0, 1)]
        for part, said in zip(parts, ("fit a law to", "score it on"), strict=True):
            if part.empty:
                raise DataError(
                    f"The split leaves no points to {said}. Mark at least one point with each "
                    "value of held_out."
                )
        last, first = parts[0]["samples"].iloc[-1], parts[1]["samples"].iloc[0]
        if first <= last:
            raise DataError(
                f"A held-out point has {first:g} samples, the fitted ones reach {last:g}: what "
                "lies among them is interpolated, not extrapolated. Hold out the far end."
            )
        fitted, held_out = (part.reset_index(drop=True) for part in parts)
        return cls(fitted, held_out, cls._notes(held_out))

    @staticmethod
    def _notes(held_out: pd.DataFrame) -> tuple[Note, ...]:
        if len(held_out) >= FEWEST:
            return ()
        return (
            Note(
                "too_few_points",
                f"The score rests on {len(held_out)} held-out point.",
                "Compare laws on several curves before you believe a difference.",
            ),
        )

    @property
    def reach(self) -> float:
        """How many times the largest fitted number of samples the curve extends to."""
        return float(self.held_out["samples"].iloc[-1] / self.fitted["samples"].iloc[-1])

    def misses(self, law: Law) -> Array:
        """Return log(predicted / observed) at the held-out points.

        Parameters
        ----------
        law : Law
            Predicts the error from samples.

        Returns
        -------
        ndarray, shape (n,)
            Natural logarithms: +.01 is a prediction one percent too high.

        Raises
        ------
        ArgumentError
            If the law predicts something that is not positive and finite.
        """
        with np.errstate(all="ignore"):
            predicted = np.asarray(law.predict(self.held_out["samples"].to_numpy(np.float64)))
        if (bad := ~(np.isfinite(predicted) & (predicted > 0))).any():
            raise ArgumentError(
                f"{law!r} predicts {predicted[bad][0]:g} at "
                f"{self.held_out['samples'].to_numpy()[bad][0]:g} samples; a positive number is "
                "expected. Look at the fit."
            )
        return np.asarray(np.log(predicted) - np.log(self.held_out["error"].to_numpy()))

    def score(self, law: Law) -> float:
        """Return the benchmark's score, the root mean square of `misses`.

        Parameters
        ----------
        law : Law
            Predicts the error from samples.

        Returns
        -------
        float
            Lower is better; .05 is a typical miss of five percent.

        Examples
        --------
        >>> from replication.laws import PowerLaw
        >>> table = {"samples": [1, 2, 4, 8], "error": [8, 4, 2, 1.1], "held_out": [0, 0, 0, 1]}
        >>> law = PowerLaw.of("samples", "error")(A=8.0, alpha=1.0)
        >>> round(Split.of(pd.DataFrame(table)).score(law), 4)
        0.0953
        """
        return float(np.sqrt(np.mean(self.misses(law) ** 2)))
