"""The paper's recipe by family and rule: which checkpoints are fitted, and how far it is off."""

from typing import Any

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.checkpoints import LargestPrediction, predict_largest
from replication.datasets import published
from replication.errors import one_of_names
from replication.papers.choshen2024.data import family

__all__ = ["NO_TOKENS", "RULES", "chosen", "in_unit", "one_size", "predicted"]

NO_TOKENS = {"fixed": {"B": 1e-9, "beta": 1.0}}
"""Holds the token term at nothing: for final losses of runs that read equally many tokens."""
RULES: dict[str, dict[str, Any]] = {
    "all": {"keep": (0.0, 1.0)},
    "10B": {"keep": (0.0, 1.0), "least_tokens": 1e10},
    "tenth": {"keep": (0.1, 1.0)},
    "last": {"keep": (0.7, 1.0)},
    "finals": {"keep": (1.0, 1.0)},
    "finals, size": {"keep": (1.0, 1.0), **NO_TOKENS},
    "first 20": {"keep": (0.1, 0.2)},
    "first 30": {"keep": (0.1, 0.3)},
    "first 50": {"keep": (0.1, 0.5)},
    "first 70": {"keep": (0.1, 0.7)},
    "last 50": {"keep": (0.5, 1.0)},
    "last 10": {"keep": (0.9, 1.0)},
    "seen 20": {"keep": (0.1, 1.0), "seen": 0.2},
    "seen 30": {"keep": (0.1, 1.0), "seen": 0.3},
    "seen 50": {"keep": (0.1, 1.0), "seen": 0.5},
}
"""Rules by name, as `replication.predict_largest` takes them. ``10B`` is the paper's, ``tenth`` its
counterpart in shares of each run; ``first`` and ``last`` are shares of the fitted runs, and
``seen`` is up to where the largest run is fitted as well."""


def chosen(name: str, first: int = 0, count: int | None = None) -> pd.DataFrame:
    """Return a family with only some of its smaller sizes, and the largest.

    Parameters
    ----------
    name : str
        As for `family`.
    first : int
        Place of the smallest size that is kept, counted from 0.
    count : int, optional
        How many sizes are kept from there; by default all below the largest.

    Returns
    -------
    DataFrame
        Rows of `family`.

    Examples
    --------
    >>> chosen("gpt3", 1, 2)["run"].unique().tolist()
    ['medium', 'large', '175b']
    """
    rows = family(name)
    sizes = np.sort(rows["params"].unique())
    kept = sizes[:-1][first : None if count is None else first + count]
    return rows[rows["params"].isin([*kept, sizes[-1]])]


@cached
def predicted(
    name: str, rule: str = "tenth", first: int = 0, count: int | None = None, unit: str = "nats"
) -> LargestPrediction:
    """Fit some sizes of a family by a rule, and predict its largest.

    Parameters
    ----------
    name : str
        As for `family`.
    rule : str
        One of `RULES`.
    first, count : int
        As for `chosen`.
    unit : str
        ``"nats"``; ``"bits"`` or ``"perplexity"`` to fit the loss in that unit.

    Returns
    -------
    LargestPrediction
        The fit, and its error on the last 30 % of the largest run.

    Raises
    ------
    UnknownNameError
        If there is no such family, rule or unit.

    Examples
    --------
    >>> found = predicted("opt", "10B", unit="perplexity")
    >>> round(100 * found.are, 1)
    7.4
    """
    how = RULES[one_of_names("rule", rule, RULES)]
    return predict_largest(in_unit(chosen(name, first, count), unit), **how)


def in_unit(rows: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Return checkpoints with their loss in another unit.

    Parameters
    ----------
    rows : DataFrame
        With ``loss`` in nats.
    unit : str
        ``"nats"``, ``"bits"`` or ``"perplexity"``.

    Returns
    -------
    DataFrame
        A copy.

    Examples
    --------
    >>> round(float(in_unit(family("opt"), "perplexity")["loss"].iloc[-1]), 2)
    9.77
    """
    nats = rows["loss"]
    turned = {"nats": nats, "bits": nats / np.log(2), "perplexity": nats.transform(np.exp)}
    return rows.assign(loss=turned[one_of_names("unit", unit, turned)])


@cached
def one_size(name: str, small: str, large: str, rule: str = "10B", unit: str = "nats") -> float:
    """Return the error of a law fitted to one model alone.

    With one size A and alpha cannot be fitted; they are held at those of muennighoff2023, as the
    paper does.

    Parameters
    ----------
    name : str
        As for `family`.
    small, large : str
        The runs that are fitted and predicted.
    rule, unit : str
        As for `predicted`; by default that of the paper, and nats.

    Returns
    -------
    float
        Mean of (predicted - observed) / observed over the last 30 % of the large run.

    Examples
    --------
    >>> round(one_size("opt", "13b", "175b", unit="perplexity"), 3)
    0.245
    """
    rows = family(name)
    pair = in_unit(rows[rows["run"].isin([small, large])], unit)
    law = published("muennighoff2023", "c4").to_dict()
    held = {name: law[name] for name in ("A", "alpha")}
    return predict_largest(pair, **RULES[rule], fixed=held).signed
