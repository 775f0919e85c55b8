"""Errors and notes: what is refused, and what is merely doubtful.

An error names the offending value, says what was expected and what to do next.
A note marks doubt on a result that is still usable.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


class ReplicationError(ValueError):
    """Base of every error this package raises on bad input."""


class DataError(ReplicationError):
    """A table, a column or a row cannot be used as it is."""


class IntegrityError(ReplicationError):
    """A file under ``data/`` is not the file that its descriptor describes."""


class UnknownNameError(ReplicationError):
    """A name (law, objective, paper, table, claim, convention) is not known."""


class ArgumentError(ReplicationError):
    """An argument has a value for which the question has no answer."""


def unknown(kind: str, value: object, known: Iterable[object], hint: str = "") -> UnknownNameError:
    """Build the error for a name that is not known.

    Parameters
    ----------
    kind : str
        What was asked for, as a noun: ``"paper"``.
    value : object
        The name that was given.
    known : iterable
        The names that would have been accepted.
    hint : str, optional
        A last sentence that says what to do next.

    Returns
    -------
    UnknownNameError
        Ready to be raised; it offers the closest known name.

    Examples
    --------
    >>> print(unknown("paper", "hofmann2022", ["besiroglu2024", "hoffmann2022"]))
    Unknown paper 'hofmann2022'. Did you mean 'hoffmann2022'? Known: besiroglu2024, hoffmann2022.
    """
    names = [str(name) for name in known]
    close = get_close_matches(str(value), names, n=1)
    guess = f" Did you mean {close[0]!r}?" if close else ""
    tail = f" {hint}" if hint else ""
    return UnknownNameError(f"Unknown {kind} {value!r}.{guess} Known: {', '.join(names)}.{tail}")


@dataclass(frozen=True)
class Note:
    """Doubt about a result that is still usable.

    Parameters
    ----------
    code : str
        One of `NOTE_CODES`, for programs.
    message : str
        What was seen, with the values.
    advice : str
        What a careful reader does next.

    Examples
    --------
    >>> print(Note("at_bound", "E is at its lower bound 0.", "Report a range, not a point."))
    at_bound: E is at its lower bound 0. Report a range, not a point.
    """

    code: str
    message: str
    advice: str

    def __post_init__(self) -> None:
        """Refuse a code that no reader could look up."""
        if self.code not in NOTE_CODES:
            raise unknown("note code", self.code, NOTE_CODES)

    def __str__(self) -> str:
        """Return code, message and advice in one line."""
        return f"{self.code}: {self.message} {self.advice}"


NOTE_CODES = {
    "at_bound": "a parameter stands at a bound, so its error bar is one-sided",
    "not_bracketed": "a minimum lies outside the points that should bracket it",
    "narrow_grid": "a grid reaches too little beyond its minimum to tell where that is",
    "narrow_range": "the budgets span too little compute for an exponent",
    "unstable_minimum": "a minimum is one of several, or hangs on a single run",
    "outlier": "a run or a slice lies far off the others",
    "flops_differ": "6 N D of the runs is not their compute",
    "unidentified": "the data do not tell some parameters apart",
    "too_few_points": "fewer points than a stable answer needs",
    "extrapolates": "the answer lies outside the range of the data",
    "no_optimum": "some draws of a law have no such optimum, and are NaN",
    "not_converged": "the solver stopped before its tolerance was met",
}
