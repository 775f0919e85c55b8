"""What the fitted law says of the ends of the larger models: least losses, and steps to a loss."""

import numpy as np
import pandas as pd

from replication.errors import unknown
from replication.laws import KaplanTraining
from replication.papers.su2024.data import LARGE, LARGEST, curves
from replication.papers.su2024.fits import VARIANTS, fitted, variant

__all__ = ["steps_needed"]


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
