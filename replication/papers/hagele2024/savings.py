"""What a scaling suite costs with a cosine a length, and with one trunk and its cooldowns."""

from collections.abc import Sequence

import pandas as pd

from replication._memo import cached
from replication.counting import flops_per_token
from replication.datasets import load, shapes
from replication.errors import ArgumentError, unknown
from replication.papers.hagele2024.data import CONTEXT, models, suite
from replication.units import SECONDS_PER_HOUR

__all__ = [
    "COOLDOWN",
    "chinchilla_suite",
    "gpu_hours",
    "helper_flops",
    "hours_with_whole_trunk",
    "reuse_ratio",
    "seconds_a_step",
    "suite_flops",
]

COOLDOWN = 0.2
"""Length of the suite's cooldowns, as a fraction of the steps."""
GPUS = 2
"""GPUs of every run, by the names of the logs."""
CHINCHILLA_CONTEXT = 1024
"""Tokens in a sequence of the estimate for Chinchilla's sizes (section 5)."""


def reuse_ratio(steps: Sequence[float], cooldown: float = COOLDOWN) -> float:
    """Return the cost of one trunk with cooldowns over that of a run from scratch a length.

    The trunk goes as far as the longest run; its own end is a cooldown, so only the shorter
    lengths cost extra.

    Parameters
    ----------
    steps : sequence of float
        Lengths wanted, in any unit of compute for one model.
    cooldown : float
        Length of a cooldown, as a fraction of the steps.

    Returns
    -------
    float
        (longest + cooldown x others) / all: below 1 if the trunk saves compute.

    Raises
    ------
    ArgumentError
        If a length is not positive and finite, or the cooldown is not a fraction.

    Examples
    --------
    >>> round(reuse_ratio([3000, 7000, 10000]), 3)
    0.6
    """
    lengths = [float(n) for n in steps]
    if not lengths or not all(0 < n < float("inf") for n in lengths):
        raise ArgumentError(f"steps are {list(steps)}; one or more positive lengths are expected.")
    if not 0 <= cooldown <= 1:
        raise ArgumentError(
            f"cooldown is {cooldown}; a fraction of the steps is expected, 0 to 1: a cooldown "
            "cannot be longer than its run."
        )
    longest = max(lengths)
    return (longest + cooldown * (sum(lengths) - longest)) / sum(lengths)


def planned_ratios() -> pd.Series:
    """Return `reuse_ratio` for each size of the planned suite, smallest size first.

    Examples
    --------
    >>> planned_ratios().round(3).to_dict()["210M"]
    0.533
    """
    lengths = load("hagele2024", "planned_suite").groupby("size")["steps"].agg(list)
    return lengths.map(reuse_ratio).reindex(models()["size"])


@cached
def suite_flops() -> dict[str, float]:
    """Return the FLOPs of the suite, by what is counted.

    Returns
    -------
    dict of str to float
        ``cosine``: the 24 runs from scratch. ``figure``: trunks in full and a cooldown for each of
        the 24 lengths, as in the paper's bars. ``run``: trunks and the 16 cooldowns there are.

    Examples
    --------
    >>> flops = suite_flops()
    >>> [round(flops[name] / flops["cosine"], 3) for name in ("figure", "run")]
    [0.64, 0.552]
    """
    total = {name: suite(name)["flops"].sum() for name in ("cosine", "constant", "cooldown")}
    return {
        "cosine": float(total["cosine"]),
        "figure": float(total["constant"] + COOLDOWN * total["cosine"]),
        "run": float(total["constant"] + COOLDOWN * total["cooldown"]),
    }


def helper_flops(size: str) -> float:
    """Return the FLOPs of a size's longest run, of the batch that was trained.

    Parameters
    ----------
    size : str
        Nominal size, ``"360M"``.

    Returns
    -------
    float
        By the planned steps; the helper itself multiplies by 200 sequences for every size.

    Raises
    ------
    UnknownNameError
        If no such size was planned.

    Examples
    --------
    >>> round(helper_flops("360M") / 1e18, 2)
    26.83
    """
    planned = load("hagele2024", "planned_suite")
    if size not in set(planned["size"]):
        raise unknown("planned size", size, planned["size"].unique())
    longest = planned[planned["size"] == size].nlargest(1, "steps").iloc[0]
    a_token = models().set_index("size")["flops_per_token"].to_dict()[size]
    return float(longest["steps"] * longest["batch_sequences"] * CONTEXT * a_token)


