"""The claims of kumar2024."""

from dataclasses import replace

import numpy as np

from replication.claims import Answer, ClaimSet
from replication.claims.verdict import ranking
from replication.fitting import fit
from replication.papers.kumar2024.data import KEY, NO_CACHE, printed, quest, rounding
from replication.papers.kumar2024.fits import added_loss_fit, inverted, precision_fit, shares
from replication.papers.kumar2024.schemes import SCHEMES, Shares

__all__ = ["BUDGETS", "LLAMAS", "claims", "larger"]

claims = ClaimSet(KEY)
LLAMAS = {"8B": 8e9, "70B": 70e9, "405B": 405e9}
"""Parameters of the models that Figure 6 marks."""
BUDGETS = np.geomspace(1e18, 1e24, 7)
"""Training FLOPs over which the best precision is compared."""
FLOOR = 0.0014
"""Irreducible loss at which the optimiser of QuEST's notebook stopped."""


def larger(bits: float, offsets: bool = True) -> float:
    """Return how many times larger a model of so many bits must be to be worth one of sixteen.

    Examples
    --------
    >>> round(larger(4), 1), round(larger(4, offsets=False), 1)
    (5.2, 1.6)
    """
    law = printed(offsets)
    return float(law.kept() / law.kept(bits, bits, bits))


@claims.answers("K1")
def constants() -> dict[str, float]:
    """Return the constants of Table 2 as the laws of the package hold them."""
    found = {f"K1.{name}": float(value) for name, value in printed().to_dict().items()}
    after = rounding(offset=False).to_dict()
    found |= {f"K1.{name}": float(value) for name, value in after.items()}
    return found | {"K1.n_post": float(np.log(rounding().C_T / rounding(offset=False).C_T))}


@claims.answers("K2")
def best_bits() -> dict[str, float]:
    """Return the compute-optimal precision: by the printed law, and by other evidence."""
    law = printed()
    ours = inverted()
    straight = ours[ours["method"] == "STE"].set_index("bits")["per_bit"]
    return {
        "K2.bits": float(law.best_bits()),
        "K2.main_text": float(printed(offsets=False).best_bits()),
        "K2.no_cache": float(replace(law, **NO_CACHE).best_bits()),
        "K2.quest": float(precision_fit("two bits and more").law.best_bits()),
        "K2.straight": float(straight.index[int(straight.to_numpy().argmax())]),
    }


@claims.answers("K3")
def budget() -> float:
    """Return by how many bits the best precision moves over six decades of compute.

    By brute force over size and bits, and not by the formula in which the budget drops out.
    """
    law, found = printed(), []
    bits = np.linspace(6, 8, 201)
    for flops in BUDGETS:
        best = law.optimal(flops=flops)
        size = np.asarray(best.params) * np.geomspace(0.5, 2, 401)[:, None]
        tokens = flops * 16 / (6 * size * bits)
        loss = np.asarray(law.loss(size, tokens, bits, bits, bits))
        found.append(bits[np.unravel_index(loss.argmin(), loss.shape)[1]])
    return float(np.ptp(found))


@claims.answers("K4")
def size_at_four() -> dict[str, float]:
    """Return the factor in size that four bits cost: printed law, its main text, QuEST's runs."""
    found = precision_fit("two bits and more").law
    return {
        "K4.ratio": larger(4),
        "K4.main_text": larger(4, offsets=False),
        "K4.quest": float(found.kept() / found.kept(4, 4)),
    }


@claims.answers("K6.order")
def fixed_size() -> Answer:
    """Order the sizes of Figure 6 by the precision that 15T tokens of compute ask for."""
    law = printed()
    values = {
        name: float(law.optimal(flops=6 * params * 15e12, params=params).bits)
        for name, params in LLAMAS.items()
    }
    return Answer(ranking(values))


@claims.answers("K6.grows")
def fixed_size_grows() -> float:
    """Return how the best precision of 8B parameters changes from 1T to 15T tokens of compute."""
    law = printed()
    bits = [float(law.optimal(flops=6 * 8e9 * d, params=8e9).bits) for d in (1e12, 15e12)]
    return bits[1] - bits[0]


@claims.answers("K11")
def critical_ratio() -> dict[str, float]:
    """Return the tokens per parameter beyond which more of them hurt the smallest model."""
    base = printed().base
    return {
        f"K11.bits_{bits}": float(rounding().critical_tokens(3e7, bits, base=base)) / 3e7
        for bits in (4, 5)
    }


@claims.answers("K12")
def exponents() -> dict[str, float]:
    """Return the exponents of the bits in the best size and tokens, what is kept being held."""
    law, step = printed(), 1.01
    # Below what it keeps, a bit acts on the budget alone: C/P in place of C.
    here, there = (law.base.optimal(flops=1e21 / factor) for factor in (1.0, step))
    return {
        "K12.params": float(np.log(there.params / here.params) / np.log(step)),
        "K12.tokens": float(np.log(there.tokens / here.tokens) / np.log(step)),
    }


@claims.answers("Q1", "Q2")
def of_quest() -> dict[str, float]:
    """Return the law of QuEST's notebook, with the irreducible loss held where it stopped."""
    found = shares(FLOOR).law
    values = {f"Q1.{name}": float(getattr(found, name)) for name in ("A", "alpha", "B", "beta")}
    free = fit(Shares, quest(), objective="log-lsq", starts=[found])
    printed_of = [name for name in SCHEMES if not name.startswith("weights")]
    held = {f"Q2.{name}": found.share(name) for name in printed_of}
    return values | {"Q1.E": free.law.E} | held


@claims.answers("O1")
def own_experiment() -> dict[str, float]:
    """Return the exponents of our rounded byte models."""
    law = added_loss_fit("constant").law
    return {
        "O1.tokens": law.gamma_D,
        "O1.params": law.gamma_N,
        "O1.gamma_D": law.gamma_D,
        "O1.gamma_post": law.gamma_post,
    }
