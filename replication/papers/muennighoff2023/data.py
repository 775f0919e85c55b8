"""The runs of the paper, which of them its law was fitted to, and what its figures show of them."""

import numpy as np
import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.errors import unknown
from replication.laws import Chinchilla, DataConstrained

__all__ = [
    "FULL_RUNS",
    "UNIQUE",
    "base",
    "fitted_runs",
    "loss_grid",
    "printed",
    "returns",
    "runs",
]

KEY = "muennighoff2023"
FULL_RUNS = {"2.8B": (2.81e9, 55e9), "4.2B": (4.2465e9, 84e9), "8.7B": (8.67e9, 178e9)}
"""Parameters and tokens of the models that were trained with different numbers of epochs."""
UNIQUE = {"100M": 1e8, "400M": 4e8, "1.5B": 1.5e9}
"""Unique tokens of the grids of runs in sizes and epochs."""


@cached
def runs() -> pd.DataFrame:
    """Return every run, with its epochs.

    Returns
    -------
    DataFrame
        One row a run: ``params``, ``tokens``, ``unique_tokens``, ``flops``, ``loss`` (final
        validation loss on C4, nats per token), ``epochs`` (tokens over unique tokens), ``run``,
        ``in_published_fit`` and ``seed_index``.

    Examples
    --------
    >>> len(runs()), float(runs()["epochs"].max())
    (296, 9000.0)
    """
    table = datasets.runs(KEY)
    return table.assign(epochs=table["tokens"] / table["unique_tokens"])


def fitted_runs() -> pd.DataFrame:
    """Return the runs that the paper's law was fitted to.

    Returns
    -------
    DataFrame
        Rows of `runs`.

    Examples
    --------
    >>> len(fitted_runs())
    182
    """
    table = runs()
    return table[table["in_published_fit"] == 1].reset_index(drop=True)


@cached
def printed(name: str = "decay both") -> DataConstrained:
    """Return the law with its printed coefficients.

    Parameters
    ----------
    name : str
        ``"decay both"``, with all published digits, or ``"rounded"``, as in Eq. 17.

    Returns
    -------
    DataConstrained
        The law.

    Examples
    --------
    >>> printed().R_D_star
    15.387756
    """
    law = datasets.published(KEY, name)
    assert isinstance(law, DataConstrained)
    return law


def base() -> Chinchilla:
    """Return the law of unrepeated data that the paper fitted first, and then held.

    Examples
    --------
    >>> round(base().E, 4)
    1.8691
    """
    return printed().base


def loss_grid(unique: str = "100M") -> pd.DataFrame:
    """Return the runs of one limit on unique tokens, the grids of Figures 3 and 8.

    Parameters
    ----------
    unique : str
        One of `UNIQUE`.

    Returns
    -------
    DataFrame
        Rows of `runs`.

    Raises
    ------
    UnknownNameError
        If there is no such grid.

    Examples
    --------
    >>> len(loss_grid("100M"))
    93
    """
    if unique not in UNIQUE:
        raise unknown("limit on unique tokens", unique, UNIQUE)
    table = runs()
    return table[table["unique_tokens"] == UNIQUE[unique]].reset_index(drop=True)


@cached
def returns() -> pd.DataFrame:
    """Return the final losses of equal models trained with different numbers of epochs (Figure 4).

    Returns
    -------
    DataFrame
        One row a size and number of epochs, means over seeds: ``size``, ``params``, ``tokens``,
        ``unique_tokens``, ``epochs``, ``loss`` (nats per token), ``spread`` (standard deviation
        over seeds, nats), ``seeds``, ``excess`` (of the loss over that of one epoch) and
        ``predicted``, the excess by the printed law.

    Examples
    --------
    >>> table = returns()
    >>> four = table[(table["size"] == "8.7B") & (table["epochs"].round() == 4)]
    >>> round(float(four["excess"].iloc[0]), 4)
    0.0062
    """
    law, parts = printed(), []
    for size, (params, tokens) in FULL_RUNS.items():
        same = runs()[(runs()["params"] == params) & (runs()["tokens"] == tokens)]
        some = same.groupby("unique_tokens")["loss"].agg(["mean", "std", "size"])
        some = some.sort_index(ascending=False).reset_index()
        expected = np.asarray(law.loss(params, tokens, some["unique_tokens"]))
        part = pd.DataFrame(
            {
                "size": size,
                "params": params,
                "tokens": tokens,
                "unique_tokens": some["unique_tokens"],
                "epochs": tokens / some["unique_tokens"],
                "loss": some["mean"],
                "spread": some["std"],
                "seeds": some["size"],
                "excess": some["mean"] / some["mean"].iloc[0] - 1,
                "predicted": expected / expected[0] - 1,
            }
        )
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
