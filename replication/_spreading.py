"""Work that is spread over processes, of this machine or of a cluster, by joblib.

Where the work is done does not change its numbers: the items are the same, and their results come
back in their order. Under ``joblib.parallel_config(backend="dask")`` the processes are those of a
Dask cluster.
"""

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from itertools import chain
from typing import TypeVar

from replication.errors import ArgumentError, ReplicationError, shown

T = TypeVar("T")
R = TypeVar("R")
Tick = Callable[[], object]

RETRIES = 2
"""How often in a row work is sent out again after a process was killed without any new result."""


def spread_over(
    workers: int,
    function: Callable[[T], R],
    items: Iterable[T],
    *,
    progress: bool | Tick = False,
    total: int | None = None,
) -> list[R]:
    """Apply a function to each of some items, in their order, in one or several processes.

    If a process is killed, what has come back is kept, and the rest is sent out again.

    Parameters
    ----------
    workers : int
        How many processes; -1 takes all cores, or all workers of a cluster. With one, nothing
        leaves this process.
    function : callable
        Takes an item.
    items : iterable
        What it is applied to; taken one by one, as far as there is somebody to work on it.
    progress : bool or callable
        True shows a bar on the standard error; a callable is called after each item.
    total : int, optional
        How many items there are, where they cannot say themselves.

    Returns
    -------
    list
        One result an item.

    Raises
    ------
    ArgumentError
        If `workers` is neither -1 nor a whole number from 1.
    ReplicationError
        If there are several, and joblib is not installed, or processes are killed again and again.

    Examples
    --------
    >>> spread_over(1, abs, [-1, 2])
    [1, 2]
    """
    if type(workers) is not int or workers == 0 or workers < -1:
        raise ArgumentError(
            f"workers is {shown(workers)}; a whole number from 1 is expected, or -1 for all cores."
        )
    if total is None and isinstance(items, Sized):
        total = len(items)
    found: list[R] = []
    with _ticking(progress, total) as tick:
        results = map(function, items) if workers == 1 else _afar(workers, function, items)
        for result in results:
            found.append(result)
            tick()
    return found


def _afar(workers: int, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Yield results from other processes; what was on its way to a killed one is sent again."""
    try:
        from joblib import Parallel, delayed
        from joblib.externals.loky.process_executor import TerminatedWorkerError
    except ImportError:
        raise ReplicationError(
            f"workers is {workers}, and several processes need joblib, which the extra study "
            "installs: pip install 'scaling-laws-replicated[study]' (or '.[study]' in a "
            "checkout). Or leave workers at 1."
        ) from None
    sent: deque[T] = deque()
    rest = iter(items)

    def sending(to_send: Iterable[T]) -> Iterator[T]:
        for item in to_send:
            sent.append(item)
            yield item

    again, queue = 0, sending(rest)
    while True:
        work = Parallel(n_jobs=workers, return_as="generator")
        try:
            for result in work(delayed(function)(item) for item in queue):
                sent.popleft()
                again = 0
                yield result
            return
        except TerminatedWorkerError as error:
            again += 1
            if again > RETRIES:
                raise ReplicationError(
                    f"Processes were killed {again} times without a result, most likely because "
                    "there is not enough memory. Take fewer workers."
                ) from error
            back = list(sent)
            sent.clear()
            queue = sending(chain(back, rest))


@contextmanager
def _ticking(progress: bool | Tick, total: int | None) -> Iterator[Tick]:
    """Give what is called after each item."""
    if callable(progress):
        yield progress
        return
    if not progress:
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=False) as bar:
        task = bar.add_task("working", total=total)
        yield lambda: bar.advance(task)
