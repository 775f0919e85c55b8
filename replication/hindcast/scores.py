"""Scores by distance: coverage, error, interval score, each family of designs with one voice.

Weights are equal for points within a cut, cuts within a design, designs within a family, and
families: a laboratory that trained many designs does not outvote the others.
"""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replication.hindcast.protocol import BINS

Array = NDArray[Any]
LEVELS = ("cut", "design", "family")
"""From the inside out: what points lie in, and what that lies in."""


def bin_of(decades: "pd.Series[float]") -> Any:
    """Return the bin of distances, named by its edges.

    Examples
    --------
    >>> bin_of(pd.Series([0.1, 0.3, 2.0])).tolist()
    ['0 to 0.25', '0.25 to 0.5', 'over 1.5']
    """
    names = [f"{a:g} to {b:g}" for a, b in pairwise(BINS[:-1])]
    names.append(f"over {BINS[-2]:g}")
    return pd.cut(decades, BINS, labels=names, include_lowest=True)


def weighted(rows: pd.DataFrame, value: Any) -> float:
    """Return the mean of a value with one voice a cut, a design and a family.

    Parameters
    ----------
    rows : DataFrame
        Scored runs, with those of ``cut``, ``design`` and ``family`` that there are.
    value : array_like, shape (n,)
        What is averaged; NaN counts as missing.

    Returns
    -------
    float
        NaN without rows.

    Examples
    --------
    >>> rows = pd.DataFrame({"family": ["a", "a", "a", "b"], "design": list("xxyz"), "cut": 1.0})
    >>> weighted(rows, [1.0, 0.0, 1.0, 0.0])
    0.375
    """
    found = by_family(rows, value)
    return float(found.mean()) if len(found) else float("nan")


def by_family(rows: pd.DataFrame, value: Any) -> "pd.Series[float]":
    """Return that mean for each family; without families there is one."""
    frame = pd.DataFrame({name: rows[name].to_numpy() for name in LEVELS if name in rows})
    for name in LEVELS:
        if name not in frame:
            frame[name] = "all"
    frame["value"] = np.asarray(value, dtype=float)
    frame = frame.dropna(subset="value")
    value = frame.groupby(["family", "design", "cut"], observed=True)["value"].mean()
    by_design = value.groupby(["family", "design"], observed=True).mean()
    found: pd.Series[float] = by_design.groupby("family", observed=True).mean()
    return found


def weights(rows: pd.DataFrame) -> Array:
    """Return a weight for each row, by which every cut, design and family has one voice.

    Parameters
    ----------
    rows : DataFrame
        Scored runs, with those of ``cut``, ``design`` and ``family`` that there are.

    Returns
    -------
    ndarray, shape (n,)
        They sum to one.

    Examples
    --------
    >>> rows = pd.DataFrame({"family": ["a", "a", "a", "b"], "design": list("xxyz"), "cut": 1.0})
    >>> weights(rows).tolist()
    [0.125, 0.125, 0.25, 0.5]
    """
    levels = [name for name in reversed(LEVELS) if name in rows]
    inside = pd.Series(0, index=rows.index)  # what a row lies in, as far as we have come
    found = np.ones(len(rows))
    for depth, name in enumerate(levels, start=1):
        found /= rows[name].groupby(inside).transform("nunique").to_numpy()
        inside = rows.groupby(levels[:depth], observed=True).ngroup()
    return np.asarray(found / inside.groupby(inside).transform("size").to_numpy())


def quantile(rows: pd.DataFrame, value: Any, share: float) -> float:
    """Return a quantile of a value, with one voice a cut, a design and a family.

    Parameters
    ----------
    rows : DataFrame
        As for `weights`.
    value : array_like, shape (n,)
        Without NaN.
    share : float
        0.5 is the median.

    Returns
    -------
    float
        The least value that at least this share of the weight does not exceed.

    Examples
    --------
    >>> rows = pd.DataFrame({"family": ["a", "a", "a", "b"], "design": list("xxyz"), "cut": 1.0})
    >>> quantile(rows, [3.0, 4.0, 2.0, 1.0], 0.5), quantile(rows, [3.0, 4.0, 2.0, 1.0], 0.9)
    (1.0, 4.0)
    """
    values = np.asarray(value, dtype=float)
    order = np.argsort(values)
    reached = np.cumsum(weights(rows)[order])
    return float(values[order][np.searchsorted(reached, share - 1e-12)])


def resampled(rows: pd.DataFrame, value: Any, draws: int = 2000, seed: int = 0) -> Array:
    """Return the 95 % interval of that mean over resampled families: low and high.

    Parameters
    ----------
    rows, value
        As for `weighted`.
    draws, seed : int
        Of the bootstrap over families, the only independent units.

    Returns
    -------
    ndarray, shape (2,)
        NaN for fewer than two families.
    """
    means = by_family(rows, value).to_numpy()
    if len(means) < 2:
        return np.full(2, np.nan)
    rng = np.random.default_rng(seed)
    drawn = means[rng.integers(len(means), size=(draws, len(means)))].mean(axis=1)
    return np.asarray(np.percentile(drawn, [2.5, 97.5]))


