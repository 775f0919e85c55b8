"""The claims of bordelon2024."""

import numpy as np

from replication.claims import ClaimSet
from replication.papers.bordelon2024.data import KEY
from replication.papers.bordelon2024.limits import (
    data_limited,
    local_exponent,
    size_limited,
    time_limited,
)
from replication.papers.bordelon2024.spectrum import power_law
from replication.papers.bordelon2024.split import split_exponents
from replication.papers.bordelon2024.theory import Array, test_loss, train_loss

__all__ = ["FAR", "TASKS", "claims", "early_exponents", "exponents"]

claims = ClaimSet(KEY)
TASKS = {
    "hard": (1.25, 1.5),
    "flat": (1.5, 1.25),
    "steep": (1.5, 2.0),
    "middle": (2.0, 1.5),
    "easy": (4.0, 1.25),
}
"""The exponents (a, b) of the tasks that the formulas are tried on."""
FAR = {"time": 1e6, "count": 1e5}
"""Where the exponents are read: far enough for all five tasks, near enough for the sums."""
EARLY = (1.0, 10.0)
"""Times that count as early for the tasks here, whose fastest mode has the time one."""
WIDE = 3000.0
"""Parameters or samples at which the early exponents are read."""


def exponents(a: float, b: float) -> dict[str, float]:
    """Return the exponents in time, size and samples where each is the only limit.

    Parameters
    ----------
    a, b : float
        The task, as for `power_law`.

    Returns
    -------
    dict
        ``time``, ``params``, ``samples``, and ``ensemble``: in the size of infinitely many models
        that are averaged.

    Examples
    --------
    >>> {name: round(value, 2) for name, value in exponents(4, 1.25).items()}
    {'time': 2.4, 'params': 1.25, 'samples': 2.5, 'ensemble': 2.5}
    """
    task = power_law(a, b)

    def averaged(params: Array) -> Array:
        return size_limited(task, params, np.inf)

    return {
        "time": local_exponent(lambda t: time_limited(task, t), FAR["time"]),
        "params": local_exponent(lambda n: size_limited(task, n), FAR["count"]),
        "samples": local_exponent(lambda p: data_limited(task, p), FAR["count"]),
        "ensemble": local_exponent(averaged, FAR["count"]),
    }


def early_exponents(time: float, a: float = 1.5, b: float = 1.25) -> dict[str, float]:
    """Return by which powers two differences vanish while training is still at a fixed time.

    Parameters
    ----------
    time : float
        The time.
    a, b : float
        The task.

    Returns
    -------
    dict
        ``params``: of the loss of N parameters over that of infinitely many, in N. ``gap``: of
        the loss on new data over that on the training data, in P.

    Examples
    --------
    >>> round(early_exponents(1.0)["params"], 2)
    1.0
    """
    task = power_law(a, b)
    limit = float(time_limited(task, time)[0])

    def excess(params: Array) -> Array:
        return np.array([test_loss(task, [time], n)[0] - limit for n in params])

    def gap(samples: Array) -> Array:
        each = [
            test_loss(task, [time], samples=p) - train_loss(task, [time], samples=p)
            for p in samples
        ]
        return np.array(each)[:, 0]

    return {"params": local_exponent(excess, WIDE), "gap": local_exponent(gap, WIDE)}


@claims.answers("B1", "B2", "B3")
def bottlenecks() -> dict[str, float]:
    """Return the three exponents of each task, and that of a large ensemble."""
    found = {name: exponents(*task) for name, task in TASKS.items()}
    names = {"B1": "time", "B2": "samples", "B3": "params"}
    rows = {
        f"{claim}.{task}": values[name]
        for claim, name in names.items()
        for task, values in found.items()
    }
    return rows | {"B3.ensemble": found["easy"]["ensemble"]}


@claims.answers("B4", "B5", "B8")
def splits() -> dict[str, float]:
    """Return the exponents of the compute-optimal loss, size and time."""
    rows: dict[str, float] = {}
    for name in ("hard", "flat", "steep", "middle"):
        found = split_exponents(*TASKS[name])
        rows |= {
            f"B4.{name}": found["loss"],
            f"B5.{name}.params": found["params"],
            f"B5.{name}.time": found["time"],
        }
    easy = split_exponents(*TASKS["easy"])
    return rows | {
        "B8.loss": easy["loss"],
        "B8.params": easy["params"],
        "B8.time": easy["time"],
        "B8.derived_loss": easy["loss"],
        "B8.derived_params": easy["params"],
    }


@claims.answers("B6", "B7")
def early() -> dict[str, float]:
    """Return the early exponents, the spread of the late ones, and how the gap grows."""
    rows: dict[str, float] = {}
    for time in EARLY:
        found = early_exponents(time)
        rows |= {f"B6.early_{time:.0f}": found["params"], f"B7.rate_{time:.0f}": found["gap"]}
    late = [exponents(*task)["params"] for task in TASKS.values()]
    task, times = power_law(*TASKS["flat"]), [1.0, 1e4]
    gap = test_loss(task, times, samples=128) - train_loss(task, times, samples=128)
    return rows | {"B6.late": max(late) - min(late), "B7.grows": float(gap[1] - gap[0])}


@claims.answers("B9")
def ensembles() -> dict[str, float]:
    """Return by how much four models of N parameters are worse than one of 4 N, at the least."""
    rows: dict[str, float] = {}
    for name in ("flat", "easy"):
        task, times = power_law(*TASKS[name]), np.geomspace(1, 1e4, 9)
        worse = [
            test_loss(task, times, n, members=4) / test_loss(task, times, 4 * n) - 1
            for n in (64, 256)
        ]
        rows[f"B9.{name}"] = float(np.min(worse))
    return rows


@claims.answers("B11")
def asymmetry() -> dict[str, float]:
    """Return by how much the best time grows faster than the best size, in powers of compute."""
    rows: dict[str, float] = {}
    for name, task in TASKS.items():
        found = split_exponents(*task)
        rows[f"B11.{name}"] = found["time"] - found["params"]
    return rows
