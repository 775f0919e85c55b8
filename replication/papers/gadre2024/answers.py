"""The functions behind the claims."""

from replication.claims import Answer, ClaimSet, ranking
from replication.datasets import load
from replication.papers.gadre2024.data import TRAIN_SETS, runs
from replication.papers.gadre2024.fits import (
    COMPUTE_OPTIMAL,
    TARGETS,
    compute,
    error_fit,
    loss_fit,
    predictions,
    target,
)
from replication.papers.gadre2024.tasks import KEPT, kept_tasks

__all__ = ["TABLE_3", "TABLE_3_TASKS", "claims"]

claims = ClaimSet("gadre2024")

COEFFICIENTS = dict(zip(("G8", "G9", "G10"), TRAIN_SETS, strict=True))
"""Rows of the coefficient table by the claims that quote them."""
TABLE_3 = {"G11": "c4-6.9B-m20", "G12": "redpajama-6.9B-m20"}
"""Rows of Table 3: claims, and the run they predict."""
TABLE_3_TASKS = ("arc_easy", "lambada_openai", "openbook_qa", "hellaswag_zeroshot")
"""Tasks of Table 3; HellaSwag is the version without examples in the prompt."""


@claims.answers("G1")
def testbed() -> dict[str, float]:
    """Return how many models there are, and how large."""
    table = runs()
    return {
        "G1.models": len(table),
        "G1.sets": table["train_set"].nunique(),
        "G1.smallest": table["params"].min() / 1e9,
        "G1.largest": table["params"].max() / 1e9,
    }


@claims.answers("G2", "G3", "G4", "G5")
def figure_1() -> dict[str, float]:
    """Return the relative errors of Figure 1 in percent."""
    first, second = (target(run) for run in TARGETS.values())
    loss, error = 100 * abs(first["loss_off"]), 100 * abs(second["error_off"])
    return {
        "G2.tokens": first["tokens"] / 1e9,
        "G2.loss_error": loss,
        "G2.loss_error_rounded": loss,
        "G3.loss_error": 100 * abs(second["loss_off"]),
        "G4.error_error": 100 * abs(first["error_off"]),
        "G5.error_error": error,
        "G5.error_error_rounded": error,
    }


@claims.answers("G6", "G7")
def savings() -> dict[str, float]:
    """Return what the two runs of Figure 1 cost, in units of the runs that predict them."""
    return {
        f"{claim}.{name.replace('-', '_')}": target(run)["flops"]
        / compute("redpajama", errors=errors)
        for claim, errors in (("G6", False), ("G7", True))
        for name, run in TARGETS.items()
    }


@claims.answers(*COEFFICIENTS)
def coefficients() -> dict[str, float]:
    """Return the coefficients of both laws for each training text."""
    return {
        f"{claim}.{name}": value
        for claim, train_set in COEFFICIENTS.items()
        for law in (loss_fit(train_set).law, error_fit(train_set).law)
        for name, value in law.to_dict().items()
    }


@claims.answers(*TABLE_3)
def table_3() -> dict[str, float]:
    """Return the relative errors of the 6.9B models' predicted errors, in percent."""
    return {
        f"{claim}.{'average' if what == KEPT else what}": 100 * abs(target(run, what)["error_off"])
        for claim, run in TABLE_3.items()
        for what in (*TABLE_3_TASKS, KEPT)
    }


@claims.answers("G13")
def fit_compute() -> dict[str, float]:
    """Return the compute of the runs that the laws are fitted to, the same for each text."""
    (loss,) = {compute(name) for name in TRAIN_SETS}
    (error,) = {compute(name, errors=True) for name in TRAIN_SETS}
    return {"G13.loss_runs": loss, "G13.error_runs": error}


@claims.answers("G14")
def the_rule() -> dict[str, float]:
    """Return how many tasks the rule keeps, and how many of them the code lists."""
    listed = set(load("gadre2024", "subset_17")["task"])
    return {"G14.tasks": len(kept_tasks()), "G14.in_common": len(listed & set(kept_tasks()))}


@claims.answers("G15")
def heat_map() -> dict[str, Answer]:
    """Return where the loss law errs more: on under-trained runs, or on the others."""
    return {f"G15.{name}": _by_training(name) for name in TRAIN_SETS}


def _by_training(train_set: str) -> Answer:
    """Rank the two groups of runs that the law has not seen by their mean error."""
    table = predictions(train_set)
    new = table[~table["fitted"]]
    under = new["token_multiplier"] < COMPUTE_OPTIMAL
    off = new["loss_off"].abs()
    return Answer(ranking({"under-trained": off[under].mean(), "rest": off[~under].mean()}))
