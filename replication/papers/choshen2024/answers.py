"""The claims of choshen2024."""

import numpy as np

from replication.claims import Answer, ClaimSet
from replication.claims.verdict import ranking
from replication.papers.choshen2024.coefficients import components, ties
from replication.papers.choshen2024.data import KEY, LADDERS
from replication.papers.choshen2024.effects import doublings, repeats, thirty_times
from replication.papers.choshen2024.solvers import stuck
from replication.papers.choshen2024.sweep import main_table, nested
from replication.papers.choshen2024.variant_fits import variant

__all__ = ["claims"]

claims = ClaimSet(KEY)


def order(**values: float) -> Answer:
    """Return names from the largest value to the smallest."""
    return Answer(ranking({name: float(value) for name, value in values.items()}))


@claims.answers("H2.best")
def typical() -> float:
    """Return the median ARE over the families by the paper's rule, in percent."""
    return float(100 * main_table()["10B"].median())


@claims.answers("H3")
def early_part() -> dict[str, float]:
    """Return the ARE on OPT and Pythia with and without the first 10B tokens, in percent."""
    table = 100 * main_table()
    found = {}
    for rule, name in (("all", "all"), ("10B", "cut")):
        found[f"H3.opt_{name}"] = 100 * variant(f"opt, {rule}")
        found[f"H3.opt_{name}_nats"] = float(table[rule]["opt"])
        found[f"H3.pythia_{name}"] = float(table[rule]["pythia"])
    return found


@claims.answers("H4")
def finals() -> dict[str, Answer]:
    """Return which is further off, the final checkpoints or all without the first tenth."""
    table = main_table()
    names = {"deepmind": "deepmind-dense"} | {n: n for n in ("gpt3", "pythia", "trunks")}
    found = {
        f"H4.{said}": order(finals=table["finals, size"][name], checkpoints=table["tenth"][name])
        for said, name in (names | {"opt_size": "opt"}).items()
    }
    five = order(finals=table["finals"]["opt"], checkpoints=table["tenth"]["opt"])
    return found | {"H4.opt": five}


@claims.answers("H5")
def partly_trained() -> dict[str, Answer | float]:
    """Return whether a part of the largest run helps: in the median, and family by family."""
    table = main_table()
    middle = table.median()
    return {
        "H5.median": order(**{"without": middle["tenth"], "with": middle["seen 30"]}),
        "H5.share": float((table["seen 30"] < table["tenth"]).mean()),
    }


@claims.answers("H6")
def baselines() -> dict[str, float]:
    """Return how far the better baseline is off."""
    best = 100 * main_table()["best"]
    return {
        "H6.mean": float(best.mean()),
        "H6.over_15": float(best.mean()),
        "H6.over_10": float((best > 10).mean()),
        "H6.under_5": float((best < 5).mean()),
    }


@claims.answers("H7.gpt3", "H7.opt")
def four_smallest() -> dict[str, float]:
    """Return the ARE of the four smallest models, in percent."""
    return {f"H7.{name}": 100 * variant(f"{name}, four smallest") for name in ("gpt3", "opt")}


@claims.answers("H8.five")
def five_models() -> Answer:
    """Return whether five sizes are better than two, in the median over the ladders."""
    tables = [nested(name)["tenth"] for name in LADDERS]
    two, five = (np.median([t[count] for t in tables]) for count in (2, 5))
    return order(two=two, five=five)


@claims.answers("H9")
def tied() -> dict[str, float]:
    """Return the correlation of each scale with its exponent, and what three components explain."""
    return {
        "H9.ties": float(ties("alpha")["r"]["all"]),
        "H9.ties_B": float(ties("beta")["r"]["all"]),
        "H9.components": 100 * components()[2],
    }


@claims.answers("H10")
def from_one_model() -> dict[str, float]:
    """Return the ARE of laws of one size, in percent."""
    found = {
        f"H10.opt_{size.rstrip('b').replace('.', '')}": 100
        * variant(f"opt {size} alone, perplexity")
        for size in ("6.7b", "13b", "30b")
    }
    return found | {"H10.olmo": 100 * variant("olmo 1B alone, nats")}


@claims.answers("H11.double", "H11.thirty", "H11.compound", "H11.four", "H11.fourteen", "H11.many")
def effects() -> dict[str, float]:
    """Return the effects that can be measured on other chapters' runs, in percent."""
    again = 100 * repeats()
    return {
        "H11.double": float(100 * np.nanmean(doublings())),
        "H11.thirty": float(100 * np.mean(thirty_times())),
        "H11.compound": 100 * (1.04**5 - 1),
        "H11.four": float(again[[2, 3, 4]].max().max()),
        "H11.fourteen": float(again[14].mean()),
        "H11.many": float(again[44].mean()),
    }


@claims.answers("H13.solver")
def solvers() -> Answer:
    """Return which optimiser misses the minimum more often."""
    return order(**{name: float(count) for name, count in stuck().items()})


@claims.answers("H14.naive")
def better_than_naive() -> Answer:
    """Return whether the law beats the better baseline, in the median over the families."""
    table = main_table().median()
    return order(baseline=table["best"], law=table["tenth"])
