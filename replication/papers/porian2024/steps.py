"""From Kaplan's exponent to Hoffmann's: what each correction takes away."""

import numpy as np
import pandas as pd

from replication.fitting.bootstrap import spread
from replication.papers.porian2024.data import STEPS
from replication.papers.porian2024.recipe import LEVEL, NOISE, frontier, interval

CHANGES = {
    "count_last_layer": "output head",
    "correct_warmup": "warm-up",
    "cosine_decay": "decay",
    "tuned_no_decay": "tuning",
}
"""What a step changes, as against the one before it."""


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
    before = None
    for name, label in STEPS.items():
        found = frontier(dataset, name, reading)
        drop = (np.nan, np.nan, np.nan)
        if before is not None:
            mine, other = (np.asarray(f.draws.to_frame()["a"]) for f in (found, before))
            both = min(len(mine), len(other))
            _, _, low, high = spread(other[:both] - mine[:both], LEVEL)
            drop = (before.a - found.a, low, high)
        rows.append((name, label, found.a, *interval(found), CHANGES.get(name, ""), *drop))
        before = found
    columns = ["experiment", "label", "a", "low", "high", "change"]
    return pd.DataFrame(rows, columns=[*columns, "drop", "drop_low", "drop_high"])


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
