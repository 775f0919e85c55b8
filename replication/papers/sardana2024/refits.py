"""The law fitted again to the runs, with and without those trained for very long."""

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.errors import unknown
from replication.fitting import Fit, Recipe, fit
from replication.laws import Chinchilla
from replication.papers.sardana2024.data import runs

__all__ = ["CUTOFFS", "LONGEST", "PARTS", "START", "gains", "refit", "residuals"]

CUTOFFS: dict[str, float | None] = {"100": 100.0, "250": 250.0, "500": 500.0, "all": None}
"""Tokens per parameter up to which runs are fitted."""
LONGEST = 10_000.0
"""Tokens per parameter of the longest run."""
START = 100.0
"""Tokens per parameter from which the gain of longer training is counted."""
PARTS = {
    "one": Recipe({"A": [0, 10], "B": [0, 10], "E": [0], "alpha": [0], "beta": [0, 0.5]}),
    "other": Recipe({"A": [5, 15], "B": [5, 15], "E": [0], "alpha": [0, 0.5], "beta": [0, 0.5]}),
}
"""Two parts of the authors' grid of 4,500 starts, to see whether it matters where one starts."""


@cached
def refit(cutoff: str = "all") -> Fit:
    """Fit the law to the runs up to a cutoff.

    Parameters
    ----------
    cutoff : str
        One of `CUTOFFS`.

    Returns
    -------
    Fit
        At the minimum of the paper's objective, the Huber sum with delta = 1e-3.

    Raises
    ------
    UnknownNameError
        If there is no such cutoff.

    Examples
    --------
    >>> refit("100").n, round(refit().law.alpha, 3)
    (34, 0.179)
    """
    if cutoff not in CUTOFFS:
        raise unknown("cutoff", cutoff, CUTOFFS)
    return fit(Chinchilla, runs(CUTOFFS[cutoff]))


def gains() -> pd.DataFrame:
    """Return what a hundred times the tokens should bring the smallest model, and what it brought.

    Returns
    -------
    DataFrame
        One row a cutoff: ``cutoff``, ``n`` runs, predicted and observed fall of the loss of the
        smallest model from `START` to `LONGEST` tokens per parameter in nats, their difference
        ``over``, and the predicted loss at the end, ``loss``, with its relative ``error``.

    Examples
    --------
    >>> gains()[["cutoff", "predicted", "observed"]].round(3).iloc[[0, -1]].to_numpy().tolist()
    [['100', 0.6, 0.194], ['all', 0.383, 0.194]]
    """
    table = runs()
    smallest = table[table["params"] == table["params"].min()].set_index("tokens_per_param")
    ends = smallest.loc[[START, LONGEST]]
    rows = []
    for cutoff in CUTOFFS:
        found = refit(cutoff)
        before, after = np.asarray(found.law.predict(ends["params"], ends["tokens"]))
        rows.append((cutoff, found.n, before - after, after))
    frame = pd.DataFrame(rows, columns=["cutoff", "n", "predicted", "loss"])
    observed = ends["loss"].to_numpy()
    frame.insert(3, "observed", observed[0] - observed[1])
    return frame.assign(
        over=frame["predicted"] - frame["observed"], error=frame["loss"] / observed[1] - 1
    )


def residuals() -> pd.DataFrame:
    """Return how far each refit is off on every run, fitted or not.

    Returns
    -------
    DataFrame
        One row a cutoff and run: ``cutoff``, ``model_size``, ``tokens_per_param``, ``fitted``,
        and ``residual``, observed minus predicted log loss.

    Examples
    --------
    >>> table = residuals().query("cutoff == '100' and not fitted")
    >>> len(table), int((table["residual"] > 0).sum())
    (13, 13)
    """
    table = runs()
    observed = np.log(table["loss"])
    parts = []
    for name, limit in CUTOFFS.items():
        predicted = np.log(refit(name).law.predict(table["params"], table["tokens"]))
        parts.append(
            table[["model_size", "tokens_per_param"]].assign(
                cutoff=name,
                fitted=table["tokens_per_param"] <= (limit or np.inf),
                residual=observed - predicted,
            )
        )
    return pd.concat(parts, ignore_index=True)
