"""What the study computes: its cases, and one fit of each at every cut of every design."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from replication._memo import cached
from replication.datasets import corpus
from replication.datasets.corpus import designs
from replication.errors import one_of_names
from replication.hindcast.backtests import ends_at
from replication.hindcast.cuts import Cut
from replication.hindcast.protocol import LEVEL, LEVELS, Protocol, admitted

CONTROLS = ("observed", "null", "outer", "grouped", "nonembedding")
"""What is scored: the runs themselves; runs simulated from the law that was fitted below the cut,
for which every assumption of its intervals holds; runs simulated from a law with an outer exponent
that was fitted to the whole design. Then the runs themselves in another way: with all points of a
group resampled together, in designs that have groups; by parameters without the embedding, at the
same cuts, in designs where they are known."""
CASES = {
    "backtest_chinchilla": ("observed", "Chinchilla", "log-huber"),
    "backtest_tied": ("observed", "tied", "log-huber"),
    "backtest_outer": ("observed", "outer", "log-huber"),
    "backtest_kaplan_joint": ("observed", "KaplanJoint", "log-huber"),
    "backtest_chinchilla_lsq": ("observed", "Chinchilla", "log-lsq"),
    "control_null": ("null", "Chinchilla", "log-huber"),
    "control_outer": ("outer", "Chinchilla", "log-huber"),
    "variant_grouped": ("grouped", "Chinchilla", "log-huber"),
    "variant_nonembedding": ("nonembedding", "Chinchilla", "log-huber"),
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
WIDE = (
    "backtest_chinchilla", "backtest_tied", "backtest_kaplan_joint", "control_null",
)  # fmt: skip
"""Parts of the study whose intervals of a run are stored at further levels."""
FURTHER = tuple(end for level in LEVELS if level != LEVEL for end in ends_at(level))
"""What is stored besides in those."""
OWN = (*CASES, "regret")
"""Tables of the corpus that the study writes."""
EDITION = 1
"""Edition of the corpus that was there when the protocol was fixed; what came later is not in."""
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

    @property
    def levels(self) -> tuple[float, ...]:
        """Levels besides that of the protocol at which ends are stored."""
        wide = (self.control, self.law, self.objective) in [CASES[name] for name in WIDE]
        return tuple(level for level in LEVELS if wide and level != LEVEL)

    @property
    def columns(self) -> list[str]:
        """What is stored of a scored run."""
        return [*STORED, *(FURTHER if self.levels else ())]


@cached
def runs(counting: str = "total") -> pd.DataFrame:
    """Return the runs of the admitted designs of the edition that the protocol was fixed for.

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
    listed = designs()
    found = admitted(corpus(listed.loc[listed["edition"] == EDITION, "design"]))
    if counting == "total":
        return found
    both = found["params_nonembedding"].notna() & (found["params_nonembedding"] < found["params"])
    return found[both].assign(params=found["params_nonembedding"])


def cut_of(task: Task) -> Cut:
    """Return the runs below and above the cut of a task."""
    table = runs_of(task.control)
    design = table[table["design"] == task.design]
    return next(cut for cut in Protocol().cuts(design) if cut.fraction == task.fraction)


def runs_of(control: str) -> pd.DataFrame:
    """Return the runs that a control scores: those of the study, or of some designs of it.

    Examples
    --------
    >>> runs_of("nonembedding")["family"].unique().tolist()
    ['kempner']
    """
    found = runs("nonembedding" if control == "nonembedding" else "total")
    if control == "grouped":
        groups = found.groupby("design")["group"].transform("nunique")
        found = found[groups < found.groupby("design")["run"].transform("size")]
    return found


def tasks(cases: Iterable[tuple[str, str, str]] = tuple(CASES.values())) -> tuple[Task, ...]:
    """Return all tasks of some cases, in a fixed order.

    Examples
    --------
    >>> len(tasks([("observed", "Chinchilla", "log-huber")]))
    90
    """
    found = []
    for control, law, objective in cases:
        for design, table in runs_of(control).groupby("design"):
            found += [
                Task(control, law, objective, str(design), cut.fraction)
                for cut in Protocol().cuts(table)
            ]
    return tuple(found)
