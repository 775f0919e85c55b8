"""The functions behind the claims."""

import math

from replication.claims import Answer, ClaimSet
from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.datasets import published
from replication.papers.porian2024.data import ADJUSTED, DATASETS, STEPS, experiments
from replication.papers.porian2024.recipe import (
    CHINCHILLA_FLOPS,
    LEVEL,
    frontier,
    interval,
    loss_fit,
    ratio_range,
)

__all__ = [
    "HOFFMANN_RATIO",
    "ROWS",
    "claims",
    "printed_rows",
]

claims = ClaimSet("porian2024")

ROWS = {f"P{i}": name for i, name in enumerate((*STEPS, ADJUSTED), start=1)}
"""The rows of Table 1 by the claims that quote them."""
HOFFMANN_RATIO = 20.0
"""Tokens per parameter of the reference line N = (C / 120)^.5."""


def table_1(dataset: str, experiment: str) -> dict[str, float | Answer]:
    """Return a row of Table 1: exponent, interval, R^2 and range of tokens per parameter.

    The table cuts off the decimals of the range, as its code does with ``int``.

    Examples
    --------
    >>> table_1("refinedweb", "tuned_no_decay")["ratio_low"]
    14.0
    """
    found = frontier(dataset, experiment)
    low, high = interval(found)
    ratios = ratio_range(dataset, experiment)
    return {
        "a": Answer(found.a, low=low, high=high),
        "a_low": low,
        "a_high": high,
        "r2": found.r2,
        "ratio_low": float(math.floor(ratios[0])),
        "ratio_high": float(math.floor(ratios[1])),
    }


def printed_rows() -> list[tuple[str, str, str]]:
    """Return the rows of Table 1: what their claims begin with, training text, experiment.

    Examples
    --------
    >>> printed_rows()[-1]
    ('P6.refinedweb', 'refinedweb', 'kaplan_adjusted')
    """
    trained = set(experiments()[["dataset", "experiment"]].itertuples(index=False, name=None))
    return [
        (f"{claim}.{dataset}", dataset, name)
        for claim, name in ROWS.items()
        for dataset in DATASETS
        if (dataset, name) in trained
    ]


@claims.answers(*ROWS)
def table_rows() -> dict[str, float | Answer]:
    """Return all rows of Table 1, and the exponent that the text gives the adjusted runs."""
    text = {"P6.text.a": Answer(frontier("refinedweb", ADJUSTED).a)}
    return text | {
        f"{key}.{column}": value
        for key, dataset, name in printed_rows()
        for column, value in table_1(dataset, name).items()
    }


@claims.answers("P7")
def at_chinchilla() -> dict[str, float | Answer]:
    """Return N_opt at Chinchilla's compute, four decades beyond the budgets."""
    found: dict[str, float | Answer] = {}
    for dataset in DATASETS:
        for name in STEPS:
            band = frontier(dataset, name).draws.optimal(flops=CHINCHILLA_FLOPS, level=LEVEL)
            size = Answer.of(band.set_index("quantity"), "params")
            found[f"P7.{dataset}.{name}"] = size
            if name == "tuned_no_decay":
                assert size.low is not None
                assert size.high is not None
                found[f"P7.{dataset}.{name}_low"] = size.low
                found[f"P7.{dataset}.{name}_high"] = size.high
    return found


@claims.answers("P8")
def reference_lines() -> dict[str, float]:
    """Return the coefficients of the lines drawn for Kaplan (C in PF-days) and for Hoffmann."""
    found: dict[str, float] = {}
    for name in ("kaplan", "kaplan_adjusted"):
        law = published("porian2024", name).to_dict()
        found |= {f"P8.{name}_prefactor": law["A"], f"P8.{name}_exponent": -law["alpha"]}
    return found | {"P8.hoffmann_divisor": FLOPS_PER_PARAM_TOKEN * HOFFMANN_RATIO}


@claims.answers("P11")
def loss_laws() -> dict[str, float]:
    """Return the loss along the frontier of the tuned runs: L = A C^-alpha + E."""
    found: dict[str, float] = {}
    for dataset in DATASETS:
        law = loss_fit(dataset, "tuned_no_decay").law.to_dict()
        found |= {f"P11.{dataset}.{name}": law[name] for name in ("A", "E", "alpha")}
    return found


@claims.answers("P14")
def loss_laws_of_wider_windows() -> dict[str, float]:
    """Return the loss along the tuned frontier with one and with two budgets more (RefinedWeb)."""
    found: dict[str, float] = {}
    for name, window in (("seven", (1e16, 1e18)), ("eight", (1e16, 2e18))):
        law = loss_fit("refinedweb", "tuned_no_decay", window).law.to_dict()
        found |= {f"P14.{name}.{field}": law[field] for field in ("A", "E", "alpha")}
    return found
