"""Fits beside the sweep, recorded with it: in perplexity, of four sizes, of one model alone."""

import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.datasets import descriptor
from replication.errors import one_of_names
from replication.papers.choshen2024.data import KEY
from replication.papers.choshen2024.recipe import one_size, predicted

__all__ = ["VARIANTS", "computed", "variant", "variants"]

VARIANTS: dict[str, tuple[str, str, str | int]] = {
    "opt, all": ("opt", "all", "perplexity"),
    "opt, 10B": ("opt", "10B", "perplexity"),
    "gpt3, four smallest": ("gpt3", "10B", 4),
    "opt, four smallest": ("opt", "10B", 4),
    **{
        f"opt {size} alone, {unit}": (f"opt {size} 175b", "10B", unit)
        for size in ("6.7b", "13b", "30b")
        for unit in ("nats", "perplexity")
    },
    "olmo 1B alone, nats": ("olmo OLMo-1B OLMo-7B", "10B", "nats"),
}
"""By name: the family (and the runs that are fitted and predicted, where one is fitted alone), the
rule, and the unit of the loss or how many of the smallest sizes are fitted."""


def computed(name: str) -> float:
    """Return the error of a variant: computed, not read.

    Parameters
    ----------
    name : str
        One of `VARIANTS`.

    Returns
    -------
    float
        The ARE (a fraction); for one model alone the mean of (predicted - observed) / observed.

    Raises
    ------
    UnknownNameError
        If there is no such variant.

    Examples
    --------
    >>> round(computed("opt 13b alone, perplexity"), 3)
    0.245
    """
    whom, rule, what = VARIANTS[one_of_names("variant", name, VARIANTS)]
    family, *runs = whom.split()
    if isinstance(what, int):
        return predicted(family, rule, 0, what).are
    if runs:
        small, large = runs
        return one_size(family, small, large, rule, what)
    return predicted(family, rule, unit=what).are


@cached
def variants() -> "pd.Series[float]":
    """Return the recorded errors.

    Returns
    -------
    Series
        By name, as `computed` returns them, with six decimals.

    Examples
    --------
    >>> list(variants().index) == list(VARIANTS)
    True
    """
    table = datasets.load(KEY, "variants").set_index("variant")
    return table["error"].reindex(list(VARIANTS))


def variant(name: str) -> float:
    """Return one recorded error.

    Parameters
    ----------
    name : str
        One of `VARIANTS`.

    Returns
    -------
    float
        A fraction.

    Raises
    ------
    UnknownNameError
        If there is no such variant.

    Examples
    --------
    >>> round(variant("opt 13b alone, perplexity"), 3)
    0.245
    """
    return float(variants()[one_of_names("variant", name, VARIANTS)])


def main() -> None:
    """Compute the variants and store them."""
    rows = [(name, round(computed(name), 6)) for name in sorted(VARIANTS)]
    table = pd.DataFrame(rows, columns=["variant", "error"])
    place = descriptor.root() / KEY / "variants.csv"
    table.to_csv(place, index=False, lineterminator="\n")
    print(f"{len(table)} rows in {place}")
