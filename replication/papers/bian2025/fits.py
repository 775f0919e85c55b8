"""The two laws fitted as the paper fits them, and the scores it gives them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import curve_fit
from scipy.stats import pearsonr, rankdata

from replication._memo import cached
from replication.errors import unknown
from replication.fitting import Fit, fit
from replication.laws import Chinchilla, Law, ShapeAware, ShapeOptimum
from replication.papers.bian2025.data import fitted_runs, runs

__all__ = [
    "law_fit",
    "paper_fit",
    "predict",
    "rank_correlation",
    "rank_correlations",
    "relative_errors",
    "scores",
    "unbounded_law",
]

LAWS: Mapping[str, tuple[type[Law], dict[str, str]]] = {
    "chinchilla": (Chinchilla, {"beta": "alpha"}),
    "shape": (ShapeAware, {"beta": "alpha", "gamma": "alpha"}),
    "shape, own gamma": (ShapeAware, {"beta": "alpha"}),
    "shape, all free": (ShapeAware, {}),
    "best shape": (ShapeOptimum, {"beta": "alpha"}),
}
"""Laws by name, each with the ties between its exponents; the first two are the paper's."""
AUTHORS_ORDER = ("A", "B", "E", "alpha", "epsilon")
"""Coefficients in the order of the authors' code, which all start at one."""


def law_fit(name: str, table: pd.DataFrame) -> Fit:
    """Fit a law by least squares on the loss, as the authors do.

    Parameters
    ----------
    name : str
        One of `LAWS`.
    table : DataFrame
        Runs: ``params``, ``tokens``, ``aspect_ratio`` and ``loss``.

    Returns
    -------
    Fit
        Of the sum of squared residuals in nats; no start value is needed.

    Raises
    ------
    UnknownNameError
        If there is no such law.

    Examples
    --------
    >>> round(law_fit("shape", fitted_runs()).law.alpha, 4)
    0.6146
    """
    if name not in LAWS:
        raise unknown("law", name, LAWS)
    law, tied = LAWS[name]
    return fit(law, table, objective="lsq", tied=tied)


@cached
def paper_fit(name: str, chosen: str = "27 runs") -> Fit:
    """Return a law fitted to a set of runs of the paper.

    Parameters
    ----------
    name : str
        One of `LAWS`.
    chosen : str
        One of `replication.papers.bian2025.FIT_SETS`.

    Returns
    -------
    Fit
        As `law_fit` gives it.

    Examples
    --------
    >>> paper_fit("chinchilla").n
    27
    """
    return law_fit(name, fitted_runs(chosen))


@cached
def unbounded_law(name: str, chosen: str = "24 runs") -> Law:
    """Return a law by the authors' own recipe, in which a coefficient may have either sign.

    It is scipy's `curve_fit` from ones, Levenberg and Marquardt's method without bounds. On the 27
    runs it ends where `paper_fit` does. On the 24 runs at 20 tokens per parameter the coefficient
    of the parameters becomes negative.

    Parameters
    ----------
    name : str
        ``"chinchilla"`` or ``"shape"``.
    chosen : str
        One of `replication.papers.bian2025.FIT_SETS`.

    Returns
    -------
    Law
        With the least sum of squared residuals, whatever the signs.

    Raises
    ------
    UnknownNameError
        If there is no such law or set of runs.

    Examples
    --------
    >>> bool(unbounded_law("chinchilla").to_dict()["A"] < 0)
    True
    """
    if name not in LAWS:
        raise unknown("law", name, LAWS)
    law, tied = LAWS[name]
    table = fitted_runs(chosen)
    free = [field for field in AUTHORS_ORDER if field in law.names() and field not in tied]

    def with_values(*values: float) -> Law:
        fields = dict(zip(free, values, strict=True))
        return law(**fields | {field: fields[other] for field, other in tied.items()})

    def formula(columns: Any, *values: float) -> Any:
        return with_values(*values).predict(*columns)

    columns = table[list(law.inputs)].to_numpy(dtype=np.float64).T
    with np.errstate(all="ignore"):  # steps on the way overflow
        found, _ = curve_fit(formula, columns, table["loss"], np.ones(len(free)), maxfev=100_000)
    return with_values(*map(float, found))


