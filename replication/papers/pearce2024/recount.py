"""Runs to test on: those of porian2024, counted with and without their embedding.

Whether a run is counted one way or the other changes its size and its compute, not its loss. So
the same runs have two frontiers, and no law is needed to compare them.
"""

import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.counting import training_flops
from replication.errors import unknown
from replication.fitting import Fit, fit
from replication.frontier import Frontier, envelope
from replication.laws import TotalParams
from replication.laws.embedding import CUBE_ROOT
from replication.papers.pearce2024.simulation import COUNTS

__all__ = [
    "DATASETS",
    "EXPERIMENTS",
    "TUNED_FIRST",
    "bracketed",
    "tested_frontier",
    "tested_models",
    "tested_relation",
    "tested_runs",
    "unbracketed",
]

DATASETS = ("refinedweb", "openwebtext2")
EXPERIMENTS = ("count_last_layer", "correct_warmup", "cosine_decay", "tuned_no_decay")
"""Experiments whose sizes count the output head, from the least to the most corrected recipe."""
TUNED_FIRST = "kaplan_adjusted"
"""Tuned runs with the long warm-up, whose sizes leave the head out; on refinedweb only."""


@cached
def tested_models() -> pd.DataFrame:
    """Return the 16 models of porian2024 under both counts.

    Their total holds the output head and not the input embedding, which is as large: of the two
    matrices one counts, as where they are tied.

    Returns
    -------
    DataFrame
        ``params_total`` and ``params_no_embedding``, counts.

    Examples
    --------
    >>> tested_models().iloc[0].tolist()
    [5173248.0, 331776.0]
    """
    counted = {"params_standard": "params_total", "params_kaplan": "params_no_embedding"}
    return datasets.models("porian2024")[list(counted)].rename(columns=counted)


@cached
def tested_relation(p: float | None = CUBE_ROOT) -> Fit:
    """Fit N_T = N + omega N**p to the 16 models, by least squares of logarithms.

    Examples
    --------
    >>> round(tested_relation().law.omega), round(tested_relation(None).law.p, 3)
    (69345, 0.354)
    """
    held = {} if p is None else {"p": p}
    return fit(TotalParams, tested_models(), objective="log-lsq", fixed=held)


@cached
def tested_runs(dataset: str, experiment: str, counts: str) -> pd.DataFrame:
    """Return the losses of an experiment with sizes and compute in one of the counts.

    Parameters
    ----------
    dataset : str
        One of `DATASETS`.
    experiment : str
        One of `EXPERIMENTS`, or `TUNED_FIRST`.
    counts : str
        ``"total"`` or ``"no_embedding"``.

    Returns
    -------
    DataFrame
        ``params``, ``tokens``, ``flops`` (6 N D), ``budget`` (FLOPs in the count of the
        experiment, at which the loss was read) and ``loss`` (nats per token).

    Raises
    ------
    UnknownNameError
        If a name is not known, or the experiment was not made on this data set.

    Examples
    --------
    >>> first = tested_runs("refinedweb", "tuned_no_decay", "no_embedding").iloc[0]
    >>> int(first["params"]), bool(first["flops"] < first["budget"])
    (331776, True)
    """
    for kind, value, known in (
        ("experiment that can be recounted", experiment, (*EXPERIMENTS, TUNED_FIRST)),
        ("count of parameters", counts, COUNTS),
    ):
        if value not in known:
            raise unknown(kind, value, known)
    runs = datasets.runs("porian2024", dataset=dataset, experiment=experiment)
    runs = runs.rename(columns={"flops": "budget"})
    own = "no_embedding" if experiment == TUNED_FIRST else "total"
    sizes = tested_models().set_index(f"params_{own}", drop=False)[f"params_{counts}"]
    runs["params"] = runs["params"].map(sizes)
    return runs.assign(flops=training_flops(runs["params"], runs["tokens"]))


@cached
def tested_frontier(dataset: str, experiment: str, counts: str) -> Frontier:
    """Return the envelope of an experiment in one of the counts, one curve a size.

    Parameters
    ----------
    dataset, experiment, counts
        As in `tested_runs`.

    Returns
    -------
    Frontier
        Over the budgets at which a smaller and a larger size than the best have a curve.

    Examples
    --------
    >>> both = [
    ...     tested_frontier("refinedweb", "tuned_no_decay", counts)
    ...     for counts in ("total", "no_embedding")
    ... ]
    >>> [round(frontier.a, 3) for frontier in both]
    [0.498, 0.627]
    """
    return envelope(tested_runs(dataset, experiment, counts))


def bracketed(frontier: Frontier) -> pd.DataFrame:
    """Return the budgets at which the best size is neither the smallest nor the largest there.

    Examples
    --------
    >>> frontier = tested_frontier("refinedweb", "cosine_decay", "no_embedding")
    >>> round(len(bracketed(frontier)) / len(frontier.points), 2)
    0.81
    """
    at = frontier.points
    return at[(at["params"] > at["left"]) & (at["params"] < at["right"])]


def unbracketed(frontier: Frontier) -> float:
    """Return the share of budgets at which the best size is the smallest or the largest there.

    Examples
    --------
    >>> unbracketed(tested_frontier("refinedweb", "tuned_no_decay", "no_embedding"))
    0.0
    """
    return 1.0 - len(bracketed(frontier)) / len(frontier.points)
