"""The claims of muennighoff2023."""

from dataclasses import replace

import numpy as np

from replication.claims import Answer, ClaimSet
from replication.claims.verdict import ranking
from replication.fitting import fit
from replication.laws import Law
from replication.papers.muennighoff2023.data import (
    FULL_RUNS,
    KEY,
    UNIQUE,
    base,
    fitted_runs,
    loss_grid,
    printed,
    returns,
    runs,
)
from replication.papers.muennighoff2023.fits import fitted, quality
from replication.papers.muennighoff2023.forms import ExponentDecay, Exponential, Geometric
from replication.papers.muennighoff2023.paths import ends

__all__ = ["GALACTICA", "TABLE_1", "claims", "half_life"]

claims = ClaimSet(KEY)
TABLE_1: dict[str, Law] = {
    "none": replace(printed(), R_D_star=np.inf, R_N_star=np.inf),
    "n_only": replace(printed(), R_D_star=np.inf, R_N_star=713.0015),
    "d_only": replace(printed(), R_D_star=2.9157, R_N_star=np.inf),
    "both": printed(),
    "geometric": Geometric(delta_D=0.0104, delta_N=0.3676),
    "exponential": Exponential(k_D=0.0105, k_N=0.3676),
    "exponents": ExponentDecay(R_D_star=26530.611, R_N_star=2040.8163),
}
"""The forms of Table 1 of the paper with the constants that it prints."""
GALACTICA = {"params": 120e9, "tokens": 450e9, "unique_tokens": 106e9}
"""The run that Appendix G would have trained otherwise."""


def half_life(star: float) -> float:
    """Return the repeats after which one more is worth half a fresh one: R_star ln 2.

    Examples
    --------
    >>> round(half_life(15.387756), 1)
    10.7
    """
    return star * float(np.log(2))


@claims.answers("M1")
def base_law() -> dict[str, float]:
    """Return the base law, and the parameters that it asks for per unique token."""
    law = base()
    fields = {f"M1.{name}": float(getattr(law, name)) for name in ("A", "B", "E", "alpha")}
    return fields | {"M1.matched": float(printed().matched_params(1e9) / 1e9)}


@claims.answers("M2")
def constants() -> dict[str, float]:
    """Return the two constants, beside the printed ones and at the lowest, and the runs used."""
    law = fitted("printed").law
    return {
        "M2.R_D_star": law.R_D_star,
        "M2.R_N_star": law.R_N_star,
        "M2.lowest": fitted().law.R_D_star,
        "M2.runs": float(len(fitted_runs())),
        "M2.most_epochs": float(fitted_runs()["epochs"].max()),
    }


@claims.answers("M3")
def table_1() -> dict[str, float]:
    """Return the two measures of each form with its printed constants, in both versions."""
    found: dict[str, float] = {}
    for name, law in TABLE_1.items():
        measured = quality(law)
        found[f"M3.{name}.r2"] = measured["r2"]
        if name != "none":
            found[f"M3.{name}.huber"] = measured["huber"]
        if name != "exponents":
            found[f"M3.{name}.r2_v4"] = measured["r2"]
    every = quality(TABLE_1["exponents"], runs())
    return found | {"M3.exponents.huber": every["huber"]}


@claims.answers("M4")
def other_forms() -> dict[str, float]:
    """Return the constants of the other forms of Table 1, fitted again."""
    geometric = fit(Geometric, fitted_runs()).law
    exponential = fit(Exponential, fitted_runs()).law
    return {
        "M4.d_only": fitted("D only").law.R_D_star,
        "M4.n_only": fitted("N only").law.R_N_star,
        "M4.delta_D": geometric.delta_D,
        "M4.delta_N": geometric.delta_N,
        "M4.k_D": exponential.k_D,
        "M4.k_N": exponential.k_N,
        "M4.k_N_notebook": exponential.k_N,
    }


@claims.answers("M5")
def gopher() -> dict[str, float]:
    """Return what the base law asks of the budget of Gopher, in billions and trillions."""
    best = base().optimal(flops=5.76e23)
    return {"M5.params": float(best.params) / 1e9, "M5.tokens": float(best.tokens) / 1e12}


