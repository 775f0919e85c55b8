"""The runs of the paper, the rules by which it chose some of them, and the printed latencies."""

import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.datasets import load
from replication.errors import unknown

__all__ = [
    "FITTED_SIZES",
    "LARGE",
    "fitted_runs",
    "gpu_latency",
    "held_out",
    "large_runs",
    "runs",
]

FITTED_SIZES = ("80m", "116m", "164m", "237m", "313m")
"""Nominal sizes whose runs at 20 tokens per parameter enter the fit."""
ANCHOR = ("80m", 160)
"""Size and tokens per parameter of the runs that tell N from D in the fit."""
LARGE = "1b"
"""The size class that is held out: 1.44 to 1.67 billion parameters."""
FIT_SETS = {"27 runs": "20N, and 80M at 160N", "24 runs": "20N only"}
"""The two sets of runs that the repository fits in full, in the authors' words."""


def models() -> pd.DataFrame:
    """Return every architecture, counted.

    Returns
    -------
    DataFrame
        One row an architecture: ``model``, ``n_layers``, ``d_model``, ``n_heads``,
        ``aspect_ratio`` (width over depth) and ``params_counted`` (convention ``openlm``).

    Examples
    --------
    >>> int(models().set_index("model").loc["1b_v8", "params_counted"])
    1668885504
    """
    table = datasets.models("bian2025")
    return table.assign(aspect_ratio=table["d_model"] / table["n_layers"])


@cached
def runs() -> pd.DataFrame:
    """Return the 76 runs with their shapes.

    Returns
    -------
    DataFrame
        One row a run, by tokens per parameter, size and depth: the columns of the data table,
        those of `models`, and ``size`` (nominal, such as ``80m``).

    Examples
    --------
    >>> runs().groupby("tokens_per_param_nominal")["loss"].count().to_dict()
    {20: 35, 40: 23, 160: 18}
    """
    table = datasets.runs("bian2025")
    table["aspect_ratio"] = table["d_model"] / table["n_layers"]
    table["size"] = table["model"].str.split("_").str[0]
    by = ["tokens_per_param_nominal", "tokens", "size", "aspect_ratio"]
    table["tokens_per_param_nominal"] = table["tokens_per_param_nominal"].astype(int)
    return table.sort_values(by).reset_index(drop=True)


@cached
def fitted_runs(name: str = "27 runs") -> pd.DataFrame:
    """Return the runs that a law is fitted to.

    Parameters
    ----------
    name : str
        One of `FIT_SETS`: five sizes at 20 tokens per parameter, with or without the three runs
        of the smallest size at 160.

    Returns
    -------
    DataFrame
        Rows of `runs`.

    Raises
    ------
    UnknownNameError
        If there is no such set.

    Examples
    --------
    >>> len(fitted_runs()), len(fitted_runs("24 runs"))
    (27, 24)
    """
    if name not in FIT_SETS:
        raise unknown("set of runs", name, FIT_SETS)
    table, multiple = runs(), runs()["tokens_per_param_nominal"]
    chosen = table["size"].isin(FITTED_SIZES) & (multiple == 20)
    if name == "27 runs":
        chosen |= (table["size"] == ANCHOR[0]) & (multiple == ANCHOR[1])
    return table[chosen].reset_index(drop=True)


def held_out() -> pd.DataFrame:
    """Return the runs that no fit of the paper sees.

    Examples
    --------
    >>> len(held_out())
    49
    """
    key = ["model", "tokens_per_param_nominal"]
    seen = fitted_runs()[key].apply(tuple, axis=1)
    return runs()[~runs()[key].apply(tuple, axis=1).isin(seen)].reset_index(drop=True)


def large_runs() -> pd.DataFrame:
    """Return the four runs of the largest size, which the paper predicts.

    Examples
    --------
    >>> large_runs()["loss"].tolist()
    [2.896, 2.909, 2.9326, 2.9198]
    """
    return runs()[runs()["size"] == LARGE].reset_index(drop=True)


def gpu_latency() -> pd.DataFrame:
    """Return the printed latencies on an A100, with the shape of each model.

    Returns
    -------
    DataFrame
        One row a model, slowest first: ``model``, ``n_layers``, ``d_model``, ``accuracy``,
        ``latency_seconds`` and ``aspect_ratio``.

    Examples
    --------
    >>> gpu_latency()["model"].iloc[-1]
    'morph-1b'
    """
    table = load("bian2025", "gpu_latency").sort_values("latency_seconds", ascending=False)
    return table.assign(aspect_ratio=table["d_model"] / table["n_layers"]).reset_index(drop=True)
