"""Latency of a token in decoders of one size and different shapes: ``data/bian2025/cpu_latency``.

Every round times every shape once, in an order drawn anew, so that a drift of the machine favours
none of them. Process time does not count what else the machine does.
"""

import os
import time

import numpy as np
import pandas as pd

from benchmarks.settings import processor
from replication.papers.bian2025 import Decoder, shape_of

CONTEXT = 256
DEPTHS = (64, 16, 4, 1)
NARROWEST = (32, 64, 128, 256)
"""Width of the deepest model of each size; a quarter of the depth allows twice the width."""
ROUNDS = 25
SECONDS = 0.03
"""Time that each shape takes in a round, at the least: the clock ticks in microseconds."""
SEED = 0


def places() -> list[tuple[int, int]]:
    """Return depth and width of every model, those of one size together."""
    return [
        (depth, round(narrow * (DEPTHS[0] / depth) ** 0.5))
        for narrow in NARROWEST
        for depth in DEPTHS
    ]


def seconds(model: Decoder, steps: int) -> float:
    """Return the process time of a token, over some steps in a row."""
    token = np.ones(int(model.shape.d_model), dtype=np.float32)
    start = time.process_time()
    for place in range(steps):
        model.step(token, place % CONTEXT)
    return (time.process_time() - start) / steps


def measure() -> pd.DataFrame:
    """Time all shapes; print and return one row each."""
    decoders = {place: Decoder(shape_of(*place, context=CONTEXT)) for place in places()}
    steps = {
        place: int(np.ceil(SECONDS / max(seconds(model, 3), 1e-6)))
        for place, model in decoders.items()
    }
    found: dict[tuple[int, int], list[float]] = {place: [] for place in decoders}
    rng = np.random.default_rng(SEED)
    for _ in range(ROUNDS):
        for k in rng.permutation(len(decoders)):
            place = places()[k]
            found[place].append(seconds(decoders[place], steps[place]))
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "not set")
    machine = f"{processor()}, numpy {np.__version__}, BLAS threads: {threads}"
    rows = []
    for (depth, d_model), times in found.items():
        low, median, high = np.quantile(times, [0.0, 0.5, 0.9])
        rows.append((depth, d_model, CONTEXT, ROUNDS, low, median, high, machine))
        print(f"  {depth} layers of {d_model}: {low * 1e3:.3f} ms, median {median * 1e3:.3f} ms")
    columns = ["n_layers", "d_model", "context", "rounds"]
    columns += ["seconds_best", "seconds_median", "seconds_high", "machine"]
    return pd.DataFrame(rows, columns=columns).sort_values(["n_layers", "d_model"])
