"""What training curves add: the excess along a run, and where over-fitting begins."""

import numpy as np
import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.papers.muennighoff2023.data import FULL_RUNS, KEY, printed

__all__ = ["along", "curve", "ends", "onset"]

LAST = 0.02
"""Share of a run over which its final loss is taken."""
BINS = 50
"""Bins of a run in which its lowest loss is sought: a bin is two hundredths of it."""


def curve(dataset: str, size: str, epochs: int) -> pd.DataFrame:
    """Return the validation loss along one run.

    Parameters
    ----------
    dataset : str
        ``"c4"`` or ``"oscar"``.
    size : str
        One of `FULL_RUNS`.
    epochs : int
        Passes over the unique tokens in the whole run.

    Returns
    -------
    DataFrame
        ``tokens`` seen, ``epochs_seen`` and ``loss`` (nats per token).

    Examples
    --------
    >>> run = curve("c4", "2.8B", 44)
    >>> round(float(run["epochs_seen"].iloc[-1]))
    44
    """
    some = _curves()[dataset, size, epochs]
    return some.assign(epochs_seen=some["tokens"] * epochs / FULL_RUNS[size][1])


@cached
def _curves() -> dict[tuple[str, str, int], pd.DataFrame]:
    """Return tokens and loss of every run, read once."""
    found = {}
    for (text, size, epochs), part in datasets.load(KEY, "curves").groupby(
        ["dataset", "size", "epochs"]
    ):
        run = part[["tokens", "loss"]].astype(float).reset_index(drop=True)
        found[str(text), str(size), round(float(str(epochs)))] = run
    return found


def _final(run: pd.DataFrame) -> float:
    """Return the loss at the end of a run, the median of its last tokens."""
    late = run["tokens"] >= (1 - LAST) * run["tokens"].iloc[-1]
    return float(run.loc[late, "loss"].median())


@cached
def ends() -> pd.DataFrame:
    """Return what each run ends with, beside the run that sees every token once.

    Returns
    -------
    DataFrame
        ``dataset``, ``size``, ``epochs``, ``loss`` (nats per token), ``excess`` over the run of
        one epoch, and ``predicted``, that excess by the printed law. OSCAR 2.8B of four epochs is
        left out, whose curve repeats that of three.

    Examples
    --------
    >>> table = ends().set_index(["dataset", "size", "epochs"])
    >>> round(float(table.loc[("c4", "8.7B", 4), "excess"]), 3)
    0.006
    """
    table, law, rows = datasets.load(KEY, "curves"), printed(), []
    for dataset in ("c4", "oscar"):
        for size, (params, tokens) in FULL_RUNS.items():
            same = table[(table["dataset"] == dataset) & (table["size"] == size)]
            fresh, expected = _final(curve(dataset, size, 1)), law.loss(params, tokens, tokens)
            for epochs in sorted(same["epochs"].astype(int).unique()):
                if (dataset, size, epochs) == ("oscar", "2.8B", 4):
                    continue
                loss = _final(curve(dataset, size, epochs))
                predicted = law.loss(params, tokens, tokens / epochs) / expected - 1
                rows.append((dataset, size, epochs, loss, loss / fresh - 1, predicted))
    names = ["dataset", "size", "epochs", "loss", "excess", "predicted"]
    return pd.DataFrame(rows, columns=names)


def along(dataset: str, size: str, epochs: int) -> pd.DataFrame:
    """Return by how much a run that repeats is worse than one that does not, token by token.

    Both have the same size, the same number of tokens in all and the same learning rates, so that
    the repeats are the only difference.

    Parameters
    ----------
    dataset, size, epochs
        As in `curve`.

    Returns
    -------
    DataFrame
        ``tokens``, ``epochs_seen``, ``excess`` over the run of one epoch at the same tokens, and
        ``predicted``, that excess by the printed law.

    Examples
    --------
    >>> run = along("c4", "2.8B", 44)
    >>> round(float(run["excess"].iloc[-1]), 2), round(float(run["predicted"].iloc[-1]), 2)
    (0.33, 0.15)
    """
    params, total = FULL_RUNS[size]
    run, fresh = curve(dataset, size, epochs), curve(dataset, size, 1)
    once = np.interp(run["tokens"], fresh["tokens"], fresh["loss"])
    law, tokens = printed(), run["tokens"].to_numpy()
    predicted = np.asarray(law.loss(params, tokens, np.minimum(total / epochs, tokens)))
    return run.assign(
        excess=run["loss"] / once - 1,
        predicted=predicted / np.asarray(law.loss(params, tokens, tokens)) - 1,
    ).drop(columns="loss")


@cached
def onset() -> pd.DataFrame:
    """Return where the loss of each run of many epochs is lowest, and how far it rises after that.

    Returns
    -------
    DataFrame
        One row a run of 14 or 44 epochs: ``dataset``, ``size``, ``epochs``, ``epochs_at_lowest``,
        ``tokens_at_lowest``, ``share`` of the run and ``rise`` from there to its end. The loss is
        taken in bins of two hundredths of a run.

    Examples
    --------
    >>> table = onset()
    >>> len(table), round(float(table["rise"].max()), 2)
    (12, 0.21)
    """
    rows = []
    for dataset in ("c4", "oscar"):
        for size in FULL_RUNS:
            for epochs in (14, 44):
                run = curve(dataset, size, epochs)
                share = run["tokens"] / run["tokens"].iloc[-1]
                bins = np.minimum((share * BINS).astype(int), BINS - 1)
                binned = run.groupby(bins)[["tokens", "epochs_seen", "loss"]].mean()
                place = binned.nsmallest(1, "loss").iloc[0]
                rise = binned["loss"].iloc[-1] / place["loss"] - 1
                part = place["tokens"] / run["tokens"].iloc[-1]
                row = (place["epochs_seen"], place["tokens"], part, rise)
                rows.append((dataset, size, epochs, *map(float, row)))
    names = ["epochs_at_lowest", "tokens_at_lowest", "share", "rise"]
    return pd.DataFrame(rows, columns=["dataset", "size", "epochs", *names])
