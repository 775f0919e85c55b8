"""Section 6.3 of kaplan2020: where the laws of data and of compute contradict each other."""

from typing import Any

from replication.laws import KaplanFlops, KaplanJoint, KaplanTokens, PowerLaw
from replication.papers.kaplan2020.allocation import at_one_pf_day
from replication.papers.kaplan2020.constants import claims, law, theory, trend
from replication.specification import Curve, specify
from replication.units import PF_DAY, pf_days_from_flops

__all__ = ["readings"]


def cross(data: KaplanTokens, tokens: PowerLaw, compute: KaplanFlops) -> dict[str, float]:
    """Return where the loss that compute promises undercuts what its data allow.

    Parameters
    ----------
    data : KaplanTokens
        The loss in data.
    tokens : PowerLaw
        Tokens that compute-efficient training sees, in FLOPs.
    compute : KaplanFlops
        The loss in compute.

    Returns
    -------
    dict
        ``flops`` (PF-days), ``params`` by Table 6, ``tokens``, ``loss`` (nats per token).

    Examples
    --------
    >>> point = cross(law(KaplanTokens, "tokens"), trend("tokens"), law(KaplanFlops, "flops_min"))
    >>> round(point["flops"]), round(point["loss"], 2)
    (11189, 1.67)
    """
    flops = data.power_law().after(tokens).crossing(compute.power_law())
    return {
        "flops": float(pf_days_from_flops(flops)),
        "params": float(trend("params").predict(flops)),
        "tokens": float(tokens.predict(flops)),
        "loss": float(compute.loss(flops)),
    }


@claims.answers("K28")
def loss_in_data() -> dict[str, float]:
    """Return the exponent in C_min of the loss that data allow, when each token is seen once."""
    data = law(KaplanTokens, "tokens").power_law()
    return {
        "K28.equation": data.after(trend("tokens_text")).alpha,
        "K28.table": data.after(trend("tokens")).alpha,
    }


@claims.answers("K29")
def crossings() -> dict[str, float]:
    """Return the crossing with the tokens of Table 6, and with those of Eq. 6.7."""
    data, compute = law(KaplanTokens, "tokens"), law(KaplanFlops, "flops_min")
    found: dict[str, float] = {}
    for name, tokens in (("table", "tokens"), ("equation", "tokens_text")):
        point = cross(data, trend(tokens), compute)
        found |= {f"K29.{quantity}_{name}": value for quantity, value in point.items()}
    return found


def readings() -> Curve:
    """Return the crossing under every combination of constants that the paper prints.

    Returns
    -------
    Curve
        Choices ``seen`` (tokens in compute), ``data`` and ``compute``; outcomes as of `cross`.

    Examples
    --------
    >>> len(readings().frame)
    12
    """
    table = trend("tokens")
    unrounded = type(table)(A=at_one_pf_day()["K25"] * PF_DAY**table.alpha, alpha=table.alpha)
    choices: dict[str, dict[str, Any]] = {
        "seen": {"Table 6": table, "Eq. 6.7": trend("tokens_text"), "2C/6N": unrounded},
        "data": {
            "Table 5": law(KaplanTokens, "tokens"),
            "Table 2": law(KaplanJoint, "joint").enough_params(),
        },
        "compute": {"Eq. 1.3": law(KaplanFlops, "flops_min"), "Eq. B.8": theory().flops_law},
    }
    return specify(choices, lambda seen, data, compute: cross(data, seen, compute))
