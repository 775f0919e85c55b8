"""Approach 2 of hoffmann2022: the minimum of each isoFLOP slice, and a power law through them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.errors import ArgumentError, DataError, Note, unknown
from replication.fitting.frame import as_frame, column
from replication.fitting.resampling import Resamples, at_least_one, subsample
from replication.frontier.line import line, params_law
from replication.frontier.methods import METHODS, Method, Minima
from replication.frontier.result import Frontier
from replication.frontier.runs import SAME_BUDGET, by_budget, by_flops, by_size, refuse_empty
from replication.frontier.source import Refits, collect, within

Array = NDArray[Any]

LEAST_SIZES = 3
"""Sizes that a parabola needs."""
FIRM_RISE = 2.0
"""Rise of the fitted loss from the minimum to the edge of a grid, in units of the scatter, below
which the grid is too narrow on that side."""


@dataclass(frozen=True)
class Slices:
    """Runs in isoFLOP slices, and how the minimum of a slice is found.

    Parameters
    ----------
    budgets : ndarray, shape (m,)
        Nominal budgets in FLOPs.
    slot : ndarray of int, shape (n,)
        The budget of each run.
    params, loss : ndarray, shape (n,)
        Parameters N and loss (nats per token) of each run.
    method : callable
        One of `METHODS`.
    window : float or None
        Half width in decades of N of what is used round the size with the least loss.
    """

    budgets: Array
    slot: Array
    params: Array
    loss: Array
    method: Method
    window: float | None

    def minima(self, weights: Array) -> list[tuple[Minima, Array, Array, Array]]:
        """Find the minimum of every slice in many draws.

        Parameters
        ----------
        weights : ndarray, shape (draws, n)
            How often each run counts.

        Returns
        -------
        list of (Minima, ndarray, ndarray, ndarray)
            For each budget the minima, the smallest and the largest log10 N that was used, and
            the number of runs used, each with one entry a draw.
        """
        found = []
        for i in range(len(self.budgets)):
            rows = np.flatnonzero(self.slot == i)
            x, y, w = np.log10(self.params[rows]), self.loss[rows], weights[:, rows]
            if self.window is not None:
                # The least observed loss, not the fitted minimum: one bad run at the edge of a
                # grid moves the fit, and with it a window that is centred on it.
                centre = x[np.where(w > 0, y, np.inf).argmin(axis=1)]
                w = w * (np.abs(x - centre[:, None]) <= self.window)
            low = np.where(w > 0, x, np.inf).min(axis=1)
            high = np.where(w > 0, x, -np.inf).max(axis=1)
            found.append((self.method(x, y, w), low, high, (w > 0).sum(axis=1)))
        return found

    def solve(self, weights: Array) -> tuple[Array, Array]:
        """Return exponent and prefactor of N_opt in C for many draws."""
        params, used = [], []
        for minima, low, high, _ in self.minima(weights):
            x = minima.log_params
            used.append((minima.curvature > 0) & (low < x) & (x < high))
            params.append(10.0 ** np.where(used[-1], x, np.nan))
        return line(self.budgets, np.stack(params, axis=1), np.stack(used, axis=1))

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


def isoflop(
    runs: pd.DataFrame | Mapping[str, ArrayLike],
    budget: str | Sequence[float] = "isoflop_budget",
    *,
    method: str = "parabola",
    window: float | None = None,
    tolerance: float | None = None,
    unmatched: str = "error",
    response: str = "loss",
) -> Frontier:
    """Find the frontier from isoFLOP slices: Approach 2 (hoffmann2022, section 3.2).

    In each slice of equal compute the loss is a parabola in log N, whose minimum is N_opt(C). A
    power law N_opt = k C**a is drawn through the minima by least squares of logarithms, and
    D_opt = C / (6 N_opt). A minimum outside the sampled sizes, or a parabola that opens
    downwards, stays in ``points`` with ``used`` false and is left out of the power law.
    The method is biased on wide and off-centre grids: see `replication.frontier.bias`.

    Parameters
    ----------
    runs : DataFrame or mapping of str to array_like
        One row a run: ``params`` (a count) and the loss in nats per token, with the budget or
        ``flops``.
    budget : str or sequence of float
        Column of nominal budgets in FLOPs; rows where it is empty are left out. Or the nominal
        budgets themselves: a run belongs to the one that its ``flops`` are within `tolerance` of.
    method : str
        How the minimum of a slice is found: a name in `replication.frontier.METHODS`.
    window : float, optional
        Use only sizes within so many decades of the size with the least loss of the slice.
    tolerance : float, optional
        Largest relative difference between ``flops`` and a listed budget; .1 by default.
    unmatched : str
        What becomes of runs near no listed budget: ``"error"`` or ``"drop"``.
    response : str
        Column of the loss.

    Returns
    -------
    Frontier
        Its ``points`` have one row a budget: ``flops``, ``params``, ``tokens``, ``loss`` at the
        minimum, ``curvature`` (coefficient of log10(N)**2, nats per token and squared decade),
        ``scatter`` (root mean square residual, nats per token), ``n`` runs used, ``left`` and
        ``right`` (smallest and largest size used), ``used`` and ``why`` not.

    Raises
    ------
    DataError
        If a column is missing or unusable, budgets do not group, there is one size only, a budget
        has fewer than three sizes, or fewer than two budgets have a minimum.
    UnknownNameError
        If `method` or `unmatched` is not known.
    ArgumentError
        If `window` or `tolerance` has no meaning.

    Examples
    --------
    >>> import replication as rp
    >>> runs = rp.load("hoffmann2022", "figure4_isoflop_points")
    >>> frontier = isoflop(runs[runs.loss < 3.44])
    >>> round(frontier.a, 3), round(frontier.b, 3)
    (0.495, 0.505)
    """
    if method not in METHODS:
        raise unknown("isoFLOP method", method, METHODS)
    if window is not None and not window > 0:
        raise ArgumentError(f"window is {window}; a positive number of decades is expected, 0.5.")
    frame = as_frame(runs)
    needed = ("params", response)
    refuse_empty(frame, "isoflop", needed)
    if isinstance(budget, str):
        if tolerance is not None:
            raise ArgumentError(
                f"tolerance={tolerance} needs a list of budgets; {budget!r} is a column, whose "
                "values are taken as they are."
            )
        kept, budgets, slot = by_budget(frame, budget, response)
    else:
        near = SAME_BUDGET if tolerance is None else tolerance
        kept, budgets, slot = by_flops(frame, budget, near, unmatched, response)
    params = column(kept, "params", "isoflop", needed, response)
    loss = column(kept, response, "isoflop", needed, response)
    _check_sizes(budgets, slot, params)
    slices = Slices(budgets, slot, params, loss, METHODS[method], window)
    points = _points(slices)
    if points.used.sum() < 2:
        raise DataError(
            f"{int(points.used.sum())} of {len(points)} budgets have a minimum inside their sizes;"
            f" a power law needs two. {_reasons(points)} Add sizes on the side of the minimum, or "
            "leave out runs that spoil a parabola."
        )
    a, prefactor = slices.solve(np.ones((1, len(loss))))
    return Frontier(
        approach="isoflop",
        params_law=params_law(float(a[0]), float(prefactor[0])),
        points=points,
        n=len(loss),
        notes=tuple(_notes(points)),
        left_out=len(frame) - len(kept),
        how=f"{method}{'' if window is None else f' within {window:g} decades'}",
        source=slices,
    )


def _check_sizes(budgets: Array, slot: Array, params: Array) -> None:
    """Refuse slices through which no parabola goes."""
    if len(params) and np.ptp(by_size(params)) == 0:
        raise DataError(
            f"All {len(params)} runs have one size ({params[0]:.4g} parameters): there is nothing "
            "to choose between. Give runs of three or more sizes at each budget."
        )
    for i, flops in enumerate(budgets):
        sizes = len(np.unique(by_size(params[slot == i])))
        if sizes < LEAST_SIZES:
            raise DataError(
                f"Budget {flops:g} FLOPs has {sizes} size{'' if sizes == 1 else 's'}; a parabola "
                f"needs {LEAST_SIZES}. Add runs there, or leave this budget out."
            )


def _points(slices: Slices) -> pd.DataFrame:
    """Return the minimum of each slice, and why it is not used where it is not."""
    rows = []
    for flops, (minima, low, high, n) in zip(
        slices.budgets, slices.minima(np.ones((1, len(slices.loss)))), strict=True
    ):
        x, curvature = minima.log_params[0], minima.curvature[0]
        why = ""
        if not np.isfinite(x):
            why = f"the window leaves {n[0]} runs"
        elif curvature <= 0:
            why = "no minimum: the loss is curved downwards"
        elif x <= low[0]:
            why = "minimum below the smallest size"
        elif x >= high[0]:
            why = "minimum above the largest size"
        params = 10.0**x
        tokens = flops / FLOPS_PER_PARAM_TOKEN / params
        ends = (10.0 ** low[0], 10.0 ** high[0])
        place = (flops, params, tokens, minima.loss[0], curvature, minima.scatter[0])
        rows.append((*place, n[0], *ends, not why, why))
    columns = ["flops", "params", "tokens", "loss", "curvature", "scatter"]
    return pd.DataFrame(rows, columns=[*columns, "n", "left", "right", "used", "why"])


def _reasons(points: pd.DataFrame) -> str:
    """Say why budgets are not used."""
    unused = points[~points.used]
    return "; ".join(f"{row.flops:g}: {row.why}" for row in unused.itertuples()) + "."


def _notes(points: pd.DataFrame) -> list[Note]:
    """Say what is doubtful about the minima."""
    notes = []
    if not points.used.all():
        notes.append(
            Note(
                "not_bracketed",
                f"{int((~points.used).sum())} of {len(points)} budgets are left out "
                f"({_reasons(points)[:-1]}).",
                "Add sizes on the side of the minimum.",
            )
        )
    kept = points[points.used]
    reach = np.log10(np.stack([kept.params / kept.left, kept.right / kept.params])).min(axis=0)
    firm = kept.curvature * reach**2 >= FIRM_RISE * kept.scatter
    if not firm.all():
        budgets = ", ".join(f"{c:g}" for c in kept.flops[~firm])
        notes.append(
            Note(
                "narrow_grid",
                f"At {budgets} FLOPs the parabola rises, on one side of its minimum, by less than "
                f"{FIRM_RISE:g} times the scatter of the runs.",
                "The minimum may well lie further out: add sizes on that side.",
            )
        )
    thin = kept[kept.n <= LEAST_SIZES]
    if len(kept) == 2 or len(thin):
        what = (
            "The power law goes through two budgets."
            if len(kept) == 2
            else f"{len(thin)} parabolas go through three runs."
        )
        notes.append(
            Note(
                "too_few_points",
                f"{what} They fit exactly, whatever the noise.",
                "Add budgets or sizes, or bootstrap to see how little is known.",
            )
        )
    return notes
