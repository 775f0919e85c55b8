"""Compress the finished models: prune or round their weights, with and without training again.

What is measured is the held-out loss of what would be stored: pruned weights are zero, rounded
ones lie on their row's grid, and all else, scales of rows included, is kept in 16 bits. Every
measurement is a row of one table, written as soon as it is made: a run that is stopped resumes.
"""

import copy
import json
import math
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from lab import corpus
from lab.design import TUNED, Run
from lab.records import write_table
from lab.train import State, batch, sequence_losses

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
BITS = (8, 7, 6, 5, 4, 3, 2)
CLIPS = torch.linspace(0.3, 1, 29)  # of a row's largest weight
AGAIN, AGAIN_FROM = 0.1, 5e11  # share of a run's steps, and the budgets that train again
RAMP = 0.5  # share of the training again over which the zeros come in, by a cubic
RESTART = 0.5  # learning rate at which training begins again, of the run's own peak
FIRST = 1e12  # budget whose runs come first, then those nearest to it
MEASURED = 256  # held-out sequences: as many for every model, so that differences are paired
RENEWED = 10  # steps between two choices of zeros, or of scales


@dataclass(frozen=True)
class Job:
    """One measurement: how a model is compressed, and how long it trains again.

    Parameters
    ----------
    method : {"dense", "prune", "round"}
        What is done to the matrices.
    level : float
        Share of zeros in each matrix, or bits a weight; 0 for dense.
    part : {"all", "layers"}
        All matrices, or those of the layers only: the embedding and the positions stay whole.
    retrained : float
        Training again, as a share of the run's own steps.
    """

    method: str
    level: float = 0
    part: str = "all"
    retrained: float = 0


def prune(weight: Tensor, share: float) -> Tensor:
    """Return a matrix whose smallest weights, a share of all, are zero."""
    n = round(share * weight.numel())
    kept = torch.ones(weight.numel(), dtype=torch.bool)
    kept[weight.abs().flatten().argsort()[:n]] = False
    return weight * kept.view_as(weight)


def scales(weight: Tensor, bits: int) -> Tensor:
    """Return the step of each row's grid, shape (rows, 1): of `CLIPS`, the least squared error."""
    top = 2 ** (bits - 1) - 1
    tried = CLIPS[:, None, None] * weight.abs().amax(1, keepdim=True) / top
    tried = tried.half().float().clamp_min(1e-7)
    errors = ((weight / tried).round().clamp(-top, top) * tried - weight).square().sum(2)
    return tried[errors.argmin(0), torch.arange(len(weight))]


def quantise(weight: Tensor, bits: int, step: Tensor | None = None) -> Tensor:
    """Return a matrix rounded to its rows' grids, 2^bits - 1 values about zero."""
    top = 2 ** (bits - 1) - 1
    step = scales(weight, bits) if step is None else step
    return (weight / step).round().clamp(-top, top) * step


def compressed(weight: Tensor, job: Job) -> Tensor:
    """Return a matrix as the job would store it."""
    if job.method == "round":
        return quantise(weight, int(job.level))
    return (prune(weight, job.level) if job.method == "prune" else weight).half().float()


def matrices(model: nn.Module, part: str) -> list[nn.Parameter]:
    """Return the matrices that are compressed."""
    named = model.named_parameters()
    return [w for name, w in named if w.dim() == 2 and (part == "all" or "layers" in name)]


def stored(model: nn.Module, job: Job) -> float:
    """Return the bytes of the model as stored.

    A rounded matrix takes its bits a weight, and 16 a row for the scale; a pruned one a bit a
    weight to say where the zeros are, and 16 for each that is none; all else 16 bits a weight.
    """
    touched = {id(weight) for weight in matrices(model, job.part)}
    bits = 0.0
    for weight in model.parameters():
        n = weight.numel()
        if id(weight) not in touched or job.method == "dense":
            bits += 16 * n
        elif job.method == "round":
            bits += job.level * n + 16 * len(weight)
        else:
            bits += n + 16 * (n - round(job.level * n))
    return bits / 8


@torch.no_grad()
def store(model: nn.Module, job: Job) -> None:
    """Put the weights in place that the job would store."""
    touched = {id(weight) for weight in matrices(model, job.part)}
    for weight in model.parameters():
        weight.copy_(compressed(weight, job) if id(weight) in touched else weight.half().float())


