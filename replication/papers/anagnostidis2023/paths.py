"""Adaptive paths through the laws, a switch by brute force, and how sure any of it is."""

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.errors import ArgumentError
from replication.fitting import moving_blocks
from replication.laws import ShiftedPower
from replication.papers.anagnostidis2023.curves import (
    FIRST_STEP,
    LARGEST,
    PAIR,
    SIZES,
    fitted,
    laws,
    points,
)
from replication.traversal import Traversal, traverse

__all__ = [
    "DRAWN",
    "DRAWN_START",
    "PAIR_TARGET",
    "START",
    "TARGET",
    "brute_force",
    "drawn_paths",
    "followed",
    "pair_path",
    "path",
    "savings",
]

START = 3.75
"""Loss in nats per token from which a path counts."""
TARGET = 2.85
"""Loss in nats per token at which it ends."""
PAIR_TARGET = 3.1
"""Target of the path of two shapes whose switch is found by brute force."""
TARGETS = (3.4, 3.2, 3.1, 3.0, 2.95, 2.9)
"""Losses at which savings are quoted."""
DRAWS = 100
BLOCK = 10
"""Evaluations in a block: 2,000 steps, a quarter of the shortest curve."""
DRAWN = ("93M", "124M", "151M", "210M", "360M")
"""Sizes whose curves are drawn anew; the shorter ones do not hold their coefficients."""
DRAWN_START = 3.6
"""Loss from which the drawn paths count, in nats per token: there all curves of `DRAWN` but the
largest have begun."""


def path(
    first_step: int = FIRST_STEP, sizes: tuple[str, ...] = SIZES, start: float = START
) -> Traversal:
    """Return the cheapest path through the fitted laws.

    Parameters
    ----------
    first_step : int
        As in `points`.
    sizes : tuple of str
        Sizes that it may use.
    start : float
        Loss in nats per token from which it counts.

    Returns
    -------
    Traversal
        Down to `TARGET`.

    Examples
    --------
    >>> path().names
    ('60M', '93M', '124M', '151M', '210M', '360M')
    """
    return traverse(laws(first_step, sizes), start, TARGET)


def brute_force(
    first: ShiftedPower, second: ShiftedPower, start: float, target: float, points: int = 100_001
) -> tuple[float, float]:
    """Find a switch by trying every loss on a grid, then every loss on a finer one around it.

    Parameters
    ----------
    first, second : ShiftedPower
        The laws before and after the switch.
    start, target : float
        Ends of the path, losses in nats per token that both laws reach.
    points : int
        Places on each grid.

    Returns
    -------
    loss : float
        Where the total is least, in nats per token.
    flops : float
        That total: all by the first law to the switch, and from there by the second.

    Raises
    ------
    ArgumentError
        If a law does not reach an end, or there are fewer than three points.

    Examples
    --------
    >>> one, two = laws(sizes=PAIR).values()
    >>> round(brute_force(one, two, START, PAIR_TARGET)[0], 4)
    3.3417
    """
    if points < 3:
        raise ArgumentError(f"points is {points}; three or more are needed.")
    low, high = target, start
    for _ in range(2):
        grid = np.linspace(low, high, points)
        begun, left = np.asarray(first.input_for(grid)), np.asarray(second.input_for(grid))
        total = begun + float(second.input_for(target)) - left
        best = int(np.argmin(total))
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, points - 1)]
    return float(grid[best]), float(total[best])


def pair_path() -> Traversal:
    """Return the path of the rule through the two shapes of `PAIR`.

    Examples
    --------
    >>> pair_path().names
    ('93M', '360M')
    """
    return traverse(laws(sizes=PAIR), START, PAIR_TARGET)


def savings(found: Traversal) -> pd.DataFrame:
    """Return what a path spares at the losses of `TARGETS`.

    Parameters
    ----------
    found : Traversal
        A path from `path`.

    Returns
    -------
    DataFrame
        Index ``target`` (nats per token); ``flops`` of the path, ``best`` shape alone, and the
        shares spared against it (``saving``) and against the largest model (``against_largest``).

    Examples
    --------
    >>> savings(path()).loc[3.4, "best"]
    '93M'
    """
    rows = []
    for target in TARGETS:
        alone = found.static(target)
        best = min(alone, key=lambda name: float(alone[name]))
        largest = float(found.saving(target, LARGEST))
        rows.append((target, found.flops(target), best, found.saving(target), largest))
    columns = ["target", "flops", "best", "saving", "against_largest"]
    return pd.DataFrame(rows, columns=columns).set_index("target")


@cached
def drawn_paths() -> tuple[Traversal, ...]:
    """Return paths through laws refitted to blocks of their learning curves.

    Each curve of `DRAWN` is drawn anew by itself, in blocks of `BLOCK` evaluations; the
    laws of the other sizes stay as they are.

    Returns
    -------
    tuple of Traversal
        One a draw, from `DRAWN_START` down to `TARGET`.

    Examples
    --------
    >>> len(drawn_paths()) == DRAWS
    True
    """
    drawn = {}
    for seed, size in enumerate(DRAWN):
        curve = points().query("size == @size")
        rows = moving_blocks(curve["size"], curve["steps"], BLOCK, DRAWS, seed)
        drawn[size] = fitted(size).bootstrap(indices=rows).law.to_dict()
    found = []
    for i in range(DRAWS):
        again = {
            size: ShiftedPower(**{name: float(values[i]) for name, values in fields.items()})
            for size, fields in drawn.items()
        }
        found.append(traverse(laws() | again, DRAWN_START, TARGET))
    return tuple(found)


def followed(size: str) -> float:
    """Return the share of the drawn paths that follow a size at all.

    Parameters
    ----------
    size : str
        Nominal size.

    Returns
    -------
    float
        A fraction.

    Examples
    --------
    >>> followed("360M")
    1.0
    """
    return float(np.mean([size in found.names for found in drawn_paths()]))
