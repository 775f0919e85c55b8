"""Approach 2 without noise: its error on grids where a law is exactly true."""

import numpy as np
import pandas as pd

from replication.frontier import Frontier, bias, isoflop
from replication.papers.hoffmann2022.runs import isoflop_runs
from replication.papers.hoffmann2022.surface import law

__all__ = [
    "GRID_BUDGETS",
    "GRID_TARGET",
    "GRID_WIDTHS",
    "shifted_grids",
    "without_noise",
]

GRID_BUDGETS = (1e17, 1e18, 1e19, 1e20, 1e21)
"""Budgets in FLOPs of the noise-free grids on which approach 2 is tried."""
GRID_WIDTHS = (2, 4, 8, 16)
"""How far those grids reach either way of their centre, as factors of the tokens."""
GRID_TARGET = 1e24
"""Budget in FLOPs to which approach 2 is then extrapolated."""


def shifted_grids(points: int = 41) -> pd.DataFrame:
    """Return the error of approach 2 on grids whose centre misses the optimum.

    All grids of a row are shifted alike, by up to four fifths of their half width, so that the
    optimum stays inside.

    Parameters
    ----------
    points : int
        Shifts for each width.

    Returns
    -------
    DataFrame
        As from `replication.frontier.bias`, with ``off_centre``, the factor by which the tokens
        at the centre exceed the optimum.

    Examples
    --------
    >>> shifted_grids(3).query("width == 4")["off_centre"].round(2).tolist()
    [0.33, 1.0, 3.03]
    """
    tables = []
    for width in GRID_WIDTHS:
        for share in np.linspace(-0.8, 0.8, points):
            factor = float(width**share)
            found = bias(
                law("printed"), GRID_BUDGETS, width=width, flops=GRID_TARGET, off_centre=factor
            )
            tables.append(found.assign(off_centre=factor))
    return pd.concat(tables, ignore_index=True)


def without_noise(name: str = "plotted", all_runs: bool = False) -> Frontier:
    """Return what approach 2 finds on the paper's own grid if a law were exactly true.

    Each run keeps its size and its tokens; its loss is replaced by that of the law.

    Parameters
    ----------
    name : str
        A version of the law, as in `law`.
    all_runs : bool
        Whether to keep the four runs of high loss.

    Returns
    -------
    Frontier
        Of the runs with the losses of the law.

    Examples
    --------
    >>> without_noise().n
    110
    """
    runs = isoflop_runs(all_runs)
    loss = law(name).loss(runs["params"], runs["tokens"])
    return isoflop(runs.assign(loss=loss), budget="isoflop_budget", rule="6ND")
