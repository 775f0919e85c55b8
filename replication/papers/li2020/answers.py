"""The functions behind the claims: the directions of the abstract, on small models of our own."""

from replication.claims import Answer, ClaimSet, ranking
from replication.papers.li2020.data import MAIN, WAYS, measured, trained
from replication.papers.li2020.memory import best_at, frontier, versions
from replication.papers.li2020.speed import best_sizes, to_loss

__all__ = ["HEAVY", "LARGEST_BUDGET", "PAIR", "TARGET", "claims", "pair_at_bytes"]

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
    grown = best.loc[LARGEST_BUDGET, "params"] - best["params"].iloc[0]
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


def pair_at_bytes(
    retrained: float | None = 0.0, budget: float = LARGEST_BUDGET
) -> dict[str, float]:
    """Compare a small model that is compressed lightly with a large one compressed as far.

    The memory is that of the small model rounded to eight bits.

    Parameters
    ----------
    retrained : float or None
        As `versions` takes it; None allows both models either.
    budget : float
        Training compute of both, FLOPs.

    Returns
    -------
    dict
        ``memory`` in bytes, and the losses of ``small`` and of ``large`` in nats per byte.

    Examples
    --------
    >>> found = pair_at_bytes()
    >>> found["large"] > 0 < found["small"]
    True
    """
    table = versions(budget, retrained)
    light = versions(budget).query("width == @PAIR[0] and method == 'round' and level == 8")
    memory = float(light.query("part == @MAIN['round']")["bytes"].iloc[0])
    best = best_at(frontier(table), memory).set_index("width")["loss"]
    return {"memory": memory, "small": best[PAIR[0]], "large": best.get(PAIR[1], float("inf"))}


@claims.answers("L4")
def equal_memory() -> dict[str, Answer]:
    """Order small and large by loss at equal bytes, as they are and trained again."""
    found = {}
    for name, retrained in (("as_is", 0.0), ("again", None)):
        pair = pair_at_bytes(retrained)
        found[f"L4.{name}"] = _order(pair["small"], pair["large"])
    return found
