"""Continued training: a model of one text goes on with a mixture of that text and another.

The two texts are the lab's presidential messages and the manual of Perl. A trunk is trained on one
of them at a constant learning rate until it has seen `TOKENS_PER_PARAM` bytes a parameter. From
there it goes on, at the same learning rate, with a share of the other text from 0 to 1, and both
held-out losses are measured on the way. Nothing here needs torch until a run is trained.
"""

import hashlib
import time
import unicodedata
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lab import corpus
from lab.design import CONTEXT, COOLDOWN, Run
from lab.records import read, write, write_table

if TYPE_CHECKING:
    import torch

    from lab.train import State

FOLDER = Path("_build/lab/continued")
PERL = Path("_build/lab/perl-doc")
PERL_SHA256 = "02c6097baf69f571b497d4f0ab4af61764e5cbdd57b3eb30731e81278e9829b7"
PERL_PACKAGE = "perl-doc 5.36.0-7+deb12u3"
OTHER_LANGUAGES = ("perlcn", "perljp", "perlko", "perltw")

WIDTHS = (16, 24, 32, 48)
TOKENS_PER_PARAM = 50  # of a trunk: the same maturity at every size
FLOPS = 1e11  # where sizes are compared at equal FLOPs ...
TOKENS = 3 * 2**17  # ... at equal tokens ...
PER_PARAM = 4  # ... and at equal tokens per parameter
GRID = sorted([2**k for k in range(11, 22)] + [3 * 2**k for k in range(12, 21)])
EVALUATED = 256  # held-out sequences of each text, the same for every run
LOSSES = ("loss_speeches", "loss_perl")


@dataclass(frozen=True)
class Phase:
    """One continuation of one trunk.

    Parameters
    ----------
    width : int
        Width of the model.
    source : {"speeches", "perl"}
        Text of the trunk.
    share : float
        Share of the continuation's sequences that come from the other text.
    seed : int
        Of the trunk, and of the order of both texts afterwards. Runs that differ in the share
        alone draw the same random numbers.
    """

    width: int
    source: str = "speeches"
    share: float = 1.0
    seed: int = 0

    @property
    def target(self) -> str:
        """The other text."""
        return "perl" if self.source == "speeches" else "speeches"

    @property
    def id(self) -> str:
        """Name of the run's JSON."""
        share = f"{self.share:g}".replace(".", "p")
        return f"w{self.width:03d}-{self.source}-{self.target}{share}-s{self.seed}"

    @property
    def run(self) -> Run:
        """The model and its trunk, which ends where this run's cooldown would begin."""
        shape = Run(self.width, FLOPS)
        tokens = TOKENS_PER_PARAM * shape.params / (1 - COOLDOWN)
        return Run(self.width, tokens * shape.flops_per_token, seed=self.seed)

    @property
    def tokens_a_step(self) -> int:
        """Bytes of one optimiser step."""
        return self.run.batch * CONTEXT

    @property
    def checkpoints(self) -> list[int]:
        """Steps after the trunk at which the losses are measured, from 0 to the last."""
        named = [TOKENS, FLOPS / self.run.flops_per_token, PER_PARAM * self.run.params]
        grid = [tokens for tokens in GRID if self.tokens_a_step <= tokens <= max(named)]
        asked = [0, *grid, *named]
        return sorted({round(tokens / self.tokens_a_step) for tokens in asked})

    @property
    def steps(self) -> int:
        """Optimiser steps after the trunk."""
        return self.checkpoints[-1]

    @property
    def tokens(self) -> int:
        """Bytes seen after the trunk."""
        return self.steps * self.tokens_a_step

    @property
    def flops(self) -> int:
        """Training FLOPs after the trunk."""
        return self.tokens * self.run.flops_per_token

    def to_dict(self) -> dict[str, object]:
        """Return the fields, as JSON stores them."""
        return asdict(self)


