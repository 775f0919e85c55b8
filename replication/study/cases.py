"""What the study computes: its cases, and one fit of each at every cut of every design."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from replication._memo import cached
from replication.datasets import corpus
from replication.errors import one_of_names
from replication.hindcast.cuts import Cut
from replication.hindcast.protocol import Protocol, admitted

CONTROLS = ("observed", "null", "outer")
"""What is scored: the runs themselves; runs simulated from the law that was fitted below the cut,
for which every assumption of its intervals holds; runs simulated from a law with an outer exponent
that was fitted to the whole design."""
CASES = {
    "backtest_chinchilla": ("observed", "Chinchilla", "log-huber"),
    "backtest_tied": ("observed", "tied", "log-huber"),
    "backtest_outer": ("observed", "outer", "log-huber"),
    "backtest_kaplan_joint": ("observed", "KaplanJoint", "log-huber"),
    "backtest_chinchilla_lsq": ("observed", "Chinchilla", "log-lsq"),
    "control_null": ("null", "Chinchilla", "log-huber"),
    "control_outer": ("outer", "Chinchilla", "log-huber"),
}
"""Control, law and objective of every part of the study, by the table of the corpus it is in."""
STORED = (
    "design",
    "cut",
    "run",
    "observed",
    "predicted",
    "law_low",
    "law_high",
    "run_low",
    "run_high",
)
OWN = (*CASES, "regret")
"""Tables of the corpus that the study writes."""
DIGITS = 6
"""Significant digits of what is stored."""


@dataclass(frozen=True)
class Task:
    """One fit of the study: a case, a design and a cut.

    Parameters
    ----------
    control, law, objective : str
        One of `CASES`.
    design : str
        A design of the corpus.
    fraction : float
        The cut, in decades below the largest run.
    """

    control: str
    law: str
    objective: str
    design: str
    fraction: float

    @property
    def seed(self) -> int:
        """Seed of what is simulated, the same in every run of the study."""
        text = f"{self.design} {self.fraction:g} {self.control}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little")


@cached
def runs(counting: str = "total") -> pd.DataFrame:
    """Return the runs of the admitted designs.

    Parameters
    ----------
    counting : str
        ``"total"``: parameters as the corpus has them; ``"nonembedding"``: without the embedding,
        for the designs where both counts are known. Compute, and so the cuts, stay the same.

    Returns
    -------
    DataFrame
        As `replication.corpus`, with ``spent`` in FLOPs.

    Examples
    --------
    >>> runs()["design"].nunique()
    27
    """
    one_of_names("counting", counting, ("total", "nonembedding"))
    found = admitted(corpus())
    if counting == "total":
        return found
    both = found["params_nonembedding"].notna() & (found["params_nonembedding"] < found["params"])
    return found[both].assign(params=found["params_nonembedding"])


def cut_of(task: Task) -> Cut:
    """Return the runs below and above the cut of a task."""
    table = runs()
    design = table[table["design"] == task.design]
    return next(cut for cut in Protocol().cuts(design) if cut.fraction == task.fraction)


def tasks(cases: Iterable[tuple[str, str, str]] = tuple(CASES.values())) -> tuple[Task, ...]:
    """Return all tasks of some cases, in a fixed order.

    Examples
    --------
    >>> len(tasks([("observed", "Chinchilla", "log-huber")]))
    90
    """
    found = []
    for control, law, objective in cases:
        for design, table in runs().groupby("design"):
            found += [
                Task(control, law, objective, str(design), cut.fraction)
                for cut in Protocol().cuts(table)
            ]
    return tuple(found)
