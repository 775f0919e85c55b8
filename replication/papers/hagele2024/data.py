"""The tables of Hägele et al.: runs, learning curves and evaluations, with sizes and compute."""

import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.datasets import load
from replication.errors import unknown

__all__ = ["WARMUP", "curves", "models", "runs", "suite", "trunks"]

CONTEXT = 512
"""Tokens in a training sequence."""
WARMUP = 300
"""Steps over which the learning rate rises, in every run."""
KINDS = ("val", "val_swa")
"""Weights that are evaluated along a run: its own, and their average over a window."""
SCHEDULES = ("constant", "cooldown", "cosine")
"""Schedules of the scaling suite: trunk, branch off the trunk, and the rival."""


@cached
def models() -> pd.DataFrame:
    """Return the nine sizes with their parameters and FLOPs, smallest first.

    Returns
    -------
    DataFrame
        One row a size: ``size`` (nominal), ``d_model``, ``n_layers``, ``n_heads``,
        ``params`` (a count, the tied embedding included), ``params_no_embedding`` and
        ``flops_per_token`` (training FLOPs as the authors count them).

    Examples
    --------
    >>> models()[["size", "params"]].iloc[[0, -1]].to_numpy().tolist()
    [['33M', 33454464.0], ['360M', 359744512.0]]
    """
    return datasets.models("hagele2024").sort_values("params", ignore_index=True)


@cached
def runs() -> pd.DataFrame:
    """Return all 205 runs with their sizes and compute.

    Returns
    -------
    DataFrame
        The columns of the table ``runs`` and of `models`, and ``tokens`` (a count) and ``flops``
        of the whole run. ``loss`` is the fuller evaluation at the end, ``loss_periodic`` the last
        of the periodic ones, ``loss_swa`` that of the averaged weights (nats per token).

    Examples
    --------
    >>> table = runs()
    >>> len(table), int(table["in_scaling_suite"].sum())
    (205, 48)
    >>> float(table["tokens"].max())
    20480000000.0
    """
    return datasets.runs("hagele2024").sort_values("run_id", ignore_index=True)


def suite(*schedules: str) -> pd.DataFrame:
    """Return the runs of the scaling suite, by size and length.

    Parameters
    ----------
    *schedules : str
        Names in `SCHEDULES`; all three if none is given.

    Returns
    -------
    DataFrame
        Rows of `runs`: 8 constant trunks, 16 cooldowns, 24 cosine runs; and ``horizon``, 1 for the
        shortest run of a size and 3 for the longest.

    Raises
    ------
    UnknownNameError
        If the suite has no such schedule.

    Examples
    --------
    >>> [len(suite(name)) for name in SCHEDULES]
    [8, 16, 24]
    """
    if stray := [name for name in schedules if name not in SCHEDULES]:
        raise unknown("schedule of the suite", stray[0], SCHEDULES)
    table = runs()
    table = table[table["in_scaling_suite"] == 1]
    horizon = table.groupby("size")["steps"].rank("dense").astype(int)
    table = table.assign(horizon=horizon)
    table = table[table["schedule"].isin(schedules or SCHEDULES)]
    return table.sort_values(["params", "schedule", "steps"], ignore_index=True)


def curves(kind: str = "val") -> pd.DataFrame:
    """Return the learning curves, with the compute spent up to each point.

    Constant and cosine runs have a point every 400 steps, cooldowns one every 200 steps from the
    checkpoint of the trunk they start at; in three short runs that is well before the cooldown.

    Parameters
    ----------
    kind : str
        ``"val"`` for the weights of the run, ``"val_swa"`` for their average over a window.

    Returns
    -------
    DataFrame
        One row a point, by ``run_id`` and ``step``: ``loss`` (nats per token, periodic
        evaluation), ``tokens`` and ``flops`` (counts, up to that step), and of the run ``size``,
        ``params``, ``schedule``, ``peak_lr``, ``steps``, ``batch_sequences``, ``dataset`` and
        ``in_scaling_suite``.

    Raises
    ------
    UnknownNameError
        If there is no such kind.

    Examples
    --------
    >>> points = curves()
    >>> bool(points.groupby("run_id")["step"].is_monotonic_increasing.all())
    True
    >>> points["run_id"].nunique(), float(points["step"].max())
    (76, 62400.0)
    """
    if kind not in KINDS:
        raise unknown("kind of learning curve", kind, KINDS)
    points = load("hagele2024", "curves")
    points = points.loc[points["kind"] == kind, ["run_id", "step", "loss"]]
    of_run = ["run_id", "dataset", "schedule", "size", "params", "params_no_embedding"]
    of_run += ["flops_per_token", "peak_lr", "steps", "batch_sequences", "in_scaling_suite"]
    points = points.merge(runs()[of_run], on="run_id", validate="m:1")
    points = points.sort_values(["run_id", "step"], ignore_index=True)
    tokens = points["step"] * points["batch_sequences"] * CONTEXT
    flops = tokens * points["flops_per_token"]
    return points.assign(tokens=tokens, flops=flops).drop(columns="flops_per_token")


def trunks(kind: str = "val") -> pd.DataFrame:
    """Return the learning curves of the eight constant trunks of the suite.

    Parameters
    ----------
    kind : str
        As in `curves`.

    Returns
    -------
    DataFrame
        Rows of `curves`, by size and step.

    Examples
    --------
    >>> trunks()["size"].unique().tolist()
    ['33M', '53M', '60M', '93M', '124M', '151M', '210M', '360M']
    """
    points = curves(kind)
    chosen = (points["schedule"] == "constant") & (points["in_scaling_suite"] == 1)
    return points[chosen].sort_values(["params", "step"], ignore_index=True)
