"""Approach 1 of hoffmann2022: the lower envelope of training curves, and its power law."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import positive
from replication.errors import ArgumentError, DataError, Note, renamed
from replication.fitting.frame import as_frame, column
from replication.frontier.accounting import account, disagreement
from replication.frontier.curves import BETWEEN, Curves, build_curves
from replication.frontier.doubts import narrow_range
from replication.frontier.noise import Noise, deviations
from replication.frontier.result import Frontier
from replication.frontier.runs import at_least, by_label, one_of, refuse_empty
from replication.frontier.sizes import SAME_SIZE, by_size, distinct

Array = NDArray[Any]

FEW_WINNERS = 3
"""Sizes on an envelope below which its exponent is noted."""
DENSE = 20
"""Points a curve below which it is a set of end-of-run losses rather than a training curve."""


@renamed(budgets="points")
def envelope(
    runs: pd.DataFrame | Mapping[str, ArrayLike],
    points: int = 1500,
    flops: tuple[float, float] | None = None,
    *,
    size: str | None = None,
    tolerance: float = SAME_SIZE,
    curve: str | None = None,
    min_points: int = 3,
    between: str = "linear",
    rule: str = "auto",
    noise: Noise | None = None,
    draws: int | ArrayLike = 1000,
    seed: int = 0,
    response: str = "loss",
) -> Frontier:
    """Find the frontier as the lower envelope of curves: Approach 1 (hoffmann2022, section 3.1).

    The loss of each curve is read at each of many budgets, and the curve with the least loss there
    gives N_opt(C). A power law N_opt = k C**a is drawn through them by least
    squares of logarithms, and one of its own through D_opt, the tokens of that curve at that
    budget; where the table has no ``tokens``, D_opt = C / (6 N_opt).

    Training curves are given with ``curve=``, the column that names the run, and should be
    smoothed. Where only end-of-run losses are public, the runs of one size stand in for its
    curve: an honest proxy, and a note says so. The exponent then depends on `flops`, since at
    both ends of the range the smallest or the largest size wins for want of competitors; report
    the band that several ranges give.

    Parameters
    ----------
    runs : DataFrame or mapping of str to array_like
        One row a point: ``params`` and ``flops`` (counts), the loss in nats per token, and
        ``tokens`` where they are known.
    points : int
        How many budgets, spaced evenly in log C; each is a row of the frontier's ``points``.
    flops : (float, float), optional
        Lowest and highest budget in FLOPs. By default from the first to the last at which both a
        smaller and a larger size than the best one have a curve.
    size : str, optional
        Column that labels the size; by default parameter counts within `tolerance` are one size.
    tolerance : float
        Largest relative difference between parameter counts of one size.
    curve : str, optional
        Column that names the training curve of a point; by default all points of a size are one.
    min_points : int
        Points that a curve needs to count; at least 2.
    between : str
        How a curve is read between its points: ``"linear"`` in log C, or at the ``"nearest"`` in C,
        which moves the exponent when points are few (pearce2024 did so).
    rule : str
        How D_opt is found: ``"measured"`` from the column ``tokens``, ``"6ND"`` as C / (6 N_opt),
        or ``"auto"``, measured if there is such a column.
    noise, draws, seed
        Standard deviation of a loss between repeated runs, and noisy copies of the losses, as in
        `isoflop`. The frontiers of the copies, at the same budgets, are in `Frontier.draws`; the
        estimate is that of the losses as they are. Not for training curves, along which the noise
        is not independent.
    response : str
        Column of the loss.

    Returns
    -------
    Frontier
        Its ``points`` have one row a budget: ``flops``, ``params``, ``tokens``, ``loss``, ``n``
        curves compared, ``left`` and ``right`` (smallest and largest size among them) and
        ``used``.

    Raises
    ------
    DataError
        If a column is missing or unusable, sizes do not group, there is one size only, or no
        budgets lie inside two or more curves.
    ArgumentError
        If `points`, `flops`, `tolerance`, `min_points`, `noise` or `draws` has no meaning, or
        `noise` is given together with `curve`.
    UnknownNameError
        If `between` or `rule` is not known.

    Examples
    --------
    >>> import replication as rp
    >>> frontier = envelope(rp.load("hoffmann2022", "figure4_points"), flops=(5e18, 3e21))
    >>> round(frontier.a, 2), round(frontier.b, 2)
    (0.5, 0.5)
    >>> runs = rp.load("hoffmann2022", "figure4_points")
    >>> noisy = envelope(runs, flops=(5e18, 3e21), noise=0.002, draws=100)
    >>> noisy.draws.interval(level=0.95).loc["a", ["estimate", "low", "high"]].round(2).tolist()
    [0.5, 0.48, 0.51]
    """
    if noise is not None and curve is not None:
        raise ArgumentError(
            f"noise= is independent from point to point, and the points of a training curve are "
            f"not. Leave out noise= or curve={curve!r}."
        )
    at_least(2, points=points, min_points=min_points)
    at_least(0, seed=seed)
    one_of("way to read a curve between its points", between, BETWEEN)
    frame = as_frame(runs)
    needed = ("params", "flops", response)
    refuse_empty(frame, "envelope", needed)
    params, compute, loss = (column(frame, c, "envelope", needed, response) for c in needed)
    whole = curve is not None
    if size is not None:
        sizes = by_label(frame, size)
    else:
        # Where curves are named, sizes that chain need no grouping.
        sizes = distinct(params, tolerance) if whole else by_size(params, tolerance)
    codes = by_label(frame, curve) if curve is not None else sizes
    curves = build_curves(
        params, compute, loss, sizes, codes, min_points, whole=whole, between=between
    )
    span = _span(curves, flops)
    curves = replace(
        curves,
        grid=np.linspace(np.log(span[0]), np.log(span[1]), points),
        accounting=account(
            frame.iloc[curves.row],
            known=params[curves.row],
            other="tokens",
            flops=compute[curves.row],
            where=compute[curves.row],
            codes=curves.curve,
            names=[f"the curve of {N:.4g} parameters" for N in curves.params],
            rule=rule,
            reader="envelope",
        ),
    )
    table = _points(curves)
    if table.params.nunique() < 2:
        raise DataError(
            f"The same size ({table.params.iloc[0]:.4g} parameters) has the least loss from "
            f"{span[0]:.3g} to {span[1]:.3g} FLOPs: no power law follows. Widen flops=, or add "
            "sizes."
        )
    found = curves.solve(np.ones((1, len(curves.loss))))
    copies = None
    if noise is not None:
        std, deviates = deviations(loss, noise, draws, seed)
        copies = curves.copies(loss + std * deviates)
    doubts = [*_notes(table, curves, points), disagreement(frame, None, curves.accounting.rule)]
    params_law, tokens_law = found.single()
    return Frontier(
        approach="envelope",
        params_law=params_law,
        tokens_law=tokens_law,
        points=table,
        n=len(curves.loss),
        notes=tuple(note for note in doubts if note is not None),
        left_out=len(frame) - len(curves.loss),
        how=f"{len(curves.params)} curves, {span[0]:.3g} to {span[1]:.3g} FLOPs",
        source=curves,
        copies=copies,
    )


def _span(curves: Curves, flops: tuple[float, float] | None) -> tuple[float, float]:
    """Return the range of budgets: the caller's, or that in which the best size is bracketed."""
    if flops is not None:
        ends = np.ravel(positive("flops", flops))
        if len(ends) != 2 or not ends[0] < ends[1]:
            raise ArgumentError(
                f"flops is {flops}; a lowest and a highest budget are expected, (6e18, 3e21)."
            )
        return float(ends[0]), float(ends[1])
    # The best curve changes between points as well, so look at a fine grid.
    grid = np.linspace(curves.log_flops.min(), curves.log_flops.max(), 4001)
    _, low, best, high = curves.bracket(grid)
    inside = np.flatnonzero((low < best) & (best < high))
    if len(inside) < 2:
        inside = np.flatnonzero(low < high)
    if len(inside) < 2:
        raise DataError(
            "Sizes do not overlap: at no budget do two of them have a curve, so there is nothing "
            "to compare. Add runs, or lower min_points=."
        )
    return float(np.exp(grid[inside[0]])), float(np.exp(grid[inside[-1]]))


