"""The approaches side by side: what they ask for, in print and from our frontiers."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from replication.counting import FLOPS_PER_PARAM_TOKEN, training_flops
from replication.datasets import load
from replication.frontier.line import params_law
from replication.papers.hoffmann2022.architectures import GOPHER_FLOPS
from replication.papers.hoffmann2022.frontiers import envelope_frontier, isoflop_frontier
from replication.papers.hoffmann2022.surface import at_gopher, drawn_frontier, law
from replication.papers.hoffmann2022.tables import TABLES, allocation, allocation_law, inverse
from replication.units import PF_DAY

__all__ = ["allocation_lines", "allocations", "versions"]


def allocations() -> pd.DataFrame:
    """Return the printed budgets of Tables 3 and A3 beside those that our frontiers need.

    Ours are the stand-in for approach 1, the parabolas of approach 2 and, for approach 3, Eq. 4
    with the law drawn in Figure 4.

    Returns
    -------
    DataFrame
        One row a size: ``params``, and for k = 1, 2, 3 the FLOPs ``printed_k`` and ``ours_k``.

    Examples
    --------
    >>> allocations().columns.tolist()[:3]
    ['params', 'printed_1', 'ours_1']
    """
    drawn = law("plotted")
    ours = (
        envelope_frontier().params_law,
        isoflop_frontier().params_law,
        params_law(drawn.a, drawn.G * FLOPS_PER_PARAM_TOKEN**-drawn.a),
    )
    table = allocation("approach_1")[["params"]].copy()
    for k, (approach, frontier) in enumerate(zip(TABLES, ours, strict=True), start=1):
        table[f"printed_{k}"] = allocation(approach)["flops"]
        table[f"ours_{k}"] = inverse(frontier, table["params"])
    return table


def allocation_lines(flops: ArrayLike) -> pd.DataFrame:
    """Return the lines of Figure 1: optimal size in compute by each approach and by Kaplan.

    Approaches 1 and 2 are the power laws through their printed tables, approach 3 is the closed
    form of Eq. 4 with the law drawn in Figure 4. Kaplan's line, Table 6 of kaplan2020, leaves
    embeddings out and counts compute at the critical batch size: drawn as it is, like in the paper.

    Parameters
    ----------
    flops : array_like, shape (k,)
        Training budgets in FLOPs.

    Returns
    -------
    DataFrame
        ``approach``, ``flops``, ``params``; four times k rows.

    Examples
    --------
    >>> lines = allocation_lines([GOPHER_FLOPS]).set_index("approach")["params"]
    >>> (lines / 1e9).round(1).to_dict()
    {'approach_1': 67.8, 'approach_2': 63.4, 'approach_3': 39.5, 'kaplan_2020': 804.3}
    """
    at = np.atleast_1d(np.asarray(flops, dtype=np.float64))
    drawn = {name: allocation_law(name).predict(at) for name in ("approach_1", "approach_2")}
    drawn["approach_3"] = law("plotted").optimal(flops=at).params
    kaplan = load("kaplan2020", "trends").set_index("name").loc["params"]
    drawn["kaplan_2020"] = kaplan["value_at_pf_day"] * (at / PF_DAY) ** kaplan["exponent"]
    return pd.concat(
        [
            pd.DataFrame({"approach": name, "flops": at, "params": size})
            for name, size in drawn.items()
        ],
        ignore_index=True,
    )


def versions() -> pd.DataFrame:
    """Return what each version of approach 3 in the paper says.

    Returns
    -------
    DataFrame
        One row a ``version``: its exponent ``a``, and the optimal ``params`` and tokens per
        parameter, ``ratio``, at the compute of Gopher.

    Examples
    --------
    >>> versions()["ratio"].round(1).tolist()
    [92.6, 58.9, 61.4, 61.2, 53.8]
    """
    table = allocation_law("approach_3")
    rows = {
        "coefficients of Eq. 10": at_gopher(law("printed")),
        "coefficients of the TeX source": at_gopher(law("tex")),
        "coefficients of the curves of Figure 4": at_gopher(law("plotted")),
        "frontier line of Figure 4": drawn_frontier(),
        "rows of Table A3": (-float(table.alpha), float(table.predict(GOPHER_FLOPS))),
    }
    found = pd.DataFrame(
        [(name, a, size) for name, (a, size) in rows.items()], columns=["version", "a", "params"]
    )
    return found.assign(ratio=GOPHER_FLOPS / training_flops(found["params"], found["params"]))
