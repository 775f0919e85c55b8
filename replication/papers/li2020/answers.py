"""The functions behind the claims: the directions of the abstract, on small models of our own."""

from replication.claims import Answer, ClaimSet, ranking
from replication.papers.li2020.data import WAYS, measured, trained
from replication.papers.li2020.memory import duels
from replication.papers.li2020.speed import best_sizes, to_loss

__all__ = ["AGAIN", "HEAVY", "LARGEST_BUDGET", "PAIR", "TARGET", "claims"]

claims = ClaimSet("li2020")

TARGET = 1.8
"""Loss in nats per byte to which bytes and compute are counted: about the lowest of the pair."""
LARGEST_BUDGET = 1e12
"""Compute at which sizes are compared: the largest to which every width of the grid was trained."""
PAIR = (16, 64)
"""Widths that stand for small and large: the ends of the grid."""
HEAVY = {"round": 4, "prune": 0.5}
"""Levels at which what compression adds is compared."""
AGAIN = 0.1
"""Training again, as a share of the run's own steps."""


def _order(small: float, large: float) -> Answer:
    return Answer(ranking({"small": small, "large": large}))


@claims.answers("L1")
def convergence() -> dict[str, Answer]:
    """Order a small and a large width by the bytes, compute and seconds that lead to a loss."""
    found = to_loss(TARGET).set_index("width").loc[list(PAIR)]
    columns = {"L1.steps": "tokens", "L1.compute": "flops", "L1.clock": "cpu_s"}
    return {name: _order(*found[column]) for name, column in columns.items()}


@claims.answers("L2.best", "L2.grows")
def optimum() -> dict[str, Answer | float]:
    """Say whether the largest size is the best at the largest budget, and whether it grows."""
    best = best_sizes().set_index("isoflop_budget")
    table = trained()
    table = table[(table["isoflop_budget"] == LARGEST_BUDGET) & (table["seed"] == 0)]
    losses = table.set_index("width")["loss"]
    largest = losses.index.max()
    order = ranking({"smaller": losses.drop(largest).min(), "largest": losses[largest]})
    grown = best["params"][LARGEST_BUDGET] - best["params"].iloc[0]
    return {"L2.best": Answer(order), "L2.grows": float(grown)}


@claims.answers("L3")
def robustness() -> dict[str, Answer]:
    """Order small and large by what compression adds to the loss, at equal compute."""
    found = {}
    for way in WAYS:
        table = measured(way, HEAVY[way]).query("isoflop_budget == @LARGEST_BUDGET and seed == 0")
        added = table.set_index("width")["added_loss"]
        found[f"L3.{way}"] = _order(*added[[min(PAIR), max(PAIR)]])
    return found


@claims.answers("L4")
def equal_memory() -> dict[str, Answer]:
    """Order small and large by loss at equal bytes, as they are and trained again."""
    found = {}
    for name, retrained in (("as_is", 0.0), ("again", None)):
        duel = duels(LARGEST_BUDGET, retrained).set_index("width")
        found[f"L4.{name}"] = _order(*(float(duel[side][PAIR[0]]) for side in ("small", "large")))
    return found
