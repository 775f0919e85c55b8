"""The tables of Sardana et al.: 47 runs, and what serving a model costs."""

import pandas as pd

from replication.counting import training_flops
from replication.datasets import load

SCORES = (
    "world_knowledge",
    "reading_comprehension",
    "language_understanding",
    "commonsense_reasoning",
    "symbolic_problem_solving",
)
"""The five categories of the Gauntlet."""


def runs(max_tokens_per_param: float | None = None) -> pd.DataFrame:
    """Return the training runs, by size and length.

    Parameters
    ----------
    max_tokens_per_param : float, optional
        Leave out the runs on more tokens per parameter than this; the paper's cutoff.

    Returns
    -------
    DataFrame
        One row a run: ``model_size`` (nominal), ``params``, ``tokens`` and ``flops`` = 6 params
        tokens (counts), ``tokens_per_param``, ``loss`` (nats per token), the five scores of
        `SCORES`, their mean ``gauntlet``, ``mmlu`` and ``batch_size_sequences``.

    Examples
    --------
    >>> len(runs()), len(runs(100))
    (47, 34)
    >>> runs(10)[["model_size", "tokens_per_param", "loss"]].head(2)
      model_size  tokens_per_param      loss
    0       150M              10.0  3.683204
    1       370M              10.0  3.358017
    """
    table = load("sardana2024", "runs")
    table = table.assign(
        flops=training_flops(table["params"], table["tokens"]),
        tokens_per_param=table["tokens"] / table["params"],
        gauntlet=table[list(SCORES)].mean(axis=1),
    )
    if max_tokens_per_param is not None:
        table = table[table["tokens_per_param"] <= max_tokens_per_param]
    return table.reset_index(drop=True)
