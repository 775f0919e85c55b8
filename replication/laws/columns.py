"""Laws whose columns are chosen by name: ``PowerLaw.of("params")`` is a class of its own."""

import copyreg
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from replication.errors import ArgumentError


class _InColumn(type):
    """The type of the classes made by `in_columns`, by which pickle knows them.

    No module holds them under a name, so a pickle says how to make the class again.
    """

    _made_by: tuple[type, tuple[str, ...], str]


def _reduce(law: _InColumn) -> tuple[Callable[..., Any], tuple[Any, ...]] | str:
    """Return how a class is made again; a subclass of one has a name of its own."""
    return (in_columns, law._made_by) if "_made_by" in vars(law) else law.__qualname__


copyreg.pickle(_InColumn, _reduce)


@cache
def in_columns(law: type, columns: tuple[str, ...], response: str) -> Any:
    """Return a law that reads other columns, once a choice, so that two calls give one class.

    Parameters
    ----------
    law : type of Law
        The law; its method ``reading``, if it has one, returns further members of the class.
    columns : tuple of str
        Its inputs.
    response : str
        What it predicts.

    Returns
    -------
    type of Law
        A subclass under the same name.

    Raises
    ------
    ArgumentError
        If a column is not a name.

    Examples
    --------
    >>> from replication.laws import PowerLaw
    >>> in_columns(PowerLaw, ("params",), "loss") is PowerLaw.of("params")
    True
    """
    for column in (*columns, response):
        if not column.isidentifier():
            raise ArgumentError(f"{column!r} is not a column name; use one such as 'params'.")
    reading: Callable[..., dict[str, Any]] = getattr(law, "reading", lambda *_: {})
    members = {
        "inputs": columns,
        "response": response,
        "__doc__": law.__doc__,
        "__module__": law.__module__,
        "_made_by": (law, columns, response),
    }
    return dataclass(frozen=True)(_InColumn(law.__name__, (law,), members | reading(*columns)))
