"""The recorded continuations of the lab's models: what each had learned and forgotten when."""

from typing import Any

import numpy as np
import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.errors import UnknownNameError

__all__ = ["READINGS", "losses", "runs", "same"]

KEY = "junior2025"
READINGS = {
    "tokens": "equal tokens",
    "maturity": "equal tokens per parameter",
    "flops": "equal FLOPs",
}
"""What is the same for all sizes where they are compared."""
_PER_PARAM = 4
_TOKENS = 3 * 2**17
_FLOPS = 1e11
_NEAR = 0.07
"""A checkpoint is at most half a step from where it was asked for: 7 % at the smallest size."""


@cached
def runs() -> pd.DataFrame:
    """Return the continuations.

    Returns
    -------
    DataFrame
        One row a run: ``run``, ``source`` and ``target`` (the text of the trunk and the other
        one), ``share`` (of the target in what it reads after the trunk), ``width``, ``layers``,
        ``params``, ``seed``, ``trunk_tokens``, ``trunk_flops``, ``tokens`` and ``flops`` (after
        the trunk), ``cpu_s`` and ``cpu_s_trunk``.

    Examples
    --------
    >>> [int(n) for n in sorted(runs()["params"].unique())]
    [11424, 21744, 35136, 98976]
    """
    return datasets.load(KEY, "runs")


@cached
def losses() -> pd.DataFrame:
    """Return what was measured on the way.

    Returns
    -------
    DataFrame
        One row a checkpoint: the columns of `runs`, but ``tokens`` and ``flops`` up to this
        checkpoint, counted from the end of the trunk; ``step``; ``loss_new`` and ``loss_old``
        (held-out loss on the target and on the source, nats per byte); ``perplexity`` (of the
        target, per byte: e to the loss) and ``forgotten`` (`loss_old` less that of the trunk).

    Examples
    --------
    >>> table = losses()
    >>> bool((table.loc[table["step"] == 0, "forgotten"] == 0).all())
    True
    """
    known = runs().drop(columns=["tokens", "flops"])
    table = datasets.load(KEY, "losses").merge(known, on="run", how="left", validate="m:1")
    perl = table["target"] == "perl"
    table["loss_new"] = table["loss_perl"].where(perl, table["loss_speeches"])
    table["loss_old"] = table["loss_speeches"].where(perl, table["loss_perl"])
    table["perplexity"] = np.exp(table["loss_new"])
    start = table[table["step"] == 0].set_index("run")["loss_old"]
    table["forgotten"] = table["loss_old"] - table["run"].map(start)
    return table.drop(columns=["loss_perl", "loss_speeches"])


def same(reading: str) -> pd.DataFrame:
    """Return the checkpoint of every run at which sizes are compared.

    Parameters
    ----------
    reading : str
        One of `READINGS`: the same number of tokens after the trunk, of tokens per parameter, or
        of FLOPs. Trunks have the same number of tokens per parameter in any case.

    Returns
    -------
    DataFrame
        Rows of `losses`, one a run.

    Raises
    ------
    UnknownNameError
        If there is no such reading.

    Examples
    --------
    >>> table = same("flops")
    >>> len(table) == len(runs()), round(float(table["flops"].median()), -10)
    (True, 100000000000.0)
    """
    table = losses()
    if reading not in READINGS:
        raise UnknownNameError(
            f"No reading {reading!r}; expected one of {', '.join(READINGS)}: what sizes share "
            "where they are compared."
        )
    asked: dict[str, Any] = {
        "tokens": _TOKENS / table["tokens"],
        "maturity": _PER_PARAM * table["params"] / table["tokens"],
        "flops": _FLOPS / table["flops"],
    }
    with np.errstate(divide="ignore"):
        off = np.log(asked[reading]).abs()
    nearest = off.groupby(table["run"]).idxmin()
    found: pd.DataFrame = table.loc[nearest[off.loc[nearest].to_numpy() < _NEAR]]
    return found.reset_index(drop=True)
