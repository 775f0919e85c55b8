"""The models of the paper, their benchmarks, and the tasks that it predicts."""

from dataclasses import dataclass

import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.errors import one_of_names

__all__ = [
    "BBH_FLOOR",
    "BENCHMARKS",
    "CUTOFF",
    "SEVEN",
    "TASKS",
    "UNKNOWN_COMPUTE",
    "Task",
    "models",
    "studied",
    "task_models",
]

KEY = "ruan2024"
BENCHMARKS = (
    *("mmlu", "arc_c", "hellaswag", "winogrande", "truthfulqa"),
    *("gsm8k", "xwinograd", "humaneval"),
)
"""The eight benchmarks of section 3."""
SEVEN = tuple(name for name in BENCHMARKS if name != "gsm8k")
"""Without GSM8K, where the target is arithmetic."""
CUTOFF = 8.4e22
"""Compute of Llama-2 7B, in FLOPs: the paper fits up to here and predicts beyond."""
UNKNOWN_COMPUTE = ("Mistral", "Mixtral", "Qwen2")
"""Families whose tokens are not public, which two of the figures leave out."""
GUESSING = (
    *(1 / 2, 1 / 2, 1 / 6, 1 / 3, 0, 1 / 2, 1 / 9, 1 / 2, 1 / 5, 1 / 7, 1 / 3, 1 / 5, 0, 1 / 2),
    *(0, 1 / 5, 1 / 18, 1 / 4, 1 / 6, 1 / 2, 1 / 2, 1 / 4, 1 / 5, 1 / 7, 1 / 3, 1 / 2, 0),
)
"""Score of guessing on the 27 parts of BBH, in the alphabetical order of their names."""
BBH_FLOOR = sum(GUESSING) / len(GUESSING)
"""Their mean."""


@dataclass(frozen=True)
class Task:
    """A task of the paper and the conventions of the figure that predicts it.

    Attributes
    ----------
    table : str
        Table of the scores.
    cutoff : float
        Most compute, in FLOPs, of the models that are fitted.
    guessing : float
        Score of guessing, which is taken off: (y - guessing) / (1 - guessing).
    benchmarks : tuple of str
        Columns that capabilities are made of.
    floored : bool
        Whether the sigmoid has a floor between 0 and 0.2, as in Figure C.5, or none.
    every_family : bool
        Whether `UNKNOWN_COMPUTE` are among the models.
    fits_later : bool
        Whether models that came after the first version of the paper may be fitted.
    """

    table: str
    cutoff: float
    guessing: float = 0.0
    benchmarks: tuple[str, ...] = SEVEN
    floored: bool = False
    every_family: bool = False
    fits_later: bool = False


TASKS = {
    "word_unscramble": Task("emergent", CUTOFF, benchmarks=BENCHMARKS),
    "persian_qa": Task("emergent", CUTOFF, 0.25, BENCHMARKS),
    "sub_3digit": Task("emergent", 2.2e22),
    "mul_2digit": Task("emergent", 2.2e22),
    "naive": Task("post_training", CUTOFF, floored=True, every_family=True),
    "cot": Task("post_training", CUTOFF, floored=True, every_family=True),
    "cot_sc": Task("post_training", CUTOFF, floored=True, every_family=True),
    "gpqa": Task("leaderboard", 1.68e23, 0.25, fits_later=True),
    "math_hard": Task("leaderboard", 2.52e23, fits_later=True),
    "bbh": Task("leaderboard", CUTOFF, BBH_FLOOR, fits_later=True),
}
"""The tasks of Figures 4, C.5 and C.6. The cutoff of both arithmetic tasks is not the quarter of
`CUTOFF` that the text states, 2.1e22, but one that lets Pythia 12B in."""


@cached
def models() -> pd.DataFrame:
    """Return all base models, with compute where parameters and tokens are public.

    Returns
    -------
    DataFrame
        One row a model: the columns of ``data/ruan2024/models.csv`` and ``flops``, 6 N D.

    Examples
    --------
    >>> len(models())
    148
    """
    table = datasets.load(KEY, "models")
    return table.assign(flops=FLOPS_PER_PARAM_TOKEN * table["params"] * table["tokens"])


def studied() -> pd.DataFrame:
    """Return the models of section 3.

    Returns
    -------
    DataFrame
        Rows of `models`.

    Examples
    --------
    >>> len(studied()), studied()["family"].nunique()
    (77, 21)
    """
    table = models()
    chosen = (table["in_paper_families"] == 1) & (table["preregistered"] == 0)
    return table[chosen].reset_index(drop=True)


@cached
def task_models(task: str, cutoff: float | None = None) -> pd.DataFrame:
    """Return the models of a task's figure, with their scores and which of them are fitted.

    Parameters
    ----------
    task : str
        One of `TASKS`.
    cutoff : float, optional
        Most compute of the models that are fitted, instead of the figure's.

    Returns
    -------
    DataFrame
        Rows of `models` with ``score`` (above guessing, as a share) and ``fitted``.

    Raises
    ------
    UnknownNameError
        If there is no such task.

    Examples
    --------
    >>> table = task_models("word_unscramble")
    >>> int(table["fitted"].sum()), len(table)
    (44, 75)
    """
    rules = TASKS[one_of_names("task", task, TASKS)]
    scores = datasets.load(KEY, rules.table)[["model", task]].dropna()
    table = models().merge(scores, on="model", validate="one_to_one")
    table = table[table["in_paper_families"] == 1]
    if not rules.every_family:
        table = table[~table["family"].isin(UNKNOWN_COMPUTE)]
    fitted = table["flops"] <= (rules.cutoff if cutoff is None else cutoff)
    if not rules.fits_later:
        fitted &= table["preregistered"] == 0
    score = (table[task] - rules.guessing) / (1 - rules.guessing)
    table = table.drop(columns=task).assign(score=score, fitted=fitted)
    return table.reset_index(drop=True)
