"""The two laws, fitted to the five and six runs that the paper fits them to."""

from typing import Any

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.errors import unknown
from replication.fitting import Fit, fit
from replication.laws import ErrorRate, OverTraining
from replication.papers.gadre2024.data import EVAL_SET, SIZES, runs
from replication.papers.gadre2024.tasks import KEPT, evaluated

__all__ = [
    "COMPUTE_OPTIMAL",
    "FIT_SIZES",
    "MOST_EPSILON",
    "TARGETS",
    "compute",
    "error_fit",
    "error_rows",
    "fit_errors",
    "loss_fit",
    "loss_rows",
    "predictions",
    "target",
]

OBJECTIVE = "lsq"
"""Plain least squares in the loss and in the error, as in the authors' code."""
MOST_EPSILON = 2.0
"""Where we stop epsilon, at twice the largest error there is. The authors do not. It changes no
average and no task of the paper's table; some other tasks have an error that is not concave in the
loss, and their law would run away to a straight line."""
COMPUTE_OPTIMAL = 20.0
"""Token multiplier that the paper takes for compute-optimal."""
FIT_SIZES = SIZES[:4]
"""Sizes that the laws are fitted to, at `COMPUTE_OPTIMAL`."""
OVER_TRAINED = (SIZES[0], 320.0)
"""The one over-trained run among them: size and token multiplier."""
LARGEST_IN_ERROR_FIT = (SIZES[4], COMPUTE_OPTIMAL)
"""The run that the error law sees besides."""
TARGETS = {"over-trained": "redpajama-1.4B-m640", "compute-optimal": "redpajama-6.9B-m20"}
"""The two runs that the first figure predicts."""


def loss_rows(table: pd.DataFrame) -> "pd.Series[bool]":
    """Say which rows of a table of runs the loss law is fitted to.

    Examples
    --------
    >>> int(loss_rows(runs("c4")).sum())
    5
    """
    size, multiplier = table["model_size"], table["token_multiplier"]
    line = size.isin(FIT_SIZES) & (multiplier == COMPUTE_OPTIMAL)
    return line | ((size == OVER_TRAINED[0]) & (multiplier == OVER_TRAINED[1]))


def error_rows(table: pd.DataFrame) -> "pd.Series[bool]":
    """Say which rows of a table of runs the error law is fitted to.

    Examples
    --------
    >>> int(error_rows(runs("c4")).sum())
    6
    """
    size, multiplier = LARGEST_IN_ERROR_FIT
    more = (table["model_size"] == size) & (table["token_multiplier"] == multiplier)
    return loss_rows(table) | more


@cached
def loss_fit(train_set: str, eval_set: str = EVAL_SET) -> Fit:
    """Fit the loss law to the five runs of a training text.

    Parameters
    ----------
    train_set : str
        One of `TRAIN_SETS`.
    eval_set : str
        Text on which the loss is measured.

    Returns
    -------
    Fit
        Of an `OverTraining` law, in nats per token.

    Examples
    --------
    >>> loss_fit("redpajama")
    OverTraining(E=1.8366, a=212.24, b=366.69, eta=0.13643) | n=5, lsq sum=0.000212828, converged;
    notes: too_few_points
    """
    table = runs(train_set, eval_set=eval_set)
    return fit(OverTraining, table[loss_rows(table)], objective=OBJECTIVE)


@cached
def error_fit(train_set: str, what: str = KEPT) -> Fit:
    """Fit the error law to the six runs of a training text, in their measured losses.

    Parameters
    ----------
    train_set : str
        One of `TRAIN_SETS`.
    what : str
        An average or a task; see `mean_error`.

    Returns
    -------
    Fit
        Of an `ErrorRate` law in the loss on `EVAL_SET`.

    Examples
    --------
    >>> error_fit("redpajama")
    ErrorRate(epsilon=0.85699, k=2.2065, gamma=0.71459) | n=6, lsq sum=0.000153444, converged;
    notes: too_few_points
    """
    return fit_errors(evaluated(train_set, what))


def fit_errors(table: pd.DataFrame) -> Fit:
    """Fit the error law to the six runs of a table of runs, as far as they are in it.

    Parameters
    ----------
    table : DataFrame
        As `evaluated` returns it, for one training text.

    Returns
    -------
    Fit
        Of an `ErrorRate` law; epsilon is at most `MOST_EPSILON`.

    Examples
    --------
    >>> table = evaluated("c4", "boolq")
    >>> [note.code for note in fit_errors(table).notes]
    ['at_bound', 'too_few_points', 'unidentified']
    """
    six = table[error_rows(table)]
    return fit(ErrorRate, six, objective=OBJECTIVE, bounds={"epsilon": (0.0, MOST_EPSILON)})


def predictions(train_set: str, what: str = KEPT) -> pd.DataFrame:
    """Predict loss and error of every run of a training text, the error from the predicted loss.

    Parameters
    ----------
    train_set : str
        One of `TRAIN_SETS`.
    what : str
        An average or a task; see `mean_error`.

    Returns
    -------
    DataFrame
        As `evaluated`, with ``predicted_loss`` and ``predicted_error``, their signed relative
        deviations ``loss_off`` and ``error_off`` (predicted / measured - 1), and ``fitted``,
        whether the loss law saw the run.

    Examples
    --------
    >>> table = predictions("redpajama").set_index("run").loc[list(TARGETS.values())]
    >>> table[["loss_off", "error_off"]].round(6).to_numpy().tolist()
    [[0.007103, 0.036364], [0.00732, 0.000463]]
    """
    table = evaluated(train_set, what)
    columns = table["flops"], table["token_multiplier"]
    loss = np.asarray(loss_fit(train_set).law.predict(*columns))
    # A task may be predicted to have an error below zero; that is a result, not a reason to stop.
    error = np.asarray(error_fit(train_set, what).law.predict(loss))
    return table.assign(
        predicted_loss=loss,
        predicted_error=error,
        loss_off=loss / table["loss"] - 1,
        error_off=error / table["error"] - 1,
        fitted=loss_rows(table),
    )


def target(name: str, what: str = KEPT) -> Any:
    """Return the predictions of one run.

    Parameters
    ----------
    name : str
        Key of a run, such as one of `TARGETS`.
    what : str
        An average or a task; see `mean_error`.

    Returns
    -------
    Series
        A row of `predictions`.

    Raises
    ------
    UnknownNameError
        If there is no such run.

    Examples
    --------
    >>> round(float(target("c4-6.9B-m20")["loss_off"]), 3)
    -0.043
    """
    table = predictions(name.split("-")[0], what).set_index("run")
    if name not in table.index:
        raise unknown("run", name, table.index)
    return table.loc[name]


def compute(train_set: str, *, errors: bool = False) -> float:
    """Return what the runs of a fit cost together.

    Parameters
    ----------
    train_set : str
        One of `TRAIN_SETS`.
    errors : bool
        Of the six runs of the error law, not of the five of the loss law.

    Returns
    -------
    float
        Training compute in FLOPs.

    Examples
    --------
    >>> f"{compute('c4'):.3g}, {compute('c4', errors=True):.3g}"
    '2.41e+19, 2.73e+20'
    """
    table = runs(train_set)
    chosen = error_rows(table) if errors else loss_rows(table)
    return float(table.loc[chosen, "flops"].sum())
