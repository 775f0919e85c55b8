"""An experiment of ours: a small model that reads what BM25 finds in a datastore of growing size.

The losses were recorded by ``python -m lab.retrieve``; a token of this model is a byte.
"""

import numpy as np
import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.errors import one_of_names
from replication.fitting import fit
from replication.laws import Law, LogLinear, PowerLawOffset

__all__ = [
    "DOMAINS",
    "SIZE_LAWS",
    "changes",
    "curve",
    "extrapolated",
    "loss_draws",
    "slope",
    "worth",
]

KEY = "shao2024"
DOMAINS = {"messages": "annual messages", "articles": "Wikipedia articles"}
"""Bodies of text, and what they hold."""
SIZE_LAWS: dict[str, type[Law]] = {
    "line in ln D": LogLinear.of("tokens", response="loss"),
    "power law": PowerLawOffset.of("tokens"),
}
"""Laws of the loss in the size of the datastore."""


@cached
def _measured() -> pd.DataFrame:
    """Return the losses by condition."""
    return datasets.load(KEY, "retrieval")


def curve(domain: str, how: str = "paper") -> pd.DataFrame:
    """Return the loss against the size of the datastore, means over the draws of its passages.

    Parameters
    ----------
    domain : str
        One of `DOMAINS`.
    how : str
        ``paper``: BM25 with the filters of the paper; ``none``: without filters; ``strict``:
        without passages that share 13 words with the window; ``random``: three passages at
        random; ``trained``: the model trained on the datastore; ``alone``: without any.

    Returns
    -------
    DataFrame
        ``share`` of the whole, ``tokens`` (bytes in the datastore), ``loss`` (nats per token) and
        ``seeds`` (draws), the smallest datastore first.

    Raises
    ------
    UnknownNameError
        If there is no such body of text or condition.

    Examples
    --------
    >>> len(curve("messages")), len(curve("articles", "alone"))
    (7, 1)
    """
    table = _measured()
    chosen = table[
        (table["domain"] == one_of_names("domain", domain, DOMAINS))
        & (table["how"] == one_of_names("how", how, table["how"].unique()))
    ]
    parts = {"tokens": ("tokens", "mean"), "loss": ("loss", "mean"), "seeds": ("seed", "size")}
    return chosen.groupby("share", as_index=False).agg(**parts)


@cached
def loss_draws(domain: str, resamples: int = 1000, seed: int = 0) -> pd.DataFrame:
    """Return the losses in resamples of the held-out documents and of the draws of passages.

    The same documents are taken for every size and for the model alone, so that differences are
    paired; the datastores of each size are drawn again among those of that size.

    Parameters
    ----------
    domain : str
        One of `DOMAINS`.
    resamples : int
        How often.
    seed : int
        Of the random numbers.

    Returns
    -------
    DataFrame, shape (resamples, shares)
        Losses in nats per token, a column a share; zero is the model alone.

    Raises
    ------
    UnknownNameError
        If there is no such body of text.

    Examples
    --------
    >>> loss_draws("messages", 10).shape
    (10, 8)
    """
    table = datasets.load(KEY, "retrieval_blocks")
    table = table[table["domain"] == one_of_names("domain", domain, DOMAINS)]
    table = table[table["how"].isin(["alone", "paper"])]
    nats = table.pivot_table(index="block", columns=["share", "seed"], values="nats")
    sizes = table.groupby("block")["bytes"].first().to_numpy(float)
    rng = np.random.default_rng(seed)
    blocks = rng.integers(len(sizes), size=(resamples, len(sizes)))
    found = {}
    for share in nats.columns.unique("share"):
        part = nats[share].to_numpy()
        seeds = len(part.T)
        drawn = rng.integers(seeds, size=(resamples, seeds))
        sums = part[blocks].sum(axis=1)  # shape (resamples, seeds)
        found[share] = np.take_along_axis(sums, drawn, axis=1).mean(axis=1)
    return pd.DataFrame(found).div(sizes[blocks].sum(axis=1), axis=0)


