"""Learning curves at one batch: the loss of each width on the way, at a constant learning rate.

The sweep's batches shrink as models widen, so its steps cannot be compared. Here every width
takes steps of the same bytes: what a step teaches is compared, and what it costs.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from lab import corpus
from lab.design import CONTEXT, TUNED, Run
from lab.model import ByteGPT
from lab.train import State, sequence_losses

WIDTHS = (16, 24, 32, 48, 64, 96)
BATCH = 16  # sequences a step, whatever the width
BUDGET = 1e12
FIRST, RATIO = 50, 1.25  # steps of the first measurement, and of each over the one before
MEASURED = 256  # held-out sequences


@dataclass(frozen=True)
class Steady(Run):
    """A run at the common batch, whose learning rate does not fall."""

    @property
    def batch(self) -> int:
        """Sequences a step."""
        return BATCH

    @property
    def cooldown_starts(self) -> int:
        """Step at which the learning rate begins to fall: the end."""
        return self.steps


def moments(run: Run) -> list[int]:
    """Return the steps at which the loss is measured, the last included."""
    found = FIRST * RATIO ** np.arange(40)
    return [*(int(step) for step in found.round() if step < 0.95 * run.steps), run.steps]


def curves(place: Path) -> pd.DataFrame:
    """Train the widths that are not in the table yet, and return the table.

    Parameters
    ----------
    place : Path
        CSV of one row a width and moment.
    """
    torch.set_num_threads(1)
    text, held = corpus.load()
    place.parent.mkdir(parents=True, exist_ok=True)
    found = pd.read_csv(place) if place.exists() else pd.DataFrame(columns=["width"])
    for width in WIDTHS:
        if width in set(found["width"]):
            continue
        run = Steady(width, BUDGET, rate=TUNED[width])
        torch.manual_seed(run.seed)
        state, rows = State(ByteGPT(run)), []
        for step in moments(run):
            state.advance(run, step, text)
            tokens = step * BATCH * CONTEXT
            rows.append(
                {
                    "width": width,
                    "layers": run.layers,
                    "params": run.params,
                    "steps": step,
                    "tokens": tokens,
                    "flops": tokens * run.flops_per_token,
                    "loss": round(sequence_losses(state.model, held, MEASURED).mean().item(), 5),
                    "cpu_s": round(state.cpu_s, 2),
                }
            )
        found = pd.concat([found, pd.DataFrame(rows)]) if len(found) else pd.DataFrame(rows)
        part = place.with_suffix(".part")
        found.sort_values(["width", "steps"]).to_csv(
            part, index=False, float_format="%.10g", lineterminator="\n"
        )
        part.replace(place)
    return found
