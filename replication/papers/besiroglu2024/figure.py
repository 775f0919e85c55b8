"""The points read from Figure 4 of hoffmann2022: which are left out, and a better reading."""

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.datasets import load
from replication.errors import ArgumentError

__all__ = ["COORDINATES", "OUTLIERS", "points", "recalibrated"]

OUTLIERS = 5
"""Points left out: those with the largest losses (the authors' notebook, cells 14 and 15)."""
COORDINATES = ("A", "B", "E", "alpha", "beta")
COLOUR_BAR = (1.8, 5.0)
"""Losses at the ends of the colour bar of hoffmann2022, Figure 4, in nats per token."""
COLOUR_BINS = 256


@cached
def points(dropped: int = OUTLIERS) -> pd.DataFrame:
    """Return the points of hoffmann2022, Figure 4, without those of largest loss.

    Parameters
    ----------
    dropped : int
        How many points to leave out; the paper leaves out 5 of 245.

    Returns
    -------
    DataFrame
        Columns ``params``, ``tokens``, ``flops`` (counts) and ``loss`` (nats per token), in the
        order of the authors' file, on which their resamples depend.

    Raises
    ------
    ArgumentError
        If `dropped` is negative or leaves fewer points than the law has coefficients.

    Examples
    --------
    >>> len(points()), len(points(0))
    (240, 245)
    """
    runs = load("hoffmann2022", "figure4_points").sort_values("source_row", ignore_index=True)
    if not 0 <= dropped <= len(runs) - len(COORDINATES):
        raise ArgumentError(
            f"dropped is {dropped}; between 0 and {len(runs) - len(COORDINATES)} of "
            f"{len(runs)} points can be left out."
        )
    kept = runs.sort_values("loss", kind="stable").iloc[: len(runs) - dropped]
    return kept.sort_index().reset_index(drop=True)


@cached
def recalibrated(dropped: int = OUTLIERS) -> pd.DataFrame:
    """Return the points with losses nearer to the figure than its colours were read.

    114 of the 245 points also stand in the right panel of the figure, where the loss is a
    coordinate with five digits. They take that loss, and they calibrate the colour scale of 256
    bins (log loss linear in the bin) from which the others are read again. The choice is ours.

    Parameters
    ----------
    dropped : int
        As in `points`: left out before the calibration.

    Returns
    -------
    DataFrame
        As `points`, with ``loss`` (nats per token) changed.

    Examples
    --------
    >>> float((recalibrated()["loss"] - points()["loss"]).mean().round(3))
    -0.004
    """
    runs = points(dropped)
    exact = load("hoffmann2022", "figure4_isoflop_points")
    keys = ["isoflop_budget", "params_table_a9"]
    joined = runs.merge(exact[[*keys, "loss"]], on=keys, how="left", suffixes=("", "_exact"))
    known = joined["loss_exact"].notna()
    offset, slope = np.log(COLOUR_BAR[0]), np.log(COLOUR_BAR[1] / COLOUR_BAR[0])
    for _ in range(20):
        steps = (np.log(joined["loss"]) - offset) / slope * COLOUR_BINS
        centers = (np.floor(steps - 0.5) + 0.5) / COLOUR_BINS
        slope, offset = np.polyfit(centers[known], np.log(joined.loc[known, "loss_exact"]), 1)
    read_again = np.exp(offset + slope * centers)
    return runs.assign(loss=joined["loss_exact"].fillna(read_again).to_numpy())
