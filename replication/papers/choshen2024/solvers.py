"""The paper's single start, followed by two optimisers of scipy."""

import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.checkpoints import predict_largest
from replication.datasets import descriptor
from replication.fitting import Recipe
from replication.laws import Chinchilla
from replication.papers.choshen2024.data import KEY, NAMES, family
from replication.papers.choshen2024.sweep import COEFFICIENTS, errors

__all__ = ["METHODS", "SHORT", "START", "recorded", "single_start", "start_of", "stuck"]

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


def start_of(name: str) -> pd.DataFrame:
    """Fit a family from the published start by each method: computed, not read.

    Parameters
    ----------
    name : str
        As for `predicted`.

    Returns
    -------
    DataFrame
        A row a method: ``family``, ``method``, the ``sum`` of squares reached, that of the law of
        the ``sweep``, and the ``are``.

    Examples
    --------
    >>> start_of("gpt3")["method"].tolist()
    ['Levenberg-Marquardt', 'L-BFGS']
    """
    rows, known = [], recorded(name)
    for said, method in METHODS.items():
        recipe = Recipe(START, method=method)
        found = predict_largest(family(name), recipe=recipe, bounds={})
        off = known.loss(found.fitted["params"], found.fitted["tokens"]) - found.fitted["loss"]
        rows.append(
            {
                "family": name,
                "method": said,
                "sum": 2 * found.fit.value,
                "sweep": float((off**2).sum()),
                "are": found.are,
            }
        )
    return pd.DataFrame(rows)


@cached
def single_start() -> pd.DataFrame:
    """Return where every family ends from the published start by each method, as recorded.

    Returns
    -------
    DataFrame
        A row a family and method: the ``sum`` of squares reached, the ``lowest`` that is known
        (of either method, or of the fit of the sweep), and the ``are``.

    Examples
    --------
    >>> len(single_start())
    22
    """
    table = datasets.load(KEY, "single_starts")
    lowest = table.groupby("family")[["sum", "sweep"]].transform("min").min(axis=1)
    return table.assign(lowest=lowest).drop(columns="sweep")


def main() -> None:
    """Fit all families from the published start and store where they end."""
    table = pd.concat([start_of(name) for name in NAMES]).sort_values(["family", "method"])
    place = descriptor.root() / KEY / "single_starts.csv"
    table.to_csv(place, index=False, lineterminator="\n", float_format="%.6g")
    print(f"{len(table)} rows in {place}")


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
