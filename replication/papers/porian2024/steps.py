"""From Kaplan's exponent to Hoffmann's: what each correction takes away."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replication.fitting.intervals import spread
from replication.frontier import Frontier
from replication.papers.porian2024.data import ADJUSTED, STEPS
from replication.papers.porian2024.recipe import LEVEL, NOISE, frontier, interval

__all__ = [
    "CHANGES",
    "drop",
    "exponents",
    "parts_of_the_way",
    "ramp_effect",
    "shares",
    "tuned_first_or_last",
]

CHANGES = {
    "count_last_layer": "output head",
    "correct_warmup": "warm-up",
    "cosine_decay": "decay",
    "tuned_no_decay": "tuning",
}
"""What a step changes, as against the one before it."""


def drop(*pairs: Frontier) -> tuple[float, float, float]:
    """Return how far the exponent falls between frontiers, with the 95 % interval.

    Parameters
    ----------
    *pairs : Frontier
        Before and after; of two pairs the second drop is taken from the first.

    Returns
    -------
    estimate, low, high : float
        The noise of different frontiers is taken as independent, as the paper's code draws it.

    Examples
    --------
    >>> key = "refinedweb", "openwebtext2"
    >>> found = drop(*(frontier(text, "tuned_no_decay") for text in key))
    >>> tuple(round(value, 3) for value in found)
    (-0.022, -0.045, 0.005)
    """
    signs = (1, -1, -1, 1)[: len(pairs)]
    estimate, *drawn = sum(sign * a for sign, a in zip(signs, _copies(*pairs), strict=True))
    _, _, low, high = spread(drawn, LEVEL)
    return float(estimate), low, high


def _copies(*found: Frontier) -> NDArray[np.float64]:
    """Return exponents, a row a frontier: the estimate, then as many copies as all of them have."""
    drawn = [np.append(one.a, one.draws.to_frame()["a"]) for one in found]
    return np.stack([a[: min(map(len, drawn))] for a in drawn])


def exponents(dataset: str, reading: str = "published") -> pd.DataFrame:
    """Return the exponent of each step with its 95 % interval, and what the step took away.

    Parameters
    ----------
    dataset : str
        A training text.
    reading : str
        Of the noise: see `replication.papers.porian2024.recipe.noise`.

    Returns
    -------
    DataFrame
        One row a step: ``experiment``, ``label``, ``a``, ``low``, ``high``, ``change`` (what is
        new), ``drop`` (of a, as against the step before), ``drop_low`` and ``drop_high`` (95 %,
        the noise of two steps taken as independent).

    Examples
    --------
    >>> exponents("refinedweb")["drop"].round(2).tolist()
    [nan, 0.13, 0.1, 0.03, 0.07]
    """
    rows = []
    before: Frontier | None = None
    for name, label in STEPS.items():
        found = frontier(dataset, name, reading)
        less = (np.nan, np.nan, np.nan) if before is None else drop(before, found)
        rows.append((name, label, found.a, *interval(found), CHANGES.get(name, ""), *less))
        before = found
    columns = ["experiment", "label", "a", "low", "high", "change"]
    return pd.DataFrame(rows, columns=[*columns, "drop", "drop_low", "drop_high"])


def shares(dataset: str, reading: str = "published") -> pd.DataFrame:
    """Return what part of the way from the first exponent to the last each step takes.

    Parameters
    ----------
    dataset : str
        A training text.
    reading : str
        Of the noise: see `replication.papers.porian2024.recipe.noise`.

    Returns
    -------
    DataFrame
        One row a step after the first: ``experiment``, ``change``, ``share``, ``low`` and
        ``high`` (95 %, the noise of all steps taken as independent). Shares add up to one.

    Examples
    --------
    >>> shares("refinedweb")["share"].round(2).tolist()
    [0.38, 0.31, 0.09, 0.22]
    """
    a = _copies(*(frontier(dataset, name, reading) for name in STEPS))
    parts = -np.diff(a, axis=0) / (a[0] - a[-1])
    rows = [
        (name, change, float(part[0]), *spread(part[1:], LEVEL)[2:])
        for (name, change), part in zip(CHANGES.items(), parts, strict=True)
    ]
    return pd.DataFrame(rows, columns=["experiment", "change", "share", "low", "high"])


def parts_of_the_way(
    dataset: str, start: float, end: float
) -> dict[str, tuple[float, float, float]]:
    """Return what part of the way between two exponents each step takes, and what is left.

    Parameters
    ----------
    dataset : str
        A training text.
    start, end : float
        Exponents from and to which the way leads, such as those that two papers print.

    Returns
    -------
    dict of str to tuple of float
        Share with its 95 % interval, of: ``start`` (from there to the first step), ``counting``,
        ``warm-up``, ``decay, tuning`` and ``end`` (from the last step to there). The noise of two
        steps is taken as independent.

    Examples
    --------
    >>> parts = parts_of_the_way("refinedweb", 0.88, 0.5)
    >>> [round(share, 2) for share, *_ in parts.values()]
    [0.12, 0.34, 0.27, 0.28, -0.01]
    """
    steps = [frontier(dataset, name) for name in STEPS]
    top, (top_low, top_high) = steps[0].a, interval(steps[0])
    last, (last_low, last_high) = steps[-1].a, interval(steps[-1])
    falls = {
        "start": (start - top, start - top_high, start - top_low),
        "counting": drop(steps[0], steps[1]),
        "warm-up": drop(steps[1], steps[2]),
        "decay, tuning": drop(steps[2], steps[-1]),
        "end": (last - end, last_low - end, last_high - end),
    }
    way = start - end
    return {name: (a / way, low / way, high / way) for name, (a, low, high) in falls.items()}


def ramp_effect(dataset: str) -> pd.DataFrame:
    """Return what the noise that was intended would do to exponents and intervals.

    Parameters
    ----------
    dataset : str
        A training text.

    Returns
    -------
    DataFrame
        One row a step: ``experiment``, ``label``, ``a``, ``low`` and ``high`` as published, the
        same with the ramp as ``a_ramp``, ``low_ramp``, ``high_ramp``, and ``wider``, the ratio of
        the widths of the intervals.

    Examples
    --------
    >>> ramp_effect("refinedweb")["wider"].round(1).tolist()
    [2.2, 1.7, 1.3, 1.3, 2.1]
    """
    keys, numbers = ["experiment", "label"], ["a", "low", "high"]
    before, after = (exponents(dataset, reading)[keys + numbers] for reading in NOISE)
    table = before.merge(after, on=keys, suffixes=("", "_ramp"))
    widths = [table[f"high{end}"] - table[f"low{end}"] for end in ("_ramp", "")]
    return table.assign(wider=widths[0] / widths[1])


def tuned_first_or_last() -> pd.DataFrame:
    """Return what tuning and a constant rate take when they come first, and when last.

    First means with Kaplan's count and long warm-up ("Kaplan adjusted"), last means with the head
    counted and the warm-up short. On RefinedWeb, where both were trained.

    Returns
    -------
    DataFrame
        One row a place, and their difference: ``place``, ``drop``, ``low``, ``high``.

    Examples
    --------
    >>> tuned_first_or_last()["drop"].round(3).tolist()
    [0.124, 0.105, 0.019]
    """
    pairs = {
        "first": ("reproduce_kaplan", ADJUSTED),
        "last": ("correct_warmup", "tuned_no_decay"),
    }
    found = {
        place: [frontier("refinedweb", name) for name in names] for place, names in pairs.items()
    }
    rows = [(place, *drop(*pair)) for place, pair in found.items()]
    rows.append(("difference", *drop(*found["first"], *found["last"])))
    return pd.DataFrame(rows, columns=["place", "drop", "low", "high"])
