"""Kaplan's laws fitted to runs of porian2024 that imitate his: another group's, on other text.

The runs share the batch, the long warm-up and the long cosine of kaplan2020. They differ in text,
tokenizer, context, architecture and optimiser settings, and their loss is that of training.
"""

from functools import cache

import numpy as np
import pandas as pd

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.datasets import load
from replication.errors import ArgumentError, unknown
from replication.fitting import Fit, Profile, bootstrap_valleys, fit, valleys
from replication.fitting.bootstrap import interval_table
from replication.frontier import Frontier, envelope, isoflop
from replication.laws import CriticalBatch, KaplanFlops, KaplanSteps, KaplanTraining
from replication.papers.kaplan2020.printed import BATCH, WARMUP_STEPS, law
from replication.units import PF_DAY

DATASETS = ("openwebtext2", "refinedweb")
EXPERIMENT = "reproduce_kaplan"
WARMUP_TOKENS = WARMUP_STEPS * BATCH
"""Tokens of the warm-up, which the imitation shares with kaplan2020."""
DELTA = 1e-2
"""Huber threshold of our fits: about the size of the residuals. The paper names no objective."""
WINDOW = 0.75
"""Half width in decades of what an isoFLOP parabola is drawn through; a choice of ours."""
HELD = np.geomspace(0.04, 2.0, 33)
"""Exponents of the steps at which the fit is profiled."""
RESAMPLES = 400
LEVEL = 0.95
FEWEST = 2
"""Points that a curve of one size needs on the envelope; few runs have more after the warm-up."""


@cache
def runs(dataset: str, warmups: float = 1.0) -> pd.DataFrame:
    """Return the points of the imitation that lie past the warm-up.

    Parameters
    ----------
    dataset : str
        One of `DATASETS`.
    warmups : float
        Tokens that a point must have seen, in lengths of the warm-up; 0 for all points.

    Returns
    -------
    DataFrame
        One row a size and budget: ``params``, ``flops``, ``loss`` (nats per token), ``tokens``,
        ``steps``, and ``min_steps`` and ``min_flops`` by the printed critical batch at the loss
        of the point. Points of one size are of one run.

    Raises
    ------
    UnknownNameError
        If there is no such data set.
    ArgumentError
        If `warmups` is negative or leaves no point.

    Examples
    --------
    >>> len(runs("openwebtext2")), len(runs("refinedweb")), len(runs("refinedweb", 0))
    (45, 39, 107)
    """
    if dataset not in DATASETS:
        raise unknown("data set of the imitation", dataset, DATASETS)
    if not (np.isfinite(warmups) and warmups >= 0):
        raise ArgumentError(f"warmups is {warmups}; a number from 0 is expected, 1 by default.")
    table = load("porian2024", "isoflop")
    table = table[(table["dataset"] == dataset) & (table["experiment"] == EXPERIMENT)]
    tokens = table["flops"] / FLOPS_PER_PARAM_TOKEN / table["params"]
    kept = table.assign(tokens=tokens, steps=tokens / BATCH)[tokens > warmups * WARMUP_TOKENS]
    if kept.empty:
        raise ArgumentError(
            f"warmups is {warmups}: no point of {dataset} has seen as many tokens; the longest run "
            f"has {tokens.max() / WARMUP_TOKENS:.1f} warm-ups."
        )
    batch = law(CriticalBatch, "critical_batch_text")
    return kept.assign(
        min_steps=batch.min_steps(kept["steps"], BATCH, kept["loss"]),
        min_flops=batch.min_flops(kept["flops"], BATCH, kept["loss"]),
    ).reset_index(drop=True)


@cache
def steps_fit(dataset: str, warmups: float = 1.0, delta: float = DELTA) -> Fit:
    """Fit L(N, S_min) to the imitation.

    Parameters
    ----------
    dataset : str
        One of `DATASETS`.
    warmups : float
        As in `runs`.
    delta : float
        Huber threshold in log loss.

    Returns
    -------
    Fit
        Its bootstrap draws runs, not points.

    Examples
    --------
    >>> round(steps_fit("openwebtext2").law.alpha_N, 4)
    0.0749
    """
    return fit(KaplanSteps, runs(dataset, warmups), delta=delta, group="params")


def joined(steps: KaplanSteps) -> KaplanTraining:
    """Return a law in steps together with the printed critical batch.

    Parameters
    ----------
    steps : KaplanSteps
        Fitted; its fields may hold draws.

    Returns
    -------
    KaplanTraining
        Gives the exponents in C_min.

    Examples
    --------
    >>> round(joined(law(KaplanSteps, "steps")).a, 3)
    0.681
    """
    return KaplanTraining.join(steps, law(CriticalBatch, "critical_batch_text"))


@cache
def steps_profile(dataset: str, warmups: float = 1.0) -> Profile:
    """Return what the imitation says of alpha_S alone, over two decades.

    Parameters
    ----------
    dataset : str
        One of `DATASETS`.
    warmups : float
        As in `runs`.

    Returns
    -------
    Profile
        Where it has two valleys, one exponent is as good as another far from it.

    Examples
    --------
    >>> len(valleys(steps_profile("refinedweb")))
    1
    """
    return steps_fit(dataset, warmups).profile("alpha_S", HELD)


