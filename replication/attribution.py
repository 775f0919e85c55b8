"""Attribution: what each of several changes takes, when it is made first, last or in between.

Unless the effects of changes add up, what one of them takes depends on those made before it. With
every combination of the changes tried, each order can be read off. The mean over all orders is the
share that Shapley (1953) gave to each player of a game.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray

from replication.errors import ArgumentError

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Taken:
    """How far an outcome falls by one change.

    Parameters
    ----------
    first, last : ndarray
        When no other change, or every other one, has been made.
    mean : ndarray
        On average over all orders; the means of all changes add up to the whole fall.
    least, most : ndarray
        Ends over all orders.
    """

    first: Array
    last: Array
    mean: Array
    least: Array
    most: Array


def attribute(outcomes: Mapping[frozenset[str], ArrayLike]) -> dict[str, Taken]:
    """Say what each change takes from an outcome, by its place in the order of the changes.

    Parameters
    ----------
    outcomes : mapping of frozenset of str to array_like
        The outcome with each set of changes made, the empty set too. Arrays, of one shape, are
        draws of the outcome, and give draws of what is taken.

    Returns
    -------
    dict of str to Taken
        One entry a change, in alphabetical order.

    Raises
    ------
    ArgumentError
        If there is no change, a combination is missing, or shapes differ.

    Examples
    --------
    >>> sets = [frozenset(s) for s in ((), ("x",), ("y",), ("x", "y"))]
    >>> taken = attribute(dict(zip(sets, [10.0, 7.0, 8.0, 6.0])))
    >>> [float(v) for v in (taken["x"].first, taken["x"].last, taken["x"].mean)]
    [3.0, 2.0, 2.5]
    """
    changes = sorted(set().union(*outcomes))
    subsets = [frozenset(s) for k in range(len(changes) + 1) for s in combinations(changes, k)]
    if missing := [_name(s) for s in subsets if s not in outcomes]:
        raise ArgumentError(
            f"Of {len(changes)} changes every one of {len(subsets)} combinations is needed; "
            f"there is no outcome for {', '.join(missing)}."
        )
    if not changes:
        raise ArgumentError("There is no change to attribute anything to; name at least one.")
    values = {s: np.asarray(outcomes[s], dtype=np.float64) for s in subsets}
    if len(shapes := {value.shape for value in values.values()}) > 1:
        raise ArgumentError(f"Outcomes have shapes {sorted(shapes)}; one shape for all is needed.")
    return {change: _taken(change, changes, values) for change in changes}


def _taken(change: str, changes: list[str], values: Mapping[frozenset[str], Array]) -> Taken:
    """Return what one change takes, over all sets of changes made before it."""
    own = frozenset([change])
    before = [s for s in values if change not in s]
    falls = np.stack([values[s] - values[s | own] for s in before])
    n = len(changes)
    # All places in the order are equally likely, and so are all sets of one size before it.
    weights = np.array([1 / (n * comb(n - 1, len(s))) for s in before])
    return Taken(
        first=falls[before.index(frozenset())],
        last=falls[before.index(frozenset(changes) - own)],
        mean=np.tensordot(weights, falls, axes=1),
        least=falls.min(axis=0),
        most=falls.max(axis=0),
    )


def _name(changes: frozenset[str]) -> str:
    """Return a set of changes in words."""
    return " + ".join(sorted(changes)) or "none"
