"""The machine, the versions, and every side of every table in words."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import scipy

from benchmarks import words


def processor() -> str:
    """The model of the processor, or its architecture where the system does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def measure() -> pd.DataFrame:
    """Return one row a setting; print those of the machine."""
    machine = {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "autograd": version("autograd"),
        "blas_threads": os.environ["OPENBLAS_NUM_THREADS"],
        "load": (
            f"shared with other work: {os.getloadavg()[0]:.0f} processes ran or waited when the "
            "settings were written"
        ),
        "clock": "ratios are of process time; medians where a side was run more than once",
    }
    rows = [("machine", name, str(value)) for name, value in machine.items()]
    rows += [("fit", side, text) for side, text in words.FIT.items()]
    rows += [("bootstrap", side, text) for side, text in words.BOOTSTRAP.items()]
    rows += [("minpack", side, text) for side, text in words.MINPACK.items()]
    rows += [("lifetime", side, text) for side, text in words.LIFETIME.items()]
    rows += [(*place, text) for place, text in words.OTHERS.items()]
    for row in rows[: len(machine)]:
        print(f"  {row[1]}: {row[2]}")
    table = pd.DataFrame(rows, columns=["table", "setting", "value"])
    return table.sort_values(["table", "setting"])
