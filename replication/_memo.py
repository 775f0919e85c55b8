"""The only cache: a result is computed once a process, and nobody can change it for the next."""

import functools
import inspect
import threading
from collections.abc import Callable, Hashable
from typing import Any, Generic, ParamSpec, TypeVar

import numpy as np
import pandas as pd

from replication.errors import ArgumentError

P = ParamSpec("P")
R = TypeVar("R")


class _Entry:
    """The place of one result, with the lock of whoever computes it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.result: Any = None
        self.done = False


class Cached(Generic[P, R]):
    """A function whose results are kept; made by `cached`."""

    def __init__(self, function: Callable[P, R]) -> None:
        self._function = function
        self._signature = inspect.signature(function)
        self._entries: dict[Hashable, _Entry] = {}
        self._lock = threading.Lock()
        functools.update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Return the result for these arguments, computing it at the first call."""
        key = self._key(*args, **kwargs)
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
        # One lock a result: whoever asks for another one does not wait, and none is made twice.
        with entry.lock:
            if not entry.done:
                entry.result = _kept(self._function(*args, **kwargs))
                entry.done = True
        given: R = _given(entry.result)
        return given

    def cache_clear(self) -> None:
        """Forget all results."""
        with self._lock:
            self._entries.clear()

    def _key(self, *args: P.args, **kwargs: P.kwargs) -> Hashable:
        """Return the arguments as the signature names them, however they were spelled."""
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        key = bound.args, tuple(sorted(bound.kwargs.items()))
        try:
            hash(key)
        except TypeError:
            name, value = next(item for item in bound.arguments.items() if not _hashable(item[1]))
            raise ArgumentError(
                f"{name} of {self._function.__name__} is a {type(value).__name__}, by which no "
                "result can be found again. Give a tuple, a number or a name."
            ) from None
        return key


def cached(function: Callable[P, R]) -> Cached[P, R]:
    """Keep what a function returns, for every combination of its arguments.

    Two spellings of the same call share one result: positions, names and defaults are told
    apart by the signature. What can be changed is handed out as a copy (DataFrames, Series, and
    dicts, lists and tuples with all that they hold), arrays are read-only, and anything else, as
    the frozen objects of this package, is handed out as it is. Threads may call at the same time.

    Parameters
    ----------
    function : callable
        A function, not a method; its arguments must be hashable.

    Returns
    -------
    Cached
        Called like the function; its method ``cache_clear`` forgets all results.

    Raises
    ------
    ArgumentError
        At a call, if an argument cannot be hashed: a list, a table, an array.

    Examples
    --------
    >>> @cached
    ... def squares(count: int = 3) -> pd.DataFrame:
    ...     print("computed")
    ...     return pd.DataFrame({"square": np.arange(count) ** 2})
    >>> table = squares()
    computed
    >>> table["square"] = 0
    >>> squares(count=3)["square"].tolist()
    [0, 1, 4]
    """
    return Cached(function)


def _kept(value: Any) -> Any:
    """Return a result as it is kept: its arrays can no longer be written to."""
    if isinstance(value, np.ndarray):
        # A view could still be changed through the array that it looks at.
        value = value if value.base is None else value.copy()
        value.flags.writeable = False
        return value
    return _rebuilt(value, _kept)


def _given(value: Any) -> Any:
    """Return a result as a caller gets it."""
    if isinstance(value, pd.DataFrame | pd.Series):
        return value.copy()
    return _rebuilt(value, _given)


def _rebuilt(value: Any, each: Callable[[Any], Any]) -> Any:
    """Return a container of the builtin kinds anew, with every item passed through a function."""
    if type(value) is dict:
        return {name: each(item) for name, item in value.items()}
    if type(value) in (list, tuple, set):
        return type(value)(map(each, value))
    return value


def _hashable(value: object) -> bool:
    """Say whether a value can be looked up."""
    try:
        hash(value)
    except TypeError:
        return False
    return True
