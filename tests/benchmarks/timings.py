"""How long each chapter takes to execute, for its header."""

import sys
import time
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[2]


def measure() -> pd.DataFrame:
    """Execute every chapter in a fresh kernel; print and return the seconds."""
    sys.path.insert(0, str(ROOT / "book" / "_tools"))
    import notebooks

    rows = []
    for source in sorted(notebooks.NOTEBOOKS.glob("*.md")):
        start = time.perf_counter()
        notebooks.execute(source)
        rows.append((source.stem, time.perf_counter() - start))
        print(f"  {source.stem}: {rows[-1][1]:.1f} s", flush=True)
    return pd.DataFrame(rows, columns=["key", "seconds"]).astype({"seconds": float})