@cache
def intervals(dataset: str, warmups: float = 1.0, unit: str = "groups") -> pd.DataFrame:
    """Return the coefficients of `steps_fit` and what follows from them, with intervals.

    Parameters
    ----------
    dataset : str
        One of `DATASETS`.
    warmups : float
        As in `runs`.
    unit : str
        ``"groups"`` to draw whole runs, ``"points"`` to draw points.

    Returns
    -------
    DataFrame
        Index ``alpha_N``, ``alpha_S``, ``N_c``, ``S_c``, ``alpha_C`` and ``a``, the exponents of
        loss and best size in C_min; columns ``estimate``, ``se``, ``low``, ``high`` (95 %).

    Examples
    --------
    >>> round(float(intervals("openwebtext2").loc["alpha_C", "estimate"]), 4)
    0.0522
    """
    found = steps_fit(dataset, warmups)
    assert isinstance(found.law, KaplanSteps)
    boot = bootstrap_valleys(found, valleys(steps_profile(dataset, warmups)), RESAMPLES, unit=unit)
    assert isinstance(boot.law, KaplanSteps)
    drawn = joined(boot.law)
    frame = boot.to_frame().assign(alpha_C=drawn.alpha_C, a=drawn.a)
    return interval_table(joined(found.law), frame, LEVEL)


@cache
def frontier(dataset: str, method: str = "isoflop") -> Frontier:
    """Return the best size for the compute that runs at a fixed batch spent (Figure 14).

    Parameters
    ----------
    dataset : str
        One of `DATASETS`.
    method : str
        ``"isoflop"``, a parabola at each budget, or ``"envelope"`` of the curves of each size.

    Returns
    -------
    Frontier
        In FLOPs.

    Raises
    ------
    UnknownNameError
        If data set or method is not known.

    Examples
    --------
    >>> round(frontier("openwebtext2").a, 2)
    0.84
    """
    if method not in ("isoflop", "envelope"):
        raise unknown("method of the imitation", method, ("isoflop", "envelope"))
    table = runs(dataset, 0.0)
    if method == "isoflop":
        return isoflop(table, budget="flops", window=WINDOW)
    return envelope(table, curve="params", min_points=FEWEST)


@cache
def least_frontier(dataset: str) -> Frontier:
    """Return the best size for C_min, from the envelope of the curves past the warm-up.

    Parameters
    ----------
    dataset : str
        One of `DATASETS`.

    Returns
    -------
    Frontier
        In FLOPs of C_min.

    Examples
    --------
    >>> round(least_frontier("openwebtext2").a, 2)
    0.75
    """
    table = runs(dataset)
    return envelope(table.assign(flops=table["min_flops"]), curve="params", min_points=FEWEST)


def loss_law(found: Frontier) -> KaplanFlops:
    """Return the law of the losses along a frontier.

    Parameters
    ----------
    found : Frontier
        Of `frontier` or `least_frontier`.

    Returns
    -------
    KaplanFlops
        Fitted to the points that the frontier uses.

    Examples
    --------
    >>> round(loss_law(frontier("openwebtext2")).alpha_C, 3)
    0.06
    """
    points = found.points[found.points["used"]]
    fitted = fit(KaplanFlops, points, delta=DELTA).law
    assert isinstance(fitted, KaplanFlops)
    return fitted


def frontiers(resamples: int = 500) -> pd.DataFrame:
    """Return the trends that the imitation shows, at a fixed batch and in C_min.

    Parameters
    ----------
    resamples : int
        Behind each interval: runs within each budget for the parabolas, whole curves for the
        envelopes.

    Returns
    -------
    DataFrame
        ``dataset``, ``how``, ``points``, the exponent ``a`` of the best size with the ends of its
        95 % interval ``low`` and ``high``, ``params`` at one PF-day, and ``alpha_C``, the exponent
        of the loss.

    Examples
    --------
    >>> frontiers(10)["a"].round(2).tolist()
    [0.84, 0.85, 0.75, 0.86, 0.85, 0.74]
    """
    rows = []
    for dataset in DATASETS:
        found = {
            "isoFLOP parabolas": frontier(dataset),
            "envelope": frontier(dataset, "envelope"),
            "envelope, C_min": least_frontier(dataset),
        }
        for how, line in found.items():
            ends = line.bootstrap(resamples, seed=0).interval(LEVEL).loc["a"]
            params = float(line.params_law.predict(PF_DAY))
            row = (dataset, how, str(line.n), line.a, ends["low"], ends["high"], params)
            rows.append((*row, loss_law(line).alpha_C))
    columns = ["dataset", "how", "points", "a", "low", "high", "params", "alpha_C"]
    return pd.DataFrame(rows, columns=columns)


def warmup_rules(warmups: tuple[float, ...] = (0.0, 1.0, 2.0)) -> pd.DataFrame:
    """Return what the rule for leaving out the warm-up does to `steps_fit`.

    Parameters
    ----------
    warmups : tuple of float
        As in `runs`.

    Returns
    -------
    DataFrame
        ``dataset``, ``warmups``, ``points``, ``alpha_N``, ``alpha_S``, the exponent ``a`` of the
        best size in C_min, ``rms`` of the log residuals, and the codes of the ``notes``.

    Examples
    --------
    >>> warmup_rules((1.0,))["points"].tolist()
    ['45', '39']
    """
    rows = []
    for dataset in DATASETS:
        for least in warmups:
            found = steps_fit(dataset, least)
            assert isinstance(found.law, KaplanSteps)
            rms = float(np.sqrt(np.mean(found.residuals**2)))
            notes = ", ".join(note.code for note in found.notes) or "none"
            coefficients = (found.law.alpha_N, found.law.alpha_S, joined(found.law).a)
            rows.append((dataset, f"{least:g}", str(found.n), *coefficients, rms, notes))
    columns = ["dataset", "warmups", "points", "alpha_N", "alpha_S", "a", "rms", "notes"]
    return pd.DataFrame(rows, columns=columns)
