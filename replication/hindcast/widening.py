"""What a decade of extrapolation costs: the drift that makes intervals of runs cover."""

from dataclasses import dataclass, field
from math import ceil
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replication.fitting.forecasts import widened
from replication.hindcast.scores import weights

Array = NDArray[Any]

GRID = np.round(np.arange(0.0, 0.3001, 0.001), 3)
"""Drifts that are tried, per decade."""


@dataclass(frozen=True, eq=False)
class Drift:
    """Drifts per decade that give intervals their coverage on some runs.

    Parameters
    ----------
    average : float
        The least that reaches the level on average over the families.
    low, high : float
        Its 95 % interval over resampled families; NaN for one family.
    new_family : float
        What it takes for a family that was not seen: the drift that as many of the families do
        with as the level asks (a conformal rank); infinite if there are too few families.
    by_family : Series
        The least drift of each family alone.
    """

    average: float
    low: float
    high: float
    new_family: float
    by_family: "pd.Series[float]" = field(repr=False)

    def __repr__(self) -> str:
        """Return the numbers in percent."""
        return (
            f"Drift: {100 * self.average:.1f} % a decade on average "
            f"({100 * self.low:.1f} to {100 * self.high:.1f}), "
            f"{100 * self.new_family:.1f} % for a new family"
        )


def widen(rows: pd.DataFrame, drift: Any) -> pd.DataFrame:
    """Return rows with ``forecast_low`` and ``forecast_high`` for a drift.

    Parameters
    ----------
    rows : DataFrame
        Scored runs, with intervals of a run.
    drift : float or array_like
        Per decade; one number, or one a row.

    Returns
    -------
    DataFrame
        With two more columns.
    """
    low, high = widened(
        rows["predicted"].to_numpy(float),
        rows["run_low"].to_numpy(float),
        rows["run_high"].to_numpy(float),
        drift,
        rows["decades"].to_numpy(float),
    )
    return rows.assign(forecast_low=low, forecast_high=high)


def needed(rows: pd.DataFrame) -> Array:
    """Return for each run the least drift whose forecast holds it: 0 inside, NaN unknown.

    Parameters
    ----------
    rows : DataFrame
        Scored runs, with intervals of a run.

    Returns
    -------
    ndarray, shape (n,)
        Per decade, in log loss.
    """
    missed = np.log(rows["observed"].to_numpy(float) / rows["predicted"].to_numpy(float))
    half = 0.5 * np.log(rows["run_high"].to_numpy(float) / rows["run_low"].to_numpy(float))
    short = np.sqrt(np.maximum(missed**2 - half**2, 0.0))
    return np.asarray(short / rows["decades"].to_numpy(float))


def drift_of(rows: pd.DataFrame, level: float, draws: int = 2000, seed: int = 0) -> Drift:
    """Return the drift that intervals of runs need to cover.

    Parameters
    ----------
    rows : DataFrame
        Scored runs, with intervals of a run at this level; of several families or of one.
    level : float
        Coverage to be reached.
    draws, seed : int
        Of the bootstrap over families.

    Returns
    -------
    Drift
        On average, with its interval, and for a new family.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {
    ...         "decades": 1.0,
    ...         "predicted": 1.0,
    ...         "run_low": 1.0,
    ...         "run_high": 1.0,
    ...         "observed": np.exp([0.01, 0.02, 0.03, 0.04, -0.05]),
    ...         "cut": 1.0,
    ...     }
    ... )
    >>> drift_of(rows, 0.8).average
    0.04
    """
    curves = _curves(rows)
    average = _least(curves.mean(axis=1).to_numpy(), level)
    own = pd.Series({name: _least(curves[name].to_numpy(), level) for name in curves})
    low = high = float("nan")
    if len(own) > 1:
        rng = np.random.default_rng(seed)
        picks = rng.integers(len(own), size=(draws, len(own)))
        many = curves.to_numpy()[:, picks].mean(axis=2).T
        drawn = [_least(curve, level) for curve in many]
        low, high = np.percentile(drawn, [2.5, 97.5])
    rank = ceil(level * (len(own) + 1))
    ordered = np.sort(own.to_numpy())
    new = float(ordered[rank - 1]) if rank <= len(ordered) else float("inf")
    return Drift(average, float(low), float(high), new, own.sort_values())


def _curves(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the coverage of each family, a column each, at every drift of the grid."""
    short = needed(rows)
    known = np.isfinite(short)
    rows, short = rows[known], short[known]
    family = rows["family"].to_numpy() if "family" in rows else np.full(len(rows), "all")
    share, curves = weights(rows), {}
    for name in np.unique(family):
        own = family == name
        order = np.argsort(short[own])
        held = np.append(0.0, np.cumsum(share[own][order])) / share[own].sum()
        curves[name] = held[np.searchsorted(short[own][order], GRID + 1e-12, side="right")]
    return pd.DataFrame(curves, index=GRID)


def _least(curve: Array, level: float) -> float:
    """Return the least drift of the grid whose coverage reaches the level."""
    reached = np.flatnonzero(curve >= level - 1e-12)
    return float(GRID[reached[0]]) if len(reached) else float("inf")


def left_out(rows: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return forecasts whose drift was measured on all other families.

    Parameters
    ----------
    rows : DataFrame
        Scored runs of several families.
    level : float
        Coverage.

    Returns
    -------
    DataFrame
        Rows with ``drift``, ``forecast_low`` and ``forecast_high``.
    """
    families = rows["family"].unique()
    rate = {f: drift_of(rows[rows["family"] != f], level, draws=1).average for f in families}
    drift = rows["family"].map(rate).to_numpy(float)
    return widen(rows.assign(drift=drift), drift)


def by_own_past(rows: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return forecasts whose drift was measured on earlier cuts of the same design.

    It is what a back-test of one's own runs would have given at the time: of the cuts further down
    it takes the runs that lie below the edge of this one. Where the past would need more than the
    largest drift that is tried, it is given that.

    Parameters
    ----------
    rows : DataFrame
        Scored runs with ``design``, ``cut``, ``spent`` and ``edge`` (FLOPs).
    level : float
        Coverage.

    Returns
    -------
    DataFrame
        The rows that have a past, with ``drift``, ``forecast_low`` and ``forecast_high``.

    Examples
    --------
    >>> ends = {"predicted": 1.0, "run_low": 1.0, "run_high": 1.0, "design": "a"}
    >>> past = {"cut": 1.0, "edge": 1e18, "spent": 1e19, "decades": 1.0, "observed": 1.02}
    >>> now = {"cut": 0.5, "edge": 1e19, "spent": 1e20, "decades": 1.0, "observed": 1.0}
    >>> by_own_past(pd.DataFrame([past | ends, now | ends]), 0.8)["drift"].tolist()
    [0.02]
    """
    parts = []
    for _, design in rows.groupby("design"):
        for cut, part in design.groupby("cut"):
            edge = part["edge"].iloc[0] * (1 + 1e-9)
            past = design[(design["cut"] > cut) & (design["spent"] <= edge)]
            if len(past):
                rate = min(drift_of(past, level, draws=1).average, float(GRID[-1]))
                parts.append(widen(part.assign(drift=rate), rate))
    return pd.concat(parts) if parts else widen(rows.iloc[:0].assign(drift=np.nan), 0.0)
