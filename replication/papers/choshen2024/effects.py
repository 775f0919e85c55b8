"""Effects that the paper compares its errors with, on runs that other chapters carry."""

import numpy as np
import pandas as pd

from replication import datasets
from replication._memo import cached

__all__ = ["doublings", "repeats", "thirty_times"]


@cached
def _series() -> pd.DataFrame:
    """Return the losses of the 0.4B models of gadre2024, a row a text, a column a multiplier."""
    rows = datasets.runs("gadre2024", model_size="0.411B")
    return rows.pivot_table(index="train_set", columns="token_multiplier", values="loss")


def doublings() -> pd.DataFrame:
    """Return what doubling the tokens of a model of 0.4B parameters did to its loss.

    Returns
    -------
    DataFrame
        A row a text, a column the tokens per parameter before: loss over the loss after, less one.

    Examples
    --------
    >>> round(100 * float(doublings().stack().mean()), 1)
    4.2
    """
    table = _series()
    return (table / table.shift(-1, axis=1) - 1).iloc[:, :-1]


def thirty_times(unit: str = "nats") -> list[float]:
    """Return what 32 times the tokens did to the loss of a model of 0.4B parameters.

    Parameters
    ----------
    unit : str
        ``"nats"`` or ``"perplexity"``.

    Returns
    -------
    list of float
        Loss before over the loss after, less one, for each text and start where both were run.

    Examples
    --------
    >>> len(thirty_times())
    8
    """
    table = _series()
    turn = np.exp if unit == "perplexity" else np.asarray
    found = [
        float(turn(table.loc[text, few]) / turn(table.loc[text, 32 * few]) - 1)
        for text in table.index
        for few in table.columns
        if 32 * few in table.columns
    ]
    return [value for value in found if np.isfinite(value)]


@cached
def repeats(unit: str = "nats") -> pd.DataFrame:
    """Return by how much the last loss of runs with repeated text is above that of fresh text.

    Parameters
    ----------
    unit : str
        ``"nats"`` or ``"perplexity"``.

    Returns
    -------
    DataFrame
        A row a text and size of muennighoff2023, a column a number of epochs; fractions.

    Examples
    --------
    >>> repeats().shape, round(100 * float(repeats()[4].max()), 1)
    ((6, 8), 1.0)
    """
    curves = datasets.load("muennighoff2023", "curves").sort_values("tokens")
    last = curves.pivot_table(
        index=["dataset", "size"], columns="epochs", values="loss", aggfunc="last"
    )
    if unit == "perplexity":
        last = last.transform(np.exp)
    return last.div(last[1], axis=0) - 1
