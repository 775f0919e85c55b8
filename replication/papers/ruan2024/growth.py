"""How the first component grows with compute within a family (Figure 3)."""

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.errors import DataError, listed
from replication.fitting import fit
from replication.laws import LogLinear
from replication.papers.ruan2024.data import BENCHMARKS, models, studied
from replication.principal_components import Capabilities, capabilities

__all__ = ["family_lines", "leave_largest", "placed", "shared_directions"]

LINE = LogLinear.of("flops", response="pc_1")
FEWEST = 3
"""Models that a family needs for a line that could fail."""


@cached
def shared_directions() -> Capabilities:
    """Return the capabilities of the 77 models of section 3.

    Examples
    --------
    >>> [round(float(share), 3) for share in shared_directions().shares]
    [0.802, 0.119, 0.046]
    """
    return capabilities(studied(), BENCHMARKS)


@cached
def placed() -> pd.DataFrame:
    """Return all base models, with their places along the components of the 77.

    Returns
    -------
    DataFrame
        `replication.papers.ruan2024.models` with ``pc_1`` to ``pc_3``, and ``studied``.
    """
    table = models()
    chosen = (table["in_paper_families"] == 1) & (table["preregistered"] == 0)
    return pd.concat([table, shared_directions().scores(table)], axis=1).assign(studied=chosen)


def family_lines(table: pd.DataFrame) -> pd.DataFrame:
    """Fit the first component linearly in the logarithm of compute, family by family.

    Parameters
    ----------
    table : DataFrame
        Models with ``family``, ``flops`` (NaN where it is not known) and ``pc_1``.

    Returns
    -------
    DataFrame
        One row a family, sorted: ``family``, ``n`` (models with known compute), ``decades`` (of
        compute that they span), ``slope`` (per decade), ``intercept`` (at one FLOP), ``r2`` and
        ``note``, empty or ``too_few_points``: a family of fewer than three models, or of one
        compute, has no line, and NaN in its place.

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> lines = family_lines(placed().query("studied"))
    >>> int((lines["note"] == "").sum()), int((lines["r2"] > 0.9).sum())
    (14, 13)
    """
    if lacking := [name for name in ("family", "flops", "pc_1") if name not in table]:
        raise DataError(f"No column {listed(lacking)}. The table has {listed(table.columns)}.")
    rows = []
    for family, every in table.groupby("family"):
        part = every[every["flops"].notna() & every["pc_1"].notna()]
        row = {"family": family, "n": len(part), "decades": np.nan, "slope": np.nan}
        row |= {"intercept": np.nan, "r2": np.nan, "note": "too_few_points"}
        if len(part):
            row["decades"] = float(np.log10(part["flops"].max() / part["flops"].min()))
        if len(part) >= FEWEST and part["flops"].max() > part["flops"].min():
            line = fit(LINE, part)
            slope, level = float(line.law.alpha) * np.log(10), float(line.law.beta)
            row |= {"slope": slope, "intercept": level, "r2": line.r2, "note": ""}
        rows.append(row)
    return pd.DataFrame(rows)


def leave_largest(table: pd.DataFrame) -> pd.DataFrame:
    """Predict the model of most compute of each family from the line of the others.

    Parameters
    ----------
    table : DataFrame
        As for `family_lines`.

    Returns
    -------
    DataFrame
        One row a family of three models or more: ``family``, ``pc_1`` of its largest model,
        ``from_family``, by the line of the others of its family, and ``from_all``, by one line
        through the others of all these families.

    Examples
    --------
    >>> found = leave_largest(placed().query("studied"))
    >>> bool(((found["from_family"] - found["pc_1"]) ** 2).mean() ** 0.5 < 0.12)
    True
    """
    known = table[table["flops"].notna()].sort_values("flops", kind="stable")
    known = known[known.groupby("family")["flops"].transform("size") >= FEWEST]
    last = known.groupby("family")["flops"].idxmax()
    others = known.drop(index=list(last))

    def at(flops: float, part: pd.DataFrame) -> float:
        line = np.polyfit(np.log(part["flops"]), part["pc_1"], 1)
        return float(np.polyval(line, np.log(flops)))

    rows = []
    for family, index in last.items():
        largest = known.loc[index]
        own = others[others["family"] == family]
        rows.append(
            {
                "family": family,
                "pc_1": float(largest["pc_1"]),
                "from_family": at(largest["flops"], own),
                "from_all": at(largest["flops"], others),
            }
        )
    return pd.DataFrame(rows)
