"""isoFLOP slices: runs of equal compute, and the minimum of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replication.fitting.resampling import Resamples, at_least_one, subsample
from replication.frontier.accounting import BY_SIX, Accounting
from replication.frontier.line import Lines, lines
from replication.frontier.minima import Method, Minima
from replication.frontier.sizes import distinct
from replication.frontier.source import Refits, collect, within

Array = NDArray[Any]

LEAST_SPAN = 1.25
"""Factor from the smallest to the largest size of a slice below which its minimum has no say, as
long as two wider slices have one."""
AXES = {"params": ("tokens", "size"), "tokens": ("params", "number of tokens")}
"""What a slice may run over, the other count, and what to call a value on the axis."""


@dataclass(frozen=True)
class Found:
    """The minimum of one slice in many draws, and what it was found from.

    Parameters
    ----------
    minima : Minima
        One entry a draw.
    low, high : ndarray, shape (draws,)
        log10 of the smallest and the largest size that was used.
    runs, sizes : ndarray of int, shape (draws,)
        How many runs were used, and of how many distinct sizes.
    """

    minima: Minima
    low: Array
    high: Array
    runs: Array
    sizes: Array

    def places(self, least: int, outside: bool) -> Array:
        """Return the sizes at the minima, NaN where there are too few sizes or no minimum inside.

        Parameters
        ----------
        least : int
            Distinct sizes that are needed.
        outside : bool
            Whether a minimum beyond the sizes counts as well.
        """
        low, high = (-np.inf, np.inf) if outside else (self.low, self.high)
        ok = self.minima.inside(np.asarray(low), np.asarray(high)) & (self.sizes >= least)
        with np.errstate(over="ignore"):
            return np.where(ok, 10.0**self.minima.log_params, np.nan)


@dataclass(frozen=True)
class Slices:
    """Runs in isoFLOP slices, and how the minimum of a slice is found.

    Parameters
    ----------
    budgets : ndarray, shape (m,)
        Nominal budgets in FLOPs.
    slot : ndarray of int, shape (n,)
        The budget of each run.
    counts, loss : ndarray, shape (n,)
        Parameters N (or tokens D) and loss (nats per token) of each run.
    method : Method
        How the minimum of a slice is found: one of `METHODS`.
    window : float or None
        Half width in decades of what is used round the size with the least loss.
    axis : str
        A name in `AXES`: what `counts` are.
    outside : bool
        Whether a minimum beyond the sizes counts.
    accounting : Accounting
        What a parameter and token cost along each slice.
    """

    budgets: Array
    slot: Array
    counts: Array
    loss: Array
    method: Method
    window: float | None
    axis: str
    outside: bool
    accounting: Accounting = BY_SIX

    @cached_property
    def rows(self) -> list[Array]:
        """The runs of each slice, in the order of the table."""
        order = np.argsort(self.slot, kind="stable")
        ends = np.searchsorted(self.slot[order], np.arange(len(self.budgets) + 1))
        return [order[low:high] for low, high in pairwise(ends)]

    @cached_property
    def sizes(self) -> list[Array]:
        """The distinct size of each run, numbered within its slice."""
        return [distinct(self.counts[rows]) for rows in self.rows]

    def minima(self, weights: Array, losses: Callable[[Array], Array] | None = None) -> list[Found]:
        """Find the minimum of every slice in many draws.

        Parameters
        ----------
        weights : ndarray, shape (draws, n)
            How often each run counts.
        losses : callable, optional
            Takes runs and returns other losses for them than those observed, one row a draw;
            `weights` may then be a single row.

        Returns
        -------
        list of Found
            One a budget.
        """
        return [self._minimum(i, weights, losses) for i in range(len(self.budgets))]

    def _minimum(self, i: int, weights: Array, losses: Callable[[Array], Array] | None) -> Found:
        """Find the minimum of one slice in many draws."""
        rows = self.rows[i]
        x, w = np.log10(self.counts[rows]), weights[:, rows]
        y = self.loss[rows] if losses is None else losses(rows)
        if self.window is not None:
            # The least observed loss, not the fitted minimum: one bad run at the edge of a
            # grid moves the fit, and with it a window that is centred on it.
            centre = x[np.where(w > 0, y, np.inf).argmin(axis=1)]
            w = w * (np.abs(x - centre[:, None]) <= self.window)
        there = w > 0
        low = np.where(there, x, np.inf).min(axis=1)
        high = np.where(there, x, -np.inf).max(axis=1)
        order = np.argsort(self.sizes[i], kind="stable")
        starts = np.flatnonzero(np.diff(self.sizes[i][order], prepend=-1))
        sizes = np.logical_or.reduceat(there[:, order], starts, axis=1).sum(axis=1)
        copies = len(w) if y.ndim == 1 else len(y)
        found = self.method.find(x, y, np.broadcast_to(w, (copies, len(x))))
        return Found(found, low, high, there.sum(axis=1), sizes)

    def places(self, found: Sequence[Found]) -> Array:
        """Return the sizes at the minima of each draw and slice that counts, else NaN."""
        places = [one.places(self.method.sizes, self.outside) for one in found]
        return np.where(self.narrow, np.nan, np.stack(places, axis=1))

    @cached_property
    def observed(self) -> list[Found]:
        """The minima of the losses as they are."""
        return self.minima(np.ones((1, len(self.loss))))

    @cached_property
    def narrow(self) -> Array:
        """Which slices are left out because their sizes span next to nothing, shape (m,)."""
        found = self.observed
        usable = [np.isfinite(one.places(self.method.sizes, self.outside)[0]) for one in found]
        narrow = np.array([10.0 ** (f.high[0] - f.low[0]) < LEAST_SPAN for f in found])
        enough = (np.array(usable) & ~narrow).sum() >= 2
        return np.asarray(narrow & enough)

    def pair(self, places: Array) -> tuple[Array, Array]:
        """Return parameters and tokens at minima, shape (draws, m).

        Parameters
        ----------
        places : ndarray, shape (draws, m)
            Sizes at the minima; NaN where there is none.
        """
        with np.errstate(all="ignore"):
            at = np.log(places)
            paid = [self.accounting.each(i, at[:, i]) for i in range(len(self.budgets))]
            other = self.budgets / np.stack(paid, axis=1) / places
        return (places, other) if self.axis == "params" else (other, places)

    def through(self, places: Array, weights: Array) -> Lines:
        """Return both power laws through minima, each with its weight, shape (draws, m)."""
        params, tokens = self.pair(places)
        return lines(self.budgets, params, tokens if self.accounting.measured else None, weights)

    def solve(self, weights: Array) -> Lines:
        """Return both power laws for many draws."""
        places = self.places(self.minima(weights))
        return self.through(places, np.isfinite(places))

    def points(self) -> pd.DataFrame:
        """Return the minimum of each slice, and why it is not used where it is not.

        Returns
        -------
        DataFrame
            One row a budget, with the columns that `isoflop` describes.
        """
        found = self.observed
        with np.errstate(over="ignore"):
            places = 10.0 ** np.array([[one.minima.log_params[0] for one in found]])
        params, tokens = self.pair(places)
        used = np.isfinite(self.places(found)[0])
        first = [one.minima for one in found]
        return pd.DataFrame(
            {
                "flops": self.budgets,
                "params": params[0],
                "tokens": tokens[0],
                "loss": [one.loss[0] for one in first],
                "curvature": [one.curvature[0] for one in first],
                "scatter": [one.scatter[0] for one in first],
                "n": [one.runs[0] for one in found],
                "sizes": [one.sizes[0] for one in found],
                "left": [10.0 ** one.low[0] for one in found],
                "right": [10.0 ** one.high[0] for one in found],
                "used": used,
                "why": ["" if used[i] else self._why(i, one) for i, one in enumerate(found)],
            }
        )

    def _why(self, i: int, found: Found) -> str:
        """Say why the minimum of a slice does not count."""
        x, curvature = found.minima.log_params[0], found.minima.curvature[0]
        low, high, size = found.low[0], found.high[0], AXES[self.axis][1]
        if found.sizes[0] < self.method.sizes:
            return f"the window leaves {found.sizes[0]} of its sizes"
        if np.ptp(self.loss[self.rows[i]]) == 0 or curvature == 0:
            return "no minimum: the loss is flat"
        if not np.isfinite(x):
            return "its sizes are too close to tell a minimum"
        if curvature <= 0:
            return "no minimum: the loss is curved downwards"
        if self.narrow[i]:
            return f"its sizes differ by {100 * (10.0 ** (high - low) - 1):.2g} % only"
        side = "below the smallest" if x - low < high - x else "above the largest"
        return f"minimum {side} {size}"

    def lines(self) -> Lines:
        """Return the power laws through the minima of the observed losses."""
        places = self.places(self.observed)
        return self.through(places, np.isfinite(places))

    def bootstrap(self, resamples: int, seed: int) -> Refits:
        """Draw runs with replacement within each budget."""
        return self._refit(self.within_budgets(at_least_one(resamples), seed), "runs of a budget")

    def within_budgets(self, resamples: int, seed: int) -> Resamples:
        """Return the weights of a bootstrap in which every budget keeps its number of runs."""
        return within(self.slot, resamples, seed)

    def subsample(self, resamples: int, fraction: float, seed: int) -> Refits:
        """Draw a share of all runs without replacement."""
        draw = subsample(at_least_one(resamples), len(self.loss), fraction, seed)
        return self._refit(draw, "subsamples")

    def _refit(self, draw: Resamples, kind: str) -> Refits:
        return collect([self.solve(weights) for weights in draw.blocks()], kind)
