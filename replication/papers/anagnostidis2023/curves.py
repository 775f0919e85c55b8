"""One law a size, fitted to learning curves of hagele2024: the shapes that a path may follow."""

from functools import cache

import pandas as pd

from replication.errors import ArgumentError, unknown
from replication.fitting import Fit, fit
from replication.laws import ShiftedPower
from replication.papers import hagele2024, su2024

KEY = "anagnostidis2023"
FIRST_STEP = 2000
"""Where our fits begin: ours, not the paper's. Before it the curves still feel the warm-up."""
LARGEST = su2024.LARGEST
PAIR = ("93M", LARGEST)
"""Two shapes for which one switch is also found by brute force."""


@cache
def points(first_step: int = FIRST_STEP) -> pd.DataFrame:
    """Return the eight learning curves with the compute spent.

    Parameters
    ----------
    first_step : int
        Steps before this one are left out.

    Returns
    -------
    DataFrame
        `su2024.trajectories` with ``flops``, by the count of hagele2024.

    Raises
    ------
    ArgumentError
        If a curve is left with fewer than twelve points, three for each coefficient.

    Examples
    --------
    >>> len(points()), len(points(4000))
    (1195, 1119)
    """
    table = su2024.trajectories()
    rate = hagele2024.models().set_index("size")["flops_per_token"]
    table = table.assign(flops=table["tokens"] * table["size"].map(rate))
    kept = table[table["steps"] >= first_step].reset_index(drop=True)
    counts = table["size"].drop_duplicates().map(kept["size"].value_counts()).fillna(0)
    if counts.min() < 12:
        raise ArgumentError(
            f"first_step is {first_step}, which leaves {counts.min():.0f} points of one curve; 12 "
            f"are needed. The shortest ends at step {table.groupby('size')['steps'].max().min():g}."
        )
    return kept


@cache
def fits(first_step: int = FIRST_STEP) -> dict[str, Fit]:
    """Fit the law of one learning curve to each size, by least squares on the log loss.

    Parameters
    ----------
    first_step : int
        As in `points`.

    Returns
    -------
    dict of str to Fit
        By size, smallest first.

    Examples
    --------
    >>> round(fits()["360M"].law.c, 3)
    2.684
    """
    table = points(first_step)
    return {
        str(size): fit(ShiftedPower, curve, objective="log-lsq")
        for size, curve in table.groupby("size", sort=False)
    }


def laws(first_step: int = FIRST_STEP, sizes: tuple[str, ...] = ()) -> dict[str, ShiftedPower]:
    """Return the fitted laws.

    Parameters
    ----------
    first_step : int
        As in `points`.
    sizes : tuple of str
        Which; all if none is given.

    Returns
    -------
    dict of str to ShiftedPower
        By size, smallest first.

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
    for size, result in fits(first_step).items():
        assert isinstance(result.law, ShiftedPower)
        found[size] = result.law
    if stray := [size for size in sizes if size not in found]:
        raise unknown("size", stray[0], found)
    return {size: law for size, law in found.items() if not sizes or size in sizes}