def predict(law: Law, table: pd.DataFrame) -> Any:
    """Return the losses that a law predicts for runs.

    Parameters
    ----------
    law : Law
        With any of the columns as inputs; its fields may hold arrays of shape ``(draws, 1)``.
    table : DataFrame
        Runs.

    Returns
    -------
    ndarray, shape (runs,) or (draws, runs)
        Loss in nats per token.

    Examples
    --------
    >>> from replication.papers.bian2025.data import large_runs
    >>> predict(paper_fit("shape").law, large_runs()).round(4).tolist()
    [2.9161, 2.9352, 2.9595, 2.9533]
    """
    return np.asarray(law.predict(*[table[column].to_numpy() for column in law.inputs]))


def scores(predicted: Any, table: pd.DataFrame) -> dict[str, Any]:
    """Return mean squared error and R squared of predictions.

    Parameters
    ----------
    predicted : array_like, shape (..., runs)
        Losses in nats per token.
    table : DataFrame
        Runs with their ``loss``.

    Returns
    -------
    dict
        ``mse`` (nats squared) and ``r2``, over the runs.

    Examples
    --------
    >>> found = scores(predict(paper_fit("shape").law, runs()), runs())
    >>> round(float(found["mse"]), 4), round(float(found["r2"]), 4)
    (0.0006, 0.9982)
    """
    loss = table["loss"].to_numpy()
    mse = np.mean((np.asarray(predicted) - loss) ** 2, axis=-1)
    return {"mse": mse, "r2": 1 - mse / np.var(loss)}


def relative_errors(predicted: Any, table: pd.DataFrame) -> Any:
    """Return absolute relative errors of predictions, as fractions.

    Examples
    --------
    >>> relative_errors([3.0], pd.DataFrame({"loss": [2.5]})).round(3).tolist()
    [0.2]
    """
    return np.abs(np.asarray(predicted) / table["loss"].to_numpy() - 1)


def rank_correlation(predicted: Any, table: pd.DataFrame) -> Any:
    """Return Spearman's correlation of predictions with the losses.

    Parameters
    ----------
    predicted : array_like, shape (..., runs)
        Losses in nats per token.
    table : DataFrame
        Runs with their ``loss``.

    Returns
    -------
    ndarray
        One correlation for each set of predictions.

    Examples
    --------
    >>> from replication.papers.bian2025.data import large_runs
    >>> table = large_runs()
    >>> round(float(rank_correlation(predict(paper_fit("shape").law, table), table)), 9)
    1.0
    """
    # Pearson's correlation of the ranks: `spearmanr` would correlate every set with every other.
    ours, theirs = (rankdata(values, axis=-1) for values in (predicted, table["loss"]))
    return pearsonr(*np.broadcast_arrays(ours, theirs), axis=-1).statistic


def rank_correlations(name: str) -> pd.DataFrame:
    """Return Spearman's correlation within each size class, for the fit to 27 runs.

    Parameters
    ----------
    name : str
        One of `LAWS`.

    Returns
    -------
    DataFrame
        One row a size class with three runs or more: ``size``, ``tokens_per_param_nominal``
        (0 for all of a size together, as the authors do), ``runs`` and ``correlation``.

    Examples
    --------
    >>> table = rank_correlations("chinchilla")
    >>> round(float(table[table["size"] == "1b"]["correlation"].iloc[0]), 9)
    -0.4
    """
    by = ["size", "tokens_per_param_nominal"]
    law, table = paper_fit(name).law, runs()
    together = table.assign(tokens_per_param_nominal=0)
    rows = [
        (*key, len(part), float(rank_correlation(predict(law, part), part)))
        for source in (together, table)
        for key, part in source.groupby(by)
        if len(part) >= 3
    ]
    return pd.DataFrame(rows, columns=[*by, "runs", "correlation"])
