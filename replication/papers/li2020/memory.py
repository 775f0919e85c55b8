"""The same memory, spent on a small model or on a large one that is compressed."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from replication.errors import DataError
from replication.papers.li2020.data import compressed, measured

__all__ = ["FEW_BITS", "MANY_ZEROS", "best_at", "duels", "frontier", "heavy", "versions", "winners"]

FEW_BITS, MANY_ZEROS = 4, 0.5
"""A version is heavily compressed with so few bits or fewer, or so many zeros or more."""
LIGHT = 8
"""Bits of a small model that is compressed lightly; its bytes are the memory of a duel."""


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

    Raises
    ------
    DataError
        If no version fits into a memory.

    Examples
    --------
    >>> winners(versions(5e11), [2e4, 1e5])["memory"].tolist()
    [20000.0, 100000.0]
    """
    rows = []
    for memory in np.atleast_1d(np.asarray(memories, dtype=float)):
        found = best_at(table, memory)
        if found.empty:
            raise DataError(
                f"No version fits into {memory:g} bytes; the smallest takes "
                f"{table['bytes'].min():g}. Ask for more memory."
            )
        best = found.nsmallest(1, "loss").to_dict("records")[0]
        rows.append({"memory": memory, **best})
    return pd.DataFrame(rows)


def heavy(table: pd.DataFrame) -> "pd.Series[bool]":
    """Say which versions are heavily compressed: `FEW_BITS` or fewer, `MANY_ZEROS` or more.

    Parameters
    ----------
    table : DataFrame
        Rows of `versions`.

    Returns
    -------
    Series of bool

    Examples
    --------
    >>> table = versions(5e11)
    >>> sorted({float(x) for x in table.loc[heavy(table) & (table["method"] == "round"), "level"]})
    [2.0, 3.0, 4.0]
    """
    few = (table["method"] == "round") & (table["level"] <= FEW_BITS)
    return few | ((table["method"] == "prune") & (table["level"] >= MANY_ZEROS))


def duels(budget: float, retrained: float | None = 0.0) -> pd.DataFrame:
    """Set each model, compressed lightly, against larger ones that heavy compression makes fit.

    The memory is that of the small model rounded to eight bits. Both may use any version that
    fits: the small one a light version, the larger ones a heavy one.

    Parameters
    ----------
    budget : float
        Nominal training compute of all, FLOPs.
    retrained : float or None
        As in `versions`; None allows versions that trained again and such that did not.

    Returns
    -------
    DataFrame
        One row a width that some larger one can match: ``width``, ``bytes``, ``small`` (its
        loss), ``large`` (the larger one's), and the larger one's ``large_width``, ``method``,
        ``level`` and ``retrained``.

    Examples
    --------
    >>> found = duels(1e12)
    >>> bool((found["large_width"] > found["width"]).all())
    True
    """
    table = versions(budget, retrained)
    light = measured("round", LIGHT)
    light = light[(light["isoflop_budget"] == budget) & (light["seed"] == 0)]
    many = heavy(table)
    rows = []
    for width, memory in light.sort_values("width")[["width", "bytes"]].to_numpy():
        fits = table["bytes"] <= memory
        own = table[fits & ~many & (table["width"] == width)]
        larger = table[fits & many & (table["width"] > width)]
        if larger.empty:
            continue
        best = larger.loc[larger["loss"].idxmin()]
        rows.append(
            {
                "width": int(width),
                "bytes": memory,
                "small": own["loss"].min(),
                "large": best["loss"],
                "large_width": int(best["width"]),
                "method": best["method"],
                "level": best["level"],
                "retrained": best["retrained"],
            }
        )
    return pd.DataFrame(rows)
