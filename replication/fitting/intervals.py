"""Percentile intervals over draws, and the tables made of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replication.counting.numbers import share
from replication.laws import Optimum

Array = NDArray[Any]

LEVEL = 0.8
"""Coverage of every interval, where none is asked for."""
BANDED = ("estimate", "median", "low", "high", "beyond_data")
"""Columns that say of a prediction how sure it is."""


def spread(draws: Any, level: float) -> tuple[float, float, float, float]:
    """Return standard deviation, median and the ends of a percentile interval.

    Examples
    --------
    >>> spread(range(101), 0.5)[1:]
    (50.0, 25.0, 75.0)
    """
    level = share("level", level, LEVEL)
    values = np.asarray(draws, dtype=np.float64)
    values = values[~np.isnan(values)]  # draws without an optimum say nothing of where it lies
    if not len(values):
        return np.nan, np.nan, np.nan, np.nan
    tail = 50 * (1 - level)
    low, median, high = np.percentile(values, [tail, 50, 100 - tail])
    # Squares of a coefficient that runs away may be more than a float can hold.
    size = float(np.abs(values).max()) or 1.0
    deviation = float((values / size).std(ddof=1)) * size if len(values) > 1 else np.nan
    return deviation, float(median), float(low), float(high)


def interval_table(estimate: Any, draws: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return a row a column of draws: estimate, standard deviation and percentile interval.

    Parameters
    ----------
    estimate : object
        Has the value of each column as an attribute of that name.
    draws : DataFrame
        One row a resample.
    level : float
        Share of the draws inside, in (0, 1).

    Returns
    -------
    DataFrame
        Index ``quantity``; columns ``estimate``, ``se``, ``low``, ``high``.

    Examples
    --------
    >>> from replication.laws import PowerLaw
    >>> draws = pd.DataFrame({"A": [1.0, 2.0, 3.0]})
    >>> interval_table(PowerLaw(A=2.0, alpha=0.5), draws, 0.5).loc["A"].tolist()
    [2.0, 1.0, 1.5, 2.5]
    """
    names = [str(name) for name in draws.columns]
    rows = {name: (getattr(estimate, name), *spread(draws[name], level)) for name in names}
    columns = ["estimate", "se", "median", "low", "high"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.drop(columns="median").rename_axis("quantity")


def allocation_table(
    budgets: Array, best: Optimum, draws: Mapping[str, Array], span: Array, level: float
) -> pd.DataFrame:
    """Return a row a budget and quantity of compute-optimal allocations, with intervals.

    Parameters
    ----------
    budgets : ndarray, shape (k,)
        Training budgets C in FLOPs.
    best : Optimum
        The estimates at these budgets.
    draws : mapping of str to ndarray, shape (resamples, k)
        The draws of each quantity; the names are attributes of `best`.
    span : ndarray
        Budgets of the data in FLOPs.
    level : float
        Share of the draws inside each interval, in (0, 1).

    Returns
    -------
    DataFrame
        Columns ``flops``, ``quantity`` and `BANDED`.

    Examples
    --------
    >>> best = Optimum(flops=np.array([6e20]), params=np.array([2e9]), tokens=5e10, loss=2.3)
    >>> drawn = {"params": np.array([[1e9], [2e9], [3e9]])}
    >>> table = allocation_table(best.flops, best, drawn, np.array([6e18, 6e19]), 0.5)
    >>> table[["low", "high", "beyond_data"]].to_numpy().tolist()
    [[1500000000.0, 2500000000.0, 10.0]]
    """
    rows = []
    for name, drawn in draws.items():
        centre = np.asarray(getattr(best, name))
        for i, c in enumerate(budgets):
            rows.append((c, name, centre[i], *spread(drawn[:, i], level)[1:], beyond(c, span)))
    return pd.DataFrame(rows, columns=["flops", "quantity", *BANDED])


def band_table(
    points: Mapping[str, Array], known: Mapping[str, Array], best: Array, drawn: Array, level: float
) -> pd.DataFrame:
    """Return a row a point of predictions, with intervals.

    Parameters
    ----------
    points : mapping of str to ndarray, shape (k,)
        The inputs of the law.
    known : mapping of str to ndarray
        The same of the runs behind it.
    best : ndarray, shape (k,)
        The predictions.
    drawn : ndarray, shape (draws, k)
        Of the draws.
    level : float
        Share of the draws inside each interval, in (0, 1).

    Returns
    -------
    DataFrame
        The inputs and `BANDED`.

    Examples
    --------
    >>> at, runs = {"flops": np.array([4e20])}, {"flops": np.array([1e19, 1e20])}
    >>> drawn = np.array([[2.0], [2.2], [2.4]])
    >>> band_table(at, runs, np.array([2.1]), drawn, 0.5).iloc[0].to_dict()
    {'flops': 4e+20, 'estimate': 2.1, 'median': 2.2, 'low': 2.1, 'high': 2.3, 'beyond_data': 4.0}
    """
    rows = []
    for i, point in enumerate(zip(*points.values(), strict=True)):
        far = max(beyond(float(v), known[name]) for v, name in zip(point, points, strict=True))
        rows.append((*map(float, point), best[i], *spread(drawn[:, i], level)[1:], far))
    return pd.DataFrame(rows, columns=[*points, *BANDED])


def beyond(value: float, column: Array) -> float:
    """Return the factor by which a value lies outside a column, 1 inside.

    Parameters
    ----------
    value : float
        Where an answer is asked for.
    column : ndarray
        Where the data are; NaN if that is not known, and then so is the factor. If they or the
        value are not positive, one has no ratio to the other, and the factor is that by which the
        range would have to be wider.

    Returns
    -------
    float
        1 or more.

    Examples
    --------
    >>> beyond(1e24, np.array([1e18, 1e22])), beyond(5.0, np.array([-1.0, 1.0]))
    (100.0, 3.0)
    """
    low, high = float(column.min()), float(column.max())
    if np.isnan(low):
        return np.nan
    if low <= value <= high:
        return 1.0
    if low > 0 and value > 0:
        with np.errstate(over="ignore"):
            return float(max(np.divide(value, high), np.divide(low, value)))
    return (max(value, high) - min(value, low)) / (high - low) if high > low else np.inf
