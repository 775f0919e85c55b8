"""How Hoffmann et al. fitted: their grid of starts, and an optimiser that stops early."""

import numpy as np
import pandas as pd

from replication.fitting import Objective, Recipe, fit
from replication.laws import Chinchilla
from replication.papers.besiroglu2024.figure import points
from replication.papers.besiroglu2024.fits import hoffmann_law
from replication.papers.besiroglu2024.uncertainty import SEED

__all__ = ["GRID", "stalled_subsamples", "start_at"]

GRID = Recipe(
    {
        "A": (0, 5, 10, 15, 20, 25),
        "B": (0, 5, 10, 15, 20, 25),
        "E": (-1, -0.5, 0, 0.5, 1),
        "alpha": (0, 0.5, 1, 1.5, 2),
        "beta": (0, 0.5, 1, 1.5, 2),
    }
)
"""The 4,500 starts of hoffmann2022, section D.2, in the optimiser's coordinates."""


def start_at(law: Chinchilla, **options: object) -> Recipe:
    """Return the recipe of one L-BFGS-B run of scipy, at its defaults, from a law.

    Parameters
    ----------
    law : Chinchilla
        Where to start.
    **options : object
        Options of the optimiser, such as ``ftol``.

    Returns
    -------
    Recipe
        A single start.

    Examples
    --------
    >>> len(start_at(hoffmann_law("tex")))
    1
    """
    starts = dict(zip(law.names(), law.to_vector()[:, None].tolist(), strict=True))
    return Recipe(starts, options=options)


def stalled_subsamples(reduction: str, count: int = 100, fraction: float = 0.8) -> pd.DataFrame:
    """Refit random parts of the points as an early-stopping optimiser would.

    Each part is fitted by one run of scipy's L-BFGS-B at its default tolerances, uncentred, from
    Hoffmann's TeX values.

    Parameters
    ----------
    reduction : str
        ``"mean"`` or ``"sum"`` of the Huber terms; it sets their size against the tolerances.
    count : int
        Number of parts; Hoffmann takes 100.
    fraction : float
        Share of the points in each; Hoffmann takes 0.8.

    Returns
    -------
    DataFrame
        One row a part: ``a`` and ``iterations``.

    Examples
    --------
    >>> stalled_subsamples("mean", count=3).shape
    (3, 2)
    """
    rng = np.random.default_rng(SEED)
    runs, recipe = points(), start_at(hoffmann_law("tex"))
    rows = []
    for _ in range(count):
        part = runs.iloc[rng.choice(len(runs), round(fraction * len(runs)), replace=False)]
        found = fit(Chinchilla, part, objective=Objective(reduction=reduction), recipe=recipe)
        assert found.attempts is not None
        assert isinstance(found.law, Chinchilla)
        rows.append((found.law.a, int(found.attempts["iterations"].iloc[0])))
    return pd.DataFrame(rows, columns=["a", "iterations"])
