"""A cut: the runs below some compute, and those above it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from replication.errors import DataError


@dataclass(frozen=True, eq=False)
class Cut:
    """Runs below a compute, to fit a law to, and above it, to hold it against.

    Parameters
    ----------
    fraction : float
        Decades below the largest run of the table.
    below, above_runs : DataFrame
        The two parts, each with ``spent``, the training compute in FLOPs.

    Examples
    --------
    >>> runs = pd.DataFrame({"params": [1e7, 1e8, 1e9], "spent": [1e18, 1e19, 1e20]})
    >>> cut = cuts_of(runs, (1.0,))[0]
    >>> cut.n, cut.above, cut.edge
    (2, 1, 1e+19)
    """

    fraction: float
    below: pd.DataFrame = field(repr=False)
    above_runs: pd.DataFrame = field(repr=False)

    @property
    def n(self) -> int:
        """Number of runs below."""
        return len(self.below)

    @property
    def above(self) -> int:
        """Number of runs above."""
        return len(self.above_runs)

    @property
    def sizes(self) -> int:
        """Number of different sizes below."""
        return int(self.below["params"].nunique())

    @property
    def edge(self) -> float:
        """Largest compute below, in FLOPs: from there distances are counted."""
        return float(self.below["spent"].max())

    @property
    def decades(self) -> float:
        """Span of the compute below."""
        if not self.n:
            return 0.0
        return float(np.log10(self.edge / self.below["spent"].min()))


def cuts_of(runs: pd.DataFrame, fractions: Sequence[float]) -> tuple[Cut, ...]:
    """Return the cuts of a table at some decades below its largest run.

    Parameters
    ----------
    runs : DataFrame
        With ``spent`` (FLOPs) and ``params``.
    fractions : sequence of float
        Decades below the largest run.

    Returns
    -------
    tuple of Cut
        One a fraction.

    Raises
    ------
    DataError
        If the table has no compute.
    """
    if "spent" not in runs or not len(runs):
        raise DataError("A backtest cuts by compute: give runs with a column spent, in FLOPs.")
    most = float(runs["spent"].max())
    found = []
    for fraction in fractions:
        # A run that lies on the cut by the digits of its budget is below it.
        inside = runs["spent"] <= most / 10**fraction * (1 + 1e-9)
        found.append(Cut(float(fraction), runs[inside], runs[~inside]))
    return tuple(found)
