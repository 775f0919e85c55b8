"""One law a size, fitted to learning curves of hagele2024: the shapes that a path may follow."""

import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.errors import ArgumentError, unknown
from replication.fitting import Fit, fit
from replication.laws import ShiftedPower

__all__ = ["FIRST_STEP", "LARGEST", "PAIR", "SIZES", "fitted", "laws", "points"]

KEY = "anagnostidis2023"
FIRST_STEP = 2000
"""Where our fits begin: ours, not the paper's. Before it the curves still feel the warm-up."""
LARGEST = "360M"
SIZES = ("33M", "53M", "60M", "93M", "124M", "151M", "210M", LARGEST)
"""Sizes of the eight trunks, smallest first."""
PAIR = ("93M", LARGEST)
"""Two shapes for which one switch is also found by brute force."""


@cached
def points(first_step: int = FIRST_STEP) -> pd.DataFrame:
    """Return the eight learning curves, from a step on.

    Parameters
    ----------
    first_step : int
        Steps before this one are left out.

    Returns
    -------
    DataFrame
        One row an evaluation, by size and step: ``size`` (nominal), ``params``, ``peak_lr``,
        ``steps``, ``tokens``, ``flops`` (the compute spent; counts) and ``loss`` (nats per token).

    Raises
    ------
    ArgumentError
        If a curve is left with fewer than twelve points, three for each coefficient.

    Examples
    --------
    >>> len(points()), len(points(4000))
    (1195, 1116)
    """
    table = datasets.runs("su2024").sort_values(["params_no_embedding", "steps"], ignore_index=True)
    table = table[["size", "params", "peak_lr", "steps", "tokens", "flops", "loss"]]
    kept = table[table["steps"] >= first_step].reset_index(drop=True)
    counts = table["size"].drop_duplicates().map(kept["size"].value_counts()).fillna(0)
    if counts.min() < 12:
        raise ArgumentError(
            f"first_step is {first_step}, which leaves {counts.min():.0f} points of one curve; 12 "
            f"are needed. The shortest ends at step {table.groupby('size')['steps'].max().min():g}."
        )
    return kept


@cached
def fitted(size: str, first_step: int = FIRST_STEP) -> Fit:
    """Fit the law of one learning curve to a size, by least squares on the log loss.

    Parameters
    ----------
    size : str
        Nominal size.
    first_step : int
        As in `points`.

    Returns
    -------
    Fit
        Of `ShiftedPower`.

    Raises
    ------
    UnknownNameError
        If there is no such size.

    Examples
    --------
    >>> round(fitted("360M").law.c, 3)
    2.684
    """
    table = points(first_step)
    if size not in SIZES:
        raise unknown("size", size, SIZES)
    return fit(ShiftedPower, table[table["size"] == size], objective="log-lsq")


def laws(first_step: int = FIRST_STEP, sizes: tuple[str, ...] = SIZES) -> dict[str, ShiftedPower]:
    """Return the fitted laws.

    Parameters
    ----------
    first_step : int
        As in `points`.
    sizes : tuple of str
        Which, smallest first.

    Returns
    -------
    dict of str to ShiftedPower
        By size.

    Raises
    ------
    UnknownNameError
        If a size is not there.

    Examples
    --------
    >>> list(laws(sizes=PAIR))
    ['93M', '360M']
    """
    found = {}
    for size in sizes:
        law = fitted(size, first_step).law
        assert isinstance(law, ShiftedPower)
        found[size] = law
    return found
