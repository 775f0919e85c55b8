"""Learning curves on which the method of su2024 is tried: trunks of hagele2024, not its own."""

import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.errors import unknown

__all__ = ["LARGE", "LARGEST", "SMALL", "curves", "trajectories"]

KEY = "su2024"
SMALL = ("33M", "53M", "60M", "93M")
"""Sizes that the laws are fitted to, as small beside the others as the logs allow."""
MIDDLE = ("124M", "151M", "210M")
"""Sizes that share the learning rate of the largest."""
LARGEST = "360M"
LARGE = (*MIDDLE, LARGEST)
"""Sizes whose curves are predicted."""
COUNTS = {"no embedding": "params_no_embedding", "total": "params"}
"""What counts as a parameter, and the column of hagele2024's models that says so."""


@cached
def trajectories(count: str = "no embedding") -> pd.DataFrame:
    """Return the eight learning curves, with all that the laws read.

    Parameters
    ----------
    count : str
        One of `COUNTS`: ``"no embedding"`` as in the paper, or ``"total"``.

    Returns
    -------
    DataFrame
        One row an evaluation, by size and step: ``run_id``, ``size`` (nominal), ``params``
        (a count), ``steps``, ``batch`` (tokens in a step), ``tokens``, ``flops`` (by the count of
        hagele2024), ``loss`` (nats per token), ``peak_lr``, and ``min_steps``, a copy of
        ``steps``: what a law in S_min reads if the batch is taken to be far above the critical
        one.

    Raises
    ------
    UnknownNameError
        If there is no such count.

    Examples
    --------
    >>> points = trajectories()
    >>> len(points), points["size"].unique().tolist()
    (1211, ['33M', '53M', '60M', '93M', '124M', '151M', '210M', '360M'])
    >>> sorted(points["batch"].unique().tolist())
    [102400.0, 204800.0]
    """
    if count not in COUNTS:
        raise unknown("count of parameters", count, COUNTS)
    points = datasets.runs(KEY)
    points = points.assign(
        params=points[COUNTS[count]],
        batch=points["tokens"] / points["steps"],
        min_steps=points["steps"],
    )
    kept = ["run_id", "size", "params", "steps", "batch", "tokens", "flops", "loss", "peak_lr"]
    return points[[*kept, "min_steps"]].sort_values(["params", "steps"], ignore_index=True)


def curves(sizes: tuple[str, ...], count: str = "no embedding") -> pd.DataFrame:
    """Return the learning curves of some sizes.

    Parameters
    ----------
    sizes : tuple of str
        Nominal sizes.
    count : str
        As in `trajectories`.

    Returns
    -------
    DataFrame
        Rows of `trajectories`.

    Raises
    ------
    UnknownNameError
        If a size or a count is not there.

    Examples
    --------
    >>> len(curves(SMALL)), len(curves((LARGEST,)))
    (285, 241)
    """
    points = trajectories(count)
    if stray := [size for size in sizes if size not in set(points["size"])]:
        raise unknown("size", stray[0], points["size"].unique())
    return points[points["size"].isin(sizes)].reset_index(drop=True)
