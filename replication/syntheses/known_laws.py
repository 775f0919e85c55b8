"""The laws that one can ask for advice: with their runs, and with resampled coefficients."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replication.counting import training_flops
from replication.fitting import Evidence
from replication.frontier import Draws
from replication.papers import (
    besiroglu2024,
    gadre2024,
    hagele2024,
    hoffmann2022,
    porian2024,
    sardana2024,
)

Column = NDArray[np.float64] | pd.Series

DRAWS = 1000
"""Resamples of a fit that has none of its own."""


def surfaces() -> dict[str, Evidence[Any]]:
    """Return the laws of loss by parameters and tokens, as far as their runs are public.

    Returns
    -------
    dict of str to Evidence
        By name: the law, its draws (none for Hoffmann's approach 3), its runs, and the text on
        which the loss is measured.

    Examples
    --------
    >>> [name for name, law in surfaces().items() if law.draws is None]
    ['Hoffmann, approach 3']
    """
    points, resampled = besiroglu2024.points(), besiroglu2024.bootstrap()
    printed, cooled = hoffmann2022.law("tex"), hagele2024.surface_draws("cooldown").law
    found: dict[str, Evidence[Any]] = {
        "Hoffmann, approach 3": Evidence(printed, None, points, "MassiveText"),
        "Besiroglu": Evidence(resampled.estimate, resampled.law, points, "MassiveText"),
    }
    for train_set, name in gadre2024.TRAIN_SETS.items():
        runs = gadre2024.runs(train_set)
        runs = runs[runs["token_multiplier"] >= gadre2024.COMPUTE_OPTIMAL]
        fit = gadre2024.wider_fit(train_set, large=True)
        drawn = fit.evidence(DRAWS, seed=0).mapped(lambda law: law.to_chinchilla())
        found[f"Gadre, {name}"] = Evidence(drawn.law, drawn.draws, runs, "C4")
    for cutoff, name in {"100": "D/N up to 100", "all": "all runs"}.items():
        drawn = sardana2024.refit(cutoff).evidence(DRAWS, seed=0)
        runs = sardana2024.runs(sardana2024.CUTOFFS[cutoff])
        text = "its training text"
        found[f"Sardana, {name}"] = Evidence(drawn.law, drawn.draws, runs, text)
    fit, runs = hagele2024.surface("cooldown"), hagele2024.ends("cooldown")
    found["Hägele, cooldown"] = Evidence(fit.law, cooled, runs, "SlimPajama")
    return found


def frontiers() -> dict[str, Draws]:
    """Return the lines of optimal parameters by compute, as far as their runs are public.

    Returns
    -------
    dict of str to Draws
        By name: the frontier with its copies, subsamples or noisy ones, as its paper draws them.

    Examples
    --------
    >>> [round(line.estimate.a, 2) for line in frontiers().values()]
    [0.5, 0.5, 0.5, 0.52]
    """
    found = {
        "Hoffmann, approach 1": hoffmann2022.envelope_frontier().subsample(seed=0),
        "Hoffmann, approach 2": hoffmann2022.isoflop_frontier().subsample(seed=0),
    }
    for dataset, name in porian2024.DATASETS.items():
        found[f"Porian, {name}"] = porian2024.frontier(dataset, "tuned_no_decay").draws
    return found


def reach(law: Evidence[Any] | Draws | None) -> tuple[Column | None, Column | None]:
    """Return compute and tokens per parameter of the runs behind a law.

    Parameters
    ----------
    law : Evidence or Draws or None
        A surface, a line, or a law without public runs.

    Returns
    -------
    flops, ratio : ndarray or Series or None
        Training FLOPs (6 N D; of a line, its budgets) and tokens per parameter; None where there
        are no public runs, or where a line has no ratios but its own.

    Examples
    --------
    >>> flops, ratio = reach(surfaces()["Besiroglu"])
    >>> len(flops), len(ratio)
    (240, 240)
    >>> reach(None)
    (None, None)
    """
    if isinstance(law, Draws):
        return law.estimate.points["flops"], None
    if law is None or law.runs is None:
        return None, None
    tokens, params = law.runs["tokens"], law.runs["params"]
    return training_flops(params, tokens), tokens / params
