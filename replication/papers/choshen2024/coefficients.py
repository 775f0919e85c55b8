"""How the fitted coefficients hang together, and why."""

import numpy as np
import pandas as pd
from scipy.stats import linregress

from replication._memo import cached
from replication.errors import one_of_names
from replication.papers.choshen2024.data import LADDERS, NAMES, family
from replication.papers.choshen2024.sweep import errors

__all__ = ["FLAT", "SCALES", "components", "fits", "ties"]

SCALES = {"alpha": ("scale_a", "params"), "beta": ("scale_b", "tokens")}
"""Exponents, each with the column of its scale and what the term is a power of."""
FLAT = 1e-3
"""An exponent below this stands at its bound: its term is a constant, and says nothing of a tie."""


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
    found: pd.DataFrame = rows[kept].reset_index(drop=True)
    return found


def smaller(name: str) -> pd.DataFrame:
    """Return the checkpoints of a family below its largest size."""
    rows = family(name)
    below: pd.DataFrame = rows[rows["params"] < rows["params"].max()]
    return below


@cached
def ties(exponent: str = "alpha") -> pd.DataFrame:
    """Return how a scale of the law follows its exponent, in all fits and in each ladder.

    A term A / N**alpha that is c at some size N_0 has ln A = alpha ln N_0 + ln c. So fits which
    agree on the term at N_0, and on nothing else, lie on a line with the slope ln N_0.

    Parameters
    ----------
    exponent : str
        ``"alpha"`` or ``"beta"``.

    Returns
    -------
    DataFrame
        By family, and for ``"all"``: ``fits`` (how many), ``r`` of ln A and alpha (ln B and beta),
        ``slope`` and ``height`` of the line, ``place`` (exp of the slope: parameters or tokens),
        and ``middle``, the geometric mean of the fitted sizes or tokens.

    Raises
    ------
    UnknownNameError
        If there is no such exponent.

    Examples
    --------
    >>> round(float(ties().loc["all", "r"]), 3)
    0.998
    """
    scale, column = SCALES[one_of_names("exponent", exponent, SCALES)]
    rows = fits()
    rows = rows[rows[exponent] > FLAT]
    found = {}
    for name in (*LADDERS, "all"):
        part = rows if name == "all" else rows[rows["family"] == name]
        line = linregress(part[exponent], np.log(part[scale]))
        curves = pd.concat([smaller(one) for one in (LADDERS if name == "all" else (name,))])
        found[name] = {
            "fits": len(part),
            "r": line.rvalue,
            "slope": line.slope,
            "height": line.intercept,
            "place": np.exp(line.slope),
            "middle": np.exp(np.log(curves[column]).mean()),
        }
    return pd.DataFrame(found).T


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
