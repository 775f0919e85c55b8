"""How the fitted coefficients hang together, and why."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import linregress

from replication.papers.choshen2024.data import NAMES
from replication.papers.choshen2024.sweep import errors

__all__ = ["FLAT", "Tie", "components", "fits", "ties"]

FLAT = 1e-3
"""An exponent below this stands at its bound: its term is a constant, and says nothing of a tie."""


@dataclass(frozen=True)
class Tie:
    """The line through the logarithm of a scale against its exponent, over many fits.

    Parameters
    ----------
    slope, height : float
        Of the line.
    correlation : float
        Of the two.
    count : int
        Number of fits.
    """

    slope: float
    height: float
    correlation: float
    count: int

    @property
    def place(self) -> float:
        """Number of parameters or tokens at which all the terms have about the same size."""
        return float(np.exp(self.slope))


def fits() -> pd.DataFrame:
    """Return the recorded fits by the rule ``tenth``, of all families and numbers of sizes.

    Returns
    -------
    DataFrame
        Rows of `errors`.

    Examples
    --------
    >>> len(fits())
    89
    """
    rows = errors()
    kept = rows["family"].isin(NAMES) & (rows["rule"] == "tenth") & rows["are"].notna()
    return rows[kept].reset_index(drop=True)


def ties() -> dict[str, Tie]:
    """Return how each scale of the law follows its exponent.

    A term A / N**alpha that is c at some size N_0 has ln A = alpha ln N_0 + ln c. So fits which
    agree on the term at N_0, and on nothing else, lie on a line with the slope ln N_0.

    Returns
    -------
    dict of str to Tie
        By exponent, ``alpha`` and ``beta``.

    Examples
    --------
    >>> round(ties()["alpha"].correlation, 3)
    0.999
    """
    rows, found = fits(), {}
    for exponent, scale in (("alpha", "scale_a"), ("beta", "scale_b")):
        part = rows[rows[exponent] > FLAT]
        line = linregress(part[exponent], np.log(part[scale]))
        found[exponent] = Tie(line.slope, line.intercept, line.rvalue, len(part))
    return found


def components() -> list[float]:
    """Return how much of the variance of the coefficients one, two, ... components explain.

    Returns
    -------
    list of float
        Cumulated shares of five, of ln A, ln B, E, alpha and beta with equal variance each.

    Examples
    --------
    >>> len(components())
    5
    """
    rows = fits()
    table = rows[["offset_e", "alpha", "beta"]].to_numpy()
    table = np.column_stack([np.log(rows[["scale_a", "scale_b"]]), table])
    table = (table - table.mean(axis=0)) / table.std(axis=0)
    shares = np.linalg.svd(table, compute_uv=False) ** 2
    return [float(share) for share in np.cumsum(shares) / shares.sum()]
