"""How sure the constants and the predictions are: points, blocks, models, and the learning rate."""

from functools import cache

import numpy as np
import pandas as pd

from replication.errors import unknown
from replication.fitting import Bootstrap, moving_blocks
from replication.laws import KaplanTraining
from replication.papers import hagele2024
from replication.papers.su2024.data import (
    LARGE,
    LARGEST,
    MIDDLE,
    SMALL,
    curves,
    trajectories,
)
from replication.papers.su2024.fits import VARIANTS, errors, fitted, residuals, variant

RESAMPLES = 200
BLOCK = 10
"""Evaluations in a block: 2,000 steps, a fifth of the shortest curve."""
LEVEL = 0.95
UNITS = ("points", "blocks", "models")
"""What a bootstrap may draw."""
REFERENCE = float(np.exp(np.log(curves(SMALL)["params"].unique()).mean()))
"""Parameters in the middle of the small models (geometric mean, no embedding)."""


def autocorrelation(name: str = "batch") -> pd.Series:
    """Return the correlation of each residual with the next, by size.

    Parameters
    ----------
    name : str
        A variant.

    Returns
    -------
    Series
        Of the small models, about the mean of each.

    Examples
    --------
    >>> bool((autocorrelation() > 0.15).all())
    True
    """
    points = residuals(name)
    small = points[points["size"].isin(SMALL)]
    return small.groupby("size", sort=False)["error"].apply(lambda e: e.autocorr(1))


@cache
def resampled(unit: str) -> Bootstrap:
    """Refit resamples of the small models.

    Parameters
    ----------
    unit : str
        ``"points"``, ``"blocks"`` of `BLOCK` neighbouring evaluations, or whole ``"models"``.

    Returns
    -------
    Bootstrap
        Of the law with the critical batch.

    Raises
    ------
    UnknownNameError
        If there is no such unit.

    Examples
    --------
    >>> resampled("blocks").law.alpha_N.shape[0] == RESAMPLES
    True
    """
    found, points = fitted("batch"), curves(SMALL)
    if unit not in UNITS:
        raise unknown("resampling unit", unit, UNITS)
    if unit == "blocks":
        rows = moving_blocks(points["size"], points["steps"], BLOCK, RESAMPLES)
        return found.bootstrap(indices=rows)
    return found.bootstrap(RESAMPLES, unit="groups" if unit == "models" else unit)


def without_one() -> pd.DataFrame:
    """Refit with one small model left out at a time.

    Returns
    -------
    DataFrame
        Index: the size left out, ``"none"`` first; ``alpha_N``, ``alpha_S``, ``N_c``, ``S_c``,
        ``converged`` (loss of a model of `REFERENCE` parameters trained without end) and ``end``
        (predicted loss at the last point of the largest model), in nats per token.

    Examples
    --------
    >>> without_one().index.tolist()
    ['none', '33M', '53M', '60M', '93M']
    """
    rows = {}
    for left_out in ("none", *SMALL):
        kept = tuple(size for size in SMALL if size != left_out)
        law = fitted("batch", kept).law
        assert isinstance(law, KaplanTraining)
        fields = {k: getattr(law, k) for k in ("alpha_N", "alpha_S", "N_c", "S_c")}
        converged = law.steps_law.enough_steps().loss(REFERENCE)
        rows[left_out] = fields | {"converged": converged, "end": law.loss(**last_point())}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("left_out")


