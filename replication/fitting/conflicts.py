"""Rows with the same inputs that disagree by more than chance."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.errors import Note
from replication.fitting.local import Local
from replication.fitting.robust import far_quantile

Array = NDArray[Any]

ALARM = 0.002
"""Chance of the note where rows differ by normal noise."""
LEAST_FREEDOM = 5
"""Rows beyond the free fields from which on the scatter of the rest is known."""
LEAST_APART = 5.0
"""Standard deviations of the rest that two rows must differ by."""
APART = 0.05
"""Relative distance of two losses of one configuration that no repetition explains."""
SWEEP = 0.2
"""The same, in most configurations: losses of a sweep over other settings."""
REPEATED = 0.01
"""Scatter below which that holds."""


def conflicting(local: Local) -> tuple[Note | None, frozenset[int]]:
    """Return a note on equal inputs with responses far apart.

    Parameters
    ----------
    local : Local
        The fit from close by.

    Returns
    -------
    note : Note or None
        None where repetitions agree, or nothing is repeated.
    rows : frozenset of int
        Places in `Local.rows` of the inputs that the note is about.
    """
    runs = np.bincount(local.inputs)
    repeated = np.flatnonzero(runs > 1)
    if not len(repeated):
        return None, frozenset()
    response = local.problem.data.response[local.rows]
    relative = bool(local.problem.law.link == "log" and np.all(response > 0))
    values = np.log(response) if relative else response
    scatter = local.noise
    if relative and not local.problem.objective.log:
        scatter = local.noise / float(np.median(response))
    order, starts = np.argsort(local.inputs, kind="stable"), np.cumsum(runs) - runs
    ends = [way.reduceat(values[order], starts)[repeated] for way in (np.maximum, np.minimum)]
    gaps = ends[0] - ends[1]
    pairs = float((runs[repeated] * (runs[repeated] - 1) / 2).sum())
    limit = np.inf
    if local.freedom >= LEAST_FREEDOM:
        limit = max(LEAST_APART, np.sqrt(2) * far_quantile(local.freedom, pairs, ALARM)) * scatter
    # Of few residuals the scatter is known to within a factor only.
    careful = scatter * (1 + 2 / np.sqrt(max(local.freedom, 1)))
    if relative and careful < REPEATED:
        limit = min(limit, max(APART, LEAST_APART * scatter))
    elif relative and local.problem.law.response == "loss" and np.median(gaps) > SWEEP:
        limit = min(limit, SWEEP)  # most configurations have good and bad settings
    far = repeated[gaps > limit]
    if not len(far):
        return None, frozenset()
    worst = int(repeated[np.argmax(gaps)])
    rows = np.flatnonzero(local.inputs == worst)
    low, high = float(response[rows].min()), float(response[rows].max())
    where = ", ".join(
        f"{name} {column[rows[0]]:.4g}"
        for name, column in zip(local.problem.law.inputs, local.columns, strict=True)
    )
    name = local.problem.law.response
    others = f", and {len(far) - 1} more inputs have such" if len(far) > 1 else ""
    note = Note(
        "conflicting",
        f"At {where} the {name} is {low:.4g} in one row and {high:.4g} in another{others}.",
        "Keep the run that the law is to describe, for example the best of a sweep or the last "
        "step of a run, or add what tells them apart as an input.",
    )
    return note, frozenset(np.flatnonzero(np.isin(local.inputs, far)).tolist())
