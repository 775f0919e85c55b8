"""Which precision is best for a given memory or cost, read off the runs of QuEST without a law."""

import numpy as np
import pandas as pd

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.papers.kumar2024.data import VOCABULARY, quest

__all__ = ["BITS_OF", "BUDGETED", "at_budget", "ladder", "penalty"]

BITS_OF = {"full_2": 2, "full_3": 3, "full_4": 4, "full_8": 8, "bf16": 16}
"""Schemes with a ladder of sizes at 100 tokens per parameter, with their bits."""
LADDER = (95, 105)
"""Tokens per parameter of the ladder, about a hundred."""
BUDGETED = {
    "body": "memory of the weights without embeddings (bytes)",
    "total": "memory with embedding and head in 16 bits (bytes)",
    "cost": "training cost (FLOPs of 16 bits)",
}
"""What may be given."""


def ladder() -> pd.DataFrame:
    """Return the runs with 100 tokens per parameter, with what they take of memory and compute.

    Returns
    -------
    DataFrame
        ``scheme``, ``bits``, ``params``, ``tokens``, ``loss`` (nats per token), and the columns
        of `BUDGETED`.

    Examples
    --------
    >>> table = ladder()
    >>> table.groupby("bits").size().to_dict()[16]
    6
    """
    table = quest()
    table = table[table["ratio"].between(*LADDER) & table["scheme"].isin(list(BITS_OF))]
    table = table.assign(bits=table["scheme"].map(BITS_OF))
    table = table[["scheme", "bits", "params", "d_model", "tokens", "loss"]]
    body = table["params"] * table["bits"] / 8
    edges = 2 * 2.0 * VOCABULARY * table["d_model"]
    cost = FLOPS_PER_PARAM_TOKEN * table["params"] * table["tokens"] * table["bits"] / 16
    return table.assign(body=body, total=body + edges, cost=cost).sort_values(["bits", "params"])


def at_budget(column: str, budget: float) -> pd.Series:
    """Return the loss of each precision at a budget, between two sizes of its ladder.

    Parameters
    ----------
    column : str
        One of `BUDGETED`.
    budget : float
        The budget, in its unit.

    Returns
    -------
    Series
        Loss in nats per token by bits, interpolated with both axes in logarithms; NaN where the
        ladder does not reach.

    Examples
    --------
    >>> int(at_budget("body", 1e8).idxmin())
    4
    """
    found = {}
    for bits, part in ladder().groupby("bits"):
        x, y = np.log(part[column].to_numpy()), np.log(part["loss"].to_numpy())
        order = np.argsort(x)
        value = np.interp(np.log(budget), x[order], y[order], left=np.nan, right=np.nan)
        found[bits] = float(np.exp(value))
    return pd.Series(found, name="loss").rename_axis("bits")


def penalty(scheme: str) -> tuple[float, float]:
    """Return with which power of the size the loss above bf16 falls, and its standard error.

    Parameters
    ----------
    scheme : str
        One of the schemes, at 100 tokens per parameter.

    Returns
    -------
    exponent, error : float
        Of a straight line in the logarithms. With one effective share they would be alike.

    Examples
    --------
    >>> penalty("full_4")[0] > penalty("full_2")[0]
    True
    """
    table = quest()
    table = table[table["ratio"].between(*LADDER)]
    losses = table.pivot_table(index="params", columns="scheme", values="loss")
    losses = losses[losses[[scheme, "bf16"]].notna().all(axis=1)]
    above = np.log((losses[scheme] - losses["bf16"]).to_numpy())
    x = np.log(losses.index.to_numpy(dtype=np.float64))
    x = x - x.mean()
    slope = float(x @ above / (x @ x))
    rest = above - above.mean() - slope * x
    error = float(np.sqrt(rest @ rest / (len(x) - 2) / (x @ x)))
    return -slope, error
