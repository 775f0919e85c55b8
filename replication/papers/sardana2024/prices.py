"""The examples in dollars, and which ratio of prices each of their printed numbers asks for."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from replication import claims as ledger
from replication.papers.sardana2024.data import demand, deployment
from replication.papers.sardana2024.optima import TOKENS, optimum

__all__ = ["DOLLAR_CASES", "dollar_case", "price_ratio", "price_ratios"]

REQUEST_TOKENS = sum(demand(1.0, "paper").values())
"""Tokens of the mean request, read and written."""
DOLLAR_CASES = {
    "30B": (30e9, 1.5e9),
    "70B": (70e9, TOKENS / REQUEST_TOKENS),
    "70B_more": (70e9, 35.1e9),
}
"""Examples of the paper: size of the Chinchilla model (a count), and requests."""
QUANTITIES: dict[str, Callable[[Any], float]] = {
    "params": lambda best: float(best.params) / 1e9,
    "tokens": lambda best: float(best.tokens) / 1e12,
    "saving": lambda best: 100 * (1 - float(best.flops_ratio)),
    "excess": lambda best: 100 * (1 / float(best.flops_ratio) - 1),
}
"""What is printed of an optimum: billions, trillions, per cent."""
SEARCHED = (0.3, 1.5)
"""Ratios of prices between which is searched."""


def price_ratio() -> float:
    """Return the price of an hour of serving over that of training, as the paper states them.

    Examples
    --------
    >>> round(price_ratio(), 3)
    0.733
    """
    stated = deployment("paper")
    return float(stated.inference_dollars_per_hour / stated.train_dollars_per_hour)


def dollar_case(name: str, quantity: str, ratio: float | None = None) -> float:
    """Return one number of an example in dollars.

    Parameters
    ----------
    name : str
        One of `DOLLAR_CASES`.
    quantity : str
        ``"params"`` (billions), ``"tokens"`` (trillions), ``"saving"`` of the optimum against
        the Chinchilla model or ``"excess"`` of that model over the optimum (per cent of dollars).
    ratio : float, optional
        Price of an hour of serving over that of training; by default that of the paper.

    Returns
    -------
    float

    Examples
    --------
    >>> round(dollar_case("30B", "params"), 1), round(dollar_case("30B", "params", 0.655), 1)
    (15.7, 16.1)
    """
    size, requests = DOLLAR_CASES[name]
    served = deployment("paper").equivalent_tokens(**demand(requests, "paper"))
    weight = 1.0 if ratio is None else ratio / price_ratio()
    # A demand in money is one in FLOPs times a weight, and the ratio of prices is in the weight.
    return QUANTITIES[quantity](optimum(size, weight * served))


def price_ratios() -> pd.DataFrame:
    """Return the ratios of prices that give each printed number of the examples in dollars.

    Returns
    -------
    DataFrame
        One row a claim: ``claim``, ``printed``, ``stated`` (ours at the stated prices), and the
        interval ``low`` to ``high`` of ratios for which ours rounds to the printed digits.

    Examples
    --------
    >>> table = price_ratios()
    >>> round(float(table["low"].max()), 3), round(float(table["high"].min()), 3)
    (0.654, 0.659)
    """
    rows = []
    for claim in ledger.read("sardana2024"):
        if not claim.id.startswith("S14."):
            continue
        _, name, quantity = claim.id.split(".")
        printed = float(claim.printed)
        half = 0.5 * 10.0 ** -len(claim.printed.partition(".")[2])
        ends = [_ratio(name, quantity, end) for end in (printed - half, printed + half)]
        stated = dollar_case(name, quantity)
        rows.append((claim.id, printed, stated, *np.sort(ends)))
    return pd.DataFrame(rows, columns=["claim", "printed", "stated", "low", "high"])


def _ratio(name: str, quantity: str, value: float) -> float:
    """Return the ratio of prices at which a number of an example has a value."""

    def off(ratio: float) -> float:
        return dollar_case(name, quantity, ratio) - value

    return float(brentq(off, *SEARCHED, xtol=1e-6))
