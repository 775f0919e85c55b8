"""The paper's single start, followed by two optimisers of scipy."""

import pandas as pd

from replication._memo import cached
from replication.checkpoints import predict_largest
from replication.fitting import Recipe
from replication.laws import Chinchilla
from replication.papers.choshen2024.data import NAMES, family
from replication.papers.choshen2024.sweep import COEFFICIENTS, errors

__all__ = ["METHODS", "SHORT", "START", "recorded", "single_start", "stuck"]

METHODS = {"Levenberg-Marquardt": "lm", "L-BFGS": "L-BFGS-B"}
"""Least squares as `scipy.optimize.curve_fit` does it without bounds, and the one that the paper
found less stable."""
SHORT = 0.01
"""A start is stuck if its sum of squares is more than this share above the lowest."""
START = {
    "A": [6.255414],
    "B": [7.3049974],
    "E": [0.6254804],
    "alpha": [0.3526596],
    "beta": [0.3526596],
}
"""The start of the published code, positive fields as logarithms: the law of muennighoff2023."""


@cached
def single_start() -> pd.DataFrame:
    """Fit every family from the published start by each method.

    Returns
    -------
    DataFrame
        A row a family and method: the ``sum`` of squares reached, the ``lowest`` that is known
        (of either method, or of the recorded fit), and the ``are``.

    Examples
    --------
    >>> len(single_start())
    22
    """
    rows = []
    for name in NAMES:
        known = recorded(name)
        for said, method in METHODS.items():
            recipe = Recipe(START, method=method)
            found = predict_largest(family(name), recipe=recipe, bounds={})
            off = known.loss(found.fitted["params"], found.fitted["tokens"]) - found.fitted["loss"]
            rows.append(
                {
                    "family": name,
                    "method": said,
                    "sum": 2 * found.fit.value,
                    "recorded": float((off**2).sum()),
                    "are": found.are,
                }
            )
    table = pd.DataFrame(rows)
    lowest = table.groupby("family")[["sum", "recorded"]].transform("min").min(axis=1)
    return table.assign(lowest=lowest).drop(columns="recorded")


def recorded(name: str, rule: str = "tenth") -> Chinchilla:
    """Return the law of the recorded fit to all sizes of a family below the largest.

    Parameters
    ----------
    name, rule : str
        As for `predicted`.

    Returns
    -------
    Chinchilla
        With six digits.

    Examples
    --------
    >>> round(recorded("deepmind-dense").alpha, 3)
    0.154
    """
    rows = errors()
    rows = rows[(rows["family"] == name) & (rows["rule"] == rule)]
    row = rows.sort_values("count").iloc[-1]
    return Chinchilla(**{name: float(row[column]) for column, name in COEFFICIENTS.items()})


def stuck() -> dict[str, int]:
    """Return by method on how many families the start does not reach the minimum.

    Returns
    -------
    dict of str to int
        Families whose sum of squares is more than `SHORT` above the lowest known.

    Examples
    --------
    >>> stuck()["Levenberg-Marquardt"]
    0
    """
    table = single_start()
    short = table["sum"] > (1 + SHORT) * table["lowest"]
    return {name: int(short[table["method"] == name].sum()) for name in METHODS}