def retrain(state: State, run: Run, job: Job, text: np.ndarray) -> None:
    """Train a finished model again while it is compressed.

    Rounded: the loss and its gradient are those of the rounded weights, and the gradient moves
    the weights behind them (straight through). Pruned: zeros come in along a cubic, then stay.
    The learning rate falls from `RESTART` of its peak to zero as one minus a square root.
    """
    steps = round(job.retrained * run.steps)
    touched = matrices(state.model, job.part)
    steps_of: list[Tensor] = []
    masks: list[Tensor] = []
    for i in range(steps):
        for group in state.optimiser.param_groups:
            group["lr"] = RESTART * run.rate / run.width * (1 - math.sqrt(i / steps))
        ramping = i <= RAMP * steps
        with torch.no_grad():
            if job.method == "round":
                if i % RENEWED == 0:
                    steps_of = [scales(weight, int(job.level)) for weight in touched]
                behind = [weight.clone() for weight in touched]
                for weight, step in zip(touched, steps_of, strict=True):
                    weight.copy_(quantise(weight, int(job.level), step))
            elif job.method == "prune":
                if ramping and i % RENEWED == 0:
                    share = job.level * (1 - (1 - i / (RAMP * steps)) ** 3)
                    masks = [prune(weight, share) != 0 for weight in touched]
                elif not ramping and (i - 1) <= RAMP * steps:
                    masks = [prune(weight, job.level) != 0 for weight in touched]
                for weight, mask in zip(touched, masks, strict=True):
                    weight.mul_(mask)
        loss = state.model.losses(batch(run, text, run.steps + i)).mean()
        state.optimiser.zero_grad()
        loss.backward()
        if job.method == "round":
            with torch.no_grad():
                for weight, kept in zip(touched, behind, strict=True):
                    weight.copy_(kept)
        torch.nn.utils.clip_grad_norm_(state.model.parameters(), 1.0)
        state.optimiser.step()


def jobs(run: Run) -> Iterator[Job]:
    """Yield what is measured of a run as it is: of a first seed, the other part as well."""
    yield Job("dense")
    yield from (Job("round", bits) for bits in BITS)
    yield from (Job("prune", share, "layers") for share in SHARES)
    if run.seed == 0:
        yield from (Job("round", bits, "layers") for bits in (4, 3, 2))
        yield from (Job("prune", share) for share in (0.1, 0.3, 0.5))


def again(run: Run) -> Iterator[Job]:
    """Yield what is measured of a run after training again."""
    if run.budget >= AGAIN_FROM:
        yield Job("dense", retrained=AGAIN)
        yield from (Job("round", bits, retrained=AGAIN) for bits in (4, 3, 2))
        yield from (Job("prune", share, "layers", AGAIN) for share in (0.5, 0.7, 0.9))


def runs(folder: Path) -> list[Run]:
    """Return the finished runs that are compressed, cooled and tuned, in order of importance."""
    read = [Run(**json.loads(file.read_text())["run"]) for file in folder.glob("*.json")]
    found = [r for r in read if r.schedule == "cooldown" and r.rate == TUNED.get(r.width)]
    order = lambda r: (r.seed, abs(math.log(r.budget / FIRST)), r.width)  # noqa: E731
    return sorted(found, key=order)


def compress(folder: Path, place: Path) -> pd.DataFrame:
    """Measure what is not in the table yet, and return the table.

    Parameters
    ----------
    folder : Path
        Of the lab's runs, with their weights; nothing is written there.
    place : Path
        CSV of one row a measurement.

    Raises
    ------
    SystemExit
        If the folder has no finished run of those that are compressed.
    """
    torch.set_num_threads(1)
    text, held = corpus.load()
    found = pd.read_csv(place).to_dict("records") if place.exists() else []
    done = {(r["run"], r["method"], r["level"], r["part"], r["retrained"]) for r in found}
    if not (chosen := runs(folder)):
        raise SystemExit(f"No finished run in {folder}: train some with `python -m lab sweep`.")
    everything = [(run, list(jobs(run))) for run in chosen]
    everything += [(run, list(again(run))) for run in chosen]
    for run, asked in everything:
        todo = [job for job in asked if (run.id, *astuple(job)) not in done]
        if not todo:
            continue
        whole = State.load(run, folder / f"{run.id}.pt")
        dense = sequence_losses(whole.model, held, MEASURED)
        for job in todo:
            began = time.process_time()
            state = copy.deepcopy(whole)
            retrain(state, run, job, text)
            store(state.model, job)
            losses = sequence_losses(state.model, held, MEASURED)
            found.append(
                {
                    "run": run.id,
                    "width": run.width,
                    "layers": run.layers,
                    "params": run.params,
                    "tokens": run.tokens,
                    "flops": run.flops,
                    "isoflop_budget": run.budget,
                    "seed": run.seed,
                    "method": job.method,
                    "part": job.part,
                    "level": job.level,
                    "retrained": job.retrained,
                    "bytes": stored(state.model, job),
                    "loss": round(losses.mean().item(), 5),
                    "harm_se": round((losses - dense).std().item() / math.sqrt(len(dense)), 5),
                    "cpu_s": round(time.process_time() - began, 2),
                }
            )
            _write(found, place)
    return pd.DataFrame(found)


def _write(rows: list[dict[str, object]], place: Path) -> None:
    key = ["isoflop_budget", "width", "seed", "part", "retrained", "method", "level"]
    write_table(pd.DataFrame(rows).sort_values(key), place)
