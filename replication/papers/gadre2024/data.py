"""The tables of Gadre et al.: 104 runs, their losses on eight texts, their errors on 46 tasks."""

import pandas as pd

from replication._memo import cached
from replication.counting import training_flops
from replication.datasets import load
from replication.errors import unknown

TRAIN_SETS = {"c4": "C4", "redpajama": "RedPajama", "refinedweb": "RefinedWeb"}
"""Training texts, with their names in print."""
EVAL_SET = "c4_eval"
"""The text on which the paper measures loss, whatever a model was trained on."""
SIZES = ("0.011B", "0.079B", "0.154B", "0.411B", "1.4B", "6.9B")
"""Nominal sizes of the models, smallest first."""


def runs(train_set: str | None = None, *, eval_set: str = EVAL_SET) -> pd.DataFrame:
    """Return the runs, smallest model and fewest tokens first.

    Parameters
    ----------
    train_set : str, optional
        One of `TRAIN_SETS`; all three by default.
    eval_set : str
        Text on which the loss is measured; a name in the table ``eval_sets``.

    Returns
    -------
    DataFrame
        One row a run: its key ``run``, ``train_set``, the nominal ``model_size``, ``params`` (all
        parameters), ``tokens`` and ``flops`` (counts; C = 6 N D as a float), ``token_multiplier``
        (tokens a parameter) and ``loss`` (nats per token).

    Raises
    ------
    UnknownNameError
        If there is no such training or evaluation text.

    Examples
    --------
    >>> table = runs("redpajama")
    >>> len(table), f"{table['flops'].max():.4g}"
    (35, '7.96e+21')
    >>> runs("pile")
    Traceback (most recent call last):
        ...
    replication.errors.UnknownNameError: Unknown training text 'pile'. Known: c4, redpajama,
    refinedweb.
    """
    if train_set is not None and train_set not in TRAIN_SETS:
        raise unknown("training text", train_set, TRAIN_SETS)
    table = _every_run(eval_set)
    chosen = table if train_set is None else table[table["train_set"] == train_set]
    return chosen.reset_index(drop=True)


@cached
def _every_run(eval_set: str) -> pd.DataFrame:
    """Join runs, sizes and losses once a process; callers get copies of the rows."""
    losses = load("gadre2024", "losses")
    known = losses["eval_set"].unique()
    if eval_set not in known:
        raise unknown("evaluation text", eval_set, known)
    sizes = load("gadre2024", "models")[["model_size", "params"]]
    table = load("gadre2024", "runs").merge(sizes, on="model_size", validate="m:1")
    tokens = table["params"] * table["token_multiplier"]
    table = table.assign(tokens=tokens, flops=training_flops(table["params"], tokens))
    loss = losses.loc[losses["eval_set"] == eval_set, ["run", "loss"]]
    table = table.merge(loss, on="run", validate="1:1")
    order = ["run", "train_set", "model_size", "params", "tokens", "flops"]
    return table[[*order, "token_multiplier", "loss"]]
