"""The functions behind the claims."""

from typing import Any

import numpy as np

from replication.claims import Answer, ClaimSet, ranking
from replication.lifetime import lifetime_cost_optimal, lifetime_optimal
from replication.papers.sardana2024.data import demand, deployment, list_price, runs
from replication.papers.sardana2024.optima import (
    ABSTRACT_REQUESTS,
    README_LOSS,
    TOKENS,
    chinchilla,
    cost_optimum,
    figure_1,
    law,
    lifetime_flops,
    optimum,
)
from replication.papers.sardana2024.prices import DOLLAR_CASES, dollar_case
from replication.papers.sardana2024.refits import gains, refit

__all__ = ["claims"]

claims = ClaimSet("sardana2024")

FLOP_CASES = {"7B": (7e9, 1e11), "30B": (30e9, 1e13), "70B": (70e9, 1e13)}
"""Examples in FLOPs: size of the Chinchilla model (a count), and inference tokens."""
S13 = (
    "S13.7B.params",
    "S13.7B.tokens_ratio",
    "S13.30B.params",
    "S13.30B.tokens_ratio",
    "S13.30B.saving",
    "S13.70B.params",
    "S13.70B.tokens",
    "S13.70B.chinchilla_tokens",
    "S13.70B.saving",
)
"""What is printed of them."""


@claims.answers("S1")
def smaller_for_longer() -> dict[str, float]:
    """Return what a 7B model of the quality of a Chinchilla 13B saves over its lifetime."""
    example = figure_1()
    return {
        "S1.saving": float(example["saving"]),
        "S1.saving_percent": float(100 * example["saving"] / example["large"]),
    }


@claims.answers("S2")
def given() -> dict[str, float]:
    """Return the coefficients, and the loss of 70B on a trillion tokens."""
    constants = {f"S2.{name}": value for name, value in law().to_dict().items()}
    return constants | {"S2.loss": float(law().loss(70e9, 1e12))}


@claims.answers("S3")
def least_flops() -> dict[str, float]:
    """Return the first example of the README: the fewest FLOPs for a loss and a demand."""
    best = lifetime_optimal(law(), loss=README_LOSS, inference_tokens=TOKENS)
    return _example("S3", best, "flops_ratio")


@claims.answers("S4")
def least_money() -> dict[str, float]:
    """Return the second example of the README: the least money."""
    best = lifetime_cost_optimal(
        law(), deployment("optimal"), loss=README_LOSS, **demand(1e10, "optimal")
    )
    return _example("S4", best, "dollars_ratio")


def _example(claim: str, best: Any, cost: str) -> dict[str, float]:
    return {
        f"{claim}.params": best.params,
        f"{claim}.tokens": best.tokens,
        f"{claim}.params_ratio": 100 * best.params_ratio,
        f"{claim}.tokens_ratio": 100 * best.tokens_ratio,
        f"{claim}.{cost}": 100 * getattr(best, cost),
    }


@claims.answers("S5")
def thirty_billion() -> dict[str, float]:
    """Return the third example of the README: a Chinchilla model of 30B and a billion requests."""
    model = chinchilla(30e9)
    served = sum(demand(1e9, "calculator").values())
    return {
        "S5.tokens": float(model.tokens),
        "S5.loss": float(model.loss),
        "S5.training_flops": float(model.flops),
        "S5.flops": float(lifetime_flops(model.params, model.tokens, served)),
    }


@claims.answers("S6")
def price() -> dict[str, float]:
    """Return what the third example costs, at the prices given to the script and at its own."""
    model = chinchilla(30e9)
    defaults = {
        "train_dollars_per_hour": list_price("H100", "bf16"),
        "inference_dollars_per_hour": list_price("A100_40", "int8"),
    }
    found: dict[str, float] = {}
    for suffix, changes in (("", {}), ("_defaults", defaults)):
        rented = deployment("calculator", **changes)
        size = {"params": model.params, "tokens": model.tokens}
        found[f"S6.train{suffix}"] = float(rented.dollars(**size))
        found[f"S6.total{suffix}"] = float(rented.dollars(**size, **demand(1e9, "calculator")))
    return found


@claims.answers("S7")
def smaller_and_longer() -> dict[str, float]:
    """Return by how many per cent size and tokens change for a billion requests."""
    found: dict[str, float] = {}
    for size in ("7B", "70B"):
        best = cost_optimum(float(size[:-1]) * 1e9, ABSTRACT_REQUESTS)
        found[f"S7.params_{size}"] = 100 * (float(best.params_ratio) - 1)
        found[f"S7.tokens_{size}"] = 100 * (float(best.tokens_ratio) - 1)
    return found | {"S7.digest": found["S7.params_70B"]}


@claims.answers("S8")
def excess_of_70b() -> float:
    """Return what a Chinchilla 70B needs beyond the optimum of its quality, in per cent."""
    return 100 * (1 / float(optimum(70e9, TOKENS).flops_ratio) - 1)


@claims.answers("S9")
def keeps_improving() -> dict[str, float]:
    """Return the longest training, and the least favourable change of the loss with length."""
    table = runs()
    steps = table.groupby("params")["loss"].diff()
    return {
        "S9.change": float(np.nanmax(steps)),
        "S9.longest": float(table["tokens_per_param"].max()),
    }


@claims.answers("S10")
def over_optimism() -> dict[str, Answer | float]:
    """Return by how much each refit overstates the gain of longer training, in nats."""
    over = gains().set_index("cutoff")["over"]
    found: dict[str, Answer | float] = {f"S10.over_{k}": float(v) for k, v in over.items()}
    return found | {"S10.order": Answer(ranking({str(k): float(v) for k, v in over.items()}))}


@claims.answers("S11")
def number_of_runs() -> float:
    """Return how many models were trained."""
    return float(len(runs()))


@claims.answers("S12")
def refitted() -> dict[str, float]:
    """Return the exponents and the irreducible loss of the first and the last refit of Table 1."""
    return {
        f"S12.{cutoff}.{name}": value
        for cutoff in ("100", "all")
        for name, value in refit(cutoff).law.to_dict().items()
        if name in ("alpha", "beta", "E")
    }


@claims.answers("S13")
def examples_in_flops() -> dict[str, float]:
    """Return the paper's examples of fewest FLOPs: billions, trillions, per cent."""
    found: dict[str, float] = {}
    for name, (size, served) in FLOP_CASES.items():
        best = optimum(size, served)
        found[f"S13.{name}.params"] = float(best.params) / 1e9
        found[f"S13.{name}.tokens_ratio"] = float(best.tokens_ratio)
        found[f"S13.{name}.saving"] = 100 * (1 - float(best.flops_ratio))
        found[f"S13.{name}.tokens"] = float(best.tokens) / 1e12
        found[f"S13.{name}.chinchilla_tokens"] = float(chinchilla(size).tokens) / 1e12
    return {name: found[name] for name in S13}


@claims.answers("S14")
def examples_in_dollars() -> dict[str, float]:
    """Return the paper's examples of least cost, at the stated prices."""
    asked = {
        "30B": ("params", "tokens", "saving"),
        "70B": ("excess",),
        "70B_more": ("params", "tokens", "saving"),
    }
    return {
        f"S14.{name}.{quantity}": dollar_case(name, quantity)
        for name in DOLLAR_CASES
        for quantity in asked[name]
    }
