"""Checkpoints of OPT from the paper's figures, and of Pythia from its published evaluations."""

import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.errors import ArgumentError, DataError

__all__ = ["FIVE", "GROUPS", "NAMES", "opt", "pythia", "trend_shares"]

KEY = "xia2022"
GROUPS = ("all", "linearity", "breakthrough")
"""Groups of BIG-Bench tasks in Figures 8 and 9."""
FIVE = ("arc_easy", "arc_challenge", "piqa", "sciq", "winogrande")
"""Tasks of Pythia that leave chance well behind and share nothing with the perplexity."""
NAMES = {
    "arc_easy": "ARC, easy",
    "arc_challenge": "ARC, challenge",
    "piqa": "PIQA",
    "sciq": "SciQ",
    "winogrande": "Winogrande",
    "mean_of_five": "mean of the five",
    "logiqa": "LogiQA",
    "wsc": "WSC",
}
"""Tasks, as a reader knows them."""
BATCH_TOKENS = 2_097_152
"""Tokens in a step of Pythia."""
SETTLED = 3000
"""Step of Pythia before which most accuracies are at chance, and perplexities in the thousands."""


@cached
def opt() -> pd.DataFrame:
    """Return the checkpoints of OPT that the paper evaluates on BIG-Bench.

    Returns
    -------
    DataFrame
        One row a checkpoint, by size and step: ``run`` (the model), ``params``, ``step``,
        ``tokens``, ``flops`` (6 N D), ``perplexity`` (validation, per token), and the accuracy of
        each of `GROUPS`, a fraction: ``accuracy_all`` and so on.

    Examples
    --------
    >>> len(opt()), opt()["run"].nunique()
    (147, 6)
    """
    models = datasets.load(KEY, "opt_models").astype({"params": float, "batch_tokens": float})
    table = datasets.load(KEY, "bigbench").merge(models, on="model")
    table["tokens"] = table["step"] * table.pop("batch_tokens")
    table["flops"] = 6 * table["params"] * table["tokens"]
    ordered = table.rename(columns={"model": "run"}).sort_values(["params", "step"])
    return ordered.reset_index(drop=True)


@cached
def pythia(shots: int = 0, first: int = SETTLED, last: int | None = None) -> pd.DataFrame:
    """Return the checkpoints of the 16 Pythia models, with accuracies and a perplexity.

    Parameters
    ----------
    shots : int
        Solved examples before each question: 0 or 5.
    first, last : int
        Steps at which to begin and to end, both included.

    Returns
    -------
    DataFrame
        One row a checkpoint: ``model`` (the size), ``deduped``, ``run`` (both), ``params``,
        ``step``, ``tokens``, ``flops`` (6 N D), ``perplexity`` (of LAMBADA without examples, per
        target word), a fraction for each task, and ``mean_of_five``.

    Raises
    ------
    ArgumentError
        If there are no evaluations with so many examples.
    DataError
        If no checkpoint lies between the two steps.

    Examples
    --------
    >>> len(pythia()), len(pythia(5)), len(pythia(0, 0))
    (240, 240, 432)
    """
    if shots not in (0, 5):
        raise ArgumentError(f"shots is {shots!r}; the published evaluations have 0 or 5.")
    every = datasets.load(KEY, "pythia")
    keys = ["model", "deduped", "step"]
    same = every.loc[every["shots"] == 0, [*keys, "lambada_perplexity"]]
    table = every[every["shots"] == shots].drop(columns=["shots", "lambada_perplexity"])
    table = table.merge(same.rename(columns={"lambada_perplexity": "perplexity"}), on=keys)
    table = table[table["step"] >= first]
    if last is not None:
        table = table[table["step"] <= last]
    if table.empty:
        raise DataError(
            f"There is no checkpoint from step {first} to {last}; those with {shots} examples lie "
            f"between {every['step'].min()} and {every['step'].max()}."
        )
    models = datasets.load(KEY, "pythia_models")[["model", "params"]].astype({"params": float})
    table = table.merge(models, on="model").sort_values(["params", "deduped", "step"])
    return table.reset_index(drop=True).assign(
        run=lambda t: t["model"] + t["deduped"].map({0: "", 1: " deduplicated"}),
        tokens=lambda t: t["step"] * float(BATCH_TOKENS),
        flops=lambda t: 6 * t["params"] * t["tokens"],
        mean_of_five=lambda t: t[list(FIVE)].mean(axis=1),
    )


def trend_shares() -> pd.DataFrame:
    """Return the shares of tokens by trend, as the paper's figures show them.

    Returns
    -------
    DataFrame
        ``trend``, ``model``, ``params``, ``training_percent`` (where the regression starts) and
        ``token_share_percent``, by size.

    Examples
    --------
    >>> len(trend_shares())
    126
    """
    models = datasets.load(KEY, "opt_models")[["model", "params"]]
    table = datasets.load(KEY, "token_trends").merge(models, on="model")
    ordered = table.sort_values(["trend", "params", "training_percent"])
    return ordered.reset_index(drop=True)
