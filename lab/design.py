"""What is trained: one frozen `Run` a model and horizon, and the lists of them by stage.

Nothing here needs torch. A stage is a list of runs; to add an experiment, add a list.
"""

import math
from dataclasses import asdict, dataclass, replace

CONTEXT = 64  # bytes that a model sees at once
VOCAB = 256  # bytes
WARMUP = 50  # steps over which the learning rate rises
COOLDOWN = 0.2  # share of a run's steps over which the learning rate falls to zero
FEWEST_STEPS = 300  # a run with fewer would measure the warm-up


@dataclass(frozen=True)
class Run:
    """One model, trained to one horizon.

    Parameters
    ----------
    width : int
        Width of the model; the depth follows, one layer per 16, at least two.
    budget : float
        Training FLOPs, forward and backward, that the whole path from the first step costs.
    schedule : {"cooldown", "cosine"}
        Constant learning rate whose last fifth falls as one minus a square root, or half a
        cosine down to a tenth.
    rate : float
        Peak learning rate times width.
    seed : int
        Of the initial weights and of the order of the text.
    after : float or None
        For cooldowns: the budget of the run on the same trunk that ends before this one. Its
        constant part is taken over from there, not trained again.
    depth : int
        Layers; zero for the rule above.
    sequences : int
        Sequences a step; zero for the rule of `batch`.
    """

    width: int
    budget: float
    schedule: str = "cooldown"
    rate: float = 0.16
    seed: int = 0
    after: float | None = None
    depth: int = 0
    sequences: int = 0

    @property
    def id(self) -> str:
        """Name of the run's files; says everything but `after`, which changes no result."""
        rate = f"{self.rate:g}".replace(".", "p")
        own = f"-l{self.depth}" * bool(self.depth) + f"-b{self.sequences}" * bool(self.sequences)
        return f"w{self.width:03d}{own}-{self.schedule}-r{rate}-s{self.seed}-c{self.budget:.3g}"

    @property
    def previous(self) -> "Run | None":
        """The run whose trunk this one continues."""
        return None if self.after is None else replace(self, budget=self.after, after=None)

    @property
    def layers(self) -> int:
        """Depth."""
        return self.depth or max(2, self.width // 16)

    @property
    def heads(self) -> int:
        """Attention heads, of 16 dimensions where that divides the width."""
        return max(1, self.width // 16)

    @property
    def params(self) -> int:
        """Parameters, the tied embedding and the positions included."""
        d = self.width
        return (VOCAB + CONTEXT) * d + self.layers * (12 * d * d + 4 * d) + 2 * d

    @property
    def params_nonembedding(self) -> int:
        """Parameters of the layers' matrices: Kaplan's count, 12 L d^2."""
        return 12 * self.layers * self.width**2

    @property
    def flops_per_token(self) -> int:
        """Training FLOPs a byte: matrices, output and attention, backward twice forward."""
        d = self.width
        return 3 * (24 * self.layers * d * d + 2 * VOCAB * d + 4 * CONTEXT * d * self.layers)

    @property
    def batch(self) -> int:
        """Sequences a step: the largest power of two up to 512 / width.

        Small models would spend their time between small steps, and large ones would get too
        few large ones.
        """
        return self.sequences or 1 << (512 // self.width).bit_length() - 1

    @property
    def steps(self) -> int:
        """Optimiser steps from the first to the horizon."""
        return round(self.budget / (self.flops_per_token * self.batch * CONTEXT))

    @property
    def tokens(self) -> int:
        """Bytes seen."""
        return self.steps * self.batch * CONTEXT

    @property
    def flops(self) -> int:
        """Training FLOPs of the whole path; within half a step of the budget."""
        return self.tokens * self.flops_per_token

    @property
    def cooldown_starts(self) -> int:
        """Step at which the branch leaves the trunk."""
        return self.steps - round(COOLDOWN * self.steps)

    def learning_rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from zero."""
        peak = self.rate / self.width
        if step < WARMUP:
            return peak * (step + 1) / WARMUP
        if self.schedule == "cosine":
            done = (step - WARMUP) / (self.steps - WARMUP)
            return peak * (0.55 + 0.45 * math.cos(math.pi * done))
        if step < self.cooldown_starts:
            return peak
        done = (step - self.cooldown_starts) / (self.steps - self.cooldown_starts)
        return peak * (1 - math.sqrt(done))

    def to_dict(self) -> dict[str, object]:
        """Return the fields, as JSON stores them."""
        return asdict(self)


def trunk(width: int, budgets: list[float], **how: object) -> list[Run]:
    """Return runs of one model to several horizons that share one trunk.

    Horizons with fewer than `FEWEST_STEPS` steps are left out.
    """
    runs, after = [], None
    for budget in sorted(budgets):
        run = Run(width, budget, after=after, **how)  # type: ignore[arg-type]
        if run.steps >= FEWEST_STEPS:
            runs.append(run)
            after = budget
    return runs


WIDTHS = (32, 16, 48, 64, 24)  # the middle first: a sweep that is stopped early has a curve
RATES = (0.16, 0.32, 0.08)  # peak learning rate times width
TUNED_AT = 2.5e11
# The best of RATES at TUNED_AT, by width; a test holds it to the recorded runs of the stage.
TUNED = {12: 0.16, 16: 0.16, 24: 0.16, 32: 0.16, 48: 0.16, 64: 0.16, 96: 0.16}
FITTED_TO = 5e11  # runs up to here make the forecast; larger ones are held back from it
LARGEST = Run(32, 2e12, rate=TUNED[32], after=1e12)  # the run that is forecast first of all


def _grid(width: int, *budgets: float, seed: int = 0) -> list[Run]:
    return trunk(width, list(budgets), rate=TUNED[width], seed=seed)


# In order of value: a night that is cut short has the first stages whole. Stages may list a run
# again; it is trained once. Later experiments are further lists: they may continue any run here,
# whose weights are kept.
STAGES: dict[str, list[Run]] = {
    "rates": [Run(w, TUNED_AT, rate=r) for r in RATES[:2] for w in WIDTHS],
    "grid": [run for w in WIDTHS for run in _grid(w, TUNED_AT, FITTED_TO)],
    "low": [run for w in (16, 24, 32) for run in _grid(w, 1.25e11)]
    + _grid(12, 1.25e11)
    + _grid(12, TUNED_AT, FITTED_TO),
    "held": [Run(w, 1e12, rate=TUNED[w], after=FITTED_TO) for w in WIDTHS],
    "largest": [LARGEST],
    "schedules": [
        Run(32, budget, "cosine", rate=TUNED[32] * times)
        for times in (2, 1)
        for budget in (TUNED_AT, FITTED_TO, 1e12)
    ],
    "seeds": [
        run for seed in (1, 2) for w in WIDTHS for run in _grid(w, TUNED_AT, FITTED_TO, seed=seed)
    ],
    "bracket": [Run(w, TUNED_AT, rate=r) for r in RATES[2:] for w in WIDTHS],
    "longer": [Run(w, 2e12, rate=TUNED[w], after=1e12) for w in (32, 48, 24, 64, 16)],
    "longest": [Run(w, 4e12, rate=TUNED[w], after=2e12) for w in (32, 48, 24, 64, 16)],
    "larger": _grid(96, 1e12, 2e12, 4e12, 8e12) + _grid(64, TUNED_AT, 5e11, 1e12, 2e12, 4e12, 8e12),
}

SMOKE = [
    *(Run(16, budget, after=after) for after, budget in ((None, 4e9), (4e9, 8e9), (8e9, 1.6e10))),
    Run(24, 4e9),
    Run(24, 1.6e10, "cosine"),
]


def declared() -> dict[str, tuple[str, Run]]:
    """Return every run of the sweep by its id, with the first stage that lists it."""
    found: dict[str, tuple[str, Run]] = {}
    for stage, runs in STAGES.items():
        for run in runs:
            found.setdefault(run.id, (stage, run))
    return found
