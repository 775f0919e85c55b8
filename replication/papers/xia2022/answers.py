"""The claims of xia2022."""

import numpy as np

from replication import datasets
from replication.claims import Answer, ClaimSet
from replication.claims.verdict import ranking
from replication.papers.xia2022.comparisons import at_equal_compute, take_off, worse
from replication.papers.xia2022.data import FIVE, KEY, opt, trend_shares
from replication.papers.xia2022.explained import LATE, beyond, of_opt, tasks_explained

__all__ = ["claims"]

claims = ClaimSet(KEY)


@claims.answers("X1.rising")
def upward_tokens() -> float:
    """Return the share of upward tokens of 1.3B after 20 % of training, in percent."""
    table = trend_shares().set_index(["trend", "model", "training_percent"])
    return float(table["token_share_percent"]["rising", "1.3B", 20])


def order(perplexity: float, other: float, name: str = "compute") -> Answer:
    """Return which of two explains more, as the claims print it."""
    return Answer(ranking({"perplexity": perplexity, name: other}))


@claims.answers("X2", "X6")
def on_big_bench() -> dict[str, Answer]:
    """Hold the R² of perplexity against those of compute and of size, on OPT."""
    found = {name: of_opt(name) for name in ("all", "linearity", "breakthrough")}
    r2 = {name: runs.r2("perplexity") for name, runs in found.items()}
    return {
        "X2.compute": order(r2["all"], found["all"].r2("flops")),
        "X2.size": order(r2["all"], found["all"].r2("params"), "size"),
    } | {
        f"X6.{name}": order(r2[name], found[name].r2("flops"))
        for name in ("linearity", "breakthrough")
    }


@claims.answers("X3")
def equal_compute() -> dict[str, float]:
    """Return by how much each model is ahead of the next larger one, in points."""
    table = at_equal_compute()
    names = [f"X3.{name}" for name in table["smaller"]]
    return dict(zip(names, table["ahead"].astype(float), strict=True))


@claims.answers("X4")
def breakthrough() -> dict[str, float]:
    """Return where the breakthroughness tasks take off, and how much higher they are below 8."""
    table = opt()
    below = table["perplexity"] < 8
    above = table["perplexity"].between(8, 16)
    means = [float(table.loc[rows, "accuracy_breakthrough"].mean()) for rows in (below, above)]
    return {"X4.take_off": take_off(), "X4.below": 100 * (means[0] - means[1])}


@claims.answers("X5")
def groups() -> dict[str, float]:
    """Return the groups of tasks: how many, and the accuracy of guessing in percent."""
    found: dict[str, float] = {}
    table = datasets.load(KEY, "task_groups").set_index("group").astype(float)
    for group in table.index:
        found[f"X5.{group}.tasks"] = table["tasks"][group]
        found[f"X5.{group}.chance"] = table["chance_percent"][group]
    return found


@claims.answers("X7")
def on_pythia() -> dict[str, Answer]:
    """Hold the R² of perplexity against that of compute, on Pythia."""
    table = tasks_explained()
    return {
        f"X7.{task}": order(table["perplexity"][task], table["flops"][task])
        for task in (*FIVE, "mean_of_five")
    }


@claims.answers("X8")
def beyond_perplexity() -> dict[str, float]:
    """Return the p-values of what size explains beyond perplexity."""
    return {
        "X8.opt": of_opt().beyond("perplexity").p_value,
        "X8.pythia": beyond().p_value,
        "X8.line": beyond(degree=1, first=LATE).per_decade_p_value,
    }


@claims.answers("X9")
def late() -> dict[str, float]:
    """Return what the accuracy of the small runs follows at the end."""
    table = worse()
    return {
        "X9.with_perplexity": float(np.min(table["with_perplexity"])),
        "X9.with_training": float(np.max(table["with_training"])),
    }