def steps_needed(name: str = "batch") -> pd.DataFrame:
    """Return the steps that a larger model needs, by the law, for the loss at which it ended.

    Parameters
    ----------
    name : str
        A variant of `KaplanTraining`.

    Returns
    -------
    DataFrame
        Index ``size``; the ``loss`` at the last point and the ``minimum`` that the law gives the
        size (nats per token), the ``steps`` taken, those ``predicted``, and their ``ratio``; not
        a number where the minimum is above the loss, so that the law says never.

    Raises
    ------
    UnknownNameError
        If there is no such variant.

    Examples
    --------
    >>> steps_needed()["predicted"].isna().tolist()
    [False, False, False, True]
    """
    law = fitted(name).law
    if not isinstance(law, KaplanTraining):
        kinds = [k for k, v in VARIANTS.items() if v.law is KaplanTraining]
        raise unknown("variant of KaplanTraining", name, kinds)
    points = curves(LARGE, variant(name).count)
    ends = points.groupby("size", sort=False)[["params", "steps", "batch", "loss"]].last()
    size = law.steps_law.enough_steps()
    minimum = ends["params"].map(lambda n: float(np.asarray(size.loss(n))))
    near = ends[ends["loss"] > minimum]
    fewest = law.steps_law.steps_to(near["loss"], near["params"])
    taken = law.batch_law.steps(fewest, near["batch"], near["loss"])
    table = ends[["loss", "steps"]].assign(minimum=minimum, predicted=pd.Series(taken, near.index))
    return table.assign(ratio=table["predicted"] / table["steps"])


def last_point() -> dict[str, float]:
    """Return size, steps and batch of the last point of the largest model.

    Examples
    --------
    >>> last_point()["steps"]
    49800.0
    """
    row = curves((LARGEST,)).iloc[-1]
    return {name: float(row[name]) for name in ("params", "steps", "batch")}


def spreads() -> pd.DataFrame:
    """Return intervals of the prediction for the end of the largest model, from four recipes.

    Returns
    -------
    DataFrame
        Index: what was resampled, the last by leaving models out one at a time; ``low`` and
        ``high`` of the predicted loss (nats per token), at `LEVEL` for the bootstraps, the
        extremes for the last.

    Examples
    --------
    >>> spreads().index.tolist()
    ['points', 'blocks', 'models', 'one model left out']
    """
    rows = {}
    tail = 100 * (1 - LEVEL) / 2
    for unit in UNITS:
        law = resampled(unit).law
        ends = np.asarray(law.predict(*last_point().values()))
        rows[unit] = np.nanpercentile(ends, [tail, 100 - tail])
    others = without_one()["end"].drop("none")
    rows["one model left out"] = np.array([others.min(), others.max()])
    return pd.DataFrame.from_dict(rows, orient="index", columns=["low", "high"])


def learning_rates() -> pd.DataFrame:
    """Return the losses of the 124M model at constant learning rates, of one length.

    Returns
    -------
    DataFrame
        ``peak_lr`` and ``loss`` (nats per token, periodic evaluation at the end of 50,000 steps);
        the small models were trained at .001, the large ones at .0005.

    Examples
    --------
    >>> learning_rates()["peak_lr"].tolist()
    [0.0001, 0.0005, 0.001, 0.002]
    """
    runs = hagele2024.runs()
    sweep = runs[
        (runs["size"] == MIDDLE[0])
        & (runs["schedule"] == "constant")
        & (runs["dataset"] == "slimpajama")
        & (runs["in_scaling_suite"] == 0)
    ]
    table = sweep[["peak_lr", "loss_periodic"]].rename(columns={"loss_periodic": "loss"})
    return table.sort_values("peak_lr", ignore_index=True)


def rate_effect() -> float:
    """Return the log of what the small models' learning rate costs at 124M, beside the large ones'.

    Returns
    -------
    float
        Logarithm of the loss at .001 over that at .0005, at the same size and length.

    Examples
    --------
    >>> round(rate_effect(), 4)
    0.0093
    """
    points = trajectories()
    small = points.loc[points["size"].isin(SMALL), "peak_lr"].iloc[0]
    large = points.loc[points["size"] == LARGEST, "peak_lr"].iloc[0]
    losses = learning_rates().set_index("peak_lr")["loss"]
    return float(np.log(losses[small] / losses[large]))


def one_rate(name: str) -> float:
    """Return the mean error at the largest model of a law fitted to models with its learning rate.

    Parameters
    ----------
    name : str
        A variant.

    Returns
    -------
    float
        Mean logarithm of predicted over observed.

    Examples
    --------
    >>> bool(one_rate("batch") < errors("batch")["mean"]["360M"])
    True
    """
    law = fitted(name, MIDDLE).law
    return float(errors(name, law)["mean"][LARGEST])
