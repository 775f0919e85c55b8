"""The same memory, spent on a small model or on a large one that is compressed."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from replication.papers.li2020.data import compressed

__all__ = ["best_at", "frontier", "versions", "winners"]


def versions(budget: float, retrained: float | None = 0.0, seed: int = 0) -> pd.DataFrame:
    """Return all that was made of the models of one budget: what to store, and its loss.

    Parameters
    ----------
    budget : float
        Nominal training compute in FLOPs.
    retrained : float or None
        Training again after compression, as a share of the run's steps; None for all.
    seed : int
        Of the runs.

    Returns
    -------
    DataFrame
        Rows of `compressed`, sorted by width and bytes.

    Examples
    --------
    >>> versions(5e11)["retrained"].unique().tolist()
    [0.0]
    """
    table = compressed()
    table = table[(table["isoflop_budget"] == budget) & (table["seed"] == seed)]
    if retrained is not None:
        table = table[table["retrained"] == retrained]
    return table.sort_values(["width", "bytes", "loss"], ignore_index=True)


def frontier(table: pd.DataFrame) -> pd.DataFrame:
    """Return, of each width, the versions that no smaller one of the same width beats.

    Parameters
    ----------
    table : DataFrame
        Rows of `versions`.

    Returns
    -------
    DataFrame
        Those of the rows, by width and bytes.

    Examples
    --------
    >>> edge = frontier(versions(5e11))
    >>> bool((edge.groupby("width")["loss"].diff().dropna() < 0).all())
    True
    """
    ordered = table.sort_values(["width", "bytes", "loss"], ignore_index=True)
    lowest = ordered.groupby("width")["loss"].cummin()
    before = lowest.groupby(ordered["width"]).shift(fill_value=np.inf)
    return ordered[ordered["loss"] < before].reset_index(drop=True)


def best_at(table: pd.DataFrame, memory: float) -> pd.DataFrame:
    """Return the best version of each width that fits into a memory.

    Parameters
    ----------
    table : DataFrame
        Rows of `versions`.
    memory : float
        In bytes.

    Returns
    -------
    DataFrame
        One row a width of which some version fits.

    Examples
    --------
    >>> bool((best_at(versions(5e11), 3e4)["bytes"] <= 3e4).all())
    True
    """
    fits = table[table["bytes"] <= memory]
    return fits.loc[fits.groupby("width")["loss"].idxmin()].reset_index(drop=True)


def winners(table: pd.DataFrame, memories: ArrayLike) -> pd.DataFrame:
    """Return the best version of all at each memory.

    Parameters
    ----------
    table : DataFrame
        Rows of `versions`.
    memories : array_like
        In bytes; at each of them some version must fit.

    Returns
    -------
    DataFrame
        One row a memory: ``memory`` and the columns of the version.

    Examples
    --------
    >>> winners(versions(5e11), [2e4, 1e5])["memory"].tolist()
    [20000.0, 100000.0]
    """
    rows = []
    for memory in np.atleast_1d(np.asarray(memories, dtype=float)):
        found = best_at(table, memory)
        rows.append(found.loc[found["loss"].idxmin()].to_dict() | {"memory": memory})
    return pd.DataFrame(rows)
