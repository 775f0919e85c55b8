"""Peak memory of a bootstrap, each in a fresh process."""

import resource
import subprocess
import sys
from pathlib import Path

import pandas as pd

CASES = ((240, 4000), (100_000, 100))


def peak() -> float:
    """Peak resident memory of this process so far, in megabytes (10**6 bytes)."""
    try:
        # ru_maxrss may be the parent's: a process keeps that figure when it changes program.
        status = Path("/proc/self/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / 1e6
    except (OSError, StopIteration):
        kilo = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * kilo / 1e6


def child(points: int, resamples: int) -> None:
    """Fit and resample, then print the peak."""
    import replication as rp
    from benchmarks.points import fitted, synthetic

    fit = fitted()
    if points != fit.n:
        fit = rp.fit(rp.laws.Chinchilla, synthetic(points))
    fit.bootstrap(resamples)
    print(peak())


def measure() -> pd.DataFrame:
    """Measure each case; print and return the peaks."""
    rows = []
    for points, resamples in CASES:
        command = [sys.executable, "-m", "benchmarks.memory", str(points), str(resamples)]
        folder = Path(__file__).parents[1]
        run = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
        rows.append({"points": points, "resamples": resamples, "peak_mb": float(run.stdout)})
        print(f"  {points} points, {resamples} resamples: {float(run.stdout):.0f} MB", flush=True)
    return pd.DataFrame(rows)


if __name__ == "__main__":
    child(*map(int, sys.argv[1:]))