def _points(curves: Curves) -> pd.DataFrame:
    """Return the envelope at the budgets that lie on some curve."""
    table, low, best, high = curves.bracket(curves.grid)
    budget = np.exp(curves.grid)
    paid = curves.paid[table.argmin(axis=0), np.arange(len(budget))]
    points = pd.DataFrame(
        {
            "flops": budget,
            "params": best,
            "tokens": budget / paid / best,
            "loss": table.min(axis=0),
            "n": np.isfinite(table).sum(axis=0),
            "left": low,
            "right": high,
            "used": True,
        }
    )
    points = points[points.n > 0].reset_index(drop=True)
    if len(points) < 2:
        raise DataError(
            f"From {budget[0]:.3g} to {budget[-1]:.3g} FLOPs there is no curve; they run from "
            f"{np.exp(curves.log_flops.min()):.3g} to {np.exp(curves.log_flops.max()):.3g}."
        )
    return points


def _notes(points: pd.DataFrame, curves: Curves, asked: int) -> list[Note]:
    """Say what is doubtful about the envelope."""
    notes = []
    loose = (points.params <= points.left) | (points.params >= points.right)
    if loose.any():
        notes.append(
            Note(
                "not_bracketed",
                f"At {loose.mean():.0%} of the budgets the best size is the smallest or the "
                "largest that has a curve there.",
                "Narrow flops=, and report the band that several ranges give.",
            )
        )
    winners = points.params.nunique()
    if winners < FEW_WINNERS:
        notes.append(
            Note(
                "too_few_points",
                f"Only {winners} sizes are the best anywhere from {points.flops.min():.3g} to "
                f"{points.flops.max():.3g} FLOPs: the exponent says where one takes over from the "
                "other, and little else.",
                "Add sizes, or curves that reach further.",
            )
        )
    notes.extend(narrow_range(points.flops))
    length = float(np.median(np.bincount(curves.curve)))
    if length < DENSE:
        notes.append(
            Note(
                "too_few_points",
                f"Curves have {length:g} points (median): losses at the end of runs stand in for "
                "training curves.",
                "Call it a proxy of Approach 1.",
            )
        )
    if len(points) < asked:
        notes.append(
            Note(
                "extrapolates",
                f"{asked - len(points)} of {asked} budgets lie outside all curves and are left "
                "out.",
                "Narrow flops=.",
            )
        )
    return notes
