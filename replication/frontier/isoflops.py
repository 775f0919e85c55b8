"""Approach 2 of hoffmann2022: the minimum of each isoFLOP slice, and power laws through them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.errors import ArgumentError, DataError
from replication.fitting.frame import as_frame, column
from replication.frontier.accounting import account, disagreement
from replication.frontier.copies import Copies
from replication.frontier.doubts import doubts, reasons
from replication.frontier.methods import METHODS
from replication.frontier.noise import Noise
from replication.frontier.result import Frontier
from replication.frontier.runs import (
    SAME_BUDGET,
    at_least,
    by_budget,
    by_flops,
    one_of,
    refuse_empty,
)
from replication.frontier.slices import AXES, Slices

Array = NDArray[Any]

OUTSIDE = ("drop", "keep")
NOUNS = {"params": "parameters", "tokens": "tokens"}


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
    axis: str = "params",
    rule: str = "auto",
    outside: str = "drop",
) -> Frontier:
    """Find the frontier from isoFLOP slices: Approach 2 (hoffmann2022, section 3.2).

    In each slice of equal compute the loss is a parabola in log N, or with ``method="akima"`` a
    spline through the runs (porian2024), whose minimum is N_opt(C). A
    power law N_opt = k C**a is drawn through the minima by least squares of logarithms, and one
    of its own through D_opt: the tokens that a run of N_opt has at that budget, read between the
    runs of its slice, linearly in logarithms. Any count of FLOPs will do, then, and a + b need not
    be 1. Where the table has no ``tokens``, or with ``rule="6ND"``, D_opt = C / (6 N_opt).

    A minimum outside the sampled sizes, or a parabola that opens downwards, stays in ``points``
    with ``used`` false and is left out of the power law; so does a slice whose sizes hardly
    differ, if two wider ones have a minimum. The method is biased on wide and off-centre grids:
    see `replication.frontier.bias`. A spline without ``noise=`` follows every run, and has no
    error of its own: only a note tells where its minimum is one of several, or hangs on one run.

    With ``noise=`` every minimum is the median over noisy copies of the losses and counts in
    the power law by how firm it is (porian2024): see `replication.frontier.copies`. The
    frontiers of the copies are in `Frontier.draws`, for intervals.

    Parameters
    ----------
    runs : DataFrame or mapping of str to array_like
        One row a run: ``params`` (a count) and the loss in nats per token, with the budget or
        ``flops``, and ``tokens`` where they are known.
    budget : str or sequence of float
        Column of nominal budgets in FLOPs; rows where it is empty are left out, and budgets that
        differ by a millionth at most are one. Or the nominal budgets themselves: a run belongs to
        the one that its ``flops`` are within `tolerance` of.
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
    axis : str
        What the slices run over: ``"params"``, or ``"tokens"``, where the minima are D_opt and
        N_opt follows.
    rule : str
        How the other count follows: ``"measured"`` from its column, ``"6ND"`` from C = 6 N D, or
        ``"auto"``, measured if there is such a column.
    outside : str
        What becomes of a parabola whose minimum lies outside the sizes: ``"drop"`` or ``"keep"``.

    Returns
    -------
    Frontier
        Its ``points`` have one row a budget: ``flops``, ``params``, ``tokens``, ``loss`` at the
        minimum, ``curvature`` (coefficient of log10(N)**2, nats per token and squared decade),
        ``scatter`` (root mean square residual, nats per token), ``n`` runs used, of how many
        distinct ``sizes``, ``left`` and ``right`` (smallest and largest size used; tokens, where
        the slices run over them), ``used`` and ``why`` not. With `noise`,
        ``survived`` (share of the copies with a minimum inside), ``spread`` (standard deviation
        of ln N_opt over those) and ``log_std`` (the one that the weight comes from) as well.

    Raises
    ------
    DataError
        If a column is missing or unusable, budgets do not group, there is one size only, a budget
        has fewer sizes than the method needs (three for a parabola, four for a spline), or fewer
        than two budgets have a minimum.
    UnknownNameError
        If `method`, `unmatched`, `axis`, `rule` or `outside` is not known.
    ArgumentError
        If `window`, `noise`, `draws`, `seed` or `tolerance` has no meaning.

    Examples
    --------
    >>> import replication as rp
    >>> runs = rp.load("hoffmann2022", "figure4_isoflop_points")
    >>> frontier = isoflop(runs[runs.loss < 3.44], rule="6ND")
    >>> round(frontier.a, 3), round(frontier.b, 3)
    (0.495, 0.505)

    With the tokens that the runs were trained on:

    >>> round(isoflop(runs[runs.loss < 3.44]).b, 3)
    0.517

    As in porian2024, with a noise of .002 nats per token:

    >>> noisy = isoflop(runs, method="akima", noise=0.002)
    >>> noisy.draws.interval(level=0.95).loc["a", ["estimate", "low", "high"]].round(2).tolist()
    [0.5, 0.48, 0.51]
    """
    for kind, value, known in (
        ("isoFLOP method", method, METHODS),
        ("axis of an isoFLOP slice", axis, AXES),
        ("value of outside", outside, OUTSIDE),
    ):
        one_of(kind, value, known)
    _check_window(window)
    at_least(0, seed=seed)
    frame = as_frame(runs)
    needed = (axis, response)
    refuse_empty(frame, "isoflop", needed)
    if isinstance(budget, str):
        if tolerance is not None:
            raise ArgumentError(
                f"tolerance={tolerance} needs a list of budgets; {budget!r} is a column, whose "
                "values are taken as they are."
            )
        kept, budgets, slot = by_budget(frame, budget, response)
        spent = budgets[slot]
    else:
        near = SAME_BUDGET if tolerance is None else tolerance
        kept, budgets, slot = by_flops(frame, budget, near, unmatched, response)
        spent = kept["flops"].to_numpy(np.float64)
    counts = column(kept, axis, "isoflop", needed, response)
    loss = column(kept, response, "isoflop", needed, response)
    slices = Slices(budgets, slot, counts, loss, METHODS[method], window, axis, outside == "keep")
    _check_sizes(slices)
    paid = account(
        kept,
        known=counts,
        other=AXES[axis][0],
        flops=spent,
        where=counts,
        codes=slot,
        names=[f"the budget of {c:g} FLOPs" for c in budgets],
        rule=rule,
        reader="isoflop",
    )
    slices = replace(slices, accounting=paid)
    noisy = None if noise is None else Copies.of(slices, noise, draws, seed, weighted=weighted)
    source = slices if noisy is None else noisy
    points = source.points()
    _check_minima(slices, points)
    params_law, tokens_law = source.lines().single()
    weights = points.used.to_numpy(np.float64) if noisy is None else noisy.weights
    notes = [
        *doubts(slices, points, weights, noisy=noisy is not None),
        disagreement(kept, spent, paid.rule),
    ]
    how = [method, *([] if window is None else [f"within {window:g} decades"])]
    return Frontier(
        approach="isoflop",
        params_law=params_law,
        tokens_law=tokens_law,
        points=points,
        n=len(loss),
        notes=tuple(note for note in notes if note is not None),
        left_out=len(frame) - len(kept),
        how=" ".join(how) + ("" if noisy is None else f", {len(noisy.deviates)} noisy copies"),
        source=source,
        copies=None if noisy is None else noisy.refits(),
    )


def _check_window(window: Any) -> None:
    """Refuse a window that is no width."""
    number = int | float | np.integer | np.floating
    if window is not None and not (isinstance(window, number) and 0 < window < np.inf):
        raise ArgumentError(f"window is {window!r}; a positive number of decades is expected, 0.5.")


def _check_sizes(slices: Slices) -> None:
    """Refuse slices through which no parabola or spline goes."""
    counts, least = slices.counts, slices.method.sizes
    size = AXES[slices.axis][1]
    if len(counts) and counts.max() == counts.min():
        raise DataError(
            f"All {len(counts)} runs have one {size} ({counts[0]:.4g} {NOUNS[slices.axis]}): there "
            f"is nothing to choose between. Give runs of {least} or more sizes at each budget."
        )
    for flops, sizes in zip(slices.budgets, slices.sizes, strict=True):
        distinct = int(sizes.max()) + 1 if len(sizes) else 0
        if distinct < least:
            raise DataError(
                f"Budget {flops:g} FLOPs has {distinct} size{'' if distinct == 1 else 's'}; "
                f"{slices.method.noun} needs {least}. Add runs there, or leave this budget out."
            )


def _check_minima(slices: Slices, points: pd.DataFrame) -> None:
    """Refuse minima through which no power law goes."""
    if points.used.sum() >= 2:
        return
    if len(points) == 1:
        place = float(points[slices.axis].iloc[0])
        where = (
            f"its minimum is at {place:.4g} {NOUNS[slices.axis]}"
            if points.used[0]
            else points.why[0]
        )
        raise DataError(
            f"There is one budget, {points.flops[0]:g} FLOPs ({where}); a power law needs a "
            "second. Add runs at another budget."
        )
    raise DataError(
        f"{int(points.used.sum())} of {len(points)} budgets have a minimum inside their sizes; a "
        f"power law needs two ({reasons(points)}). Add sizes on the side of the minimum, or leave "
        "out runs that spoil a parabola."
    )
