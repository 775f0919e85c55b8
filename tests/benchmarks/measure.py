"""Measuring time, and writing tables."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from replication.datasets import descriptor

DIGITS = {
    "objective": ".12g",
    "scipy_objective": ".12g",
    "excess": ".2e",
    "minpack_excess": ".2e",
    "worst_excess": ".2e",
    "worst_difference": ".2e",
}


@dataclass(frozen=True)
class Timing:
    """Median seconds of a call, and what the last call returned."""

    process: float
    wall: float
    result: Any


def timed(work: Callable[[], Any], repeats: int = 1) -> Timing:
    """Call `work` several times and take medians.

    Process time is what ratios are taken of: other work on the machine does not count in it.
    """
    process, wall, result = [], [], None
    for _ in range(repeats):
        gc.collect()
        p, w = time.process_time(), time.perf_counter()
        result = work()
        process.append(time.process_time() - p)
        wall.append(time.perf_counter() - w)
    return Timing(float(np.median(process)), float(np.median(wall)), result)


def write(name: str, table: pd.DataFrame) -> None:
    """Write ``data/<name>.csv``, with no more digits than were measured."""
    shown = table.copy()
    for column in shown.select_dtypes("float"):
        form = DIGITS.get(column, ".4g")
        shown[column] = [format(v, form) if np.isfinite(v) else "" for v in shown[column]]
    path = descriptor.root() / f"{name}.csv"
    path.parent.mkdir(exist_ok=True)
    shown.to_csv(path, index=False, lineterminator="\n")
