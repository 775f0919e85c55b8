"""Work that is spread over processes."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from replication.errors import ArgumentError, ReplicationError, shown

T = TypeVar("T")
R = TypeVar("R")


def spread_over(workers: int, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Apply a function to each of some items, in their order, in one or several processes.

    Parameters
    ----------
    workers : int
        How many processes; -1 takes all cores. With one, nothing leaves this process.
    function : callable
        Takes an item.
    items : iterable
        What it is applied to.

    Returns
    -------
    list
        One result an item.

    Raises
    ------
    ArgumentError
        If `workers` is neither -1 nor a whole number from 1.
    ReplicationError
        If there are several, and joblib is not installed.

    Examples
    --------
    >>> spread_over(1, abs, [-1, 2])
    [1, 2]
    """
    if type(workers) is not int or workers == 0 or workers < -1:
        raise ArgumentError(
            f"workers is {shown(workers)}; a whole number from 1 is expected, or -1 for all cores."
        )
    if workers == 1:
        return [function(item) for item in items]
    try:
        from joblib import Parallel, delayed
    except ImportError:
        raise ReplicationError(
            f"workers is {workers}, and several processes need joblib, which the extra study "
            "installs: pip install 'scaling-laws-replicated[study]' (or '.[study]' in a "
            "checkout). Or leave workers at 1."
        ) from None
    found: list[R] = Parallel(n_jobs=workers)(delayed(function)(item) for item in items)
    return found
