"""The allocations printed in Tables 3 and A3, and the power laws through their rows."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.counting import training_flops
from replication.datasets import load
from replication.errors import unknown
from replication.laws import PowerLaw

__all__ = ["TABLES", "allocation", "allocation_law", "optimal_flops"]

Array = NDArray[np.float64]

TABLES = {
    "approach_1": "table3_allocation",
    "approach_2": "table_a3_allocation",
    "approach_3": "table_a3_allocation",
}
"""Where the allocation of each approach is printed."""
MISPRINT = (175e9, 1.26e24, 1.26e25)
"""Size, printed and evident budget in FLOPs of the row of Table A3 that lost a power of ten."""


def allocation(approach: str, corrected: bool = True) -> pd.DataFrame:
    """Return the printed allocation of an approach.

    Parameters
    ----------
    approach : str
        A name in `TABLES`.
    corrected : bool
        Whether to put right the one budget of Table A3 that is off by a power of ten.

    Returns
    -------
    DataFrame
        One row a size: ``params``, ``flops``, ``tokens``, and ``ratio``, 6 N D over the budget.

    Raises
    ------
    UnknownNameError
        If the approach is not known.

    Examples
    --------
    >>> allocation("approach_3", corrected=False)["ratio"].max().round(3).item()
    10.0
    """
    if approach not in TABLES:
        raise unknown("approach", approach, TABLES)
    table = load("hoffmann2022", TABLES[approach])
    table = table[table["approach"] == approach].drop(columns="approach").reset_index(drop=True)
    size, printed, evident = MISPRINT
    if corrected:
        misprint = (table["params"] == size) & (table["flops"] == printed)
        table["flops"] = table["flops"].mask(misprint, evident)
    return table.assign(ratio=training_flops(table["params"], table["tokens"]) / table["flops"])


def allocation_law(approach: str, response: str = "params", corrected: bool = True) -> PowerLaw:
    """Return the power law through the rows of a printed allocation, by least squares of logs.

    Parameters
    ----------
    approach : str
        A name in `TABLES`.
    response : str
        ``"params"`` or ``"tokens"``.
    corrected : bool
        As in `allocation`.

    Returns
    -------
    PowerLaw
        Of the optimal params or tokens in FLOPs; its ``alpha`` is minus the exponent.

    Examples
    --------
    >>> round(-allocation_law("approach_1").alpha, 3)
    0.498
    >>> round(allocation_law("approach_1").predict(1e21) / 1e9, 2)
    2.86
    """
    if response not in ("params", "tokens"):
        raise unknown("response of an allocation", response, ("params", "tokens"))
    table = allocation(approach, corrected)
    slope, level = np.polyfit(np.log(table["flops"]), np.log(table[response]), 1)
    return PowerLaw.of("flops", response)(A=float(np.exp(level)), alpha=-float(slope))


def optimal_flops(approach: str, size: float) -> float:
    """Return the budget at which a size is optimal, on the power law through a printed table.

    Parameters
    ----------
    approach : str
        A name in `TABLES`.
    size : float
        Parameters.

    Returns
    -------
    float
        FLOPs.

    Examples
    --------
    >>> f"{optimal_flops('approach_2', 175e9):.2e}"
    '4.57e+24'
    """
    return float(inverse(allocation_law(approach), size))


def inverse(law: PowerLaw, sizes: ArrayLike) -> Array:
    """Return the budgets at which a power law of the optimal size gives some sizes.

    Parameters
    ----------
    law : PowerLaw
        Of the optimal params in FLOPs.
    sizes : array_like
        Parameters.

    Returns
    -------
    ndarray
        FLOPs, same shape as `sizes`.

    Examples
    --------
    >>> law = PowerLaw.of("flops", "params")(A=0.1, alpha=-0.5)
    >>> inverse(law, law.predict(1e21)).round(-15).item()
    1e+21
    """
    return np.asarray((np.asarray(sizes, dtype=np.float64) / law.A) ** (-1.0 / law.alpha))
