"""One run: `train(run, folder)` trains a model to a horizon and writes one JSON.

A cooldown run goes along its trunk at a constant learning rate, stores the trunk where the
branch leaves it, and cools a copy. The next run on that trunk starts from the stored state. The
bytes of step i depend on the seed and i alone, so a continued trunk is the same as an unbroken one.
"""

import copy
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from lab import corpus
from lab.design import CONTEXT, Run
from lab.model import ByteGPT
from lab.records import write

EVALUATED = 1024  # held-out sequences, the same for every run: differences are paired


def batch(run: Run, text: np.ndarray, step: int) -> torch.Tensor:
    """Return the sequences of a step, drawn at random places of the text."""
    rng = np.random.default_rng((run.seed, step))
    starts = rng.integers(len(text) - CONTEXT - 1, size=run.batch)
    return torch.from_numpy(text[starts[:, None] + np.arange(CONTEXT + 1)].astype(np.int64))


@torch.no_grad()
def sequence_losses(model: ByteGPT, held: np.ndarray, count: int = EVALUATED) -> torch.Tensor:
    """Return the mean loss of each of some held-out sequences, nats per byte."""
    starts = np.linspace(0, len(held) - CONTEXT - 1, count).astype(int)
    text = torch.from_numpy(held[starts[:, None] + np.arange(CONTEXT + 1)].astype(np.int64))
    return torch.cat([model.losses(part).mean(1) for part in text.split(64)]).double()


def evaluate(model: ByteGPT, held: np.ndarray, count: int = EVALUATED) -> tuple[float, float]:
    """Return the loss on held-out text, nats per byte, and its standard error over sequences."""
    losses = sequence_losses(model, held, count)
    return losses.mean().item(), losses.std().item() / math.sqrt(count)


@dataclass
class State:
    """Where a training path stands: weights, optimiser, steps done, seconds spent."""

    model: ByteGPT
    step: int = 0
    cpu_s: float = 0.0
    optimiser: torch.optim.Optimizer = field(init=False)

    def __post_init__(self) -> None:
        matrices = [p for p in self.model.parameters() if p.dim() == 2]
        vectors = [p for p in self.model.parameters() if p.dim() == 1]
        self.optimiser = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}],
            betas=(0.9, 0.95),
            fused=True,
        )

    def advance(
        self,
        run: Run,
        until: int,
        text: np.ndarray,
        draw: Callable[[Run, np.ndarray, int], torch.Tensor] = batch,
        rate: Callable[[int], float] | None = None,
    ) -> list[float]:
        """Train up to a step; return the losses on the way.

        `draw` gives the sequences of a step and `rate` its learning rate, where they are not
        those of the run.
        """
        began, losses = time.process_time(), []
        for step in range(self.step, until):
            for group in self.optimiser.param_groups:
                group["lr"] = (rate or run.learning_rate)(step)
            loss = self.model.losses(draw(run, text, step)).mean()
            self.optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimiser.step()
            losses.append(loss.item())
        self.step = until
        self.cpu_s += time.process_time() - began
        return losses

    def save(self, path: Path) -> None:
        """Store the state; a reader finds the whole of it or nothing."""
        parts = (self.model.state_dict(), self.optimiser.state_dict(), self.step, self.cpu_s)
        torch.save(parts, path.with_suffix(".part"))
        os.replace(path.with_suffix(".part"), path)

    @classmethod
    def load(cls, run: Run, path: Path) -> "State":
        """Read a stored state."""
        weights, optimiser, step, cpu_s = torch.load(path, weights_only=True)
        state = cls(ByteGPT(run), step, cpu_s)
        state.model.load_state_dict(weights)
        state.optimiser.load_state_dict(optimiser)
        return state


def train(run: Run, folder: Path) -> dict[str, object]:
    """Train one run, store its weights and its JSON in a folder, return the JSON's content.

    Parameters
    ----------
    run : Run
        What to train.
    folder : Path
        Where `<id>.json`, the cooled weights `<id>.pt` and the trunk `<id>.trunk.pt` go. The
        JSON is written last: where it stands, the run is complete.

    Returns
    -------
    dict
        Configuration, counts, losses in nats per byte, CPU and wall seconds, versions.
    """
    torch.set_num_threads(1)
    torch.manual_seed(run.seed)
    text, held = corpus.load()
    began = time.perf_counter()
    before = run.previous and folder / f"{run.previous.id}.trunk.pt"
    state = State.load(run, before) if before and before.exists() else State(ByteGPT(run))
    inherited = state.cpu_s
    found: dict[str, object] = {}
    if run.schedule == "cooldown":
        state.advance(run, run.cooldown_starts, text)
        state.save(folder / f"{run.id}.trunk.pt")
        found["loss_trunk"] = evaluate(state.model, held)[0]
        state = copy.deepcopy(state)
    losses = state.advance(run, run.steps, text)
    loss, error = evaluate(state.model, held)
    state.save(folder / f"{run.id}.pt")
    found |= {
        "corpus_sha256": corpus.SHA256,
        "torch": torch.__version__,
        "loss": loss,
        "loss_se": error,
        "loss_train": float(np.mean(losses[-50:])),
        "cpu_s": state.cpu_s,
        "cpu_s_own": state.cpu_s - inherited,
        "wall_s": time.perf_counter() - began,
    }
    return write(run, folder, found)
