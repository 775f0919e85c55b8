"""Pairs of runs with nearly the same compute and very different splits, chosen by a rule."""

import numpy as np
import pandas as pd

from replication.errors import ArgumentError, DataError

__all__ = ["APART", "WITHIN", "equal_compute_pairs"]

WITHIN = 1.25
"""Most that the compute of two runs of a pair may differ, as a factor."""
APART = 10.0
"""Least that their tokens per parameter must differ, as a factor."""


def equal_compute_pairs(
    runs: pd.DataFrame,
    within: float = WITHIN,
    apart: float = APART,
    *,
    name: str = "model_size",
    response: str = "loss",
) -> pd.DataFrame:
    """Return all pairs of runs with about the same compute and far apart in their split.

    Parameters
    ----------
    runs : DataFrame
        One row a run or model: ``flops``, ``tokens_per_param``, and the columns below.
    within : float
        Most that the compute of the two may differ, as a factor of one or more.
    apart : float
        Least that the tokens per parameter must differ, as a factor above one.
    name, response : str
        Columns that say which run it is, and how good: lower is better.

    Returns
    -------
    DataFrame
        One row a pair, by the larger model's compute: for the larger model on fewer tokens and
        for the smaller one on more, ``<name>_<which>``, ``flops_<which>``,
        ``tokens_per_param_<which>`` and ``<response>_<which>`` with ``large`` and ``small``;
        ``compute_ratio``, small over large; and ``gap``, small less large, in the unit of the
        response.

    Raises
    ------
    ArgumentError
        If a factor leaves no meaning: `within` below one, or `apart` not above one.
    DataError
        If a column is missing.

    Examples
    --------
    >>> from replication.papers.guo2024 import controlled
    >>> pairs = equal_compute_pairs(controlled("sardana"))
    >>> len(pairs), round(float(pairs["gap"].max()), 2)
    (18, 0.46)
    """
    if not (within >= 1 and apart > 1):
        raise ArgumentError(
            f"within is {within:g} and apart {apart:g}; both are factors: at least 1 for compute, "
            "above 1 for the split, for example 1.25 and 10."
        )
    columns = [name, "flops", "tokens_per_param", response]
    if missing := [column for column in columns if column not in runs]:
        raise DataError(
            f"Column {missing[0]!r} is missing; pairs need {', '.join(columns)}, and the table has "
            f"{', '.join(map(str, runs.columns))}."
        )
    every: pd.DataFrame = runs[columns].merge(
        runs[columns], how="cross", suffixes=("_large", "_small")
    )
    ratio = every["flops_small"] / every["flops_large"]
    split = every["tokens_per_param_small"] / every["tokens_per_param_large"]
    # Whole tokens put a factor of exactly ten a hair off.
    near = np.abs(np.log(ratio)) <= np.log(within)
    chosen: pd.DataFrame = every[near & (split >= apart * (1 - 1e-6))]
    gap = chosen[f"{response}_small"] - chosen[f"{response}_large"]
    chosen = chosen.assign(compute_ratio=ratio, gap=gap)
    return chosen.sort_values(["flops_large", "flops_small"]).reset_index(drop=True)
