"""Comparisons that the paper's text makes, and the small models that get worse."""

from itertools import pairwise

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.errors import ArgumentError, one_of_names
from replication.papers.xia2022.data import GROUPS, opt, pythia
from replication.papers.xia2022.explained import LATE

__all__ = ["WORSE", "at_equal_compute", "in_bands", "take_off", "worse"]

BANDS = ((7, 8), (8, 9), (9, 10), (10, 12), (12, 16))
"""Ranges of validation perplexity."""
WORSE = ("70M", "70M deduplicated", "160M", "160M deduplicated")
"""Runs of Pythia whose perplexity is lowest well before their end."""


def at_equal_compute(group: str = "all") -> pd.DataFrame:
    """Return by how much a smaller model of OPT is ahead of the next larger one at equal compute.

    Parameters
    ----------
    group : str
        One of `GROUPS`.

    Returns
    -------
    DataFrame
        One row a pair of neighbours: ``smaller``, ``larger`` and ``ahead``, the mean difference
        of their accuracies in points over the compute that both have, along straight lines in
        its logarithm.

    Examples
    --------
    >>> at_equal_compute()["ahead"].round(2).tolist()
    [-0.27, 0.84, 0.65, 0.31, 1.91]
    """
    table, name = opt(), _column(group)
    runs = {str(run): part for run, part in table.groupby("run", sort=False)}
    rows = []
    for (small, a), (large, b) in pairwise(runs.items()):
        both = [run["flops"].to_numpy(dtype=np.float64) for run in (a, b)]
        flops = np.geomspace(max(x[0] for x in both), min(x[-1] for x in both), 101)
        along = [np.interp(np.log(flops), np.log(p["flops"]), p[name]) for p in (a, b)]
        rows.append((small, large, 100 * float((along[0] - along[1]).mean())))
    return pd.DataFrame(rows, columns=["smaller", "larger", "ahead"])


def in_bands(group: str = "breakthrough") -> pd.DataFrame:
    """Return the mean accuracy of OPT in bands of perplexity, and which models are in each.

    Parameters
    ----------
    group : str
        One of `GROUPS`.

    Returns
    -------
    DataFrame
        ``low`` and ``high`` end of the band, ``checkpoints``, ``models`` (their names) and the
        mean ``accuracy``, a fraction.

    Examples
    --------
    >>> in_bands()["models"].iloc[0]
    '175B'
    """
    table, name, rows = opt(), _column(group), []
    for low, high in BANDS:
        part = table[table["perplexity"].between(low, high, inclusive="left")]
        models = ", ".join(part["run"].unique())
        rows.append((low, high, len(part), models, float(part[name].mean())))
    return pd.DataFrame(rows, columns=["low", "high", "checkpoints", "models", "accuracy"])


@cached
def take_off(group: str = "breakthrough") -> float:
    """Return the perplexity at which the accuracy of OPT starts to rise.

    A level and, below some perplexity, a straight line in its logarithm are fitted by least
    squares; the corner is sought on a grid.

    Parameters
    ----------
    group : str
        One of `GROUPS`.

    Returns
    -------
    float
        Validation perplexity of the corner.

    Examples
    --------
    >>> round(take_off(), 1)
    10.1
    """
    table = opt()
    logs, y = np.log(table["perplexity"].to_numpy()), table[_column(group)].to_numpy()
    left = {}
    for corner in np.geomspace(7.9, 20, 400):
        rise = np.maximum(0, np.log(corner) - logs)
        columns = np.column_stack([np.ones_like(logs), rise])
        misfit = y - columns @ np.linalg.lstsq(columns, y, rcond=None)[0]
        left[float(corner)] = float(misfit @ misfit)
    return min(left, key=lambda corner: left[corner])


@cached
def worse(first: int = LATE) -> pd.DataFrame:
    """Return how the small models of Pythia get worse at the end.

    Parameters
    ----------
    first : int
        Step from which correlations are taken.

    Returns
    -------
    DataFrame
        One row each of `WORSE`: the ``step`` of its lowest perplexity, ``lowest`` and ``final``
        perplexity, ``accuracy`` there and ``accuracy_final`` (mean of the five, fractions), and
        the correlation of that accuracy with minus the logarithm of the perplexity,
        ``with_perplexity``, and with that of the step, ``with_training``.

    Raises
    ------
    ArgumentError
        If fewer than three checkpoints are left to correlate.

    Examples
    --------
    >>> worse().set_index("run").loc["70M deduplicated", ["step", "lowest", "final"]].tolist()
    [43000.0, 86.2899, 138.45]
    """
    rows = []
    for run in WORSE:
        path = pythia()[pythia()["run"] == run].reset_index(drop=True)
        late = path[path["step"] >= first]
        if len(late) < 3:
            raise ArgumentError(f"From step {first} there are {len(late)} checkpoints; 3 needed.")
        best = path.loc[int(path["perplexity"].to_numpy().argmin())]
        logs = np.log(late[["perplexity", "step"]].to_numpy(dtype=np.float64)).T
        follows = [float(np.corrcoef(x, late["mean_of_five"])[0, 1]) for x in (-logs[0], logs[1])]
        last = path.iloc[-1]
        ends = (best["step"], best["perplexity"], last["perplexity"])
        rows.append((run, *ends, best["mean_of_five"], last["mean_of_five"], *follows))
    names = ["step", "lowest", "final", "accuracy", "accuracy_final"]
    return pd.DataFrame(rows, columns=["run", *names, "with_perplexity", "with_training"])


def _column(group: str) -> str:
    return f"accuracy_{one_of_names('group of tasks', group, GROUPS)}"