def held(rows: pd.DataFrame, kind: str) -> Array:
    """Return for each row whether the interval held the run: 1, 0, or NaN without an interval."""
    low, high = rows[f"{kind}_low"], rows[f"{kind}_high"]
    inside = (rows["observed"] >= low) & (rows["observed"] <= high)
    return np.where(low.isna(), np.nan, inside.astype(float))


def coverage(rows: pd.DataFrame, kinds: tuple[str, ...] = ("law", "run")) -> pd.DataFrame:
    """Return by distance the share of runs that their intervals held.

    An interval of the law need not hold single runs, since it leaves their noise out: hold its
    share against what an honest law would reach, not against its level (see the study's control).

    Parameters
    ----------
    rows : DataFrame
        Scored runs.
    kinds : tuple of str
        Which intervals: the columns ``<kind>_low`` and ``<kind>_high``.

    Returns
    -------
    DataFrame
        A row a bin: ``decades``, ``runs``, ``cuts`` and the share by kind.
    """
    return _by_bin(rows, {kind: partial(held, kind=kind) for kind in kinds})


def errors(rows: pd.DataFrame) -> pd.DataFrame:
    """Return by distance the errors of the prediction, 100 ln(predicted / observed).

    Parameters
    ----------
    rows : DataFrame
        Scored runs.

    Returns
    -------
    DataFrame
        A row a bin: ``decades``, ``runs``, ``cuts``, ``signed`` and ``absolute`` error (%).
    """
    return _by_bin(rows, {"signed": off, "absolute": lambda part: np.abs(off(part))})


def off(rows: pd.DataFrame) -> Array:
    """Return the error of each prediction in percent, 100 ln(predicted / observed)."""
    return np.asarray(100 * np.log(rows["predicted"] / rows["observed"]))


def interval_scores(
    rows: pd.DataFrame, level: float, kinds: tuple[str, ...] = ("law", "run")
) -> pd.DataFrame:
    """Return by distance the interval score in percent; smaller is better.

    Its width plus 2 / (1 - level) times the miss, of 100 ln loss (Gneiting and Raftery 2007).

    Parameters
    ----------
    rows : DataFrame
        Scored runs.
    level : float
        Coverage that the intervals claim.
    kinds : tuple of str
        Which intervals.

    Returns
    -------
    DataFrame
        A row a bin: ``decades``, ``runs``, ``cuts`` and the score by kind.
    """
    return _by_bin(rows, {k: partial(interval_score, kind=k, level=level) for k in kinds})


def interval_score(rows: pd.DataFrame, kind: str, level: float) -> Array:
    """Return the interval score of each row, in percent."""
    low, high, seen = (
        100 * np.log(rows[name].to_numpy(float))
        for name in (f"{kind}_low", f"{kind}_high", "observed")
    )
    missed = np.maximum(low - seen, 0) + np.maximum(seen - high, 0)
    return np.asarray(high - low + 2 / (1 - level) * missed)


def by_distance(rows: pd.DataFrame, value: Any) -> pd.DataFrame:
    """Return the mean of a value by distance, with its 95 % interval over resampled families.

    Parameters
    ----------
    rows : DataFrame
        Scored runs with ``decades`` and ``family``.
    value : array_like, shape (n,)
        What is averaged: `held` of an interval, or `off`.

    Returns
    -------
    DataFrame
        A row a bin: ``decades``, ``runs``, ``families``, ``mean``, ``low``, ``high``, and the
        smallest and largest mean of a family, ``least`` and ``most``.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {"family": ["a", "b"], "design": ["a", "b"], "cut": 1.0, "decades": [0.1, 0.2]}
    ... )
    >>> by_distance(rows, [1.0, 0.0])[["families", "mean", "least", "most"]].iloc[0].tolist()
    [2.0, 0.5, 0.0, 1.0]
    """
    bins = bin_of(rows["decades"])
    values = pd.Series(np.asarray(value, dtype=float), index=rows.index)
    listed = []
    for name in bins.cat.categories:
        part, own = rows[bins == name], values[bins == name]
        if not len(part):
            continue
        means = by_family(part, own)
        low, high = resampled(part, own)
        ends = {"low": low, "high": high, "least": means.min(), "most": means.max()}
        counted = {"decades": name, "runs": len(part), "families": len(means)}
        listed.append(counted | {"mean": float(means.mean())} | ends)
    return pd.DataFrame(listed)


def _by_bin(rows: pd.DataFrame, values: dict[str, Callable[[pd.DataFrame], Any]]) -> pd.DataFrame:
    bins = bin_of(rows["decades"])
    listed = []
    for name in bins.cat.categories:
        part = rows[bins == name]
        if not len(part):
            continue
        keys = [key for key in LEVELS if key in part]
        counted = part[keys].drop_duplicates().shape[0] if keys else 1
        means = {key: weighted(part, value(part)) for key, value in values.items()}
        listed.append({"decades": name, "runs": len(part), "cuts": counted, **means})
    return pd.DataFrame(listed)
