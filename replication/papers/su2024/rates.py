"""What the learning rate takes, which is another for the larger models."""

import numpy as np
import pandas as pd

from replication import datasets
from replication.papers.su2024.data import LARGEST, MIDDLE, SMALL, trajectories
from replication.papers.su2024.fits import errors, fitted

__all__ = ["learning_rates", "one_rate", "rate_effect"]


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
    sweep = datasets.runs(
        "hagele2024",
        size=MIDDLE[0],
        schedule="constant",
        dataset="slimpajama",
        in_scaling_suite=0,
    ).drop(columns="loss")
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
