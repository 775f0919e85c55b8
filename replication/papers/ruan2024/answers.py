"""The claims of ruan2024."""

import numpy as np

from replication.claims import Answer, ClaimSet
from replication.claims.verdict import ranking
from replication.papers.ruan2024.agents import TUNED_BENCHMARKS, agent, tuned
from replication.papers.ruan2024.choice import BUDGETS, affordable, chosen
from replication.papers.ruan2024.data import CUTOFF, KEY, TASKS, models, studied
from replication.papers.ruan2024.growth import family_lines, placed, shared_directions
from replication.papers.ruan2024.prediction import errors, predicted
from replication.principal_components import capabilities

__all__ = ["ARITHMETIC_CUTOFF", "TABLE_1", "claims"]

claims = ClaimSet(KEY)
ARITHMETIC_CUTOFF = CUTOFF / 4
"""Compute, in FLOPs, up to which the arithmetic tasks are said to be fitted."""
TABLE_1: dict[str, tuple[tuple[int, float], tuple[str, ...]]] = {
    "8": ((8, np.inf), ("Llama-2", "MPT", "Mixtral", "Phi")),
    "12": ((12, np.inf), ("DeepSeek-Coder", "Falcon", "Llama-2", "Llama-3")),
    "20": (
        (20, np.inf),
        ("CodeLlama", "DeepSeek-Coder", "Falcon", "Llama-2", "MPT", "Mixtral", "Qwen"),
    ),
    "small_8": ((8, 7e9), ("DeepSeek-Coder", "Llama", "Llama-2", "MPT", "Phi", "Qwen")),
    "small_12": (
        (12, 7e9),
        ("DeepSeek-Coder", "Falcon", "Gemma", "Llama", "Llama-2", "MPT", "Phi", "Qwen"),
    ),
}
"""Budget, most parameters and families of each row of Table 1 of the paper."""


@claims.answers("R1", "R2", "R3")
def directions() -> dict[str, float]:
    """Return the models, the gaps and what the components hold, in percent."""
    table, found = studied(), shared_directions()
    return {
        "R1.models": float(len(table)),
        "R1.families": float(table["family"].nunique()),
        "R2.missing": 100 * found.missing,
        "R3.first": 100 * float(found.shares[0]),
        "R3.three": 100 * float(found.shares.sum()),
        "R3.tuned": 100 * float(capabilities(tuned(), TUNED_BENCHMARKS).shares.sum()),
    }


@claims.answers("R6")
def growth() -> dict[str, float]:
    """Return the worst line within a family, and the decades of compute of all of them."""
    lines = family_lines(placed().query("studied"))
    flops = models().query("in_paper_families == 1")["flops"]
    return {
        "R6.lowest": float(lines["r2"].min()),
        "R6.decades": float(np.log10(flops.max() / flops.min())),
    }


@claims.answers("R7")
def split() -> dict[str, float]:
    """Return how many models are fitted, and how many held out."""
    below = int((studied()["flops"] <= CUTOFF).sum())
    return {"R7.fitted": float(below), "R7.others": float(len(studied()) - below)}


@claims.answers("R8", "R9", "R10")
def figures() -> dict[str, float]:
    """Return the curve and the errors of every panel, and the cutoffs that give them."""
    place = {"emergent": "R8", "post_training": "R9", "leaderboard": "R10"}
    found = {"R8.cutoff": TASKS["sub_3digit"].cutoff / 1e21}
    for task in ("gpqa", "math_hard", "bbh"):
        found[f"R10.cutoff.{task}"] = TASKS[task].cutoff / 1e21
    for row in errors().to_dict("records"):
        head = f"{place[TASKS[row['task']].table]}.{row['task']}.{row['predictor']}"
        for name in ("slope", "intercept", "mse_fitted", "mse_others"):
            found[f"{head}.{name}"] = float(row[name])
    return found


@claims.answers("R17.better")
def better() -> Answer:
    """Hold the errors of both predictors on the other models against each other."""
    table = errors()
    means = np.exp(np.log(table["mse_others"]).groupby(table["predictor"]).mean())
    return Answer(ranking({str(name): float(value) for name, value in means.items()}))


@claims.answers("R11", "R12")
def agents() -> dict[str, float]:
    """Return the curves of the agents and their errors."""
    bench, board = agent("agentbench_overall"), agent("agentboard_success")
    found = {"R11.mse_fitted": bench.mse(True), "R11.mse_others": bench.mse(False)}
    for head, one in (("R11", bench), ("R12", board)):
        found |= {f"{head}.slope": one.slope, f"{head}.intercept": one.intercept}
        found[f"{head}.floor"] = float(one.fit.law.floor)
    return found


@claims.answers("R13")
def v_values() -> dict[str, float]:
    """Return the V-optimality of each budget."""
    return {f"R13.{budget}": chosen(budget, below_cutoff=True)[0] for budget in BUDGETS}


@claims.answers("R14.24", "R14.all")
def few_models() -> dict[str, float]:
    """Return the errors of fits to 24 chosen models and to all."""
    return {"R14.24": affordable(24), "R14.all": affordable()}


@claims.answers("R15")
def recommended() -> dict[str, float]:
    """Return how many families of each row of Table 1 are ours, less the others of both."""
    found = {}
    for name, (limits, families) in TABLE_1.items():
        ours = set(chosen(*limits)[1])
        found[f"R15.{name}"] = float(len(ours & set(families)) - len(ours ^ set(families)))
    return found


@claims.answers("K1.persian")
def persian() -> float:
    """Return the error of Persian questions at the minimum."""
    return predicted("persian_qa", authors=False).mse(fitted=False)


@claims.answers("K2.subtraction")
def subtraction() -> float:
    """Return the slope of 3-digit subtraction with the cutoff as stated."""
    return predicted("sub_3digit", authors=False, cutoff=ARITHMETIC_CUTOFF).slope
