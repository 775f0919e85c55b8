"""What seeds do to a forecast: six sizes of a small model, each trained several times.

The runs are of this book's lab (``python -m lab ladder``); a token is a byte.
"""

from itertools import combinations, product

import numpy as np
import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.counting.numbers import Array
from replication.errors import DataError
from replication.papers.ivgi2022.data import KEY
from replication.papers.ivgi2022.ladders import small_to_large

__all__ = ["FITTED", "by_seeds", "mixed_seeds", "seed_means", "seeded"]

FITTED = 4
"""Smallest sizes that are fitted; the larger ones are predicted."""


def seeded(tokens: int | None = None) -> pd.DataFrame:
    """Return the runs of the lab's ladder of sizes.

    Parameters
    ----------
    tokens : int, optional
        Training tokens of one horizon, as in the table; the longest by default.

    Returns
    -------
    DataFrame
        ``params``, ``seed``, ``tokens`` and ``loss`` (nats per token), sorted by size and seed.

    Raises
    ------
    DataError
        If there is no such horizon.

    Examples
    --------
    >>> seeded()["params"].nunique()
    6
    """
    table = datasets.load(KEY, "ladder")
    known = sorted(table["tokens"].unique())
    wanted = known[-1] if tokens is None else tokens
    if wanted not in known:
        raise DataError(f"No runs were trained on {wanted} tokens; there are {known}.")
    chosen = table[table["tokens"] == wanted]
    return chosen[["params", "seed", "tokens", "loss"]].reset_index(drop=True)


def seed_means(tokens: int | None = None) -> pd.DataFrame:
    """Return mean and standard deviation of the loss over the seeds of each size.

    Parameters
    ----------
    tokens : int, optional
        As in `seeded`.

    Returns
    -------
    DataFrame
        Indexed by ``params``: ``loss``, ``sd`` (nats per token) and ``seeds``.

    Raises
    ------
    DataError
        If there is no such horizon.

    Examples
    --------
    >>> bool((seed_means()["sd"] > 0).all())
    True
    """
    parts = {"loss": ("loss", "mean"), "sd": ("loss", "std"), "seeds": ("seed", "size")}
    return seeded(tokens).groupby("params").agg(**parts)


@cached
def by_seeds(tokens: int | None = None, law: str = "power law") -> pd.DataFrame:
    """Return the forecasts of the larger sizes from means over every choice of seeds.

    A choice of k seeds takes the same seeds at each fitted size; a target is the mean over all of
    its own.

    Parameters
    ----------
    tokens : int, optional
        As in `seeded`.
    law : str
        One of `LADDER_LAWS`.

    Returns
    -------
    DataFrame
        One row a choice and target: ``k``, ``seeds`` (their numbers), ``params`` (of the target),
        ``error`` ((predicted - observed) / observed), ``r2`` and ``within`` (of the fit).

    Raises
    ------
    DataError
        If there is no such horizon.
    UnknownNameError
        If there is no such law.

    Examples
    --------
    >>> int(by_seeds()["k"].max())
    3
    """
    runs = seeded(tokens)
    sizes = np.unique(runs["params"])
    small = runs[runs["params"].isin(sizes[:FITTED])]
    rows = []
    for k in range(1, small["seed"].nunique() + 1):
        for chosen in combinations(sorted(small["seed"].unique()), k):
            part = small[small["seed"].isin(chosen)]
            name = " ".join(str(int(seed)) for seed in chosen)
            for target in sizes[FITTED:]:
                family = pd.concat([part, runs[runs["params"] == target]])
                one = small_to_large(family, FITTED, law)
                rows.append((k, name, target, one.error, one.r2, one.within))
    return pd.DataFrame(rows, columns=["k", "seeds", "params", "error", "r2", "within"])


@cached
def mixed_seeds(tokens: int | None = None) -> pd.DataFrame:
    """Return the forecasts by a power law from one run of each fitted size, in all combinations.

    The line is that of `small_to_large`; as it is linear in the logarithms of the losses, all
    combinations are one product of matrices.

    Parameters
    ----------
    tokens : int, optional
        As in `seeded`.

    Returns
    -------
    DataFrame
        One row a combination and target: ``params`` (of the target), ``error`` and ``within``
        (root mean square of the residuals of ln L).

    Raises
    ------
    DataError
        If there is no such horizon.

    Examples
    --------
    >>> bool((mixed_seeds()["within"] > 0).all())
    True
    """
    runs = seeded(tokens)
    sizes = np.unique(runs["params"])
    single = [np.log(runs.loc[runs["params"] == n, "loss"].to_numpy()) for n in sizes[:FITTED]]
    logs = np.array(list(product(*single)))
    design = _line(sizes[:FITTED])
    coefficients = logs @ np.linalg.pinv(design).T
    within = np.sqrt(np.mean((logs - coefficients @ design.T) ** 2, axis=1))
    rows = []
    for target in sizes[FITTED:]:
        reached = runs.loc[runs["params"] == target, "loss"].mean()
        error = np.exp(coefficients @ _line(np.array([target]))[0]) / reached - 1
        rows.append(pd.DataFrame({"params": target, "error": error, "within": within}))
    return pd.concat(rows, ignore_index=True)


def _line(sizes: Array) -> Array:
    """Return the design matrix of a straight line in ln N."""
    return np.column_stack([np.ones(len(sizes)), np.log(sizes)])
