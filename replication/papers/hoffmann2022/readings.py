"""What a reader of Figure 4 may take for a run's parameters and for its tokens."""

import numpy as np
import pandas as pd

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.papers.hoffmann2022.architectures import VOCAB_SIZE, models
from replication.papers.hoffmann2022.runs import budgets

__all__ = ["param_readings", "token_readings"]

SNAPPED = 0.1
"""Share of a budget within which compute is taken for the budget itself."""


def param_readings(runs: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the parameters of runs as drawn, and as two other counts have them.

    Parameters
    ----------
    runs : DataFrame
        ``params`` and ``params_table_a9``, as in the points of Figure 4.

    Returns
    -------
    dict of str to Series
        ``as drawn``; ``no embedding``, the same models without their embeddings; and ``four
        matrices``, the textbook count of an attention layer, which has a fifth here.

    Examples
    --------
    >>> from replication.datasets import load
    >>> readings = param_readings(load("hoffmann2022", "figure4_points"))
    >>> (readings["no embedding"] < readings["as drawn"]).mean().item()
    1.0
    """
    shape = _shapes(runs)
    embedding = VOCAB_SIZE * shape["d_model"]
    return {
        "as drawn": runs["params"],
        "no embedding": shape["params_hoffmann"] - embedding,
        "four matrices": shape["params_kaplan"] + embedding,
    }


def token_readings(runs: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the training tokens of runs, as their compute is read in three ways.

    Parameters
    ----------
    runs : DataFrame
        ``params``, ``tokens``, ``flops`` (6 N D) and ``params_table_a9``, as in the points of
        Figure 4.

    Returns
    -------
    dict of str to Series
        ``C / 6N``, as the axis of the figure has it; ``exact FLOPs``, compute over the exact
        FLOPs of a token (Appendix F); and ``snapped``, with the nominal budget for compute within
        a tenth of it.

    Examples
    --------
    >>> from replication.datasets import load
    >>> readings = token_readings(load("hoffmann2022", "figure4_points"))
    >>> (readings["snapped"] / readings["C / 6N"] - 1).abs().max().round(2).item()
    0.11
    """
    nominal = budgets()
    nearest = np.abs(np.log(runs["flops"].to_numpy()[:, None] / nominal)).argmin(axis=1)
    near = np.abs(runs["flops"] / nominal[nearest] - 1) < SNAPPED
    snapped = runs["flops"].mask(near, nominal[nearest])
    return {
        "C / 6N": runs["tokens"],
        "exact FLOPs": runs["flops"] / _shapes(runs)["flops_hoffmann"],
        "snapped": snapped / (FLOPS_PER_PARAM_TOKEN * runs["params"]),
    }


def _shapes(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the model of Table A9 of each run, in the order of the runs."""
    table = models().set_index("params")
    return table.loc[runs["params_table_a9"]].reset_index()
