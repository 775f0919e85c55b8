"""What explains the accuracies: perplexity, compute or size."""

from dataclasses import replace

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.errors import one_of_names
from replication.papers.xia2022.data import FIVE, GROUPS, NAMES, SETTLED, opt, pythia
from replication.trajectories import Beyond, Trajectories

__all__ = [
    "LATE",
    "between_sizes",
    "beyond",
    "of_opt",
    "of_pythia",
    "size_tests",
    "tasks_explained",
]

LATE = 23_000
"""Step of Pythia from which the smallest models stop improving."""


def of_opt(group: str = "all") -> Trajectories:
    """Return the trajectories of OPT on a group of tasks.

    Parameters
    ----------
    group : str
        One of `GROUPS`.

    Returns
    -------
    Trajectories
        Of six runs.

    Raises
    ------
    UnknownNameError
        If there is no such group.

    Examples
    --------
    >>> round(of_opt().r2("perplexity"), 3), round(of_opt().r2("flops"), 3)
    (0.942, 0.909)
    """
    return Trajectories(opt(), f"accuracy_{one_of_names('group of tasks', group, GROUPS)}")


def of_pythia(
    task: str = "mean_of_five", shots: int = 0, first: int = SETTLED, last: int | None = None
) -> Trajectories:
    """Return the trajectories of Pythia on a task, the twins of one size as one unit.

    Parameters
    ----------
    task : str
        One of `NAMES`.
    shots, first, last
        As for `pythia`.

    Returns
    -------
    Trajectories
        Of 16 runs in eight units.

    Raises
    ------
    UnknownNameError
        If there is no such task.

    Examples
    --------
    >>> round(of_pythia().r2("perplexity"), 3), round(of_pythia().r2("flops"), 3)
    (0.991, 0.93)
    """
    one_of_names("task", task, NAMES)
    return Trajectories(pythia(shots, first, last), task, unit="model")


@cached
def tasks_explained() -> pd.DataFrame:
    """Return R² of a cubic in the logarithm of each predictor, task by task.

    Returns
    -------
    DataFrame
        By task: ``perplexity``, ``flops``, ``params`` and ``tokens``; ``perplexity_low`` and so
        on are 95 % intervals over resampled sizes; ``best`` is how often perplexity is ahead.

    Examples
    --------
    >>> table = tasks_explained()
    >>> table.loc["sciq", ["perplexity", "flops"]].round(3).tolist()
    [0.974, 0.82]
    """
    rows = {}
    for task in (*FIVE, "mean_of_five"):
        found = of_pythia(task).intervals("perplexity", "flops", "params", "tokens")
        row = {"best": found.loc["perplexity", "best"]}
        for name, values in found.iterrows():
            row |= {str(name): values["estimate"]}
            row |= {f"{name}_{end}": values[end] for end in ("low", "high")}
        rows[task] = row
    return pd.DataFrame.from_dict(rows, orient="index")


@cached
def beyond(
    task: str = "mean_of_five",
    degree: int = 3,
    first: int = SETTLED,
    last: int | None = None,
    shots: int = 0,
    apart: bool = False,
) -> Beyond:
    """Return what the size explains of a task at equal perplexity.

    Parameters
    ----------
    task, first, last, shots
        As for `of_pythia`.
    degree : int
        Of the polynomial in the size.
    apart : bool
        Whether each of the 16 runs is shuffled alone.

    Returns
    -------
    Beyond
        Over all 40,320 orders of the eight sizes, or over 9,999 of the runs.

    Examples
    --------
    >>> print(beyond())
    size removes 11.9% of the residual variance; shuffled sizes 15.1% (median), p = 0.635
    """
    runs = of_pythia(task, shots, first, last)
    if apart:
        runs = replace(runs, unit=None)
    return runs.beyond("perplexity", degree=degree)


def between_sizes(task: str = "mean_of_five") -> float:
    """Return which part of the residual variance lies between the mean levels of the sizes.

    Parameters
    ----------
    task : str
        As for `of_pythia`.

    Returns
    -------
    float
        Between 0 and 1; the rest lies along the runs, and between twins.

    Examples
    --------
    >>> round(between_sizes(), 2)
    0.26
    """
    table, logs = pythia(), np.log(pythia()["perplexity"])
    left = table[task] - np.polynomial.Polynomial.fit(logs, table[task], 3)(logs)
    means = left.groupby(table["model"]).transform("mean")
    return float((means**2).sum() / (left**2).sum())


@cached
def size_tests() -> pd.DataFrame:
    """Return what size explains at equal perplexity, with the twins apart and together.

    Returns
    -------
    DataFrame
        By task: ``share``; ``median``, ``unusual`` (95 %) and ``p`` of the shuffled sizes with
        the twins of one size together; ``p_apart`` where each of the 16 runs is shuffled alone;
        ``per_decade`` and ``p_line``, the change per tenfold size and its p-value.

    Examples
    --------
    >>> table = size_tests()
    >>> [round(float(table.loc["piqa", name]), 2) for name in ("p_apart", "p")]
    [0.05, 0.14]
    """
    rows = {}
    for task in (*FIVE, "mean_of_five"):
        found, apart = beyond(task), beyond(task, apart=True)
        rows[task] = {
            "share": found.share,
            "median": found.median,
            "unusual": found.unusual(),
            "p": found.p_value,
            "p_apart": apart.p_value,
            "per_decade": found.per_decade,
            "p_line": found.per_decade_p_value,
        }
    return pd.DataFrame.from_dict(rows, orient="index")
