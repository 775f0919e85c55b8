"""Errors and notes: what is refused, and what is merely doubtful.

An error names the offending value, says what was expected and what to do next.
A note marks doubt on a result that is still usable.
"""

from collections.abc import Callable, Iterable, Sized
from dataclasses import dataclass
from difflib import get_close_matches
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

LONGEST_VALUE = 80
"""Characters of a value that a message shows; of a longer one it says what it is."""
LONGEST_LIST = 200
"""Characters of a list of names in a message; of the rest it says how many they are."""


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


def renamed(**names: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Refuse the old names of arguments, and say the new ones.

    Parameters
    ----------
    **names : str
        The new name of each old one.

    Returns
    -------
    callable
        A decorator.

    Examples
    --------
    >>> @renamed(budgets="points")
    ... def envelope(points=1500):
    ...     return points
    >>> envelope(budgets=50)
    Traceback (most recent call last):
        ...
    replication.errors.ArgumentError: budgets= of envelope is called points= now.
    """

    def refusing(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def called(*args: P.args, **kwargs: P.kwargs) -> R:
            for old, new in names.items():
                if old in kwargs:
                    raise ArgumentError(f"{old}= of {function.__name__} is called {new}= now.")
            return function(*args, **kwargs)

        return called

    return refusing


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
    plain = isinstance(value, str | int | float) and len(str(value)) <= LONGEST_VALUE
    close = get_close_matches(str(value), names, n=1) if plain else []
    guess = f" Did you mean {close[0]!r}?" if close else ""
    tail = f" {hint}" if hint else ""
    return UnknownNameError(f"Unknown {kind} {shown(value)}.{guess} Known: {listed(names)}.{tail}")


def one_of_names(kind: str, value: object, known: Iterable[str], hint: str = "") -> str:
    """Return a name that is known, or raise the error for one that is not.

    Parameters
    ----------
    kind, value, known, hint
        As for `unknown`.

    Returns
    -------
    str
        The name.

    Raises
    ------
    UnknownNameError
        If the value is not one of the names, or no text at all.

    Examples
    --------
    >>> one_of_names("objective", "lsq", ["log-huber", "lsq"])
    'lsq'
    """
    names = list(known)
    if not isinstance(value, str) or value not in names:
        raise unknown(kind, value, names, hint)
    return value


def shown(value: object) -> str:
    """Return a value as a message shows it: short ones as they are, of others what they are.

    Parameters
    ----------
    value : object
        What was given.

    Returns
    -------
    str
        At most `LONGEST_VALUE` characters, in one line.

    Examples
    --------
    >>> shown("loss"), shown([1, 2]), shown(range(3)), shown([0.0] * 500)
    ("'loss'", '[1, 2]', 'range(0, 3)', 'a list of 500')
    """
    shape = getattr(value, "shape", None)
    if shape == () and hasattr(value, "item"):
        return shown(value.item())  # a number of numpy is shown as a number
    name = type(value).__name__.replace("ndarray", "array")
    kind = f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
    if isinstance(shape, tuple) and shape:
        return f"{kind} of shape {shape}"
    if isinstance(value, str | bytes) and len(value) > LONGEST_VALUE - 2:
        return f"{value[: LONGEST_VALUE - 10]!r}..."[:LONGEST_VALUE]
    size = len(value) if isinstance(value, Sized) and not isinstance(value, type) else 0
    try:
        text = repr(value) if size <= LONGEST_VALUE else ""
    except ValueError:  # Python refuses to write out an integer of thousands of digits
        text = ""
    if text and len(text) <= LONGEST_VALUE and "\n" not in text and " at 0x" not in text:
        return text
    return f"{kind} of {size}" if size else kind


def listed(names: Iterable[object]) -> str:
    """Return names with commas between them, as many as a message has room for.

    Parameters
    ----------
    names : iterable
        Columns, fields, papers.

    Returns
    -------
    str
        Little more than `LONGEST_LIST` characters.

    Examples
    --------
    >>> listed(["params", "tokens"]), listed(f"column_{i}" for i in range(500))[-28:]
    ('params, tokens', 'n_17, column_18 and 481 more')
    """
    texts = [str(name) for name in names]
    texts = [text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..." for text in texts]
    kept, used = 0, 0
    while kept < len(texts) and (kept == 0 or used + len(texts[kept]) + 2 <= LONGEST_LIST):
        used += len(texts[kept]) + 2
        kept += 1
    rest = len(texts) - kept
    return ", ".join(texts[:kept]) + (f" and {rest} more" if rest else "")


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
    "flops_differ": "6 N D of the runs is not their compute",
    "unidentified": "the data do not tell some parameters apart",
    "too_few_points": "fewer points than a stable answer needs",
    "extrapolates": "the answer lies outside the range of the data",
    "no_optimum": "some draws of a law have no such optimum, and are NaN",
    "not_converged": "the solver stopped before its tolerance was met",
    "units": "the numbers of a column look as if they were in another unit",
    "ran_off": "the solver left the range of numbers that one can compute with",
    "outlier": "a run, a slice or a residual lies far beyond the rest",
    "heavy_tails": "least squares on residuals with more far ones than normal noise has",
    "misfit": "the residuals follow an input, so the law has not the form of the data",
    "imputed": "many gaps of a column were filled, so it tells less than it seems",
    "out_of_order": "the rows of a run go back in tokens, as after a restart",
    "conflicting": "rows with the same inputs have responses far apart",
    "few_groups": "too few groups for their resamples to show the scatter between groups",
    "few_runs": "so few runs a field that percentiles over resamples cannot be relied on",
}
