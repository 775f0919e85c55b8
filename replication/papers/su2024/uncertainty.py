"""How sure the constants and the predictions are: points, blocks, models."""

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.errors import unknown
from replication.fitting import Bootstrap, moving_blocks
from replication.fitting.intervals import spread
from replication.laws import KaplanTraining
from replication.papers.su2024.data import SMALL, curves
from replication.papers.su2024.fits import fitted, residuals
from replication.papers.su2024.predictions import last_point

__all__ = [
    "BLOCK",
    "LEVEL",
    "autocorrelation",
    "reference",
    "resampled",
    "spreads",
    "without_one",
]

RESAMPLES = 200
BLOCK = 10
"""Evaluations in a block: 2,000 steps, a quarter of the shortest curve."""
LEVEL = 0.95
"""Level of the intervals."""
UNITS = ("points", "blocks", "models")
"""What a bootstrap may draw."""


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


def reference() -> float:
    """Return the middle of the small models: geometric mean of their parameters, no embedding.

    Examples
    --------
    >>> round(reference() / 1e6, 1)
    29.9
    """
    return float(np.exp(np.log(curves(SMALL)["params"].unique()).mean()))


@cached
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
        ``converged`` (loss of a model of `reference` parameters trained without end) and ``end``
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
        converged = law.steps_law.enough_steps().loss(reference())
        rows[left_out] = fields | {"converged": converged, "end": law.loss(**last_point())}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("left_out")


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
    for unit in UNITS:
        law = resampled(unit).law
        ends = np.asarray(law.predict(*last_point().values()))
        rows[unit] = np.array(spread(ends, LEVEL)[2:])
    others = without_one()["end"].drop("none")
    rows["one model left out"] = np.array([others.min(), others.max()])
    return pd.DataFrame.from_dict(rows, orient="index", columns=["low", "high"])
