"""Curves of loss against compute, one size each, and which of them is lowest where."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.errors import DataError
from replication.fitting.resampling import at_least_one, resample_groups, resample_pairs, subsample
from replication.frontier.accounting import BY_SIX, Accounting
from replication.frontier.line import Lines, lines
from replication.frontier.source import Refits, collect

Array = NDArray[Any]


def nearest(grid: Array, log_flops: Array, loss: Array) -> Array:
    """Return at each budget the loss of the point nearest in C, the cheaper one of two.

    Parameters
    ----------
    grid : ndarray, shape (m,)
        Logarithms of the budgets.
    log_flops, loss : ndarray, shape (n,)
        Logarithm of compute, rising, and loss (nats per token) of the points.

    Returns
    -------
    ndarray, shape (m,)
        Losses in nats per token.

    Examples
    --------
    >>> nearest(np.log([1.4, 1.6]), np.log([1.0, 2.0]), np.array([3.0, 2.0]))
    array([3., 2.])
    """
    middle = np.logaddexp(log_flops[1:], log_flops[:-1]) - np.log(2.0)
    return np.asarray(loss[np.searchsorted(middle, grid)])


BETWEEN: dict[str, Callable[[Array, Array, Array], Array]] = {
    "linear": np.interp,
    "nearest": nearest,
}
"""How a curve is read between its points: linearly in log C, or at the point nearest in C."""


@dataclass(frozen=True)
class Curves:
    """Losses along curves of one size each, and the budgets at which they are compared.

    Parameters
    ----------
    log_flops, loss : ndarray, shape (n,)
        Logarithm of compute and loss (nats per token) of each point, rising in compute.
    curve : ndarray of int, shape (n,)
        The curve of each point, numbered from 0.
    row : ndarray of int, shape (n,)
        The row of each point among those that were given.
    params : ndarray, shape (curves,)
        Parameters N of each curve.
    grid : ndarray, shape (m,)
        Logarithms of the budgets.
    whole : bool
        Whether a bootstrap draws whole curves rather than points.
    between : str
        How a curve is read at a budget, a name in `BETWEEN`.
    accounting : Accounting
        What a parameter and token cost along each curve.
    """

    log_flops: Array
    loss: Array
    curve: Array
    row: Array
    params: Array
    grid: Array
    whole: bool
    between: str = "linear"
    accounting: Accounting = BY_SIX

    def losses(self, kept: Array, grid: Array, loss: Array) -> Array:
        """Read every curve at the budgets; infinite outside its points.

        Parameters
        ----------
        kept : ndarray of bool, shape (n,)
            Points to use; a curve needs two.
        grid : ndarray, shape (m,)
            Logarithms of the budgets.
        loss : ndarray, shape (n,)
            Losses of the points in nats per token.

        Returns
        -------
        ndarray, shape (curves, m)
            Losses in nats per token.
        """
        table = np.full((len(self.params), len(grid)), np.inf)
        for i in range(len(self.params)):
            rows = kept & (self.curve == i)
            if rows.sum() >= 2:
                x, y = self.log_flops[rows], loss[rows]
                table[i] = BETWEEN[self.between](grid, x, y)
                table[i, (grid < x[0]) | (grid > x[-1])] = np.inf
        return table

    def bracket(self, grid: Array) -> tuple[Array, Array, Array, Array]:
        """Find the lowest curve at each budget, and between which sizes it was chosen.

        Parameters
        ----------
        grid : ndarray, shape (m,)
            Logarithms of the budgets.

        Returns
        -------
        losses : ndarray, shape (curves, m)
            As from `losses`.
        low, best, high : ndarray, shape (m,)
            Smallest, best and largest size that has a curve there; NaN where there is none.
        """
        table = self.losses(np.ones(len(self.loss), dtype=bool), grid, self.loss)
        alive = np.isfinite(table)
        low = np.where(alive, self.params[:, None], np.inf).min(axis=0)
        high = np.where(alive, self.params[:, None], -np.inf).max(axis=0)
        best = np.where(alive.any(axis=0), self.params[table.argmin(axis=0)], np.nan)
        return table, low, best, high

    @cached_property
    def paid(self) -> Array:
        """FLOPs a parameter and token of each curve at the budgets, shape (curves, m)."""
        return np.stack([self.accounting.each(i, self.grid) for i in range(len(self.params))])

    def solve(self, weights: Array, losses: Array | None = None) -> Lines:
        """Return the power laws of N_opt and D_opt in C for many draws.

        Parameters
        ----------
        weights : ndarray, shape (draws, n)
            How often each point counts; all that matters is whether it does.
        losses : ndarray, shape (draws, n), optional
            Other losses than those observed, one row a draw.
        """
        given = np.broadcast_to(self.loss, weights.shape) if losses is None else losses
        best = np.full((len(weights), len(self.grid)), np.nan)
        paid = np.full(best.shape, np.nan)
        for k, row in enumerate(weights):
            table = self.losses(row > 0, self.grid, given[k])
            at = np.flatnonzero(np.isfinite(table).any(axis=0))
            lowest = table[:, at].argmin(axis=0)
            best[k, at], paid[k, at] = self.params[lowest], self.paid[lowest, at]
        used = np.isfinite(best)
        # One size at all budgets is no frontier.
        ends = [f(np.where(used, best, gap), axis=1) for f, gap in ((np.max, 0), (np.min, np.inf))]
        used &= (ends[0] > ends[1])[:, None]
        budgets = np.exp(self.grid)
        tokens = budgets / paid / best if self.accounting.measured else None
        return lines(budgets, best, tokens, used)

    def copies(self, losses: Array) -> Refits:
        """Find the frontier again at the same budgets with other losses at the same points.

        Parameters
        ----------
        losses : ndarray, shape (k, rows)
            Losses in nats per token of all rows that were given, one row a copy.
        """
        noisy = losses[:, self.row]
        return collect([self.solve(np.ones_like(noisy, dtype=bool), noisy)], "noisy copies")

    def bootstrap(self, resamples: int, seed: int) -> Refits:
        """Draw points, or whole curves, with replacement."""
        count = at_least_one(resamples)
        if self.whole:
            draw = resample_groups(count, self.curve, seed)
        else:
            draw = resample_pairs(count, len(self.loss), seed)
        blocks = [self.solve(weights) for weights in draw.blocks()]
        return collect(blocks, "curves" if self.whole else "points")

    def subsample(self, resamples: int, fraction: float, seed: int) -> Refits:
        """Draw a share of the points, or of the curves, without replacement."""
        units = len(self.params) if self.whole else len(self.loss)
        draw = subsample(at_least_one(resamples), units, fraction, seed)
        spread = self.curve if self.whole else slice(None)
        return collect([self.solve(weights[:, spread]) for weights in draw.blocks()], "subsamples")


def build_curves(
    params: Array,
    compute: Array,
    loss: Array,
    sizes: Array,
    codes: Array,
    min_points: int,
    *,
    whole: bool,
    between: str = "linear",
) -> Curves:
    """Take the curves that have enough points.

    Parameters
    ----------
    params, compute, loss : ndarray, shape (n,)
        Parameters N, compute C in FLOPs and loss in nats per token of each point.
    sizes, codes : ndarray of int, shape (n,)
        Size and curve of each point.
    min_points : int
        Points that a curve needs.
    whole : bool
        Whether a bootstrap draws whole curves rather than points.
    between : str
        A name in `BETWEEN`.

    Returns
    -------
    Curves
        Without budgets.

    Raises
    ------
    DataError
        If a curve mixes sizes, or fewer than two sizes have one.
    """
    members = np.bincount(codes)
    enough = np.flatnonzero(members >= min_points)
    least, most = np.full((2, len(members)), [[len(sizes)], [-1]])
    np.minimum.at(least, codes, sizes)
    np.maximum.at(most, codes, sizes)
    mixed = enough[(most > least)[enough]]
    if len(mixed):
        row = params[codes == mixed[0]]
        raise DataError(
            f"A curve mixes sizes: {row.min():.4g} and {row.max():.4g} parameters. Name the column "
            "of single runs with curve=."
        )
    kept = np.isin(codes, enough)
    if len(np.unique(sizes)) == 1:
        raise DataError(
            f"All {len(params)} points have one size ({params[0]:.4g} parameters): there is "
            "nothing to choose between. Give curves of two or more sizes."
        )
    if len(np.unique(sizes[kept])) < 2:
        raise DataError(
            f"Sizes do not group: of {len(np.unique(sizes))} sizes, {len(np.unique(sizes[kept]))} "
            f"have a curve of {min_points} points or more (the longest has {members.max()}). Name "
            "a column of sizes with size=, raise tolerance=, or lower min_points=."
        )
    order = np.lexsort((loss[kept], compute[kept]))
    curve = np.searchsorted(enough, codes[kept])[order]
    # Counts read off an axis differ in the last digits: one size has one count, their mean.
    level = np.log(params)
    mean = (np.bincount(sizes, level) / np.bincount(sizes))[least[enough]]
    return Curves(
        np.log(compute[kept][order]),
        loss[kept][order],
        curve,
        np.flatnonzero(kept)[order],
        np.exp(mean),
        np.array([]),
        whole,
        between,
    )
