"""The models that are compressed, as the lab trained them, and what compression makes of them."""

import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.errors import unknown

__all__ = ["MAIN", "WAYS", "compressed", "measured", "trained"]

KEY = "li2020"
MAIN = {"round": "all", "prune": "layers"}
"""Which matrices are compressed where nothing else is said: the embedding is not pruned."""
RATE = 0.16
"""Peak learning rate times width, the best of three that the lab tried."""
WAYS = ("round", "prune")
"""Ways to compress, as the table names them."""


@cached
def compressed() -> pd.DataFrame:
    """Return every measurement, with the loss that compression adds.

    Returns
    -------
    DataFrame
        One row a compressed model: the run (``run``, ``width``, ``params``, ``tokens``, ``flops``,
        ``isoflop_budget``, ``seed``), what was done to it (``method``, ``part``, ``level``,
        ``retrained``), ``bytes`` as stored, ``loss`` (nats per byte), ``harm_se``, and computed
        here ``dense_loss`` (the model as trained), ``added_loss`` over it and
        ``tokens_per_param``.

    Examples
    --------
    >>> table = compressed()
    >>> bool((table.loc[table["method"] == "dense", "added_loss"] == 0).sum() >= 30)
    True
    """
    table = datasets.load(KEY, "compressed")
    as_trained = table[(table["method"] == "dense") & (table["retrained"] == 0)]
    base = table["run"].map(as_trained.set_index("run")["loss"])
    return table.assign(
        dense_loss=base,
        added_loss=table["loss"] - base,
        tokens_per_param=table["tokens"] / table["params"],
    )


@cached
def trained() -> pd.DataFrame:
    """Return the lab's models at the tuned learning rate, each with a cooldown at its end.

    Returns
    -------
    DataFrame
        One row a run: ``run``, ``width``, ``params``, ``tokens``, ``flops``, ``isoflop_budget``,
        ``seed``, ``loss`` (nats per byte), ``cpu_s`` and ``tokens_per_param``.

    Examples
    --------
    >>> table = trained()
    >>> table["run"].is_unique, int(table["width"].min())
    (True, 12)
    """
    runs = datasets.load("lab", "runs")
    runs = runs[(runs["schedule"] == "cooldown") & (runs["rate"] == RATE)]
    kept = runs[["run", "width", "params", "tokens", "flops", "isoflop_budget"]]
    kept = kept.assign(**runs[["seed", "loss", "cpu_s"]])
    return kept.assign(tokens_per_param=kept["tokens"] / kept["params"]).reset_index(drop=True)


def measured(way: str, level: float, retrained: float = 0.0) -> pd.DataFrame:
    """Return the models compressed in one way to one level, one row a run.

    Parameters
    ----------
    way : str
        One of `WAYS`.
    level : float
        Bits a weight, or share of weights that are zero.
    retrained : float
        Training again, as a share of the run's own steps.

    Returns
    -------
    DataFrame
        Rows of `compressed`.

    Raises
    ------
    UnknownNameError
        If there is no such way, or no row has the level.

    Examples
    --------
    >>> bool((measured("round", 4)["added_loss"] > 0).all())
    True
    """
    if way not in WAYS:
        raise unknown("way", way, WAYS)
    table = compressed()
    table = table[(table["method"] == way) & (table["part"] == MAIN[way])]
    table = table[table["retrained"] == retrained]
    found = table[table["level"] == level]
    if found.empty:
        raise unknown("level", f"{level:g}", [f"{x:g}" for x in sorted(set(table["level"]))])
    return found.reset_index(drop=True)
