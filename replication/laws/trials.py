"""A law at a few of its own seeds and at a few points of the data, where it is put to the test."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from replication.counting.numbers import Array
from replication.errors import ArgumentError, ReplicationError
from replication.laws.base import Law
from replication.laws.differences import IMMENSE

POINTS = 7
PLACES = 4
EXPONENTS = (0.05, 0.15, 0.4, 1.0)
"""Where an exponent without seeds of its own is looked at."""


@dataclass(frozen=True)
class Trial:
    """A law with one row of coefficients a place, its points, and what it predicts there.

    Parameters
    ----------
    law : Law
        Its fields have shape (S, 1).
    points : tuple of ndarray, shape (n,)
        The inputs.
    value : ndarray, shape (S, n)
        The prediction.
    """

    law: Law
    points: tuple[Array, ...]
    value: Array

    @property
    def name(self) -> str:
        """The name of the class."""
        return type(self.law).__name__

    def at(self, **changes: Any) -> Array:
        """Return the prediction with some fields changed."""
        return np.asarray(replace(self.law, **changes)._evaluate(*self.points), dtype=np.float64)


def try_law(law: type[Law], columns: Sequence[Array], starts: Sequence[Law]) -> Trial | None:
    """Evaluate a law at its seeds, and refuse what is no prediction.

    Parameters
    ----------
    law : type of Law
        A law whose declaration is complete.
    columns : sequence of ndarray, shape (n,)
        Its inputs.
    starts : sequence of Law
        Further coefficients at which to look at it.

    Returns
    -------
    Trial or None
        At the seeds where predictions are finite; None without any.

    Raises
    ------
    ArgumentError
        If the law fails, or returns what is no prediction.
    """
    points = _points(columns)
    singles, values = _one_by_one(law, _places(law, points, starts), points)
    return _together(law, singles, values, points) if singles else None


def call(law: type[Law], method: Callable[[Law], Any], one: Law, name: str = "prediction") -> Any:
    """Call a method that somebody wrote, and say whose error it is.

    Parameters
    ----------
    law : type of Law
        Whose method it is.
    method : callable
        Takes a law and calls its method.
    one : Law
        The law to call it of.
    name : str
        What it returns, for the message.

    Returns
    -------
    object
        What it returned.

    Raises
    ------
    ArgumentError
        If it fails.
    """
    try:
        return method(one)
    except ReplicationError:
        raise
    except Exception as error:
        hint = ""
        if isinstance(error, TypeError | ValueError):
            hint = (
                " Write it with numpy, for arrays of inputs and of coefficients: np.exp for "
                "math.exp, np.where for if; and leave the inputs as they are."
            )
        raise ArgumentError(
            f"The {name} of {law.__name__} fails with {type(error).__name__}: {error}.{hint}"
        ) from error


def numbers_of(law: type[Law], values: Any, what: str) -> Array:
    """Return what a method gave as floats, or say what it is instead.

    Parameters
    ----------
    law : type of Law
        Whose method it was.
    values : object
        What it returned.
    what : str
        What it should be, for the message.

    Returns
    -------
    ndarray
        The values.

    Raises
    ------
    ArgumentError
        If they are no real numbers.
    """
    if values is None:
        raise ArgumentError(f"{law.__name__} returns None as its {what}: is a return missing?")
    array = np.asarray(values)
    if array.dtype.kind not in "fiu":
        raise ArgumentError(
            f"{law.__name__} returns {described(array)} as its {what}; real numbers are expected."
        )
    return np.asarray(array, dtype=np.float64)


def described(values: Any) -> str:
    """Return what a value is, in words.

    Examples
    --------
    >>> described(3), described(np.array(1j))
    ('a value of type int', 'an array of complex128')
    """
    if isinstance(values, np.ndarray):
        return f"an array of {values.dtype}"
    return f"a value of type {type(values).__name__}"


def _points(columns: Sequence[Array]) -> tuple[Array, ...]:
    """Return a few points that differ from each other, as arrays that cannot be written to."""
    rows = np.unique(np.stack([np.asarray(c, dtype=np.float64) for c in columns], axis=1), axis=0)
    some = rows[np.unique(np.linspace(0, len(rows) - 1, POINTS).round().astype(int))]
    # As many points as places would hide which axis is which.
    some = some[1:] if len(some) == PLACES else some
    points = tuple(np.array(column) for column in some.T)
    for column in points:
        column.setflags(write=False)
    return points


def _places(law: type[Law], points: tuple[Array, ...], starts: Sequence[Law]) -> list[Law]:
    """Return coefficients to look at: of the starts, and of the seeds of each field in turn."""
    kinds, values = law.kinds(), {}
    for shift, (name, kind) in enumerate(kinds.items()):
        seeds = np.array(kind.seeds or EXPONENTS)
        chosen = seeds[np.linspace(0, len(seeds) - 1, PLACES).round().astype(int)]
        unit = float(np.median(points[law.inputs.index(kind.of)])) if kind.of else 1.0
        # Seeds that repeat are told apart, so that no two places are alike.
        values[name] = np.roll(chosen, shift) * unit * np.linspace(0.95, 1.05, PLACES)
    linear = [name for name, kind in kinds.items() if kind.linear]
    nothing = {name: 1e-300 if kinds[name].log else 0.0 for name in linear}
    found = []
    for row in range(PLACES):
        given = {name: float(value[row]) for name, value in values.items()} | nothing
        for name in linear:
            part = call(law, lambda one: one._evaluate(*points), law(**given | {name: IMMENSE}))
            share = np.abs(numbers_of(law, part, "prediction")) / IMMENSE
            usual = float(np.median(share))
            # Each term of about one, whatever the size of its column.
            given_scale = 1.0 / usual if 1e-60 < usual < 1e60 else 1.0
            values[name][row] = given_scale * (1.0 + 0.1 * row)
        found.append(law(**{name: float(value[row]) for name, value in values.items()}))
    single = [one for one in starts if type(one) is law and np.ndim(one.to_vector()) == 1]
    return single[:1] + found[: PLACES - len(single[:1])]


def _one_by_one(
    law: type[Law], places: list[Law], points: tuple[Array, ...]
) -> tuple[list[Law], list[Array]]:
    """Return the laws with finite predictions, and these; refuse what is no prediction."""
    kept, values = [], []
    for one in places:
        found = call(law, lambda at: at.predict(*points), one)
        value = numbers_of(law, found, "prediction")
        if value.shape != points[0].shape:
            told = "one number" if value.ndim == 0 else f"an array of shape {value.shape}"
            raise ArgumentError(
                f"{law.__name__} predicts {told} for {len(points[0])} points. Return one number "
                "for each point."
            )
        again = np.asarray(one.predict(*points), dtype=np.float64)
        if not np.array_equal(value, again, equal_nan=True):
            raise ArgumentError(
                f"{law.__name__} predicts {value[0]:.4g}, then {again[0]:.4g} for the same input; "
                "a law gives the same each time."
            )
        if np.isfinite(value).any():
            kept.append(one)
            values.append(value)
    return kept, values


def _together(
    law: type[Law], singles: list[Law], values: list[Array], points: tuple[Array, ...]
) -> Trial:
    """Return the law with all places in one, which must predict what they predict singly."""
    fields = {n: np.array([[getattr(one, n)] for one in singles]) for n in law.names()}
    many, expected = law(**fields), np.stack(values)
    found = call(law, lambda at: at.predict(*points), many)
    value = numbers_of(law, found, "prediction")
    if value.shape != expected.shape:
        raise ArgumentError(
            f"{law.__name__} predicts an array of shape {value.shape} for coefficients of shape "
            f"({len(singles)}, 1) and {len(points[0])} points; {expected.shape} is expected. Use "
            "operations that broadcast."
        )
    rounding = 1e-12 * np.abs(expected[np.isfinite(expected)]).max()
    if not np.allclose(value, expected, rtol=1e-8, atol=rounding, equal_nan=True):
        raise ArgumentError(
            f"{law.__name__} predicts other values for several sets of coefficients at once than "
            "for each alone. Use operations that act on each element."
        )
    return Trial(many, points, value)
