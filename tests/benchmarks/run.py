"""Measure speed and write ``data/performance``: both sides of a ratio in one process.

``latency`` is an experiment of the chapter on bian2025 and writes there.

    python tests/benchmarks/run.py              everything
    python tests/benchmarks/run.py fit memory   some of it

Nothing here fails for being slow; `tests/test_performance.py` judges the tables.
"""

import argparse
import importlib
import os
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAMES = (
    "settings",
    "fit",
    "bootstrap",
    "minpack",
    "memory",
    "scaling",
    "robustness",
    "surfaces",
    "coverage",
    "latency",
    "lifetime",
    "timings",
)
TABLES = {"latency": "bian2025/cpu_latency"}
"""Where a table goes, if not to ``performance/<name>``."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(NAMES))
    wanted = parser.parse_args(arguments).names or list(NAMES)
    for name in wanted:
        if name not in NAMES:
            parser.error(f"no benchmark {name!r}; there are: {', '.join(NAMES)}")

    from benchmarks import measure
    from replication import datasets

    for name in wanted:
        if not (HERE / f"{name}.py").exists():
            print(f"{name}: not there yet")
            continue
        print(f"{name}:", flush=True)
        start = time.perf_counter()
        table = TABLES.get(name, f"performance/{name}")
        module = importlib.import_module(f"benchmarks.{name}")
        if name == "coverage":
            module.main()  # a simulation, no measurement: it writes its own table
        else:
            measure.write(table, module.measure())
        # At once, because the chapters that `timings` executes load these tables.
        datasets.refresh(accept=(table,))
        print(f"  data/{table}.csv, {time.perf_counter() - start:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    # Before numpy is imported: several threads on matrices of five rows only cost time.
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ[f"{library}_NUM_THREADS"] = "1"
    # The folder of this file holds modules with names that others have too.
    sys.path[0] = str(HERE.parent)
    sys.exit(main())
