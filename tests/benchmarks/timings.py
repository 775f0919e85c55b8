"""How long each chapter takes to execute, for its header.

``python tests/benchmarks/run.py timings`` measures all of them; some, with the rows of the others
kept as they are:

    python -m benchmarks.timings xia2022 ivgi2022      (in tests/)
"""

import resource
import sys
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[2]
TABLE = "performance/timings"
CLOCK = "processor"


def processor_seconds() -> float:
    """Processor time of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(keys: tuple[str, ...] = ()) -> pd.DataFrame:
    """Execute chapters, all by default, each in a fresh kernel; print and return the seconds."""
    sys.path.insert(0, str(ROOT / "book" / "_tools"))
    import notebooks

    rows = []
    for source in sorted(notebooks.NOTEBOOKS.glob("*.md")):
        if keys and source.stem not in keys:
            continue
        start = processor_seconds()
        notebooks.execute(source)
        rows.append((source.stem, processor_seconds() - start, CLOCK))
        print(f"  {source.stem}: {rows[-1][1]:.1f} s", flush=True)
    columns = ["key", "seconds", "clock"]
    return pd.DataFrame(rows, columns=columns).astype({"seconds": float})


def update(keys: tuple[str, ...]) -> None:
    """Measure some chapters, and keep the rows of the others."""
    from benchmarks.measure import write
    from replication import datasets

    for key in keys:
        new = measure((key,))
        old = datasets.load("performance", "timings")
        table = pd.concat([old[old["key"] != key], new]).sort_values("key")
        write(TABLE, table)
        datasets.refresh(accept=(TABLE,))


if __name__ == "__main__":
    update(tuple(sys.argv[1:]))
