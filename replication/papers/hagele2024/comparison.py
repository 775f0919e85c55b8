"""The cooldown against the cosine, run by run, and how far two runs differ that should not."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from replication._memo import cached
from replication.errors import ArgumentError, unknown
from replication.papers.hagele2024.averaging import averaged
from replication.papers.hagele2024.data import runs, suite

__all__ = ["StraightLine", "pairs", "perplexity_line", "repeats", "rms", "transfer"]

LOSSES = ("loss", "loss_periodic")
"""Evaluations of a finished run: the fuller one at the end, and the last of the periodic ones."""
SETTINGS = [
    "dataset",
    "schedule",
    "decay_shape",
    "decay_fraction",
    "cosine_final_lr_fraction",
    "size",
    "peak_lr",
    "steps",
    "batch_sequences",
]
"""What two runs share that repeat each other."""


@dataclass(frozen=True)
class StraightLine:
    """A least-squares line y = slope x + intercept, and how it compares with y = x.

    Parameters
    ----------
    slope, intercept : float
        Of the line.
    slope_low, slope_high, intercept_low, intercept_high : float
        Ends of the intervals of each alone, at the level asked for.
    p_identity : float
        Chance of a line at least as far from y = x, slope and intercept together (F test), if the
        points scatter about y = x independently and with one variance; NaN if all lie on it.
    n : int
        Points.
    """

    slope: float
    intercept: float
    slope_low: float
    slope_high: float
    intercept_low: float
    intercept_high: float
    p_identity: float
    n: int

    @classmethod
    def through(cls, x: ArrayLike, y: ArrayLike, level: float = 0.95) -> "StraightLine":
        """Draw the line through points.

        Parameters
        ----------
        x, y : array_like, shape (n,)
            The points, three at least.
        level : float
            Of the intervals.

        Returns
        -------
        StraightLine
            By ordinary least squares of y on x.

        Raises
        ------
        ArgumentError
            If there are fewer than three points, one is not finite, all x are equal, or the level
            is not between 0 and 1.

        Examples
        --------
        >>> line = StraightLine.through([1, 2, 3, 4], [1.1, 2.0, 2.9, 4.1])
        >>> round(line.slope, 2), line.slope_low < 1 < line.slope_high
        (0.99, True)
        """
        a, b = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        if a.ndim != 1 or a.shape != b.shape or len(a) < 3:
            raise ArgumentError(
                f"A line with intervals needs three points or more, one y an x; got {a.shape} "
                f"and {b.shape}."
            )
        if not np.isfinite([a, b]).all() or np.ptp(a) == 0:
            raise ArgumentError(
                "A line needs finite points at two x or more; leave out what was not measured."
            )
        if not 0 < level < 1:
            raise ArgumentError(f"level is {level}; a fraction between 0 and 1 is expected, 0.95.")
        found = stats.linregress(a, b)
        free = len(a) - 2
        reach = stats.t.ppf((1 + level) / 2, free)
        about_line = np.sum((b - found.slope * a - found.intercept) ** 2)
        about_identity = np.sum((b - a) ** 2)
        with np.errstate(divide="ignore", invalid="ignore"):  # all points on the line
            f = (about_identity - about_line) / 2 / (about_line / free)
        return cls(
            slope=float(found.slope),
            intercept=float(found.intercept),
            slope_low=float(found.slope - reach * found.stderr),
            slope_high=float(found.slope + reach * found.stderr),
            intercept_low=float(found.intercept - reach * found.intercept_stderr),
            intercept_high=float(found.intercept + reach * found.intercept_stderr),
            p_identity=float(stats.f.sf(f, 2, free)),
            n=len(a),
        )

    def __call__(self, x: ArrayLike) -> np.ndarray:
        """Return the height of the line."""
        return np.asarray(self.slope * np.asarray(x, dtype=np.float64) + self.intercept)


@cached
def pairs(loss: str = "loss") -> pd.DataFrame:
    """Return the 16 pairs of the suite: a cooldown and the cosine of the same size and length.

    Parameters
    ----------
    loss : str
        One of `LOSSES`.

    Returns
    -------
    DataFrame
        One row a pair, by size and length: ``size``, ``params``, ``steps``, ``flops``,
        ``cooldown`` and ``cosine`` (nats per token) and their ``difference``.

    Raises
    ------
    UnknownNameError
        If there is no such evaluation.

    Examples
    --------
    >>> table = pairs()
    >>> len(table), round(float(table["difference"].mean()), 4)
    (16, -0.0009)
    """
    if loss not in LOSSES:
        raise unknown("evaluation", loss, LOSSES)
    return _side_by_side(suite("cooldown", "cosine"), loss)


@cached
def transfer() -> pd.DataFrame:
    """Return the nine pairs on OpenWebText2, as `pairs` does.

    Examples
    --------
    >>> transfer()["size"].unique().tolist()
    ['60M', '93M', '166M']
    """
    table = runs()
    return _side_by_side(table[table["dataset"] == "openwebtext2"], "loss")


def _side_by_side(table: pd.DataFrame, loss: str) -> pd.DataFrame:
    """Put the losses of the schedules beside each other, where both have a run."""
    of_run = ["size", "params", "steps", "flops"]
    wide = table.pivot_table(index=of_run, columns="schedule", values=loss)
    wide = wide[["cooldown", "cosine"]].dropna().reset_index().rename_axis(columns=None)
    wide["difference"] = wide["cooldown"] - wide["cosine"]
    return wide.sort_values(["params", "steps"], ignore_index=True)


def perplexity_line(rival: str = "cooldown") -> StraightLine:
    """Return the line of the cosine's perplexity in that of a rival (Figure 12, right).

    Parameters
    ----------
    rival : str
        ``"cooldown"`` for the 16 pairs, ``"averaged"`` for the 24 horizons of averaged weights.

    Raises
    ------
    UnknownNameError
        If there is no such rival.

    Examples
    --------
    >>> line = perplexity_line()
    >>> round(line.slope, 3), round(line.intercept, 3)
    (0.991, 0.226)
    """
    if rival not in ("cooldown", "averaged"):
        raise unknown("rival of the cosine", rival, ("cooldown", "averaged"))
    table = pairs() if rival == "cooldown" else averaged()
    return StraightLine.through(np.exp(table[rival]), np.exp(table["cosine"]))


@cached
def repeats() -> pd.DataFrame:
    """Return the settings that were run twice: what two equal runs differ by.

    Returns
    -------
    DataFrame
        One row a setting: ``schedule``, ``size``, ``peak_lr``, ``steps``, ``first`` and ``second``
        (losses in nats per token, by run number) and the ``difference``, second minus first.

    Examples
    --------
    >>> repeats()["difference"].abs().round(4).tolist()
    [0.0006, 0.0001, 0.0005, 0.0017]
    """
    twice = runs()[runs().duplicated(SETTINGS, keep=False)]
    grouped = twice.sort_values("run_id").groupby(SETTINGS, dropna=False)["loss"]
    table = grouped.agg(first="first", second="last").reset_index()
    table["difference"] = table["second"] - table["first"]
    kept = ["schedule", "size", "peak_lr", "steps", "first", "second", "difference"]
    return table[kept].sort_values(["schedule", "steps"], ignore_index=True)


def rms(differences: ArrayLike) -> float:
    """Return the root mean square.

    Examples
    --------
    >>> rms([2.0, -2.0])
    2.0
    """
    return float(np.sqrt(np.mean(np.square(np.asarray(differences, dtype=np.float64)))))
