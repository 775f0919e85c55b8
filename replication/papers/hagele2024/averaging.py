"""Averaged weights of the trunks: how near they come to the cosine without a cooldown."""

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.datasets import load
from replication.errors import unknown
from replication.learning_curve import LearningCurve
from replication.papers.hagele2024.data import KINDS, suite, trunks

__all__ = ["averaged", "one_window", "share_recovered"]


@cached
def averaged() -> pd.DataFrame:
    """Return the 24 horizons of the suite: constant rate, averaged weights and cosine.

    Returns
    -------
    DataFrame
        One row a size and length: ``size``, ``steps``, ``cosine`` (its loss at the end), and
        ``cosine_averaged``, ``constant`` and ``averaged``: the cosine's averaged weights, the
        trunk at that step, and the trunk's averaged weights (nats per token). An average is the
        best of up to ten lengths of the window.

    Examples
    --------
    >>> table = averaged()
    >>> len(table), round(float((table["averaged"] - table["cosine"]).mean()), 3)
    (24, 0.022)
    """
    table = load("hagele2024", "evaluations")
    trunk = table[table["schedule"] == "constant"]
    ended = table[(table["schedule"] == "cosine") & (table["step"] == table["horizon_steps"])]
    names = {"loss": "cosine", "loss_swa": "cosine_averaged"}
    left = ended[["size", "step", *names]].rename(columns=names)
    names = {"loss": "constant", "loss_swa": "averaged"}
    right = trunk[["size", "step", *names]].rename(columns=names)
    both = left.merge(right, on=["size", "step"], validate="1:1")
    return both.rename(columns={"step": "steps"})


@cached
def one_window() -> pd.DataFrame:
    """Return the same as `averaged` for one window of 500 steps, by the periodic evaluation.

    The full evaluations hold the best of up to ten lengths of the window. The learning curves hold
    the last window of 500 steps.

    Returns
    -------
    DataFrame
        ``size``, ``steps``, ``cosine`` (the last periodic loss), ``constant`` and ``averaged``,
        the trunk read at that length or at the last step that both its curves have.

    Examples
    --------
    >>> len(one_window())
    24
    """
    by_size = {kind: trunks(kind).groupby("size") for kind in KINDS}
    rows = []
    for size, ended in suite("cosine").groupby("size", sort=False):
        own, mean = (
            LearningCurve(curve["step"], curve["loss"])
            for curve in (group.get_group(size) for group in by_size.values())
        )
        step = np.minimum(ended["steps"], min(own.steps[-1], mean.steps[-1]))
        read = {"constant": own.at(step), "averaged": mean.at(step)}
        kept = ended[["size", "steps"]].assign(cosine=ended["loss_periodic"])
        rows.append(kept.assign(**read))
    return pd.concat(rows, ignore_index=True)


def share_recovered(window: str = "best") -> float:
    """Return the share of the gap between constant rate and cosine that averaging closes.

    Parameters
    ----------
    window : str
        ``"best"`` of up to ten lengths (`averaged`), or ``"one"`` of 500 steps (`one_window`).

    Returns
    -------
    float
        1 - (averaged - cosine) / (constant - cosine), of the means over the 24 horizons.

    Raises
    ------
    UnknownNameError
        If there is no such window.

    Examples
    --------
    >>> round(share_recovered(), 2)
    0.82
    """
    tables = {"best": averaged, "one": one_window}
    if window not in tables:
        raise unknown("window of the average", window, tables)
    mean = tables[window]()[["averaged", "constant", "cosine"]].mean()
    return float(1 - (mean["averaged"] - mean["cosine"]) / (mean["constant"] - mean["cosine"]))
