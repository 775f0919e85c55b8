"""The published points of shen2024: scores over layers and width, ten panels and two metrics."""

import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.errors import unknown

__all__ = ["METRICS", "PANELS", "panel", "points"]

KEY = "shen2024"
METRICS = ("hr", "ndcg")
"""Hit rate and NDCG, both among the first ten items."""
PANELS = tuple(range(1, 11))
"""Numbers of the panels, in the order of the figures."""


@cached
def points() -> pd.DataFrame:
    """Return every published point.

    Returns
    -------
    DataFrame
        One row a trained model and metric: ``metric`` (`METRICS`), ``panel``, ``layers``,
        ``width``, and ``score``, a fraction.

    Examples
    --------
    >>> len(points()), points().groupby("panel").size().unique().tolist()
    (448, [48, 32])
    """
    return datasets.load(KEY, "points")


def panel(metric: str, number: int) -> pd.DataFrame:
    """Return the points of one panel: one data set, one length of sequences.

    Parameters
    ----------
    metric : str
        One of `METRICS`.
    number : int
        One of `PANELS`.

    Returns
    -------
    DataFrame
        Rows of `points`.

    Raises
    ------
    UnknownNameError
        If there is no such metric or panel.

    Examples
    --------
    >>> len(panel("hr", 2)), len(panel("ndcg", 9))
    (24, 16)
    """
    if metric not in METRICS:
        raise unknown("metric", metric, METRICS)
    if number not in PANELS:
        raise unknown("panel", number, PANELS)
    table = points()
    return table[(table["metric"] == metric) & (table["panel"] == number)].reset_index(drop=True)
