"""Tuned models as agents, predicted from their benchmarks (Figure 5)."""

import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.errors import one_of_names
from replication.papers.ruan2024.data import KEY, SEVEN
from replication.papers.ruan2024.prediction import Prediction, llama_line, sigmoid
from replication.principal_components import capabilities

__all__ = ["AGENTS", "TUNED_BENCHMARKS", "agent", "tuned"]

TUNED_BENCHMARKS = ("gsm8k", *(name for name in SEVEN if name != "xwinograd"))
"""The seven benchmarks that the tuned models have."""
AGENTS = {"agentbench_overall": (10.0, 2), "agentboard_success": (1.0, 1)}
"""Score of a perfect agent, and how many of the best agents are held out: a tenth of them."""


def tuned() -> pd.DataFrame:
    """Return the tuned models, with compute of pre-training where it is public.

    Returns
    -------
    DataFrame
        The columns of ``data/ruan2024/chat.csv`` and ``flops``.

    Examples
    --------
    >>> len(tuned())
    27
    """
    table = datasets.load(KEY, "chat")
    return table.assign(flops=FLOPS_PER_PARAM_TOKEN * table["params"] * table["tokens"])


@cached
def agent(name: str, held_out: int | None = None) -> Prediction:
    """Predict the best agents from the others.

    Parameters
    ----------
    name : str
        One of `AGENTS`.
    held_out : int, optional
        How many of the best are held out, instead of the paper's tenth.

    Returns
    -------
    Prediction
        Its slope and intercept are those of Llama-2's tuned models.

    Examples
    --------
    >>> found = agent("agentbench_overall")
    >>> int(found.table["fitted"].sum()), len(found.table)
    (20, 22)
    """
    perfect, count = AGENTS[one_of_names("agent benchmark", name, AGENTS)]
    count = count if held_out is None else held_out
    table = tuned()
    table = table[table[name].notna()].sort_values(name, kind="stable").reset_index(drop=True)
    table = table.assign(score=table[name] / perfect, fitted=table.index < len(table) - count)
    found = capabilities(table[table["fitted"]], TUNED_BENCHMARKS)
    table = pd.concat([table, found.scores(table)], axis=1)
    done = sigmoid(table[table["fitted"]], "capabilities", floored=True, authors=False)
    inputs = [table[column] for column in found.names]
    table = table.assign(logit=done.law.logit(*inputs), predicted=done.law.score(*inputs))
    slope, intercept = llama_line(table, "Llama-2-Chat")
    return Prediction(name, "capabilities", done, table, slope, intercept)
