"""What the movable figures of the chapters are given: points, laws and refits."""

from collections.abc import Callable
from typing import Any

from replication.datasets import load, published
from replication.laws import Law
from replication.papers import besiroglu2024

MOST_DROPPED = 20
"""How many of the largest losses a reader may leave out."""
HEAD_START = 13e9
"""Parameters of the Chinchilla model whose quality the demand is served at."""
UNIQUE = 25e9
"""Unique tokens at which the figure of repeats begins."""
BUDGET = 6 * 6.34e9 * 242e9
"""FLOPs of the two runs in Figure 1 of muennighoff2023."""


def isoflop() -> dict[str, Any]:
    """Return runs along isoFLOP curves, and the law as the paper's figure draws it (hoffmann2022).

    Returns
    -------
    dict
        ``runs``: pairs of params and loss (nats per token) by budget in FLOPs; ``law``.

    Examples
    --------
    >>> sum(len(one["runs"]) for one in isoflop()["budgets"])
    114
    """
    slices = load("hoffmann2022", "figure4_isoflop_points")
    budgets = [
        {"flops": float(str(budget)), "runs": _pairs(one["params"], one["loss"])}
        for budget, one in slices.groupby("isoflop_budget")
    ]
    return {"budgets": budgets, "law": _law(published("hoffmann2022", "plotted"))}


def demand() -> dict[str, Any]:
    """Return the law of the scripts and the loss of a Chinchilla model (sardana2024).

    Returns
    -------
    dict
        ``law``, ``loss`` (nats per token) and the ``params`` of the model whose loss it is.

    Examples
    --------
    >>> round(demand()["loss"], 3)
    2.045
    """
    law: Any = published("sardana2024", "repository")
    best = law.optimal(flops=law.flops_at(HEAD_START))
    return {"law": _law(law), "loss": float(best.loss), "params": HEAD_START}


def outliers() -> dict[str, Any]:
    """Return the refit with ever more of the largest losses left out (besiroglu2024).

    Returns
    -------
    dict
        ``runs``: FLOPs and tokens per parameter, largest loss first; ``laws``: by how many are
        left out; ``chosen``: how many the paper leaves out; ``flops``: Chinchilla's compute.

    Examples
    --------
    >>> found = outliers()
    >>> found["chosen"], round(found["laws"][5]["beta"], 3)
    (5, 0.367)
    """
    points = besiroglu2024.points(0).sort_values("loss", ascending=False)
    laws = [besiroglu2024.huber_fit(dropped).law for dropped in range(MOST_DROPPED + 1)]
    return {
        "runs": _pairs(points["flops"], points["tokens"] / points["params"]),
        "laws": [_law(law) for law in laws],
        "chosen": besiroglu2024.OUTLIERS,
        "flops": besiroglu2024.CHINCHILLA_FLOPS,
    }


def repeats() -> dict[str, Any]:
    """Return the law of repeats, a budget, and where to begin (muennighoff2023).

    Returns
    -------
    dict
        ``law``, ``flops`` and ``unique`` tokens.

    Examples
    --------
    >>> f"{repeats()['flops']:.3g}"
    '9.21e+21'
    """
    law = _law(published("muennighoff2023", "decay both"))
    return {"law": law, "flops": BUDGET, "unique": UNIQUE}


MOVABLE: dict[str, Callable[[], dict[str, Any]]] = {
    "isoflop": isoflop,
    "demand": demand,
    "outliers": outliers,
    "repeats": repeats,
}
"""The movable figures, by the name under which a page asks for one."""


def _law(law: Law) -> dict[str, float]:
    return {name: float(value) for name, value in law.to_dict().items()}


def _pairs(x: Any, y: Any) -> list[list[float]]:
    return [[float(f"{a:.5g}"), float(f"{b:.5g}")] for a, b in zip(x, y, strict=True)]
