"""The 46 downstream tasks: errors, the rule that keeps 17 of them, and how sure an error is."""

import pandas as pd

from replication._memo import cached
from replication.datasets import load
from replication.errors import ArgumentError, unknown
from replication.papers.gadre2024.data import SIZES, runs

__all__ = [
    "ALL",
    "KEPT",
    "evaluated",
    "gains",
    "kept_tasks",
    "mean_error",
    "sampling_error",
    "task_errors",
]

RULE_SIZE = "0.154B"
"""Size of the models that decide which tasks are kept."""
RULE_MARGIN = 0.10
"""How far above chance one of them must get, as a fraction."""
KEPT, ALL = "17 tasks", "46 tasks"
"""Names of the two averages."""


@cached
def task_errors() -> pd.DataFrame:
    """Return the top-1 error of every run on every task.

    Returns
    -------
    DataFrame
        Index ``run``, one column a task: one minus the accuracy, a fraction.

    Examples
    --------
    >>> task_errors().shape
    (104, 46)
    """
    return 1 - load("gadre2024", "accuracy").set_index("run")


def gains(size: str = RULE_SIZE) -> "pd.Series[float]":
    """Return how far above chance the best run of a size gets, on any training text.

    Parameters
    ----------
    size : str
        A nominal size; see `SIZES`.

    Returns
    -------
    Series
        Index task, a fraction, largest first.

    Raises
    ------
    UnknownNameError
        If there is no such size.

    Examples
    --------
    >>> gains().round(3).iloc[[0, 16, 17]].to_dict()
    {'pubmed_qa_labeled': 0.552, 'commonsense_qa': 0.104, 'bigbench_understanding_fables': 0.067}
    """
    if size not in SIZES:
        raise unknown("size", size, SIZES)
    every = runs()
    best = 1 - task_errors().loc[every.loc[every["model_size"] == size, "run"]].min()
    chance = load("gadre2024", "tasks").set_index("task")["random_accuracy"]
    return (best - chance).sort_values(ascending=False)


def kept_tasks(size: str = RULE_SIZE, margin: float = RULE_MARGIN) -> tuple[str, ...]:
    """Return the tasks on which some run of a size gets far enough above chance.

    The paper's rule: 10 points, by any of its 0.154B models, whatever it was trained on and for
    however long.

    Parameters
    ----------
    size : str
        A nominal size; see `SIZES`.
    margin : float
        Gain in accuracy over chance, a fraction.

    Returns
    -------
    tuple of str
        Names, in alphabetical order.

    Raises
    ------
    UnknownNameError
        If there is no such size.
    ArgumentError
        If `margin` is not between 0 and 1, or no task passes.

    Examples
    --------
    >>> len(kept_tasks()), len(kept_tasks("0.011B"))
    (17, 2)
    """
    if not 0 < margin < 1:
        raise ArgumentError(f"margin is {margin}; a fraction between 0 and 1 is expected.")
    gain = gains(size)
    if not (gain >= margin).any():
        raise ArgumentError(
            f"No task lies {margin:g} above chance for {size}; the best gain is {gain.max():.3g}."
        )
    return tuple(sorted(gain.index[gain >= margin]))


def mean_error(what: str = KEPT) -> "pd.Series[float]":
    """Return the mean top-1 error of every run over tasks, each task counting once.

    Parameters
    ----------
    what : str
        `KEPT`, `ALL` or the name of one task.

    Returns
    -------
    Series
        Index ``run``, a fraction.

    Raises
    ------
    UnknownNameError
        If there is no such task.

    Examples
    --------
    >>> round(float(mean_error()["redpajama-1.4B-m640"]), 4)
    0.4752
    """
    return task_errors()[list(_members(what))].mean(axis=1)


def sampling_error(what: str = KEPT) -> "pd.Series[float]":
    """Return the standard error of `mean_error` that comes from the number of questions alone.

    Answers are taken as independent; the tasks as they are.

    Parameters
    ----------
    what : str
        As for `mean_error`.

    Returns
    -------
    Series
        Index ``run``, a fraction.

    Examples
    --------
    >>> round(float(sampling_error()["redpajama-6.9B-m20"]), 4)
    0.0065
    """
    names = list(_members(what))
    questions = load("gadre2024", "tasks").set_index("task").loc[names, "examples"]
    error = task_errors()[names]
    variance = (error * (1 - error) / questions).sum(axis=1)
    return variance.pow(0.5) / len(names)


def evaluated(train_set: str | None = None, what: str = KEPT) -> pd.DataFrame:
    """Return the runs with their downstream error.

    Parameters
    ----------
    train_set : str, optional
        As for `runs`.
    what : str
        As for `mean_error`.

    Returns
    -------
    DataFrame
        As `runs`, and a column ``error``.

    Examples
    --------
    >>> evaluated("c4").loc[0, ["loss", "error"]].astype(float).round(3).tolist()
    [5.975, 0.82]
    """
    table = runs(train_set)
    return table.assign(error=mean_error(what).loc[table["run"]].to_numpy())


def _members(what: str) -> tuple[str, ...]:
    """Return the tasks of an average, or the one task of that name."""
    every = tuple(task_errors().columns)
    if what in (KEPT, ALL):
        return kept_tasks() if what == KEPT else every
    if what not in every:
        raise unknown("average or task", what, (KEPT, ALL, *every))
    return (what,)
