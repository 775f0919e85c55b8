"""How much less compute the specialised run needs, and what a byte of the mixture is worth."""

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.fitting import fit
from replication.laws import LogLinear
from replication.papers.junior2025.data import losses, same

__all__ = ["LEVEL", "paths", "ratios", "reached", "size_slope"]

LEVEL = 0.9
"""Share of the draws inside an interval."""
RESAMPLES = 1000
KEY = ["source", "width", "params", "seed"]


def reached(curve: pd.DataFrame, loss: float) -> float:
    """Return the FLOPs after the trunk at which a curve first has a loss.

    Between two checkpoints the loss is taken as a straight line in the logarithm of compute, and
    in compute itself before the first step.

    Parameters
    ----------
    curve : DataFrame
        ``flops`` and ``loss_new`` of one run, from step 0 on.
    loss : float
        Loss on the target, nats per byte.

    Returns
    -------
    float
        FLOPs; 0 if the trunk had the loss already, infinite if the run never has it.

    Examples
    --------
    >>> curve = pd.DataFrame({"flops": [0, 1e9, 4e9], "loss_new": [4.0, 3.0, 2.0]})
    >>> reached(curve, 2.5)
    2000000000.0
    >>> reached(curve, 3.5), reached(curve, 1.5)
    (500000000.0, inf)
    """
    flops = curve["flops"].to_numpy(float)
    losses = curve["loss_new"].to_numpy(float)
    below = np.flatnonzero(losses <= loss)
    if not len(below):
        return float("inf")
    i = below[0]
    if i == 0:
        return 0.0
    part = (losses[i - 1] - loss) / (losses[i - 1] - losses[i])
    if flops[i - 1] == 0:
        return float(flops[i] * part)
    return float(flops[i - 1] * (flops[i] / flops[i - 1]) ** part)


@cached
def paths() -> pd.DataFrame:
    """Return the compute ratio of every mixture against its specialised run, at each checkpoint.

    The mixture's compute so far, over that with which the specialised run of the same trunk and
    seed has the same loss on the target. A checkpoint at which the mixture is no better than its
    trunk has no ratio and is left out.

    Returns
    -------
    DataFrame
        One row a checkpoint of a mixture: ``run``, ``source``, ``width``, ``params``, ``seed``,
        ``share``, ``step``, ``tokens``, ``flops``, ``loss_new`` (nats per byte), ``ratio``, its
        logarithm ``log_ratio``, and ``worth``: the bytes of the target that one byte of the old
        text in the mixture replaces, by (1 / ratio - share) / (1 - share). ``forgotten`` is what
        the mixture has forgotten, and ``forgotten_special`` what the specialised run had at the
        same loss on the target.

    Examples
    --------
    >>> table = paths()
    >>> int(table["share"].eq(1).sum()), bool((table["ratio"] > 0).all())
    (0, True)
    """
    special = dict(iter(losses().query("share == 1").groupby(KEY)))
    rows = []
    for row in losses().query("0 < share < 1 and step > 0").to_dict("records"):
        curve = special.get(tuple(row[name] for name in KEY))
        flops = 0.0 if curve is None else reached(curve, row["loss_new"])
        if curve is None or not 0 < flops < np.inf:
            continue
        ratio = row["flops"] / flops
        worth = (1 / ratio - row["share"]) / (1 - row["share"])
        kept = ("run", *KEY, "share", "step", "tokens", "flops", "loss_new", "forgotten")
        found = {"ratio": ratio, "log_ratio": float(np.log(ratio)), "worth": worth}
        then = float(np.interp(flops, curve["flops"], curve["forgotten"]))
        rows.append({n: row[n] for n in kept} | found | {"forgotten_special": then})
    return pd.DataFrame(rows)


def ratios(reading: str) -> pd.DataFrame:
    """Return the compute ratio of every mixture where sizes are compared.

    Parameters
    ----------
    reading : str
        One of `READINGS`.

    Returns
    -------
    DataFrame
        Rows of `paths`, one a mixture.

    Raises
    ------
    UnknownNameError
        If there is no such reading.

    Examples
    --------
    >>> bool((ratios("tokens")["ratio"] > 1).all())
    True
    """
    return paths().merge(same(reading)[["run", "step"]], on=["run", "step"])


def size_slope(table: pd.DataFrame, response: str) -> dict[str, float]:
    """Return how much a quantity changes with each factor e in size, by least squares.

    Parameters
    ----------
    table : DataFrame
        ``params`` and the quantity, a row for each size and seed.
    response : str
        Its column. Of ``log_ratio`` the slope is the exponent of the ratio in size.

    Returns
    -------
    dict of str to float
        ``estimate``, ``low`` and ``high``: an interval by Student's t over the rows.

    Examples
    --------
    >>> table = pd.DataFrame({"params": [1e4, 2e4, 4e4, 8e4], "gap": [0.1, 0.31, 0.49, 0.7]})
    >>> {name: round(value, 2) for name, value in size_slope(table, "gap").items()}
    {'estimate': 0.29, 'low': 0.27, 'high': 0.3}
    """
    found = fit(LogLinear.of("params", response=response), table, objective="lsq")
    interval = found.bootstrap(RESAMPLES, seed=0, draws="student").interval(LEVEL)
    return {name: float(interval[name]["alpha"]) for name in ("estimate", "low", "high")}
