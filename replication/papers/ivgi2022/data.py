"""The benchmark of learning curves, and the ladders of dense and routed models."""

import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.errors import unknown
from replication.papers.ivgi2022.splits import Split

__all__ = ["DOMAINS", "ROUTERS", "curve", "dense", "routed", "tasks"]

KEY = "ivgi2022"
DOMAINS = {
    "IC": "image classification",
    "NMT": "translation",
    "LM": "language modelling",
    "BB": "BIG-bench",
}
"""Domains of the benchmark, in its order."""
ROUTERS = {"routed-s-base": "S-Base", "routed-hash": "Hash", "routed-rl-r": "RL-R"}
"""Designs of the corpus, and the way in which their models choose experts."""


@cached
def tasks() -> pd.DataFrame:
    """Return the curves of the benchmark with the size of their parts.

    Returns
    -------
    DataFrame
        Indexed by ``curve``: ``domain``, ``task``, ``model``, ``fitted`` and ``held_out`` (numbers
        of points), ``span`` (largest over smallest fitted samples) and ``reach`` (largest held-out
        over largest fitted samples).

    Examples
    --------
    >>> tasks().groupby("domain").size().to_dict()
    {'BB': 10, 'IC': 72, 'LM': 5, 'NMT': 5}
    """
    points = datasets.load(KEY, "curves")
    parts = points.astype({"curve": int}).pivot_table(
        index="curve", columns="held_out", values="samples", aggfunc=["size", "min", "max"]
    )
    table = datasets.load(KEY, "tasks").astype({"curve": int}).set_index("curve")
    return table.assign(
        fitted=parts["size", 0],
        held_out=parts["size", 1],
        span=parts["max", 0] / parts["min", 0],
        reach=parts["max", 1] / parts["max", 0],
    )


def curve(number: int) -> Split:
    """Return one curve of the benchmark in the two parts of its authors.

    Parameters
    ----------
    number : int
        As in `tasks`.

    Returns
    -------
    Split
        Samples and errors.

    Raises
    ------
    UnknownNameError
        If there is no such curve.

    Examples
    --------
    >>> len(curve(1).fitted), len(curve(1).held_out)
    (71, 494)
    """
    known = tasks().index
    if number not in known:
        raise unknown("curve", number, known)
    points = _points()
    return Split.of(points[points["curve"] == number])


@cached
def _points() -> pd.DataFrame:
    """Return the points of all curves."""
    return datasets.load(KEY, "curves")


@cached
def dense() -> pd.DataFrame:
    """Return the plain dense models: six sizes, three seeds of one of them.

    Returns
    -------
    DataFrame
        ``params`` (without embeddings), ``loss`` (validation, nats per token), ``seed`` and
        ``loss_<text>`` of five other texts, sorted by size.

    Examples
    --------
    >>> dense()["params"].nunique(), len(dense())
    (6, 8)
    """
    table = datasets.load("corpus", "routed")
    plain = table[(table["design"] == "routed-dense") & (table["flop_increase"] == 1)]
    texts = [name for name in map(str, plain) if name.startswith("loss_") and name != "loss_on"]
    names = ["params", "loss", "seed", *texts]
    return plain[names].sort_values(["params", "seed"]).reset_index(drop=True)


@cached
def routed() -> pd.DataFrame:
    """Return the routed models of the study's main ladder, one row a model.

    Returns
    -------
    DataFrame
        ``router``, ``experts``, ``params`` (those of the dense model that was given experts) and
        ``loss`` (validation, nats per token), one expert per token in every second layer.

    Examples
    --------
    >>> routed().groupby("router").size().to_dict()
    {'Hash': 51, 'RL-R': 54, 'S-Base': 53}
    """
    table = datasets.load("corpus", "routed")
    main = (table["k"] == 1) & (table["routing_frequency"] == 0.5) & (table["flop_increase"] == 1)
    chosen = table[main & table["design"].isin(ROUTERS)]
    named = chosen.assign(router=chosen["design"].map(ROUTERS), params=chosen["params_dense"])
    keys = ["router", "experts", "params"]
    means: pd.Series = named.groupby(keys)["loss"].mean()
    return means.reset_index()
