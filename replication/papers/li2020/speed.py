"""Bytes and compute to a loss by size: what a byte teaches a larger model, and what it costs."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from replication._memo import cached
from replication.errors import DataError
from replication.fitting import Fit, fit
from replication.laws import PowerLaw
from replication.papers.li2020.data import trained

__all__ = ["BytesToLoss", "best_sizes", "price_of_size", "steps_law", "to_loss"]

BytesToLoss = PowerLaw.of("params", "tokens")
"""Bytes to a loss as a power of the size: tokens = A / N**alpha."""
LEAST = 4
"""Widths that must reach a loss before a power law in size is fitted to them."""
COUNTS = ("tokens", "flops", "cpu_s")


def to_loss(loss: float, seed: int = 0) -> pd.DataFrame:
    """Return what each width needs to end at a loss.

    Every horizon is a run with its own cooldown. Between two horizons the loss is taken as linear
    in the logarithms of bytes, compute and seconds; a width is left out where the loss lies
    outside its horizons.

    Parameters
    ----------
    loss : float
        In nats per byte.
    seed : int
        Of the runs.

    Returns
    -------
    DataFrame
        One row a width: ``width``, ``params``, ``tokens``, ``flops`` and ``cpu_s``.

    Examples
    --------
    >>> found = to_loss(1.9)
    >>> bool((found["tokens"].diff().dropna() < 0).all())
    True
    """
    rows = []
    table = trained()
    for _, curve in table[table["seed"] == seed].groupby("width"):
        ordered = curve.sort_values("tokens", ascending=False)
        falls = ordered["loss"].to_numpy()
        if not falls[0] <= loss <= falls[-1]:
            continue
        row: dict[str, float] = {name: ordered[name].iloc[0] for name in ("width", "params")}
        for name in COUNTS:
            logs = np.log(ordered[name].to_numpy(dtype=float))
            row[name] = float(np.exp(np.interp(loss, falls, logs)))
        rows.append(row)
    found = pd.DataFrame(rows, columns=["width", "params", *COUNTS])
    return found.astype({"width": int, "params": int})


@cached
def steps_law(loss: float) -> Fit[PowerLaw]:
    """Fit the bytes to a loss, or steps of equal bytes, as a power of the size.

    Parameters
    ----------
    loss : float
        In nats per byte.

    Returns
    -------
    Fit
        Of `BytesToLoss`.

    Raises
    ------
    DataError
        If fewer than four widths reach the loss.

    Examples
    --------
    >>> bool(steps_law(1.9).law.alpha > 0)
    True
    """
    found = to_loss(loss)
    if len(found) < LEAST:
        raise DataError(
            f"{len(found)} widths end at a loss of {loss:g}; a power law in size needs {LEAST}. "
            "Ask for a loss between 1.65 and 2.05."
        )
    return fit(BytesToLoss, found, objective="log-lsq")


def price_of_size(losses: ArrayLike) -> pd.DataFrame:
    """Return, for several losses, how bytes fall with size and how their cost grows.

    Parameters
    ----------
    losses : array_like
        In nats per byte.

    Returns
    -------
    DataFrame
        One row a loss: ``loss``, ``n`` widths that reach it, ``steps`` (the exponent s with which
        the bytes fall), ``flops_per_byte`` and ``seconds_per_byte`` (the exponents with which a
        byte's compute and processor time grow among the same widths). A larger model is cheaper
        where ``steps`` is the larger.

    Examples
    --------
    >>> price_of_size([2.0, 1.7])["n"].tolist()
    [6, 4]
    """
    rows = []
    for loss in np.atleast_1d(np.asarray(losses, dtype=float)):
        found = to_loss(loss)
        row: dict[str, float] = {
            "loss": float(loss),
            "n": len(found),
            "steps": steps_law(loss).law.alpha,
        }
        for name, count in (("flops_per_byte", "flops"), ("seconds_per_byte", "cpu_s")):
            per_byte = found.assign(tokens=found[count] / found["tokens"])
            row[name] = -fit(BytesToLoss, per_byte, objective="log-lsq").law.alpha
        rows.append(row)
    return pd.DataFrame(rows).astype({"n": int})


def best_sizes() -> pd.DataFrame:
    """Return the best size of each budget that at least four widths were trained to.

    Returns
    -------
    DataFrame
        One row a budget, among the first seeds: ``isoflop_budget``, ``n`` widths, ``width``,
        ``params``, ``tokens``, ``tokens_per_param`` and ``loss`` of the best, and ``largest``,
        the largest width trained.

    Examples
    --------
    >>> bool(best_sizes()["width"].is_monotonic_increasing)
    True
    """
    table = trained()
    first = table[table["seed"] == 0]
    groups = first.groupby("isoflop_budget")
    best = first.loc[groups["loss"].idxmin()].set_index("isoflop_budget")
    best = best.assign(n=groups.size(), largest=groups["width"].max())
    columns = ["n", "width", "params", "tokens", "tokens_per_param", "loss", "largest"]
    return best.loc[best["n"] >= LEAST, columns].reset_index()
