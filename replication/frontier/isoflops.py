"""Approach 2 of hoffmann2022: the minimum of each isoFLOP slice, and a power law through them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.errors import ArgumentError, DataError, Note, unknown
from replication.fitting.frame import as_frame, column
from replication.frontier.copies import Copies, Noise
from replication.frontier.methods import METHODS, Method
from replication.frontier.result import Frontier
from replication.frontier.runs import SAME_BUDGET, by_budget, by_flops, by_size, refuse_empty
from replication.frontier.slices import Slices

Array = NDArray[Any]

EXACT = METHODS["parabola"].sizes
"""Runs through which a parabola goes exactly."""
FIRM_RISE = 2.0
"""Rise of the fitted loss from the minimum to the edge of a grid, in units of the scatter, below
which the grid is too narrow on that side."""


def isoflop(
    runs: pd.DataFrame | Mapping[str, ArrayLike],
    budget: str | Sequence[float] = "isoflop_budget",
    *,
    method: str = "parabola",
    window: float | None = None,
    noise: Noise | None = None,
    draws: int | ArrayLike = 1000,
    seed: int = 0,
    weighted: bool = True,
    tolerance: float | None = None,
    unmatched: str = "error",
    response: str = "loss",
) -> Frontier:
    """Find the frontier from isoFLOP slices: Approach 2 (hoffmann2022, section 3.2).

    In each slice of equal compute the loss is a parabola in log N, or with ``method="akima"`` a
    spline through the runs (porian2024), whose minimum is N_opt(C). A
    power law N_opt = k C**a is drawn through the minima by least squares of logarithms, and
    D_opt = C / (6 N_opt). A minimum outside the sampled sizes, or a parabola that opens
    downwards, stays in ``points`` with ``used`` false and is left out of the power law.
    The method is biased on wide and off-centre grids: see `replication.frontier.bias`.

    With ``noise=`` every minimum is the median over noisy copies of the losses and counts in
    the power law by how firm it is (porian2024): see `replication.frontier.copies`. The
    frontiers of the copies are in `Frontier.draws`, for intervals.

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
    noise : float, array_like, shape (n,), or callable, optional
        Standard deviation of a loss between repeated runs, in nats per token: one for all, one a
        row, or a function of the loss such as `replication.frontier.NoiseRamp`.
    draws : int or array_like, shape (k, n)
        How many noisy copies of the losses; or the standard normal deviates themselves, a row a
        copy, a column a run.
    seed : int
        Seed of numpy's default generator, for a number of `draws`.
    weighted : bool
        With `noise`, whether a firm minimum weighs more in the power law.
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
        ``right`` (smallest and largest size used), ``used`` and ``why`` not. With `noise`,
        ``survived`` (share of the copies with a minimum inside), ``spread`` (standard deviation
        of ln N_opt over those) and ``log_std`` (the one that the weight comes from) as well.

    Raises
    ------
    DataError
        If a column is missing or unusable, budgets do not group, there is one size only, a budget
        has fewer sizes than the method needs (three for a parabola, four for a spline), or fewer
        than two budgets have a minimum.
    UnknownNameError
        If `method` or `unmatched` is not known.
    ArgumentError
        If `window`, `noise`, `draws` or `tolerance` has no meaning.

    Examples
    --------
    >>> import replication as rp
    >>> runs = rp.load("hoffmann2022", "figure4_isoflop_points")
    >>> frontier = isoflop(runs[runs.loss < 3.44])
    >>> round(frontier.a, 3), round(frontier.b, 3)
    (0.495, 0.505)

    As in porian2024, with a noise of .002 nats per token:

    >>> noisy = isoflop(runs, method="akima", noise=0.002)
    >>> noisy.draws.interval(level=0.95).loc["a", ["estimate", "low", "high"]].round(2).tolist()
    [0.5, 0.48, 0.51]
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
    _check_sizes(budgets, slot, params, METHODS[method])
    slices = Slices(budgets, slot, params, loss, METHODS[method], window)
    noisy = None if noise is None else Copies.of(slices, noise, draws, seed, weighted=weighted)
    source = slices if noisy is None else noisy
    points = source.points()
    if points.used.sum() < 2:
        raise DataError(
            f"{int(points.used.sum())} of {len(points)} budgets have a minimum inside their sizes;"
            f" a power law needs two. {_reasons(points)} Add sizes on the side of the minimum, or "
            "leave out runs that spoil a parabola."
        )
    how = [method, *([] if window is None else [f"within {window:g} decades"])]
    return Frontier(
        approach="isoflop",
        params_law=source.params_law(),
        points=points,
        n=len(loss),
        notes=tuple(_notes(points)),
        left_out=len(frame) - len(kept),
        how=" ".join(how) + ("" if noisy is None else f", {len(noisy.deviates)} noisy copies"),
        source=source,
        copies=None if noisy is None else noisy.refits(),
    )


def _check_sizes(budgets: Array, slot: Array, params: Array, method: Method) -> None:
    """Refuse slices through which no parabola or spline goes."""
    if len(params) and np.ptp(by_size(params)) == 0:
        raise DataError(
            f"All {len(params)} runs have one size ({params[0]:.4g} parameters): there is nothing "
            f"to choose between. Give runs of {method.sizes} or more sizes at each budget."
        )
    for i, flops in enumerate(budgets):
        sizes = len(np.unique(by_size(params[slot == i])))
        if sizes < method.sizes:
            raise DataError(
                f"Budget {flops:g} FLOPs has {sizes} size{'' if sizes == 1 else 's'}; "
                f"{method.noun} needs {method.sizes}. Add runs there, or leave this budget out."
            )


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
    thin = kept[kept.n <= EXACT]
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
