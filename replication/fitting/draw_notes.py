"""Doubts about the refits of a bootstrap: intervals over decades, too few groups, too few runs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.errors import Note
from replication.fitting.diagnostics import VANISHING
from replication.fitting.local import Local
from replication.fitting.problem import Problem
from replication.fitting.small_samples import RUNS_A_FIELD, runs_of
from replication.laws import Law

Array = NDArray[Any]

LEAST_GROUPS = 10
"""Groups below which their resamples hardly show how much groups differ."""
LEAST_FREEDOM = 3
"""Runs beyond the free fields below which resamples hardly scatter."""
DECADES = 2.0
"""Width of a 95 % interval of a positive field beyond which the draws leave it free."""
SIGNED_WIDTH = 2.0
"""The same for an exponent, in multiples of its size."""
TAIL = 2.5
"""Per cent of the draws on either side of the interval that is judged."""
LARGEST_LOG = 700.0
"""What logarithms of coefficients that vanished or overflowed are taken for."""


def draw_notes(problem: Problem, phi: Array, law: Law, draws: Law, kind: str) -> tuple[Note, ...]:
    """Say what is doubtful about refits of resamples.

    Parameters
    ----------
    problem : Problem
        The problem that was solved.
    phi : ndarray, shape (q,)
        Free coordinates of the fit to all points.
    law : Law
        The law there.
    draws : Law
        The refits: the same law with arrays of coefficients, shape (resamples,).
    kind : str
        What was drawn, as `Bootstrap.kind` says it.

    Returns
    -------
    tuple of Note
        With the codes ``at_bound``, ``unidentified``, ``few_groups`` and ``few_runs``.

    Examples
    --------
    >>> import replication as rp
    >>> runs = rp.load("hoffmann2022", "figure4_isoflop_points")
    >>> fit = rp.fit(rp.laws.Chinchilla, runs)
    >>> boot = fit.bootstrap(100)
    >>> draw_notes(fit.problem, fit.phi, fit.law, boot.law, boot.kind)
    ()
    """
    local = Local(problem, phi, law)
    with np.errstate(all="ignore"):  # refits that ran off are noted, not warned of
        notes = _loose(local, draws, kind)
    runs, fields = runs_of(local), len(phi)
    if kind == "groups" and runs < LEAST_GROUPS:
        notes.append(
            Note(
                "few_groups",
                f"{runs} groups are drawn from, too few to show how much groups differ.",
                f"Take the intervals for too narrow; trust them from about {LEAST_GROUPS} groups "
                "on.",
            )
        )
    elif kind == "points" and runs < RUNS_A_FIELD * fields:
        narrow = runs - fields < LEAST_FREEDOM
        notes.append(
            Note(
                "few_runs",
                f"{runs} runs for {fields} free fields: percentiles over resamples are "
                f"{'far too narrow' if narrow else 'unreliable, mostly too wide'}.",
                "Fit with objective='log-lsq' or 'lsq' and use bootstrap(draws='student') or "
                "predict() of the fit, whose intervals are Student's.",
            )
        )
    return tuple(notes)


def _loose(local: Local, draws: Law, kind: str) -> list[Note]:
    """Return the notes on fields of which the draws say hardly anything."""
    free, logs = local.problem.free, local.problem.logs
    with np.errstate(all="ignore"):
        columns = [
            np.log(getattr(draws, name)) if log else np.asarray(getattr(draws, name))
            for name, log in zip(free, logs, strict=True)
        ]
        drawn = np.stack(np.broadcast_arrays(*map(np.atleast_1d, columns)), axis=1)
        drawn = np.clip(np.nan_to_num(drawn, nan=np.inf), -LARGEST_LOG, LARGEST_LOG)
        predicted = np.abs(np.asarray(local.law.predict(*local.columns)))
        slopes = local.law.gradient(*local.columns)
    # Of a coefficient, its term at the mean of the data: relative to the fit's own.
    moved = (drawn - np.clip(local.phi, -LARGEST_LOG, LARGEST_LOG)) @ local.pivots.T
    low, high = np.percentile(moved, [TAIL, 100 - TAIL], axis=0)
    about = local.problem.law.kinds()
    notes, wide = [], []
    for k, name in enumerate(free):
        if about[name].slope:
            continue
        if about[name].factor:
            with np.errstate(all="ignore"):
                term = np.abs(slopes[name]) * getattr(local.law, name)
                least = np.log(VANISHING) - np.log(np.max(term / predicted))
            share = 100 * float(np.mean(moved[:, k] < least)) if np.isfinite(least) else 100.0
            if share > TAIL:
                notes.append(
                    Note(
                        "at_bound",
                        f"{name} is zero as far as the data can tell in {share:.2g} % of the "
                        f"{'draws' if kind == 'student' else 'resamples'}.",
                        "Read its interval as starting at zero.",
                    )
                )
                continue
        limit = DECADES * np.log(10.0) if logs[k] else SIGNED_WIDTH * abs(local.phi[k])
        if high[k] - low[k] > limit:
            wide.append(name)
    if wide:
        notes.append(
            Note(
                "unidentified",
                f"95 % of the {'draws' if kind == 'student' else 'refits'} leave "
                f"{', '.join(wide)} almost free.",
                "Report the range; see profile() of the fit, fix or tie a field, or add runs that "
                "vary what it multiplies.",
            )
        )
    return notes
