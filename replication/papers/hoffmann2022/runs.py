"""The runs of Figure 4: their budgets, and which of the isoFLOP runs are used."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.datasets import load
from replication.errors import unknown
from replication.papers.hoffmann2022.architectures import models

__all__ = ["HIGH_LOSS", "budgets", "exact_flops", "isoflop_runs"]

Array = NDArray[np.float64]

HIGH_LOSS = 3.44
"""Loss in nats per token above which an isoFLOP run is left out; a choice of ours."""


def budgets() -> Array:
    """Return the nine isoFLOP budgets in FLOPs.

    Examples
    --------
    >>> budgets()[[0, -1]].tolist()
    [6e+18, 3e+21]
    """
    return np.unique(load("hoffmann2022", "figure4_isoflop_points")["isoflop_budget"])


def exact_flops(runs: pd.DataFrame) -> pd.DataFrame:
    """Add the FLOPs by which the runs were budgeted, which are not 6 N D.

    Parameters
    ----------
    runs : DataFrame
        ``params_table_a9`` and ``flops`` (6 N D), as in the points of Figure 4.

    Returns
    -------
    DataFrame
        With ``flops_exact`` (FLOPs, Appendix F) and ``budget_fraction``, that over the nearest of
        the nine budgets.

    Raises
    ------
    UnknownNameError
        If a size is not in Table A9.

    Examples
    --------
    >>> runs = exact_flops(load("hoffmann2022", "figure4_isoflop_points"))
    >>> (runs["budget_fraction"].round(3) <= 1.004).all().item()
    True
    """
    table = models().set_index("params")["flops_hoffmann"]
    sizes = runs["params_table_a9"]
    if not sizes.isin(table.index).all():
        stray = sizes[~sizes.isin(table.index)].iloc[0]
        raise unknown("size of Table A9", f"{stray:g}", [f"{size:g}" for size in table.index])
    ratio = sizes.map(table) / (FLOPS_PER_PARAM_TOKEN * sizes)
    exact = runs["flops"] * ratio
    nominal = budgets()
    nearest = nominal[np.abs(np.log(exact.to_numpy()[:, None] / nominal)).argmin(axis=1)]
    return runs.assign(flops_exact=exact, budget_fraction=exact / nearest)


def isoflop_runs(all_runs: bool = False) -> pd.DataFrame:
    """Return the isoFLOP runs, without the four that spoil a parabola.

    Four runs at the second smallest budget, too large for it, end at losses far above all others
    of that budget; a parabola that has to pass near them has its minimum far below the data. The
    paper names no such rule: leaving out losses above `HIGH_LOSS` is ours, and `isoflop_rules`
    shows what it changes.

    Parameters
    ----------
    all_runs : bool
        Whether to keep them.

    Returns
    -------
    DataFrame
        Columns as in the table ``figure4_isoflop_points``.

    Examples
    --------
    >>> len(isoflop_runs()), len(isoflop_runs(all_runs=True))
    (110, 114)
    """
    runs = load("hoffmann2022", "figure4_isoflop_points")
    return runs if all_runs else runs[runs["loss"] <= HIGH_LOSS].reset_index(drop=True)
