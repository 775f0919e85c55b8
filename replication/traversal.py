"""Adaptive training: which of several laws to follow at each loss, and what that saves.

Every law is the learning curve of one shape of a model, in compute. If a model can change its
shape without losing its loss, and how it goes on depends on that loss alone, then the cheapest
path follows at every loss the law that charges least for the next bit of it (anagnostidis2023,
Figure 3).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import Number, named_row, plain, positive, single
from replication.errors import ArgumentError, one_of_names, shown
from replication.laws import ShiftedPower

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Traversal:
    """A path down the loss that changes from one law to another.

    Parameters
    ----------
    laws : dict of str to ShiftedPower
        All laws, by the names of their shapes.
    entry : str
        The shape that comes to the first loss with least compute.
    names : tuple of str, length k
        The shapes followed, in order.
    edges : ndarray, shape (k + 1,)
        Losses in nats per token, falling: the first one, the switches, the target. Shape ``i`` is
        followed from ``edges[i]`` to ``edges[i + 1]``.

    Examples
    --------
    >>> small = ShiftedPower(a=1e9, b=0.5, c=3.0, d=1e17)
    >>> large = ShiftedPower(a=3e9, b=0.5, c=2.0, d=1e17)
    >>> path = traverse({"small": small, "large": large}, start=6.0, target=3.2)
    >>> path.names, path.switches.round(3)
    (('small', 'large'), array([3.926]))
    >>> round(path.saving(3.2), 3)
    0.205
    """

    laws: dict[str, ShiftedPower]
    entry: str
    names: tuple[str, ...]
    edges: Array

    @property
    def switches(self) -> Array:
        """Losses at which the shape changes, in nats per token, in order."""
        return self.edges[1:-1]

    @property
    def stages(self) -> pd.DataFrame:
        """One row a shape: losses ``high`` and ``low``, and FLOPs spent at its end and in it."""
        ends = np.asarray(self.flops(self.edges))
        return pd.DataFrame(
            {
                "shape": self.names,
                "high": self.edges[:-1],
                "low": self.edges[1:],
                "flops": ends[1:],
                "own_flops": np.diff(ends),
            }
        )

    def at(self, loss: ArrayLike) -> NDArray[np.str_]:
        """Return the shape that is followed at a loss; at a switch, the one before it.

        Parameters
        ----------
        loss : array_like
            Loss in nats per token, between the target and the start.

        Returns
        -------
        ndarray of str
            Names of shapes.

        Raises
        ------
        ArgumentError
            If a loss is not on the path.
        """
        return np.array(self.names)[self._stage(self._on_path(loss))]

    def flops(self, loss: ArrayLike) -> Number:
        """Return the compute in which the path comes to a loss.

        Parameters
        ----------
        loss : array_like
            Loss in nats per token, between the target and the start.

        Returns
        -------
        float or ndarray
            FLOPs, those before the first loss by `entry` included.

        Raises
        ------
        ArgumentError
            If a loss is not on the path.
        """
        target = self._on_path(loss)
        followed = [self.laws[name] for name in self.names]
        own = [
            float(law.input_for(low)) - float(law.input_for(high))
            for law, (high, low) in zip(followed, pairwise(self.edges), strict=True)
        ]
        first = float(self.laws[self.entry].input_for(self.edges[0]))
        before = first + np.concatenate([[0.0], np.cumsum(own)[:-1]])
        stage = self._stage(target)
        spent = np.empty_like(target)
        for k, law in enumerate(followed):
            here = stage == k
            begun = float(law.input_for(self.edges[k]))
            spent[here] = before[k] + np.asarray(law.input_for(target[here])) - begun
        value: Number = plain(spent)
        return value

    def static(self, loss: ArrayLike) -> dict[str, Number]:
        """Return the compute in which each shape alone comes to a loss.

        Parameters
        ----------
        loss : array_like
            Loss in nats per token, between the target and the start.

        Returns
        -------
        dict of str to float or ndarray
            FLOPs by shape; infinite where a shape does not reach the loss.

        Raises
        ------
        ArgumentError
            If a loss is not on the path.
        """
        target = self._on_path(loss)
        found: dict[str, Number] = {}
        for name, law in self.laws.items():
            spent, reached = np.full(target.shape, np.inf), law.reaches(target)
            spent[reached] = law.input_for(target[reached])
            found[name] = plain(spent)
        return found

    def saving(self, loss: ArrayLike, against: str | None = None) -> Number:
        """Return the share of compute that the path spares.

        Parameters
        ----------
        loss : array_like
            Loss in nats per token, between the target and the start.
        against : str, optional
            The shape to compare with; by default, at each loss, the one that is cheapest there.

        Returns
        -------
        float or ndarray
            A fraction: 1 where the other does not reach the loss at all.

        Raises
        ------
        ArgumentError
            If a loss is not on the path.
        UnknownNameError
            If there is no such shape.
        """
        alone = self.static(loss)
        if against is not None:
            one_of_names("shape", against, alone)
        others = [alone[against]] if against else list(alone.values())
        best = np.min([np.asarray(flops) for flops in others], axis=0)
        value: Number = plain(1 - np.asarray(self.flops(loss)) / best)
        return value

    def _stage(self, loss: Array) -> NDArray[np.intp]:
        """Return the place in `names` of the shape at a loss."""
        return np.searchsorted(-self.switches, -loss, side="left")

    def _on_path(self, loss: ArrayLike) -> Array:
        """Return losses as an array, or say which one is not on the path."""
        target = positive("loss", loss)
        if np.any(off := (target > self.edges[0]) | (target < self.edges[-1])):
            raise ArgumentError(
                f"loss is {target[off].flat[0]:g}; the path goes from {self.edges[0]:g} down to "
                f"{self.edges[-1]:g}. Take a loss in between, or traverse() a longer way."
            )
        return target


def traverse(laws: Mapping[str, ShiftedPower], start: float, target: float) -> Traversal:
    """Return the cheapest path from one loss to another that may change its law.

    At every loss it follows the law of least `ShiftedPower.price`. A law is left out at losses
    that are below its floor, or above what it starts at.

    Parameters
    ----------
    laws : mapping of str to ShiftedPower
        One law a shape, all of the same measure of compute, each with single coefficients.
    start : float
        Loss in nats per token from which the path counts.
    target : float
        Loss in nats per token at its end; above the lowest floor.

    Returns
    -------
    Traversal
        The shapes in order, and the losses at which they change.

    Raises
    ------
    ArgumentError
        If there is no law, one of them holds arrays, the target is not below the start, or there
        is a loss on the way, either end included, that no law covers.

    Examples
    --------
    >>> small = ShiftedPower(a=1e9, b=0.5, c=3.0, d=1e17)
    >>> traverse({"small": small}, start=6.0, target=3.5).names
    ('small',)
    """
    if not isinstance(laws, Mapping):
        raise ArgumentError(f"laws is {shown(laws)}; a mapping from shapes to laws is expected.")
    known = dict(laws)
    ends = {"start": start, "target": target}
    high, low = (float(positive(name, single(name, value))) for name, value in ends.items())
    _check(known, high, low)
    inner = {x for p, q in combinations(known.values(), 2) for x in p.crossings(q, low, high)}
    inner |= {x for law in known.values() for x in (float(law.start), law.c) if low < x < high}
    edges = np.array([high, *sorted(inner, reverse=True), low])
    middles = 0.5 * (edges[:-1] + edges[1:])
    prices = np.full((len(known), len(middles)), np.inf)
    for row, law in zip(prices, known.values(), strict=True):
        reached = law.reaches(middles)
        row[reached] = law.price(middles[reached])
    if np.any(nobody := np.isinf(prices).all(axis=0)):
        k = int(np.argmax(nobody))
        raise ArgumentError(
            f"No law covers the losses from {edges[k]:.4g} to {edges[k + 1]:.4g}: one ends above, "
            "the next begins below. Add a law in between."
        )
    best = prices.argmin(axis=0)
    changes = np.flatnonzero(np.diff(best)) + 1
    names = tuple(known)
    costs = {k: float(law.input_for(high)) for k, law in known.items() if law.reaches(high)}
    return Traversal(
        laws=known,
        entry=min(costs, key=lambda name: costs[name]),
        names=tuple(names[k] for k in best[[0, *changes]]),
        edges=edges[[0, *changes, len(edges) - 1]],
    )


def _check(laws: Mapping[str, ShiftedPower], start: float, target: float) -> None:
    """Refuse a path that has no beginning or no end."""
    if not laws:
        raise ArgumentError("There is no law to follow; give at least one.")
    for name, law in laws.items():
        if not isinstance(law, ShiftedPower):
            raise ArgumentError(
                f"The law of {named_row(name)} is {shown(law)}; a ShiftedPower is expected, the "
                "learning curve of a shape in compute."
            )
        if any(map(np.ndim, law.to_dict().values())):
            raise ArgumentError(
                f"The law of {named_row(name)} holds arrays, as that of a bootstrap does; a path "
                "follows one law a shape. Take one draw at a time."
            )
    if not target < start:
        raise ArgumentError(
            f"target is {target:g} and start {start:g}; the loss falls, so give a target below."
        )
    floors = {name: float(law.c) for name, law in laws.items()}
    lowest = min(floors, key=lambda name: floors[name])
    if target <= floors[lowest]:
        raise ArgumentError(
            f"target is {target:g}, which no law reaches: the lowest floor is "
            f"{floors[lowest]:.4g}, that of {lowest}. Ask for a higher loss."
        )
    if not any(law.reaches(start) for law in laws.values()):
        highest = max(float(law.start) for law in laws.values())
        raise ArgumentError(
            f"start is {start:g}, where no law is: the highest begins at {highest:.4g} before any "
            "training. Begin the path on a curve."
        )
