"""Latencies: the printed ones on a GPU, and our own on one core."""

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.datasets import load
from replication.papers.bian2025.data import gpu_latency
from replication.papers.bian2025.decoder import shape_of, work

__all__ = ["OWN", "cpu_latency", "seconds_per_layer", "spread"]

OWN = ("morph-1b-v1", "morph-1b-v2", "morph-1b")
"""The authors' three models of one size, from deep to shallow."""


@cached
def cpu_latency() -> pd.DataFrame:
    """Return our measurement of a token's time on one core, by shape.

    Returns
    -------
    DataFrame
        One row a shape, by size and from deep to shallow: the columns of the data table,
        ``params`` (weights of the layers), ``cached`` (entries of the cache), ``aspect_ratio``
        and ``slower``: times as long as the widest shape of the size.

    Examples
    --------
    >>> cpu_latency()["params"].unique().astype(int).tolist()
    [786432, 3145728, 12582912, 50331648]
    """
    table = load("bian2025", "cpu_latency")
    whole = ["n_layers", "d_model", "context"]
    done = [work(shape_of(*row)) for row in table[whole].astype(int).itertuples(index=False)]
    table = table.assign(
        params=[float(each.weights) for each in done],
        cached=[float(each.cached) for each in done],
        aspect_ratio=table["d_model"] / table["n_layers"],
    ).sort_values(["params", "aspect_ratio"])
    widest = table.groupby("params")["seconds_best"].transform("last")
    return table.assign(slower=table["seconds_best"] / widest).reset_index(drop=True)


def spread() -> pd.DataFrame:
    """Return how much longer the deepest shape of each size takes than the widest.

    Returns
    -------
    DataFrame
        One row a size: ``params``, ``deepest`` and ``widest`` in seconds, and their ``ratio``.

    Examples
    --------
    >>> bool((spread()["ratio"] > 1).all())
    True
    """
    by_size = cpu_latency().groupby("params")["seconds_best"]
    table = by_size.agg(deepest="first", widest="last").reset_index()
    return table.assign(ratio=table["deepest"] / table["widest"])


def seconds_per_layer() -> tuple[float, float]:
    """Return slope and intercept of printed latency against depth, for the authors' models.

    Returns
    -------
    slope, intercept : float
        Seconds a layer, and seconds without layers: least squares over three models.

    Examples
    --------
    >>> [round(value, 3) for value in seconds_per_layer()]
    [0.136, 0.349]
    """
    table = gpu_latency().set_index("model").loc[list(OWN)]
    slope, intercept = np.polyfit(table["n_layers"], table["latency_seconds"], 1)
    return float(slope), float(intercept)
