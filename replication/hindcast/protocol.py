"""The protocol: what is fitted, cut and scored, fixed before anything was computed."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from replication.hindcast.cuts import Cut, cuts_of

LEVEL = 0.8
"""What the intervals of the study promise, fixed with the protocol."""
LEVELS = (0.5, LEVEL, 0.95)
"""Levels at which a drift is measured; the outer two were added after the first results."""
BINS = (0.0, 0.25, 0.5, 1.0, 1.5, float("inf"))
"""Edges of the distances in decades of compute."""
LAWS: dict[str, dict[str, Any]] = {
    "Chinchilla": {"law": "Chinchilla"},
    "tied": {"law": "Chinchilla", "tied": {"beta": "alpha"}},
    "outer": {"law": "OuterExponent"},
    "KaplanJoint": {"law": "KaplanJoint"},
}
"""Laws in parameters and tokens, by the names of the study, as `replication.fit` takes them."""
LEAST_RUNS, LEAST_DECADES = 25, 1.4
"""What a design must have to be admitted."""


@dataclass(frozen=True)
class Protocol:
    """Which cuts of a design are scored.

    Parameters
    ----------
    step : float
        Decades between cuts.
    most : float
        Largest decades below the largest run.
    runs, sizes : int
        Fewest runs and different sizes below a cut.
    decades : float
        Least span of compute below a cut.
    above : int
        Fewest runs above it.
    resamples, seed : int
        Of the bootstrap behind the intervals.

    Examples
    --------
    >>> Protocol().fractions()
    (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0)
    """

    step: float = 0.5
    most: float = 4.0
    runs: int = 15
    sizes: int = 3
    decades: float = 0.7
    above: int = 2
    resamples: int = 200
    seed: int = 0

    def fractions(self) -> tuple[float, ...]:
        """Return the cuts in decades below the largest run."""
        return tuple(self.step * k for k in range(1, round(self.most / self.step) + 1))

    def cuts(self, runs: pd.DataFrame) -> tuple[Cut, ...]:
        """Return the cuts of a table of runs that leave enough on both sides."""
        found = cuts_of(runs, self.fractions())
        return tuple(
            cut
            for cut in found
            if cut.n >= self.runs
            and cut.sizes >= self.sizes
            and cut.decades >= self.decades
            and cut.above >= self.above
        )


def admitted(corpus: pd.DataFrame) -> pd.DataFrame:
    """Return the runs of the designs that are long and large enough, without held-out runs.

    Parameters
    ----------
    corpus : DataFrame
        As `replication.corpus` returns it.

    Returns
    -------
    DataFrame
        Rows of it, with ``spent``: the nominal budget, or 6 params tokens (FLOPs).

    Examples
    --------
    >>> import replication as rp
    >>> admitted(rp.corpus(kind="ladder"))["design"].unique().tolist()
    ['hagele-cosine']
    """
    runs = corpus[~corpus["held_out"] & corpus["tokens"].gt(0)]
    runs = runs.assign(spent=spent(runs))
    apart = [name for name in ("routed", "quest", "steplaw") if name in set(runs["family"])]
    runs = runs[~runs["family"].isin(apart)]  # one number of tokens, or collinear by precision
    by_design = runs.groupby("design")["spent"]
    long = by_design.transform("max") / by_design.transform("min") >= 10**LEAST_DECADES
    large = by_design.transform("size") >= LEAST_RUNS
    return runs[long & large].reset_index(drop=True)


def spent(runs: pd.DataFrame) -> "pd.Series[float]":
    """Return the training compute of runs: the nominal budget, or 6 params tokens (FLOPs)."""
    product = 6.0 * runs["params"].astype(float) * runs["tokens"].astype(float)
    budget = runs.get("budget", product)
    return budget.where(budget.notna(), product)
