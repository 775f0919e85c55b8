"""Kaplan's laws fitted to runs of porian2024 that imitate his: another group's, on other text.

The runs share the batch, the long warm-up and the long cosine of kaplan2020. They differ in text,
tokenizer, context, architecture and optimiser settings, and their loss is that of training.
"""

import numpy as np
import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.errors import ArgumentError
from replication.fitting import Fit, Profile, fit
from replication.fitting.intervals import interval_table
from replication.laws import (
    Chinchilla,
    CriticalBatch,
    KaplanJoint,
    KaplanSteps,
    KaplanTraining,
)
from replication.papers.kaplan2020.constants import BATCH, WARMUP_STEPS, law

__all__ = [
    "DATASETS",
    "WARMUP_TOKENS",
    "forms",
    "intervals",
    "joined",
    "runs",
    "steps_fit",
    "steps_profile",
    "warmup_rules",
]

DATASETS = ("openwebtext2", "refinedweb")
EXPERIMENT = "reproduce_kaplan"
WARMUP_TOKENS = WARMUP_STEPS * BATCH
"""Tokens of the warm-up, which the imitation shares with kaplan2020."""
DELTA = 1e-2
"""Huber threshold of our fits: about the size of the residuals. The paper names no objective."""
HELD = np.geomspace(0.04, 2.0, 33)
"""Exponents of the steps at which the fit is profiled."""
RESAMPLES = 400
LEVEL = 0.95


@cached
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
        of the point. Points of one size come from the same run or runs.

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
    if not (np.isfinite(warmups) and warmups >= 0):
        raise ArgumentError(f"warmups is {warmups}; a number from 0 is expected, 1 by default.")
    table = datasets.runs("porian2024", dataset=dataset, experiment=EXPERIMENT)
    kept = table[table["tokens"] > warmups * WARMUP_TOKENS]
    if kept.empty:
        raise ArgumentError(
            f"warmups is {warmups}: no point of {dataset} has seen as many tokens; the longest run "
            f"has {table['tokens'].max() / WARMUP_TOKENS:.1f} warm-ups."
        )
    batch, steps = law(CriticalBatch, "critical_batch_text"), kept["tokens"] / BATCH
    return kept.assign(
        steps=steps,
        min_steps=batch.min_steps(steps, BATCH, kept["loss"]),
        min_flops=batch.min_flops(kept["flops"], BATCH, kept["loss"]),
    ).reset_index(drop=True)


@cached
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


@cached
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
    >>> len(steps_profile("refinedweb").valleys())
    1
    """
    return steps_fit(dataset, warmups).profile("alpha_S", HELD)


@cached
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
    starts = steps_profile(dataset, warmups).valleys()
    boot = found.bootstrap(RESAMPLES, unit=unit, starts=starts)
    assert isinstance(boot.law, KaplanSteps)
    drawn = joined(boot.law)
    frame = boot.to_frame().assign(alpha_C=drawn.alpha_C, a=drawn.a)
    return interval_table(joined(found.law), frame, LEVEL)


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
            notes = ", ".join(note.code for note in found.notes) or "none"
            coefficients = (found.law.alpha_N, found.law.alpha_S, joined(found.law).a)
            rows.append((dataset, f"{least:g}", str(found.n), *coefficients, found.rms, notes))
    columns = ["dataset", "warmups", "points", "alpha_N", "alpha_S", "a", "rms", "notes"]
    return pd.DataFrame(rows, columns=columns)


def forms(dataset: str, warmups: float = 1.0) -> pd.DataFrame:
    """Fit three forms of the loss to the same points.

    The points see each token once, so that the D of the laws in parameters and tokens is that of
    training, not, as in `KaplanJoint`, that of a data set which is repeated.

    Parameters
    ----------
    dataset : str
        One of `DATASETS`.
    warmups : float
        As in `runs`.

    Returns
    -------
    DataFrame
        ``law``, its number of ``fields``, ``rms`` of the log residuals, the exponents of the terms
        in parameters and in steps or tokens (``in_params``, ``in_data``), and ``a``, that of the
        best size in compute (C_min for the law in steps).

    Examples
    --------
    >>> forms("openwebtext2")["rms"].round(4).tolist()
    [0.0067, 0.0081, 0.004]
    """
    table = runs(dataset, warmups)
    steps = steps_fit(dataset, warmups)
    joint, floor = (fit(form, table, delta=DELTA) for form in (KaplanJoint, Chinchilla))
    assert isinstance(steps.law, KaplanSteps)
    assert isinstance(joint.law, KaplanJoint)
    assert isinstance(floor.law, Chinchilla)
    exponents = {
        "L(N, S)": (steps, steps.law.alpha_N, steps.law.alpha_S, joined(steps.law).a),
        "L(N, D)": (joint, joint.law.alpha_N, joint.law.alpha_D, joint.law.a),
        "E + A/N^alpha + B/D^beta": (floor, floor.law.alpha, floor.law.beta, floor.law.a),
    }
    rows = [
        (name, str(len(found.free)), found.rms, *values)
        for name, (found, *values) in exponents.items()
    ]
    return pd.DataFrame(rows, columns=["law", "fields", "rms", "in_params", "in_data", "a"])
