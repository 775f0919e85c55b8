"""Doubts about a solution: each is a note on a result that is still usable."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.errors import Note
from replication.fitting.column_units import unit_notes
from replication.fitting.conflicts import conflicting
from replication.fitting.identification import unidentified
from replication.fitting.local import Local
from replication.fitting.misfit import misfit
from replication.fitting.outliers import heavy_tails, outlier_note, outliers
from replication.fitting.problem import Problem
from replication.laws import Law

Array = NDArray[Any]

VANISHING = 1e-4
"""Share of the prediction below which a positive coefficient counts as zero."""
RUNAWAY = 300.0
"""Logarithm beyond which a positive field has run off: no data lead to 1e130."""
ROWS_A_FIELD = 3
"""Distinct inputs a free field that make a stable answer."""


def diagnose(problem: Problem, phi: Array, law: Law, status: str) -> tuple[Note, ...]:
    """Say what is doubtful about a solution.

    Parameters
    ----------
    problem : Problem
        The problem that was solved.
    phi : ndarray, shape (q,)
        Free coordinates of the solution.
    law : Law
        The law there.
    status : str
        How the search ended.

    Returns
    -------
    tuple of Note
        Empty if nothing is.

    Examples
    --------
    >>> import replication as rp
    >>> fit = rp.fit("PowerLaw", {"flops": [1e18, 1e19, 1e20], "loss": [4.0, 3.2, 2.6]})
    >>> [note.code for note in diagnose(fit.problem, fit.phi, fit.law, fit.status)]
    ['too_few_points']
    """
    with np.errstate(all="ignore"):  # a law that ran off is told by a note, not by a warning
        return _diagnose(problem, phi, law, status)


def _diagnose(problem: Problem, phi: Array, law: Law, status: str) -> tuple[Note, ...]:
    local = Local(problem, phi, law)
    notes = []
    if status == "not converged":
        notes.append(
            Note(
                "not_converged",
                "The last Newton step still promised progress; this is the best of the search.",
                "Look at profile(), and at bounds= for fields that run away.",
            )
        )
    vanished = _vanished(local)
    gone = _run_off(local, vanished)
    for name, there in zip(problem.free, problem.space.at_bound(phi), strict=True):
        if there and name not in gone:
            notes.append(_bound_note(name, f"stands at its bound {getattr(law, name):.4g}"))
    notes += [_bound_note(name, "is zero as far as the data can tell") for name in vanished]
    if gone or not local.finite:
        notes.append(_run_off_note(law, gone))
    if local.count < ROWS_A_FIELD * len(problem.free):
        notes.append(_few_note(local))
    if local.finite:
        loose = unidentified(local, vanished)
        notes += [loose] if loose else []
        notes += _of_residuals(local)
    named = dict(zip(law.inputs, problem.data.columns, strict=True))
    if law.response == "loss":
        notes += unit_notes(named | {"loss": problem.data.response})
    return tuple(notes)


def _bound_note(name: str, what: str) -> Note:
    """Return the note on a field at the edge of its range."""
    return Note("at_bound", f"{name} {what}.", "Report a range, not a point: see profile().")


def _vanished(local: Local) -> list[str]:
    """Return the positive linear fields whose term is a negligible part of every prediction."""
    law, columns = local.law, local.columns
    with np.errstate(all="ignore"):
        predicted = np.abs(np.asarray(law.predict(*columns)))
        partial = law.gradient(*columns)
        return [
            name
            for name, kind in law.kinds().items()
            if name in local.problem.free
            and kind.factor
            and np.all(np.abs(partial[name]) * getattr(law, name) < VANISHING * predicted)
        ]


def _of_residuals(local: Local) -> list[Note]:
    """Return what residuals say: each trouble once, under the name nearest to its cause."""
    conflict, involved = conflicting(local)
    if not np.abs(local.residuals).max() > local.noise:
        return [conflict] if conflict else []  # what is left is rounding
    far = outliers(local)
    told = [row for row in far if row not in involved]
    # Squares bend the law towards far rows, which leaves a form that is not the law's fault.
    bent = far and local.problem.objective.kind == "lsq"
    form = None if bent else misfit(local, far)
    tails = None if form else heavy_tails(local, far)
    notes = (conflict, form, outlier_note(local, told) if told else None, tails)
    return [note for note in notes if note]


def _run_off(local: Local, vanished: list[str]) -> list[str]:
    """Return the positive fields that left the range of numbers one can compute with."""
    coordinates = zip(local.problem.free, local.phi, local.problem.logs, strict=True)
    return [
        name
        for name, value, log in coordinates
        if name not in vanished and log and not abs(value) < RUNAWAY
    ]


def _run_off_note(law: Law, gone: list[str]) -> Note:
    """Return the note on a fit that left the range of numbers."""
    what = " and ".join(f"{name} to {getattr(law, name):.3g}" for name in gone)
    return Note(
        "ran_off",
        f"The fit ran off, with {what}." if gone else "The fit ran off: it has no finite slopes.",
        "The data do not hold these fields. Give bounds=, or fix or tie a field; predictions of "
        "this fit are of no use outside its data.",
    )


def _few_note(local: Local) -> Note:
    """Return the note on few points, counting distinct inputs."""
    fields = f"{len(local.phi)} free fields" if len(local.phi) != 1 else "1 free field"
    counted = int((local.problem.data.weights > 0).sum())
    rows = "" if counted == local.count else f", in {counted} rows,"
    points = f"{local.count} points" if not rows else f"{local.count} distinct inputs"
    tail = ""
    if len(local.rows) <= len(local.phi):
        tail = " The law can pass through all of them, so nothing tells the noise."
    return Note(
        "too_few_points",
        f"{points}{rows} for {fields}.{tail}",
        "Treat the coefficients as one of many that fit; bootstrap to see the others.",
    )
