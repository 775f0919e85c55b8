"""Least squares on resamples: our batch against MINPACK, one resample after another.

MINPACK is the hardest rival for such small problems: compiled Levenberg-Marquardt steps, started
at the minimum of the whole table. It gets lean functions of plain numpy, an analytic Jacobian in
its own memory layout, and only the distinct points of each resample, with weights. The weights
themselves are ready before its clock starts; ours draws them while it runs.
"""

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import leastsq

import replication as rp
from benchmarks import lean
from replication.fitting.resampling import resample_pairs

TOLERANCE = 1e-10
NOISE = 0.01
REPEATS = 15
LAWS = {
    "Chinchilla": rp.laws.Chinchilla(A=482.0, B=2085.0, E=1.82, alpha=0.35, beta=0.37),
    "ShapeAware": rp.laws.ShapeAware(
        E=1.8, A=480.0, B=2000.0, alpha=0.35, beta=0.37, epsilon=1e-3, gamma=0.6
    ),
    "KaplanJoint": rp.laws.KaplanJoint(alpha_N=0.076, alpha_D=0.103, N_c=6.4e13, D_c=1.8e13),
    "OverTraining": rp.laws.OverTraining(E=1.84, a=212.0, b=367.0, eta=0.136),
    "ShiftedPower": rp.laws.ShiftedPower(a=1.5e6, b=0.31, c=2.4, d=3e18),
    "Annealing": rp.laws.Annealing(E=2.6, A=0.55, alpha=0.45, C=0.6),
}
RANGES = {
    "params": (7.5, 10.2),
    "tokens": (8.5, 11.5),
    "aspect_ratio": (0.5, 3.0),
    "flops": (18.0, 22.0),
    "token_multiplier": (0.5, 3.0),
    "lr_area": (-0.7, 1.3),
    "lr_annealed": (-2.5, -0.3),
}
"""Decades in which inputs are drawn."""
CASES = [
    ("Chinchilla", "log-lsq", 240, 1000),
    ("Chinchilla", "log-lsq", 2000, 200),
    ("Chinchilla", "lsq", 240, 1000),
    ("Chinchilla", "lsq", 2000, 200),
    ("ShapeAware", "lsq", 240, 1000),
    ("ShapeAware", "lsq", 2000, 200),
    ("KaplanJoint", "log-lsq", 240, 1000),
    ("KaplanJoint", "log-lsq", 2000, 100),
    ("OverTraining", "log-lsq", 240, 1000),
    ("OverTraining", "log-lsq", 2000, 200),
    ("ShiftedPower", "log-lsq", 240, 1000),
    ("ShiftedPower", "log-lsq", 2000, 200),
    ("Annealing", "lsq", 240, 1000),
    ("Annealing", "lsq", 2000, 200),
]


def table(name: str, points: int, seed: int = 0) -> pd.DataFrame:
    """Runs of a law at random inputs, with noise in the logarithm of the loss."""
    rng, law = np.random.default_rng(seed), LAWS[name]
    columns = {k: 10 ** rng.uniform(*RANGES[k], points) for k in law.inputs}
    loss = law.predict(*columns.values()) * np.exp(NOISE * rng.standard_normal(points))
    return pd.DataFrame(columns | {"loss": loss})


class Refits:
    """The same resamples, one after another."""

    def __init__(self, name: str, log: bool, runs: pd.DataFrame, counts: Any):
        kind = getattr(lean, name)
        self.model = kind(*(runs[column].to_numpy() for column in kind.inputs))
        self.log, self.counts = log, counts
        loss = runs["loss"].to_numpy()
        self.response = np.log(loss) if log else loss

    def functions(self, i: int) -> tuple[Callable, Callable]:
        """Weighted residuals of one resample, and their Jacobian with a row a coordinate."""
        rows = self.counts[i].nonzero()[0]
        weight = np.sqrt(self.counts[i][rows])
        model, goal = self.model.only(rows), weight * self.response[rows]
        if not self.log:
            return (
                lambda t: weight * model.predict(t) - goal,
                lambda t: model.slopes(t) * weight,
            )
        kept: dict[str, Any] = {}

        def residuals(t):
            kept["loss"] = model.predict(t)
            return weight * np.log(kept["loss"]) - goal

        return residuals, lambda t: model.slopes(t) * (weight / kept["loss"])

    def minimum(self, i: int, start) -> Any:
        """Where MINPACK ends."""
        residuals, jacobian = self.functions(i)
        return leastsq(
            residuals, start, Dfun=jacobian, col_deriv=True, ftol=TOLERANCE, xtol=TOLERANCE
        )[0]

    def value(self, i: int, t) -> float:
        """Sum of squares."""
        r = self.functions(i)[0](t)
        return float(r @ r)


def clock(work: Callable[[], Any]) -> tuple[float, Any]:
    """Process seconds of a call, and what it returned."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def compare(name: str, objective: str, points: int, resamples: int, repeats: int) -> dict[str, Any]:
    """Time both sides in turn; the least time of each is taken, since work elsewhere only adds."""
    runs = table(name, points)
    fit = rp.fit(name, runs, objective=objective)
    counts = np.concatenate(list(resample_pairs(resamples, points, seed=0).blocks()))
    refits = Refits(name, objective.startswith("log"), runs, counts)
    start = refits.model.coordinates(fit.law)
    ours, theirs = [], []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # MINPACK says so when it can get no nearer; what it reached is judged instead.
        warnings.simplefilter("ignore")
        for _ in range(repeats):
            seconds, boot = clock(lambda: fit.bootstrap(resamples, seed=0))
            ours.append(seconds)
            seconds, ends = clock(lambda: [refits.minimum(i, start) for i in range(resamples)])
            theirs.append(seconds)
    if boot.failed:
        raise RuntimeError(f"{boot.failed} refits failed: the others cannot be told apart")
    mine = np.broadcast_arrays(*refits.model.coordinates(boot.law))
    excess = [
        refits.value(i, t) / refits.value(i, end) - 1
        for i, (t, end) in enumerate(zip(np.transpose(mine), ends, strict=True))
    ]
    return {
        "law": name,
        "objective": objective,
        "points": points,
        "resamples": resamples,
        "seconds": min(ours),
        "minpack_seconds": min(theirs),
        "ratio": min(theirs) / min(ours),
        "worst_excess": max(excess),
        "minpack_excess": -min(excess),
    }


def measure(laws: tuple[str, ...] = ()) -> pd.DataFrame:
    """Time all cases, or those of some laws; print and return one row each."""
    rows = []
    for case in CASES:
        if laws and case[0] not in laws:
            continue
        row = compare(*case, repeats=REPEATS)
        rows.append(row)
        print(
            f"  {case[0]:12} {case[1]:8}{case[2]:5} points x {case[3]:5}: ours "
            f"{1e3 * row['seconds']:7.1f} ms, MINPACK {1e3 * row['minpack_seconds']:7.1f} ms, "
            f"ratio {row['ratio']:5.2f}; ours above by {row['worst_excess']:.0e}, "
            f"MINPACK by {row['minpack_excess']:.0e}",
            flush=True,
        )
    return pd.DataFrame(rows).sort_values(["law", "objective", "points"])
