"""The logs of restarted runs, and what becomes of the results if they are read carelessly."""

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.datasets import load
from replication.errors import unknown
from replication.learning_curve import LearningCurve
from replication.papers.hagele2024.comparison import StraightLine, pairs
from replication.papers.hagele2024.data import runs, suite

__all__ = ["careless_line", "log", "restarted"]


@cached
def _logs() -> dict[float, pd.DataFrame]:
    """Return the logs by run, in the order in which they were written."""
    return {
        float(str(run)): log for run, log in load("hagele2024", "restarted_logs").groupby("run_id")
    }


def log(run_id: float) -> pd.DataFrame:
    """Return the log of a restarted run, as it was written.

    Parameters
    ----------
    run_id : float
        Number of the run.

    Returns
    -------
    DataFrame
        ``log_row``, ``step`` and ``loss`` (nats per token), in the order of the log.

    Raises
    ------
    UnknownNameError
        If the run has no log here.

    Examples
    --------
    >>> bool(log(224)["step"].is_monotonic_increasing)
    False
    """
    if run_id not in _logs():
        raise unknown("restarted run", run_id, [int(k) for k in _logs()])
    return _logs()[run_id][["log_row", "step", "loss"]].reset_index(drop=True)


@cached
def restarted() -> pd.DataFrame:
    """Return the 31 restarted runs with the last row of their log, and with their last step.

    Returns
    -------
    DataFrame
        One row a run: ``run_id``, ``size``, ``schedule``, ``steps``; ``last_row_step`` and
        ``last_row`` (loss in nats per token) of the last row; ``last_step`` and ``final`` of the
        log put in order; ``summary``, the value of the run's own summary.

    Examples
    --------
    >>> table = restarted()
    >>> len(table), int((table["last_row_step"] < table["last_step"]).sum())
    (31, 30)
    """
    rows = []
    for run_id, written in _logs().items():
        curve = LearningCurve.from_log(written["step"], written["loss"])
        last = written.iloc[-1]
        rows.append((run_id, last["step"], last["loss"], curve.steps[-1], curve.final))
    columns = ["run_id", "last_row_step", "last_row", "last_step", "final"]
    of_run = runs()[["run_id", "size", "schedule", "steps", "loss_periodic"]]
    table = of_run.merge(pd.DataFrame(rows, columns=columns), on="run_id", validate="1:1")
    return table.rename(columns={"loss_periodic": "summary"})


def careless_line() -> StraightLine:
    """Return the scatter line of Figure 12 if every log is read by its last row.

    Returns
    -------
    StraightLine
        Cosine against cooldown, in perplexities of the periodic evaluation.

    Examples
    --------
    >>> line = careless_line()
    >>> round(line.slope, 2), round(line.intercept, 2)
    (0.87, 3.82)
    """
    naive = restarted().set_index("run_id")["last_row"]
    cosine = suite("cosine").set_index("run_id")
    read = naive.reindex(cosine.index).fillna(cosine["loss_periodic"])
    cosine = cosine.assign(read=read).set_index(["size", "steps"])
    table = pairs("loss_periodic").set_index(["size", "steps"])
    read = cosine["read"].reindex(table.index)
    return StraightLine.through(np.exp(table["cooldown"]), np.exp(read))
