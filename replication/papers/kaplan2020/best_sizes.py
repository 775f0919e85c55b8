"""The best size for each budget on the runs of `imitation`, at a fixed batch and in C_min."""

import pandas as pd

from replication._memo import cached
from replication.errors import unknown
from replication.fitting import fit
from replication.frontier import Frontier, envelope, isoflop
from replication.laws import KaplanFlops
from replication.papers.kaplan2020.imitation import DATASETS, DELTA, LEVEL, runs
from replication.units import PF_DAY

__all__ = [
    "frontier",
    "frontiers",
]

WINDOW = 0.75
"""Half width in decades of what an isoFLOP parabola is drawn through; a choice of ours."""
FEWEST = 2
"""Points that a curve of one size needs on the envelope; few runs have more after the warm-up."""


@cached
def frontier(dataset: str, method: str = "isoflop") -> Frontier:
    """Return the best size for the compute that runs at a fixed batch spent (Figure 14).

    Parameters
    ----------
    dataset : str
        One of `DATASETS`.
    method : str
        ``"isoflop"``, a parabola at each budget, or ``"envelope"`` of the curves of each size.

    Returns
    -------
    Frontier
        In FLOPs.

    Raises
    ------
    UnknownNameError
        If data set or method is not known.

    Examples
    --------
    >>> round(frontier("openwebtext2").a, 2)
    0.84
    """
    if method not in ("isoflop", "envelope"):
        raise unknown("method of the imitation", method, ("isoflop", "envelope"))
    table = runs(dataset, 0.0)
    if method == "isoflop":
        return isoflop(table, budget="flops", window=WINDOW)
    return envelope(table, curve="params", min_points=FEWEST)


@cached
def least_frontier(dataset: str) -> Frontier:
    """Return the best size for C_min, from the envelope of the curves past the warm-up.

    Parameters
    ----------
    dataset : str
        One of `DATASETS`.

    Returns
    -------
    Frontier
        In FLOPs of C_min.

    Examples
    --------
    >>> round(least_frontier("openwebtext2").a, 2)
    0.75
    """
    table = runs(dataset)
    return envelope(table.assign(flops=table["min_flops"]), curve="params", min_points=FEWEST)


def loss_law(found: Frontier) -> KaplanFlops:
    """Return the law of the losses along a frontier.

    Parameters
    ----------
    found : Frontier
        Of `frontier` or `least_frontier`.

    Returns
    -------
    KaplanFlops
        Fitted to the points that the frontier uses.

    Examples
    --------
    >>> round(loss_law(frontier("openwebtext2")).alpha_C, 3)
    0.06
    """
    points = found.points[found.points["used"]]
    fitted = fit(KaplanFlops, points, delta=DELTA).law
    assert isinstance(fitted, KaplanFlops)
    return fitted


def frontiers(resamples: int = 500) -> pd.DataFrame:
    """Return the trends that the imitation shows, at a fixed batch and in C_min.

    Parameters
    ----------
    resamples : int
        Behind each interval: runs within each budget for the parabolas, whole curves for the
        envelopes.

    Returns
    -------
    DataFrame
        ``dataset``, ``how``, ``points``, the exponent ``a`` of the best size with the ends of its
        95 % interval ``low`` and ``high``, ``params`` at one PF-day, and ``alpha_C``, the exponent
        of the loss.

    Examples
    --------
    >>> frontiers(10)["a"].round(2).tolist()
    [0.84, 0.85, 0.75, 0.86, 0.85, 0.74]
    """
    rows = []
    for dataset in DATASETS:
        found = {
            "isoFLOP parabolas": frontier(dataset),
            "envelope": frontier(dataset, "envelope"),
            "envelope, C_min": least_frontier(dataset),
        }
        for how, line in found.items():
            ends = line.bootstrap(resamples, seed=0).interval(LEVEL).loc["a"]
            params = float(line.params_law.predict(PF_DAY))
            row = (dataset, how, str(line.n), line.a, ends["low"], ends["high"], params)
            rows.append((*row, loss_law(line).alpha_C))
    columns = ["dataset", "how", "points", "a", "low", "high", "params", "alpha_C"]
    return pd.DataFrame(rows, columns=columns)