@claims.answers("M6")
def notebook() -> dict[str, float]:
    """Return the two predictions of the repository's example."""
    law = printed()
    return {
        "M6.fewer": float(law.loss(6.34e9, 242e9, 25e9)),
        "M6.more": float(law.loss(8.67e9, 178e9, 25e9)),
    }


@claims.answers("M7")
def allocation() -> dict[str, float]:
    """Return the pair of runs of Figure 1, which share data and compute."""
    table = runs()
    pair = table[(table["unique_tokens"] == 25e9) & (table["params"] > 6e9)]
    small, large = (row for _, row in pair.sort_values("params").iterrows())
    best = printed().optimal(flops=small["flops"], unique_tokens=25e9)
    return {
        "M7.large": large["loss"],
        "M7.small": small["loss"],
        "M7.large_epochs": large["epochs"],
        "M7.small_epochs": small["epochs"],
        "M7.fewer": 100 * (1 - small["params"] / large["params"]),
        "M7.flops": large["flops"],
        "M7.optimum": float(best.params) / 1e9,
    }


@claims.answers("M15")
def better() -> Answer:
    """Hold the losses of that pair against each other."""
    found = allocation()
    return Answer(ranking({"8.67B": found["M7.large"], "6.34B": found["M7.small"]}))


@claims.answers("M8")
def worked_example() -> dict[str, float]:
    """Return Appendix A's example: unique tokens seen five times, a quarter lost each time."""
    star = (1 - 0.25) / 0.25
    repeats = np.array([4.0, 100.0])
    exponential = 1 - star * np.expm1(-repeats / star)
    return {
        "M8.geometric": float(Geometric.worth(repeats, 0.25)[0]),
        "M8.exponential": float(exponential[0]),
        "M8.plateau": float(exponential[1]),
    }


@claims.answers("M9")
def four_epochs() -> dict[str, float]:
    """Return what four epochs cost, in percent of the loss."""
    finals = ends().set_index(["dataset", "size", "epochs"])["excess"]
    table = returns()
    once = table[(table["size"] == "8.7B") & (table["epochs"].round() == 4)]["excess"].iloc[0]
    return {
        "M9.validation": 100 * float(finals["c4", "8.7B", 4]),
        "M9.test": 100 * float(once),
    }


@claims.answers("M10")
def grids() -> dict[str, float]:
    """Return the runs of Figures 3 and 8: how many, the best of one epoch, the best of all."""
    found: dict[str, float] = {}
    for name in UNIQUE:
        grid = loss_grid(name)
        best = grid.nsmallest(1, "loss").iloc[0]
        # The smallest of the models that see their data once is the one that the data call for.
        first = grid[grid["epochs"] == 1].nsmallest(1, "params").iloc[0]
        found |= {
            f"M10.{name}.runs": float(len(grid)),
            f"M10.{name}.first": first["loss"],
            f"M10.{name}.first_params": first["params"] / 1e6,
            f"M10.{name}.best": best["loss"],
            f"M10.{name}.best_params": best["params"] / 1e6,
            f"M10.{name}.best_epochs": best["epochs"],
        }
        if name == "100M":
            found["M10.100M.ratio"] = best["flops"] / first["flops"]
    return found


@claims.answers("M11.half_life")
def epochs_at_star() -> float:
    """Return the epochs at which one more is worth 1/e of a fresh one."""
    return printed().R_D_star + 1


@claims.answers("M12")
def galactica() -> dict[str, float]:
    """Return what the law would have trained instead of Galactica, with its own compute."""
    flops = 6 * GALACTICA["params"] * GALACTICA["tokens"]
    best = printed().optimal(flops=flops, unique_tokens=GALACTICA["unique_tokens"])
    return {
        "M12.params": float(best.params) / 1e9,
        "M12.tokens": float(best.tokens) / 1e12,
        "M12.epochs": float(best.epochs),
        "M12.flops": flops,
        "M12.seen": GALACTICA["tokens"] / GALACTICA["unique_tokens"],
    }


@claims.answers("M13")
def second_text() -> float:
    """Return what four epochs cost on the second text, on average over sizes, in percent."""
    table = ends()
    same = table[(table["dataset"] == "oscar") & (table["epochs"] == 4)]
    assert set(same["size"]) < set(FULL_RUNS)
    return 100 * float(same["excess"].mean())
