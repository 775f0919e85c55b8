"""Approaches 1 and 2: the frontiers drawn from the runs, and what our choices do to them."""

import pandas as pd

from replication._memo import cached
from replication.datasets import load
from replication.frontier import Draws, Frontier, envelope, isoflop
from replication.papers.hoffmann2022.architectures import GOPHER_FLOPS
from replication.papers.hoffmann2022.runs import HIGH_LOSS, isoflop_runs

__all__ = [
    "FRACTION",
    "envelope_frontier",
    "envelope_ranges",
    "isoflop_frontier",
    "isoflop_rules",
]

ENVELOPE = (5e18, 3e21)
"""Budgets in FLOPs between which our envelope is drawn; the exponent depends on them."""
SUBSAMPLES = 100
FRACTION = 0.8
"""Share of the runs in a subsample; the intervals of Table 2 rest on 100 of them."""
SEED = 0


@cached
def envelope_frontier(low: float = ENVELOPE[0], high: float = ENVELOPE[1]) -> Frontier:
    """Return a stand-in for approach 1: the lower envelope of the ends of the training runs.

    The training curves are not public. Between the ends of the runs of a size the loss is
    interpolated, at each budget the size with the least loss is taken, and a power law goes
    through those sizes.

    Parameters
    ----------
    low, high : float
        Budgets in FLOPs between which the envelope is drawn.

    Returns
    -------
    Frontier
        Of the 245 points of Figure 4.

    Examples
    --------
    >>> round(envelope_frontier().a, 2)
    0.5
    """
    runs = load("hoffmann2022", "figure4_points")
    return envelope(runs, flops=(low, high), size="params_table_a9", rule="6ND")


def envelope_ranges() -> pd.DataFrame:
    """Return how far the exponent of the stand-in for approach 1 depends on its range.

    Returns
    -------
    DataFrame
        One row a range of budgets: ``low``, ``high`` (FLOPs), ``a``.

    Examples
    --------
    >>> table = envelope_ranges()
    >>> bool(table["a"].max() - table["a"].min() > 0.03)
    True
    """
    ranges = (ENVELOPE, (6e18, 3e21), (2e18, 5e21), (1e19, 2e21))
    rows = [(low, high, envelope_frontier(low, high).a) for low, high in ranges]
    return pd.DataFrame(rows, columns=["low", "high", "a"])


def subsamples(frontier: Frontier) -> Draws:
    """Return the frontiers of random parts of the runs, as many and as large as the paper's.

    Parameters
    ----------
    frontier : Frontier
        Of approach 1 or 2.

    Returns
    -------
    Draws
        One draw a part.

    Examples
    --------
    >>> subsamples(isoflop_frontier()).count
    100
    """
    return frontier.subsample(SUBSAMPLES, fraction=FRACTION, seed=SEED)


@cached
def isoflop_frontier(all_runs: bool = False, window: float | None = None) -> Frontier:
    """Return the frontier of approach 2: a parabola a budget, a power law through the minima.

    Parameters
    ----------
    all_runs : bool
        Whether to keep the four runs of high loss.
    window : float, optional
        Decades of size around each minimum within which runs are used.

    Returns
    -------
    Frontier
        Of the isoFLOP runs.

    Examples
    --------
    >>> round(isoflop_frontier().a, 3), round(isoflop_frontier(all_runs=True).a, 3)
    (0.495, 0.481)
    """
    return isoflop(isoflop_runs(all_runs), budget="isoflop_budget", window=window, rule="6ND")


def isoflop_rules() -> pd.DataFrame:
    """Return what the choice of runs does to approach 2.

    Returns
    -------
    DataFrame
        One row a rule: ``rule``, ``runs`` at hand, exponents ``a`` and ``b``, and ``params`` at
        the compute of Gopher.

    Examples
    --------
    >>> isoflop_rules()["a"].round(2).tolist()
    [0.5, 0.48, 0.5]
    """
    rows = []
    for rule, all_runs, window in (
        (f"loss up to {HIGH_LOSS}", False, None),
        ("all runs", True, None),
        ("half a decade around the best run", True, 0.5),
    ):
        found = isoflop_frontier(all_runs, window)
        size = float(found.params_law.predict(GOPHER_FLOPS))
        rows.append((rule, len(isoflop_runs(all_runs)), found.a, found.b, size))
    return pd.DataFrame(rows, columns=["rule", "runs", "a", "b", "params"])
