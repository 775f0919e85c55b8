"""The functions behind the claims."""

import numpy as np

from replication.claims import Answer, ClaimSet
from replication.papers.hagele2024.averaging import share_recovered
from replication.papers.hagele2024.comparison import (
    StraightLine,
    pairs,
    perplexity_line,
    transfer,
)
from replication.papers.hagele2024.cooldowns import best_rates, by_fraction, final_loss
from replication.papers.hagele2024.data import models, runs, suite
from replication.papers.hagele2024.savings import (
    chinchilla_suite,
    gpu_hours,
    helper_flops,
    planned_ratios,
    suite_flops,
)

__all__ = ["FIGURE_3", "claims"]

claims = ClaimSet("hagele2024")

FIGURE_3 = (22222, 33333, 44444)
"""Lengths of the 210M runs of Figure 3, in steps."""


def _line(name: str, line: StraightLine) -> dict[str, Answer]:
    """Return slope and intercept of a line with their intervals."""
    return {
        f"{name}.slope": Answer(line.slope, low=line.slope_low, high=line.slope_high),
        f"{name}.intercept": Answer(
            line.intercept, low=line.intercept_low, high=line.intercept_high
        ),
    }


@claims.answers("H1", "H2")
def scatter_lines() -> dict[str, Answer]:
    """Return the lines of Figure 12, right: cosine against cooldown and averaged weights."""
    return _line("H1", perplexity_line()) | _line("H2", perplexity_line("averaged"))


@claims.answers("H3", "H4.flops", "H4.ratio", "H8.flops")
def compute() -> dict[str, float]:
    """Return the FLOPs of the suite by the convention of the figure."""
    flops = suite_flops()
    ratio = flops["figure"] / flops["cosine"]
    return {
        "H3": flops["cosine"],
        "H4.flops": flops["figure"],
        "H4.ratio": ratio,
        "H8.flops": 1 - ratio,
    }


@claims.answers("H5")
def helper_ratios() -> dict[str, float]:
    """Return the ratios of the FLOP helper, by size."""
    return {f"H5.{size}": float(ratio) for size, ratio in planned_ratios().items()}


@claims.answers("H6", "H7", "H8.time")
def hours() -> dict[str, float]:
    """Return logged GPU hours of the suite."""
    total = gpu_hours().sum()
    branched = float(total["constant"] + total["cooldown"])
    cosine = float(total["cosine"])
    return {"H6": cosine, "H7": branched, "H8.time": 1 - branched / cosine}


@claims.answers("H9")
def chinchilla() -> dict[str, float]:
    """Return the FLOPs of a suite of Chinchilla's sizes, and what is left with cooldowns."""
    scratch, reused = chinchilla_suite()
    return {"H9.scratch": scratch, "H9.reused": reused, "H9.ratio": reused / scratch}


@claims.answers("H10")
def perplexities_210m() -> dict[str, float]:
    """Return the last validation perplexities of the 210M runs of Figure 3."""
    table = runs()
    table = table[(table["size"] == "210M") & table["steps"].isin(FIGURE_3)]
    losses = table.set_index(["schedule", "steps"])["loss_periodic"].to_dict()
    return {
        f"H10.{schedule}.{steps}": float(np.exp(losses[schedule, steps]))
        for schedule in ("cosine", "cooldown")
        for steps in FIGURE_3
    }


@claims.answers("H11")
def where_cooldown_passes() -> dict[str, float]:
    """Return cosine minus cooldown at 10 and 20 %, and what lies beyond; 124M, rate .001."""
    cosine = final_loss("cosine", 25000, 1e-3, cosine_final_lr_fraction=0.1)
    by_length = by_fraction(25000)[1e-3]
    return {
        "H11.10": float(cosine - by_length[0.1]),
        "H11.20": float(cosine - by_length[0.2]),
        "H11.plateau": float(by_length[0.2] - by_length.min()),
    }


def _cooldown_20(shape: str, steps: float, peak_lr: float) -> float:
    """Return the loss after a cooldown of 20 %."""
    return final_loss("cooldown", steps, peak_lr, decay_shape=shape, decay_fraction=0.2)


@claims.answers("H12")
def gain_of_sqrt() -> dict[str, float]:
    """Return linear minus 1 - sqrt at 20 %, 124M, rate .001."""
    return {
        f"H12.{steps}": _cooldown_20("linear", steps, 1e-3) - _cooldown_20("sqrt", steps, 1e-3)
        for steps in (25000, 50000)
    }


@claims.answers("H13")
def cosine_to_zero() -> float:
    """Return the cosine to zero minus 1 - sqrt at 20 %, 124M, 50,000 steps, rate .001."""
    cosine = final_loss("cosine", 50000, 1e-3, cosine_final_lr_fraction=0.0)
    return cosine - _cooldown_20("sqrt", 50000, 1e-3)


@claims.answers("H14.mean", "H14.largest", "H17")
def matches() -> dict[str, float]:
    """Return cooldown minus cosine on both texts."""
    there, here = transfer()["difference"], pairs()["difference"]
    return {
        "H14.mean": float(there.mean()),
        "H14.largest": float(there.abs().max()),
        "H17": float(here.mean()),
    }


@claims.answers("H15")
def best_constant_rate() -> dict[str, float]:
    """Return the best constant rate over the best rate of a cosine, 124M, 50,000 steps."""
    best = {name: rates[50000] for name, rates in best_rates().to_dict().items()}
    return {
        "H15.to_tenth": best["linear"] / best["cosine_to_tenth"],
        "H15.to_zero": best["linear"] / best["cosine_to_zero"],
    }


@claims.answers("H18")
def averaging() -> float:
    """Return the share of the gap to the cosine that averaging closes."""
    return share_recovered()


@claims.answers("H19")
def helper_rows() -> dict[str, float]:
    """Return what the FLOP helper prints for the largest model, and the lengths it plans."""
    largest = models().iloc[-1]
    longest = suite("cosine").groupby("size")["steps"].agg(["min", "max"])
    return {
        "H19.params_360M": float(largest["params"]),
        "H19.flops_360M": helper_flops("360M"),
        "H19.steps_53M": float(longest["min"].to_dict()["53M"]),
        "H19.steps_124M": float(longest["max"].to_dict()["124M"]),
    }
