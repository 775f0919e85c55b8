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

CONTROLS = ("observed", "null", "outer", "grouped", "nonembedding", "shifted")
"""What is scored: the runs themselves; runs simulated from the law that was fitted below the cut,
for which every assumption of its intervals holds; runs simulated from a law with an outer exponent
that was fitted to the whole design. Then the runs themselves in another way: with all points of a
group resampled together; by parameters without the embedding, at the same cuts; at cuts a quarter
decade nearer to the largest run."""
CASES = {
    "backtest_chinchilla": ("observed", "Chinchilla", "log-huber"),
    "backtest_tied": ("observed", "tied", "log-huber"),
    "backtest_outer": ("observed", "outer", "log-huber"),
    "backtest_kaplan_joint": ("observed", "KaplanJoint", "log-huber"),
    "backtest_chinchilla_lsq": ("observed", "Chinchilla", "log-lsq"),
    "backtest_tied_lsq": ("observed", "tied", "log-lsq"),
    "backtest_outer_lsq": ("observed", "outer", "log-lsq"),
    "backtest_kaplan_joint_lsq": ("observed", "KaplanJoint", "log-lsq"),
    "backtest_chinchilla_lad": ("observed", "Chinchilla", "log-lad"),
    "backtest_chinchilla_nats": ("observed", "Chinchilla", "lsq"),
    "control_null": ("null", "Chinchilla", "log-huber"),
    "control_outer": ("outer", "Chinchilla", "log-huber"),
    "variant_grouped": ("grouped", "Chinchilla", "log-huber"),
    "variant_nonembedding": ("nonembedding", "Chinchilla", "log-huber"),
    "variant_shifted": ("shifted", "Chinchilla", "log-huber"),
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
FURTHER = tuple(end for level in LEVELS if level != LEVEL for end in ends_at(level))
"""What is stored besides of the runs themselves and of the null control: further levels."""
OWN = (*CASES, "regret")
"""Tables of the corpus that the study writes."""
EDITION = 1
"""Edition of the corpus that was there when the protocol was fixed; what came later is not in."""
SHIFT = 0.25
"""Decades by which the cuts of a variant are nearer to the largest run."""
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
        wanted = self.control in ("observed", "null")
        return tuple(level for level in LEVELS if wanted and level != LEVEL)

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
    found = protocol_of(task.control).cuts(design)
    return next(cut for cut in found if cut.fraction == task.fraction)


def protocol_of(control: str) -> Protocol:
    """Return the protocol by which a control is cut: that of the study, but for shifted cuts.

    Examples
    --------
    >>> protocol_of("null") == Protocol()
    True
    """
    return Protocol(shift=SHIFT) if control == "shifted" else Protocol()


def runs_of(control: str) -> pd.DataFrame:
    """Return the runs that a control scores: those of the study, counted as it counts them.

    Examples
    --------
    >>> runs_of("nonembedding")["family"].unique().tolist()
    ['kempner']
    """
    return runs("nonembedding" if control == "nonembedding" else "total")


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
                for cut in protocol_of(control).cuts(table)
            ]
    return tuple(found)
