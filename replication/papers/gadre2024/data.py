"""The tables of Gadre et al.: 104 runs, their losses on eight texts, their errors on 46 tasks."""

import pandas as pd

from replication import datasets
from replication._memo import cached

__all__ = ["SIZES", "TRAIN_SETS", "runs"]

TRAIN_SETS = {"c4": "C4", "redpajama": "RedPajama", "refinedweb": "RefinedWeb"}
"""Training texts, with their names in print."""
EVAL_SET = "c4_eval"
"""The text on which the paper measures loss, whatever a model was trained on."""
SIZES = ("0.011B", "0.079B", "0.154B", "0.411B", "1.4B", "6.9B")
"""Nominal sizes of the models, smallest first."""


@cached
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
    replication.errors.UnknownNameError: Unknown train_set 'pile'. Known: c4, redpajama,
    refinedweb.
    """
    chosen = {} if train_set is None else {"train_set": train_set}
    table = datasets.runs("gadre2024", eval_set=eval_set, **chosen)
    order = ["run", "train_set", "model_size", "params", "tokens", "flops"]
    return table[[*order, "token_multiplier", "loss"]]
