"""Our own experiment: does rounding a model hurt more, the longer it was trained?

``python -m replication.papers.kumar2024.own_training`` (or ``make quantise``) trains byte models of
several sizes on the sources of the standard library of the Python that runs it, rounds their
weights, and writes one row a model and precision. The stored rows say of which Python they are.
"""

import argparse
import hashlib
import json
import platform
import sysconfig
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replication.papers.kumar2024.byte_model import CONTEXT, ByteModel, Training, quantised

__all__ = ["BITS", "HIDDEN", "LENGTHS", "SEEDS", "corpus", "experiment", "train"]

HIDDEN = (16, 32, 64, 128)
"""Hidden units of the models; each has 256 weights."""
LENGTHS = tuple(125_000 * 2**k for k in range(6))
"""Bytes of training."""
BITS = (3, 4, 5, 6)
"""Bits that the weights are rounded to."""
SEEDS = (0, 1, 2)
BATCH = 256
HELD_OUT = 20
"""One file in so many is not trained on."""
JUDGED = 40_000
"""Predictions on held-out files that a loss is the mean of."""
COLUMNS = ["params", "tokens", "seed", "schedule", "bits", "loss", "quantised_loss"]
COOLDOWN = 0.2
"""Share of a run in which the learning rate falls to zero, where it does."""


def corpus() -> tuple[NDArray[np.uint8], NDArray[np.uint8], str]:
    """Return the sources of the standard library, as bytes to train on and bytes to judge by.

    Returns
    -------
    train, judge : ndarray of uint8
        Bytes below 128, files one after the other in the order of their names; the second of
        every twentieth file. Tests and packages that were installed later are left out.
    label : str
        The version of Python, and the beginning of the sha256 of both.

    Examples
    --------
    >>> train, judge, label = corpus()
    >>> len(train) > 10 * len(judge), bool(train.max() < 128)
    (True, True)
    """
    root = Path(sysconfig.get_paths()["stdlib"])
    left_out = {"site-packages", "dist-packages", "test", "tests", "idle_test", "__pycache__"}
    names = sorted(
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if not left_out & set(path.relative_to(root).parts) and path.name != "_sysconfigdata.py"
    )
    parts: tuple[list[bytes], list[bytes]] = ([], [])
    for k, name in enumerate(names):
        parts[k % HELD_OUT == 0].append((root / name).read_bytes())
    digest = hashlib.sha256()
    arrays = []
    for part in parts:
        text = np.frombuffer(b"\n".join(part), dtype=np.uint8)
        arrays.append(text[text < 128])
        digest.update(arrays[-1].tobytes())
    label = f"Python {platform.python_version()}, sha256 {digest.hexdigest()[:12]}"
    return arrays[0], arrays[1], label


def train(
    hidden: int,
    seed: int,
    lengths: tuple[int, ...] = LENGTHS,
    texts: tuple[NDArray[np.uint8], NDArray[np.uint8]] | None = None,
) -> pd.DataFrame:
    """Train one size at a constant learning rate, and judge it at every length, rounded and not.

    At each length there are two models: the run as it is, and one whose learning rate fell to zero
    over the last fifth, on the same bytes.

    Parameters
    ----------
    hidden : int
        Hidden units.
    seed : int
        Of the first weights and of the order of the text.
    lengths : tuple of int
        Bytes of training, ascending, in multiples of some 1,300.
    texts : tuple of ndarray, optional
        Bytes to train on and to judge by; by default those of `corpus`.

    Returns
    -------
    DataFrame
        One row a length, schedule and precision: ``params``, ``tokens``, ``seed``, ``schedule``
        (``constant`` or ``annealed``), ``bits``, ``loss`` and ``quantised_loss`` (nats per byte).
    """
    text, judge = corpus()[:2] if texts is None else texts
    rng = np.random.default_rng([seed, hidden])
    # Every byte is predicted once before any is predicted again.
    rounds = -(-lengths[-1] // (len(text) - CONTEXT))
    places = np.concatenate([rng.permutation(len(text) - CONTEXT) for _ in range(rounds)])
    asked = np.random.default_rng(0).choice(len(judge) - CONTEXT, JUDGED, replace=False)
    run, rows = Training(ByteModel.fresh(hidden, seed), text, places, BATCH), []
    for length in lengths:
        steps = length // BATCH
        cooled = run.advance(round((1 - COOLDOWN) * steps)).copy().advance(steps, anneal=True)
        run.advance(steps)
        for schedule, model in (("constant", run.model), ("annealed", cooled.model)):
            loss = model.loss(judge, asked)
            for bits in BITS:
                rounded = quantised(model, bits).loss(judge, asked)
                rows.append((model.params, steps * BATCH, seed, schedule, bits, loss, rounded))
    return pd.DataFrame(rows, columns=COLUMNS)


def experiment() -> pd.DataFrame:
    """Train all sizes with all seeds, some twenty minutes on one core; see `train`."""
    texts = corpus()[:2]
    parts = [train(hidden, seed, texts=texts) for seed in SEEDS for hidden in HIDDEN]
    return pd.concat(parts, ignore_index=True)


def main() -> None:
    """Run the experiment and store its rows."""
    here = Path(__file__).resolve().parents[3] / "data" / "kumar2024" / "byte_models.csv"
    parser = argparse.ArgumentParser(description=experiment.__doc__)
    parser.add_argument("--out", type=Path, default=here, help="where to write the rows")
    out = parser.parse_args().out
    keys = ["seed", "params", "tokens", "schedule", "bits"]
    table = experiment().sort_values(keys)[[*keys, "loss", "quantised_loss"]]
    table.round(6).to_csv(out, index=False, lineterminator="\n")
    print(json.dumps({"rows": len(table), "corpus": corpus()[2]}))


if __name__ == "__main__":
    main()