def _plan() -> list[Phase]:
    """Return all runs in order of value: a night that is cut short has the first comparisons.

    Most of the time goes into the trunks of the widest model, so these come late.
    """
    main, small, wide = (0.1, 1.0), WIDTHS[:-1], WIDTHS[-1:]
    order = [
        ("speeches", main, 0, WIDTHS),
        ("perl", main, 0, small),
        ("speeches", main, 1, small),
        ("speeches", (0.0,), 0, WIDTHS),
        ("speeches", (0.01,), 0, WIDTHS),
        ("speeches", main, 2, small),
        ("perl", main, 0, wide),
        ("speeches", main, 1, wide),
        ("perl", (0.0, 0.01), 0, small),
        ("perl", main, 1, small),
        ("speeches", (0.0, 0.01), 1, WIDTHS),
        ("perl", (0.0, 0.01), 0, wide),
    ]
    return [
        Phase(width, source, share, seed)
        for source, shares, seed, widths in order
        for width in widths
        for share in shares
    ]


PLAN = _plan()


@lru_cache
def perl(folder: Path = PERL) -> tuple[np.ndarray, np.ndarray]:
    """Return the bytes of Perl's manual to train on and those held out, as uint8.

    Parameters
    ----------
    folder : Path
        Where Debian's package `perl-doc` was unpacked. Every tenth page is held out.

    Raises
    ------
    SystemExit
        If the pages are not there, or are not those of the recorded runs.
    """
    pages = sorted(folder.rglob("*.pod"), key=lambda page: page.name)
    pages = [page for page in pages if page.stem not in OTHER_LANGUAGES]
    if not pages:
        raise SystemExit(
            f"No page of Perl's manual under {folder}. On Debian or Ubuntu `make lab-perl` "
            f"fetches it; elsewhere take the file of {PERL_PACKAGE} from snapshot.debian.org and "
            "unpack it there: ar x FILE, then tar xf data.tar.xz."
        )
    texts = [_ascii(page.read_text(encoding="utf-8", errors="ignore")) for page in pages]
    found = hashlib.sha256("".join(texts).encode()).hexdigest()
    if found != PERL_SHA256:
        raise SystemExit(
            f"The manual under {folder} has SHA-256 {found}, and the recorded runs were made on "
            f"{PERL_SHA256} ({PERL_PACKAGE}). Use that version, or change the pin and keep "
            "the runs apart from these."
        )
    return corpus.split(texts)


def _ascii(text: str) -> str:
    # Lines stay as they are: the layout of code is part of the domain.
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode() + "\n\n\n"


def mixed(phase: Phase, old: np.ndarray, new: np.ndarray, step: int) -> "torch.Tensor":
    """Return the sequences of a step after the trunk, each from the new text or the old."""
    import torch

    rng = np.random.default_rng((phase.seed, 1, step))
    chosen = rng.random(phase.run.batch) < phase.share
    places = rng.random(phase.run.batch)
    rows = []
    for is_new, place in zip(chosen, places, strict=True):
        text = new if is_new else old
        start = int(place * (len(text) - CONTEXT - 1))
        rows.append(text[start : start + CONTEXT + 1])
    return torch.from_numpy(np.stack(rows).astype(np.int64))


def trunk(phase: Phase, text: np.ndarray, folder: Path, shared: Path | None) -> "State":
    """Return the trunk of a run: the stored one, or trained as far as it is missing.

    Parameters
    ----------
    phase : Phase
        The run.
    text : ndarray
        The bytes to train on.
    folder : Path
        Where `w<width>-<source>-s<seed>.trunk.pt` is, or goes.
    shared : Path or None
        Where the lab's sweep keeps its trunks. Those on the speeches that are the same path,
        with the same seed, are taken over from their furthest point.
    """
    import torch

    from lab.model import ByteGPT
    from lab.train import State

    run = phase.run
    place = folder / f"w{phase.width:03d}-{phase.source}-s{phase.seed}.trunk.pt"
    if place.exists():
        return State.load(run, place)
    torch.manual_seed(run.seed)
    state = State(ByteGPT(run))
    if shared and phase.source == "speeches":
        same = run.id.rsplit("-c", 1)[0]
        found = [State.load(run, path) for path in shared.glob(f"{same}-c*.trunk.pt")]
        found = [stored for stored in found if stored.step <= run.cooldown_starts]
        state = max([state, *found], key=lambda stored: stored.step)
    state.advance(run, run.cooldown_starts, text)
    state.save(place)
    return state


