"""The tables of Porian et al.: fifteen experiments, their runs and the shapes of their models."""

from itertools import product

import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.counting import Shape
from replication.datasets import load

__all__ = [
    "ADJUSTED",
    "ATTENTION",
    "DATASETS",
    "LABELS",
    "LONG_WARMUP",
    "STEPS",
    "experiments",
    "runs",
    "shape",
    "sizes",
]

DATASETS = {"refinedweb": "RefinedWeb", "openwebtext2": "OpenWebText2"}
"""Training texts, with their names in print."""
STEPS = {
    "reproduce_kaplan": "Kaplan et al. imitated",
    "count_last_layer": "output head counted",
    "correct_warmup": "warm-up shortened",
    "cosine_decay": "decay matched to the run",
    "tuned_no_decay": "optimiser tuned, no decay",
}
"""The five experiments of the paper's first figure, from Kaplan's exponent to Hoffmann's."""
ADJUSTED = "kaplan_adjusted"
"""Tuned runs with Kaplan's long warm-up, in Kaplan's account."""
ATTENTION = {
    "count_last_layer": "count_last_layer_and_attention",
    "correct_warmup": "correct_warmup_attention",
    "cosine_decay": "cosine_decay_attention",
    "tuned_no_decay": "tuned_no_decay_attention",
}
"""Steps that were also counted with attention scores, and the name of that experiment."""
LABELS = (
    STEPS
    | {ADJUSTED: "Kaplan adjusted: tuned, long warm-up"}
    | {name: f"{STEPS[step]}; attention counted" for step, name in ATTENTION.items()}
)
"""All experiments in words, in the order of the book."""
LONG_WARMUP = 3000 * 2.0**19
"""Tokens of the long warm-up: 3,000 steps of 2^19 tokens."""


@cached
def experiments() -> pd.DataFrame:
    """Return the fifteen experiments with what each holds fixed.

    Returns
    -------
    DataFrame
        One row an experiment, in the order of `DATASETS` and `LABELS`: ``dataset``,
        ``experiment``, ``label``, ``runs`` (isoFLOP points), ``budgets``, and the settings of the
        table ``experiments``.

    Examples
    --------
    >>> table = experiments()
    >>> len(table), int(table["runs"].sum())
    (15, 1745)
    """
    points = load("porian2024", "isoflop").groupby(["dataset", "experiment"])["flops"]
    counts = points.agg(runs="size", budgets="nunique")
    order = [pair for pair in product(DATASETS, LABELS) if pair in counts.index]
    table = counts.loc[order].reset_index()
    table.insert(2, "label", table["experiment"].map(LABELS))
    return table.merge(load("porian2024", "experiments"), on="experiment", validate="m:1")


@cached
def runs(dataset: str, experiment: str) -> pd.DataFrame:
    """Return the isoFLOP points of one experiment, by budget and size.

    Parameters
    ----------
    dataset : str
        One of `DATASETS`.
    experiment : str
        Name of an experiment on that text.

    Returns
    -------
    DataFrame
        ``params``, ``tokens`` and ``flops`` (counts, in the experiment's own account, so that
        flops = 6 params tokens) and ``loss`` (nats per token).

    Raises
    ------
    UnknownNameError
        If there is no such text, or no such experiment on it.

    Examples
    --------
    >>> len(runs("refinedweb", "tuned_no_decay"))
    121
    >>> runs("refinedweb", "tuned")
    Traceback (most recent call last):
        ...
    replication.errors.UnknownNameError: Unknown experiment 'tuned'. Known: correct_warmup,
    correct_warmup_attention, cosine_decay, cosine_decay_attention, count_last_layer,
    count_last_layer_and_attention, kaplan_adjusted, reproduce_kaplan, tuned_no_decay and 1 more.
    These are known where dataset is refinedweb.
    """
    table = datasets.runs("porian2024", dataset=dataset, experiment=experiment)
    return table[["params", "tokens", "flops", "loss"]]


def shape() -> Shape:
    """Return the shapes of the sixteen models.

    Examples
    --------
    >>> shape().n_layers.astype(int)[[0, -1]].tolist()
    [3, 30]
    """
    return datasets.shapes("porian2024")


def sizes() -> pd.DataFrame:
    """Return the sixteen sizes in each account of the paper.

    Returns
    -------
    DataFrame
        One row a model: ``n_layers``, ``d_model`` and the parameters in the accounts ``kaplan``
        (layers), ``standard`` (and output head) and ``attention`` (and attention scores).

    Examples
    --------
    >>> sizes().iloc[0].astype(int).tolist()
    [3, 96, 331776, 5173248, 5763072]
    """
    table = datasets.models("porian2024").drop(columns=["n_heads", "ffw_size", "params"])
    return table.rename(columns=lambda name: name.removeprefix("params_"))
