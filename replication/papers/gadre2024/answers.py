"""The functions behind the claims."""

import pandas as pd

from replication.claims import Answer, ClaimSet, ranking
from replication.datasets import load
from replication.laws import OverTraining
from replication.papers.gadre2024.data import TRAIN_SETS, runs
from replication.papers.gadre2024.fits import (
    FIT_SIZES,
    TARGETS,
    compute,
    error_fit,
    fit_errors,
    loss_fit,
    loss_rows,
    predictions,
    target,
)
from replication.papers.gadre2024.tasks import KEPT, evaluated, kept_tasks

__all__ = ["TABLE_2", "TABLE_2_TASKS", "claims"]

claims = ClaimSet("gadre2024")

COEFFICIENTS = dict(zip(("G8", "G9", "G10"), TRAIN_SETS, strict=True))
"""Rows of the coefficient table by the claims that quote them."""
TABLE_2 = {
    claim: f"{name}-6.9B-m20" for claim, name in zip(("G11", "G12", "G17"), TRAIN_SETS, strict=True)
}
"""Rows of Table 2: claims, and the run they predict."""
TABLE_2_TASKS = ("arc_easy", "lambada_openai", "openbook_qa", "hellaswag_zeroshot")
"""Tasks of Table 2; HellaSwag is the version without examples in the prompt."""
UNDER_TRAINED = 5.0
"""The multiplier that Figure 5 leaves out, tokens per parameter."""


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


@claims.answers(*TABLE_2)
def table_2() -> dict[str, float]:
    """Return the relative errors of the 6.9B models' predicted errors, in percent."""
    return {
        f"{claim}.{'average' if what == KEPT else what}": 100 * abs(target(run, what)["error_off"])
        for claim, run in TABLE_2.items()
        for what in (*TABLE_2_TASKS, KEPT)
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
def heat_map() -> dict[str, float]:
    """Return the relative errors of Figure 5 in percent: every run but the most under-trained."""
    table = pd.concat(predictions(name) for name in TRAIN_SETS)
    shown = table[table["token_multiplier"] > UNDER_TRAINED]
    return dict(zip("G15." + shown["run"], 100 * shown["loss_off"].abs(), strict=True))


@claims.answers("G16")
def optimal_multipliers() -> dict[str, float]:
    """Return the tokens per parameter of least loss, by the laws of five runs."""
    laws = {name: OverTraining(**loss_fit(name).law.to_dict()) for name in TRAIN_SETS}
    return {f"G16.{name}": float(law.optimal_multiplier) for name, law in laws.items()}


@claims.answers("G18")
def table_7() -> dict[str, float]:
    """Return the errors of Table 2 in percent if the error law sees the five runs alone."""
    return {
        f"G18.{name}.{'average' if what == KEPT else what}": _without_the_sixth(name, what)
        for name in TRAIN_SETS
        for what in (*TABLE_2_TASKS, KEPT)
    }


def _without_the_sixth(train_set: str, what: str) -> float:
    """Predict the 6.9B model's error from five runs, and return how far off it is in percent."""
    table = evaluated(train_set, what)
    law = fit_errors(table[loss_rows(table)]).law
    row = target(f"{train_set}-6.9B-m20", what)
    return float(100 * abs(law.predict(row["predicted_loss"]) / row["error"] - 1))


@claims.answers("G19")
def order_of_large_models() -> dict[str, float]:
    """Return Spearman's rank correlation of predicted and measured error of the large models."""
    table = pd.concat(predictions(name) for name in TRAIN_SETS)
    large = table[~table["model_size"].isin(FIT_SIZES)]
    return {"G19": large["error"].corr(large["predicted_error"], method="spearman")}


@claims.answers("G20")
def where_the_trend_breaks() -> dict[str, Answer]:
    """Return where the loss law errs more: at 5 tokens per parameter, or above."""
    return {f"G20.{name}": _by_training(name) for name in TRAIN_SETS}


def _by_training(train_set: str) -> Answer:
    """Rank the two groups of runs that the law has not seen by their mean error."""
    table = predictions(train_set)
    new = table[~table["fitted"]]
    under = new["token_multiplier"] == UNDER_TRAINED
    off = new["loss_off"].abs()
    return Answer(ranking({"M = 5": off[under].mean(), "rest": off[~under].mean()}))