@cached
def gpu_hours() -> pd.DataFrame:
    """Return logged GPU hours by size.

    A restarted run may have logged its last segment only.

    Returns
    -------
    DataFrame
        Indexed by size, smallest first: hours of the ``constant`` trunks, the ``cooldown``
        branches and the ``cosine`` runs.

    Examples
    --------
    >>> gpu_hours().sum().round(1).to_dict()
    {'constant': 106.6, 'cooldown': 23.3, 'cosine': 276.9}
    """
    table = suite()
    hours = table.assign(hours=GPUS * table["runtime_s"] / SECONDS_PER_HOUR)
    wide = hours.pivot_table(index="size", columns="schedule", values="hours", aggfunc="sum")
    return wide.reindex(models()["size"]).dropna().rename_axis(columns=None)


@cached
def seconds_a_step() -> pd.DataFrame:
    """Return logged seconds a step of every run of the suite.

    Returns
    -------
    DataFrame
        One row a run: ``size``, ``schedule``, ``steps``, ``restarted`` and ``seconds``, the logged
        time over the steps the run made; a cooldown makes the last fifth.

    Examples
    --------
    >>> table = seconds_a_step()
    >>> table.loc[table["size"] == "360M", "seconds"].round(1).tolist()
    [1.0, 1.6, 1.5, 2.3, 0.5, 2.2]
    """
    table = suite()
    made = table["steps"].where(table["schedule"] != "cooldown", COOLDOWN * table["steps"])
    table = table.assign(seconds=table["runtime_s"] / made)
    return table[["size", "schedule", "steps", "restarted", "seconds"]]


def hours_with_whole_trunk() -> float:
    """Return the GPU hours of trunks and cooldowns, the 360M trunk at the pace of its branches.

    Our reading, not the paper's: the log of that trunk holds part of its time.

    Examples
    --------
    >>> round(hours_with_whole_trunk())
    144
    """
    table = suite("constant", "cooldown")
    table = table[table["size"] == "360M"]
    sums = table.groupby("schedule")[["runtime_s", "steps"]].sum()
    time, steps = sums["runtime_s"].to_dict(), sums["steps"].to_dict()
    pace = time["cooldown"] / (COOLDOWN * steps["cooldown"])
    missing = pace * steps["constant"] - time["constant"]
    logged = gpu_hours()[["constant", "cooldown"]].to_numpy().sum()
    return float(logged + GPUS * missing / SECONDS_PER_HOUR)


def chinchilla_suite(
    ratios: Sequence[float] = (10, 15, 20, 25),
    cooldown: float = 0.1,
    counting: str = "hoffmann-text",
) -> tuple[float, float]:
    """Return the FLOPs of a suite of the 50 sizes of hoffmann2022, from scratch and with reuse.

    Parameters
    ----------
    ratios : sequence of float
        Tokens per parameter of the runs of each size.
    cooldown : float
        Length of a cooldown, as a fraction of the steps.
    counting : str
        Convention of counting training FLOPs, at 1,024 tokens of context: by default matrix by
        matrix, embedding and logits included, as the authors count their own suite.

    Returns
    -------
    scratch, reused : float
        Training FLOPs, with the sizes and shapes of Table A9.

    Examples
    --------
    >>> scratch, reused = chinchilla_suite()
    >>> f"{scratch:.2e}", f"{reused:.2e}"
    ('5.59e+23', '2.36e+23')
    """
    params = load("hoffmann2022", "table_a9_models")["params"].to_numpy(dtype=float)
    per_token = flops_per_token(shapes("hoffmann2022", context=CHINCHILLA_CONTEXT), counting)
    scratch = float(sum(ratios) * (params * per_token).sum())
    return scratch, scratch * reuse_ratio(ratios, cooldown)