def changes(domain: str, level: float = 0.95) -> pd.DataFrame:
    """Return by how much the loss changes from each size of the datastore to the next.

    Parameters
    ----------
    domain : str
        One of `DOMAINS`.
    level : float
        Of the intervals, over documents and draws.

    Returns
    -------
    DataFrame
        ``share`` (the larger of the two), ``change`` (nats per token; negative where the loss
        falls), ``low`` and ``high``. The first row is the step from no datastore to the smallest.

    Raises
    ------
    UnknownNameError
        If there is no such body of text.

    Examples
    --------
    >>> list(changes("articles"))
    ['share', 'change', 'low', 'high']
    """
    draws = loss_draws(domain).diff(axis=1).iloc[:, 1:]
    measured = [curve(domain, how)["loss"] for how in ("alone", "paper")]
    tail = (1 - level) / 2
    return pd.DataFrame(
        {
            "share": draws.columns.to_numpy(float),
            "change": np.diff(np.concatenate(measured)),
            "low": draws.quantile(tail).to_numpy(),
            "high": draws.quantile(1 - tail).to_numpy(),
        }
    )


@cached
def slope(domain: str, level: float = 0.95) -> dict[str, float]:
    """Return what a doubling of the datastore does to the loss, by a line in the logarithm.

    Parameters
    ----------
    domain : str
        One of `DOMAINS`.
    level : float
        Of the interval, over documents and draws.

    Returns
    -------
    dict of str to float
        ``estimate``, ``low`` and ``high``, nats per token.

    Raises
    ------
    UnknownNameError
        If there is no such body of text.

    Examples
    --------
    >>> sorted(slope("messages"))
    ['estimate', 'high', 'low']
    """
    table = curve(domain)
    found = fit(SIZE_LAWS["line in ln D"], table, objective="lsq").law.to_dict()["alpha"]
    x = np.log(table["tokens"].to_numpy())
    weights = (x - x.mean()) / np.sum((x - x.mean()) ** 2)  # of least squares, for every resample
    slopes = loss_draws(domain).iloc[:, 1:].to_numpy() @ weights
    low, high = np.quantile(slopes, [(1 - level) / 2, (1 + level) / 2])
    two = float(np.log(2))
    return {"estimate": two * found, "low": two * float(low), "high": two * float(high)}


@cached
def extrapolated(domain: str, held_out: int = 2) -> pd.DataFrame:
    """Return how laws of the smaller datastores predict the largest.

    Parameters
    ----------
    domain : str
        One of `DOMAINS`.
    held_out : int
        Largest sizes that are left out of the fit.

    Returns
    -------
    DataFrame
        One row a law and held-out share: ``law``, ``share``, ``predicted``, ``loss`` and
        ``error`` (nats per token, predicted less measured).

    Raises
    ------
    UnknownNameError
        If there is no such body of text.

    Examples
    --------
    >>> extrapolated("messages")["law"].nunique()
    2
    """
    table = curve(domain)
    rows = []
    for name, kind in SIZE_LAWS.items():
        law = fit(kind, table.iloc[:-held_out], objective="lsq").law
        for share, tokens, loss in table[["share", "tokens", "loss"]].tail(held_out).to_numpy():
            predicted = float(law.predict(tokens))
            rows.append((name, share, predicted, loss, predicted - loss))
    return pd.DataFrame(rows, columns=["law", "share", "predicted", "loss", "error"])


def worth(domain: str) -> float:
    """Return the share of the datastore that is worth the search of the whole if trained on.

    The losses of the models that were trained on shares of the datastore are joined by straight
    lines in the logarithm of the share.

    Parameters
    ----------
    domain : str
        One of `DOMAINS`.

    Returns
    -------
    float
        The share at which training reaches the loss of searching everything.

    Raises
    ------
    UnknownNameError
        If there is no such body of text.

    Examples
    --------
    >>> 0 < worth("articles") < 1
    True
    """
    trained = curve(domain, "trained")
    reached = curve(domain)["loss"].iloc[-1]
    logs = np.log(trained["share"].to_numpy())
    return float(np.exp(np.interp(-reached, -trained["loss"].to_numpy(), logs)))
