"""The laws of shen2024 fitted panel by panel, and what of them the points tell."""

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.fitting import Fit, fit
from replication.laws import Law, LogPlane
from replication.papers.shen2024.data import METRICS, PANELS, panel, points
from replication.papers.shen2024.laws import (
    LogQuadratic,
    PerformanceLaw,
    ScalingPlane,
    TiltedParabola,
)

__all__ = [
    "DIVISOR",
    "READINGS",
    "best_depths",
    "comparison",
    "hold_out",
    "parabola",
    "performance",
    "plane",
    "r_squared",
    "tilted",
]

DIVISOR = 2.0
"""The divisor c in the published script."""
LEAST_WIDTH = 1.0
"""A parabola whose top in width lies below it has none."""
STRAIGHT = 20.0
"""An exponent so large that N**-w vanishes on the grid, and the term is a line in ln N."""
READINGS = {
    **{("hr", 1): (32, ""), ("hr", 2): (24, ""), ("hr", 3): (4, "")},
    **{("hr", 6): (20, ""), ("hr", 7): (12, ""), ("hr", 8): (14, "")},
    **{("ndcg", 1): (4, ""), ("ndcg", 2): (16, ""), ("ndcg", 3): (8, ""), ("ndcg", 4): (8, "w3")},
    **{("ndcg", 5): (16, "w4"), ("ndcg", 6): (32, ""), ("ndcg", 7): (12, "")},
    ("ndcg", 8): (12, ""),
}
"""Divisor, and the exponent that ran away, with which a panel gives the printed R squared.

Not documented anywhere: found by trying every whole divisor up to 100. Panels that are not here
gave the printed number with none.
"""


def r_squared(law: Law, table: pd.DataFrame) -> float:
    """Return the share of the variance of the score that a law explains.

    Parameters
    ----------
    law : Law
        A law in ``layers`` and ``width``.
    table : DataFrame
        Rows of `points`.

    Returns
    -------
    float
        One less the residual over the total sum of squares.

    Examples
    --------
    >>> round(r_squared(plane("hr", 1).law, panel("hr", 1)), 6)
    0.551254
    """
    score = table["score"].to_numpy()
    missed = score - law.predict(table["layers"], table["width"])
    return float(1 - np.sum(missed**2) / np.sum((score - score.mean()) ** 2))


@cached
def plane(metric: str, number: int) -> Fit[LogPlane]:
    """Return the plane in both logarithms, fitted to one panel.

    Examples
    --------
    >>> plane("hr", 1).law.names()
    ('alpha', 'gamma', 'beta')
    """
    return fit(ScalingPlane, panel(metric, number))


@cached
def parabola(metric: str, number: int) -> Fit[LogQuadratic]:
    """Return the parabola in both logarithms, fitted to one panel.

    Examples
    --------
    >>> round(float(parabola("hr", 2).law.best_layers), 1)
    13.8
    """
    return fit(LogQuadratic, panel(metric, number))


@cached
def tilted(metric: str, number: int) -> Fit[TiltedParabola]:
    """Return the parabola whose best depth depends on the width, fitted to one panel.

    Examples
    --------
    >>> bool(tilted("hr", 2).law.tilt < 0)
    True
    """
    return fit(TiltedParabola, panel(metric, number))


@cached
def best_depths() -> pd.DataFrame:
    """Return the layers of the best measured model, by panel and width.

    Returns
    -------
    DataFrame
        One row a panel and metric, one column a rank of width, narrowest first.

    Examples
    --------
    >>> best_depths().loc[("hr", 2)].tolist()
    [32, 24, 16, 8]
    """
    table = points().astype({"panel": int})
    best = table.loc[table.groupby(["metric", "panel", "width"])["score"].idxmax()]
    rank = best.groupby(["metric", "panel"])["width"].rank().astype(int)
    wide = best.assign(rank=rank).pivot_table(
        index=["metric", "panel"], columns="rank", values="layers"
    )
    return wide.astype(int)


@cached
def performance(
    metric: str, number: int, c: float = DIVISOR, straight: str = ""
) -> Fit[PerformanceLaw]:
    """Return the performance law fitted to one panel, with its constant in b alone.

    Parameters
    ----------
    metric, number : str, int
        The panel.
    c : float
        Divisor.
    straight : str
        ``"w3"`` or ``"w4"`` to hold that exponent so large that its term is a line.

    Returns
    -------
    Fit
        Started from the tops of the parabola, or without one in width where that has none.

    Examples
    --------
    >>> round(float(performance("hr", 2).law.best_layers), 1)
    14.3
    """
    return _performance(panel(metric, number), c, straight)


def _performance(table: pd.DataFrame, c: float, straight: str = "") -> Fit[PerformanceLaw]:
    near = fit(LogQuadratic, table).law
    fixed = {"c": float(c), "D": 1.0, "w5": 0.0}
    if straight:
        fixed[straight] = STRAIGHT
    starts = [PerformanceLaw.like(near, c)]
    if not straight and near.best_width < LEAST_WIDTH:
        starts = [PerformanceLaw.like(near, c, rising=True)]
    return fit(PerformanceLaw, table, fixed=fixed, starts=starts)


@cached
def comparison() -> pd.DataFrame:
    """Return R squared of four laws in every panel.

    Returns
    -------
    DataFrame
        One row a panel and metric: ``plane`` (3 coefficients), ``performance`` (5 that the data
        tell, divisor 2), ``parabola`` (5) and ``tilted`` (6).

    Examples
    --------
    >>> frame = comparison()
    >>> len(frame), bool((frame["parabola"] > frame["plane"]).all())
    (20, True)
    """
    rows = []
    for metric in METRICS:
        for number in PANELS:
            laws: dict[str, Law] = {
                "plane": plane(metric, number).law,
                "performance": performance(metric, number).law,
                "parabola": parabola(metric, number).law,
                "tilted": tilted(metric, number).law,
            }
            found = {k: r_squared(law, panel(metric, number)) for k, law in laws.items()}
            rows.append({"metric": metric, "panel": number} | found)
    return pd.DataFrame(rows)


@cached
def hold_out() -> pd.DataFrame:
    """Return how far four laws miss the deepest models, fitted to all others.

    Returns
    -------
    DataFrame
        One row a panel and metric: the rms error of ``plane``, ``performance``, ``parabola``,
        ``tilted`` and ``same``, the score of the deepest models that are kept, each over the
        standard deviation of the scores of the panel.

    Examples
    --------
    >>> len(hold_out())
    20
    """
    rows = []
    for metric in METRICS:
        for number in PANELS:
            table = panel(metric, number).sort_values("width")
            deepest = table["layers"].max()
            small, large = table[table["layers"] < deepest], table[table["layers"] == deepest]
            laws: dict[str, Law] = {
                "plane": fit(ScalingPlane, small).law,
                "performance": _performance(small, DIVISOR).law,
                "parabola": fit(LogQuadratic, small).law,
                "tilted": fit(TiltedParabola, small).law,
            }
            told = {k: law.predict(large["layers"], large["width"]) for k, law in laws.items()}
            told["same"] = small.loc[small["layers"] == small["layers"].max(), "score"].to_numpy()
            score, spread = large["score"].to_numpy(), table["score"].std(ddof=0)
            errors = {
                k: float(np.sqrt(np.mean((score - v) ** 2)) / spread) for k, v in told.items()
            }
            rows.append({"metric": metric, "panel": number} | errors)
    return pd.DataFrame(rows)