def train(
    phase: Phase, folder: Path, perl_folder: Path = PERL, shared: Path | None = None
) -> dict[str, Any]:
    """Train one continuation and write its JSON; return the content.

    Parameters
    ----------
    phase : Phase
        What to train.
    folder : Path
        Where the JSON and the trunk go.
    perl_folder : Path
        Where Debian's `perl-doc` was unpacked.
    shared : Path or None
        The lab's folder of runs, to take trunks over.

    Returns
    -------
    dict
        Configuration, the losses on both texts at each checkpoint in nats per byte, versions,
        hashes of the texts, CPU seconds of this run and of its trunk.
    """
    import torch

    from lab.train import evaluate

    torch.set_num_threads(1)
    texts = {"speeches": corpus.load(), "perl": perl(perl_folder)}
    old, new = texts[phase.source][0], texts[phase.target][0]
    began = time.perf_counter()
    state = trunk(phase, old, folder, shared)
    start, cpu_s_trunk = state.step, state.cpu_s
    peak = phase.run.rate / phase.run.width
    points = []
    for step in phase.checkpoints:
        state.advance(
            phase.run,
            start + step,
            old,
            draw=lambda _run, _text, at: mixed(phase, old, new, at - start),
            rate=lambda _: peak,
        )
        tokens = step * phase.tokens_a_step
        point: dict[str, float] = {"step": step, "tokens": tokens}
        point["flops"] = tokens * phase.run.flops_per_token
        for name, (_, held) in texts.items():
            losses = evaluate(state.model, held, EVALUATED)
            point[f"loss_{name}"], point[f"loss_{name}_se"] = losses
        points.append(point)
    found = {
        "trunk_tokens": start * phase.tokens_a_step,
        "trunk_flops": start * phase.tokens_a_step * phase.run.flops_per_token,
        "corpus_sha256": corpus.SHA256,
        "perl_sha256": PERL_SHA256,
        "torch": torch.__version__,
        "checkpoints": points,
        "cpu_s": state.cpu_s - cpu_s_trunk,
        "cpu_s_trunk": cpu_s_trunk,
        "wall_s": time.perf_counter() - began,
    }
    return write(phase, folder, found)


def row(record: dict[str, Any]) -> dict[str, Any]:
    """Return the row of one JSON: the configuration and what it cost."""
    phase = Phase(**record["run"])
    return {
        "run": phase.id,
        "source": phase.source,
        "target": phase.target,
        "share": phase.share,
        "width": phase.width,
        "layers": phase.run.layers,
        "params": phase.run.params,
        "seed": phase.seed,
        "trunk_tokens": record["trunk_tokens"],
        "trunk_flops": record["trunk_flops"],
        "tokens": record["tokens"],
        "flops": record["flops"],
        "cpu_s": round(record["cpu_s"], 1),
        "cpu_s_trunk": round(record["cpu_s_trunk"], 1),
    }


def rows(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the losses of one JSON, a row a checkpoint."""
    counts = ("step", "tokens", "flops")
    return [
        {"run": record["id"]}
        | {name: point[name] for name in counts}
        | {name: round(point[name], 5) for name in LOSSES}
        for point in record["checkpoints"]
    ]


def export(folder: Path, place: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write `runs.csv` and `losses.csv` of all finished runs to a folder, and return both.

    Raises
    ------
    SystemExit
        If there is no finished run, or runs on different texts.
    """
    records = read(folder, "continued train", ("corpus_sha256", "perl_sha256"))
    runs = pd.DataFrame([row(record) for record in records]).sort_values("run")
    losses = pd.DataFrame([point for record in records for point in rows(record)])
    losses = losses.sort_values(["run", "step"])
    write_table(runs, place / "runs.csv")
    write_table(losses, place / "losses.csv")
    return runs, losses
