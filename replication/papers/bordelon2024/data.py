"""The recorded simulations, beside the theory of the same finite task."""

import numpy as np
import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.papers.bordelon2024.spectrum import power_law
from replication.papers.bordelon2024.theory import test_loss, train_loss

__all__ = ["KEY", "agreement", "simulations"]

KEY = "bordelon2024"
DESIGN = ["a", "b", "modes", "params", "samples", "members"]


@cached
def simulations() -> pd.DataFrame:
    """Return the recorded simulations with what the theory says of each.

    Returns
    -------
    DataFrame
        The table ``simulations`` with infinity where it has an empty cell, and ``test_theory`` and
        ``train_theory``, computed for the same number of modes.

    Examples
    --------
    >>> table = simulations()
    >>> bool((abs(table["test_loss"] / table["test_theory"] - 1).median() < 0.01))
    True
    """
    table = datasets.load(KEY, "simulations").astype(float)
    table[["params", "samples"]] = table[["params", "samples"]].fillna(np.inf)
    table["test_theory"], table["train_theory"] = np.nan, np.nan
    for _, part in table.groupby(DESIGN):
        a, b, modes, params, samples, members = part[DESIGN].iloc[0].tolist()
        task, times = power_law(a, b, modes, listed=False), part["time"]
        test = test_loss(task, times, params, samples, members)
        table.loc[part.index, "test_theory"] = test
        if members == 1:
            table.loc[part.index, "train_theory"] = train_loss(task, times, params, samples)
    return table


def agreement(table: pd.DataFrame) -> dict[str, float]:
    """Return how far the theory is from simulated losses on new data.

    Parameters
    ----------
    table : DataFrame
        Rows of `simulations`.

    Returns
    -------
    dict
        ``median`` and ``largest`` relative distance, ``worst`` distance in standard errors and
        ``within``, the share of the rows that are within two.

    Examples
    --------
    >>> found = agreement(simulations())
    >>> found["median"] < found["largest"]
    True
    """
    apart = (table["test_loss"] / table["test_theory"] - 1).abs()
    errors = ((table["test_loss"] - table["test_theory"]) / table["test_se"]).abs()
    return {
        "median": float(apart.median()),
        "largest": float(apart.max()),
        "worst": float(errors.max()),
        "within": float((errors < 2).mean()),
    }
