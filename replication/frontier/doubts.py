"""What is doubtful about the minima of isoFLOP slices, and what the exponent is without them."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.errors import Note
from replication.frontier.line import line
from replication.frontier.methods import METHODS
from replication.frontier.outliers import spoilt, strays
from replication.frontier.slices import Slices

Array = NDArray[Any]

EXACT = METHODS["parabola"].sizes
"""Sizes through which a parabola goes exactly."""
FIRM_RISE = 2.0
"""Rise of the fitted loss from the minimum to the edge of a grid, in units of the scatter, below
which the grid is too narrow on that side."""
LEAST_RANGE = 10**0.5
"""Factor from the lowest to the highest budget below which an exponent is hardly measured."""
ROUND = 7
"""Knots round the minimum of a spline that are left out one by one."""
NAMED = 3
"""Budgets that a message names before it counts the rest."""


def some(budgets: ArrayLike) -> str:
    """Name a few budgets and count the rest.

    Examples
    --------
    >>> some([1e18, 3e18, 1e19, 3e19, 1e20])
    '1e+18, 3e+18, 1e+19 and 2 more'
    """
    values = np.ravel(budgets)
    rest = f" and {len(values) - NAMED} more" if len(values) > NAMED else ""
    return ", ".join(f"{c:g}" for c in values[:NAMED]) + rest


def reasons(points: pd.DataFrame) -> str:
    """Say why budgets are not used, each reason once.

    Examples
    --------
    >>> reasons(pd.DataFrame({"flops": [1e18, 3e18], "used": False, "why": "no minimum"}))
    '1e+18, 3e+18: no minimum'
    """
    unused = points[~points.used]
    told = (f"{some(rows.flops)}: {why}" for why, rows in unused.groupby("why", sort=False))
    return "; ".join(told)


def narrow_range(flops: pd.Series) -> list[Note]:
    """Return a note if budgets span too little compute for an exponent, or none.

    Examples
    --------
    >>> narrow_range(pd.Series([1e18, 2e18]))[0].code
    'narrow_range'
    """
    span = flops.max() / flops.min()
    if span >= LEAST_RANGE:
        return []
    return [
        Note(
            "narrow_range",
            f"The budgets span a factor of {span:.3g} in compute only "
            f"({flops.min():.3g} to {flops.max():.3g} FLOPs).",
            "Take no exponent from less than half a decade: add budgets.",
        )
    ]


def doubts(slices: Slices, points: pd.DataFrame, weights: Array, *, noisy: bool) -> list[Note]:
    """Say what is doubtful about the minima of slices.

    Parameters
    ----------
    slices : Slices
        The runs.
    points : DataFrame
        Their minima.
    weights : ndarray, shape (m,)
        How much each counts in the power law.
    noisy : bool
        Whether the minima are those of noisy copies.

    Returns
    -------
    list of Note
    """
    return [
        *_not_bracketed(slices, points),
        *_narrow_grid(slices, points, weights),
        *_too_few(slices, points),
        *narrow_range(points.flops[points.used]),
        *_unstable(slices, points, weights, noisy=noisy),
        *_outliers(slices, points, weights),
    ]


def _without(slices: Slices, points: pd.DataFrame, weights: Array, doubtful: ArrayLike) -> str:
    """Say what the exponent is without some of the budgets, if two others are left."""
    rest = weights * ~np.asarray(doubtful)
    if (rest > 0).sum() < 2:
        return ""
    slope, _ = line(slices.budgets, points[slices.axis].to_numpy()[None], rest[None])
    name = "a" if slices.axis == "params" else "b"
    return f" Without {'it' if np.sum(doubtful) == 1 else 'them'}, {name} is {slope[0]:.3f}."


def _not_bracketed(slices: Slices, points: pd.DataFrame) -> list[Note]:
    """Budgets whose minimum lies outside their sizes."""
    found = []
    lost = points[~slices.narrow]
    if not lost.used.all():
        found.append(
            Note(
                "not_bracketed",
                f"{int((~lost.used).sum())} of {len(points)} budgets are left out "
                f"({reasons(lost)}).",
                "Add sizes on the side of the minimum.",
            )
        )
    place = points[slices.axis]
    kept = points.used & ((place <= points.left) | (place >= points.right))
    if kept.any():
        found.append(
            Note(
                "not_bracketed",
                f"At {some(points.flops[kept])} FLOPs the minimum lies outside the sizes, and is "
                "kept.",
                "Leave out outside='keep', or add sizes on the side of the minimum.",
            )
        )
    return found


def _narrow_grid(slices: Slices, points: pd.DataFrame, weights: Array) -> list[Note]:
    """Budgets whose sizes reach too little beyond the minimum."""
    notes, place = [], points[slices.axis]
    if slices.narrow.any():
        inside = slices.narrow & (points.left < place) & (place < points.right)
        every = np.where(inside, weights[weights > 0].mean(), weights)
        slope, _ = line(slices.budgets, place.to_numpy()[None], every[None])
        name = "a" if slices.axis == "params" else "b"
        effect = f"; with them, {name} would be {slope[0]:.3f}" if inside.any() else ""
        notes.append(
            Note(
                "narrow_grid",
                f"At {some(points.flops[slices.narrow])} FLOPs the sizes hardly differ, and are "
                f"left out{effect}.",
                "Add smaller and larger sizes there.",
            )
        )
    reach = np.log10(np.stack([place / points.left, points.right / place])).min(axis=0)
    # A minimum that was kept outside its sizes is noted as such.
    soft = points.used & (reach > 0) & (points.curvature * reach**2 < FIRM_RISE * points.scatter)
    if soft.any():
        notes.append(
            Note(
                "narrow_grid",
                f"At {some(points.flops[soft])} FLOPs the parabola rises, on one side of its "
                f"minimum, by less than {FIRM_RISE:g} times the scatter of the runs."
                + _without(slices, points, weights, soft),
                "The minimum may well lie further out: add sizes on that side.",
            )
        )
    return notes


def _too_few(slices: Slices, points: pd.DataFrame) -> list[Note]:
    """Budgets or sizes through which a line or a parabola goes exactly."""
    kept = points[points.used]
    thin = int((kept.sizes <= EXACT).sum())
    if len(kept) > 2 and not thin:
        return []
    seen = []
    if len(kept) == 2:
        seen.append("The power law goes through two budgets.")
    if thin:
        what = "One parabola goes" if thin == 1 else f"{thin} parabolas go"
        seen.append(f"{what} through three sizes.")
    return [
        Note(
            "too_few_points",
            f"{' '.join(seen)} They fit exactly, whatever the noise.",
            "Add budgets or sizes, or bootstrap to see how little is known.",
        )
    ]


def _unstable(slices: Slices, points: pd.DataFrame, weights: Array, *, noisy: bool) -> list[Note]:
    """Splines whose minimum is one of several, or hangs on one run; copies know it already."""
    hollows = slices.method.hollows
    if hollows is None or noisy:
        return []
    farthest = 0.0
    several = np.zeros(len(points), dtype=bool)
    hangs = np.zeros(len(points), dtype=bool)
    for i in np.flatnonzero(points.used):
        several[i] = hollows(*_used(slices, int(i))[:2]) > 1
        shift, gap = _shift(slices, int(i))
        hangs[i] = shift > gap
        farthest = max(farthest, shift if hangs[i] else 0.0)
    seen = []
    if several.any():
        seen.append(f"At {some(points.flops[several])} FLOPs the spline has several minima.")
    if hangs.any():
        far = f"by a factor of {10**farthest:.2g}" if np.isfinite(farthest) else "out of the sizes"
        seen.append(
            f"At {some(points.flops[hangs])} FLOPs leaving out one run moves the minimum by more "
            f"than the gap between sizes, at most {far}."
        )
    if not seen:
        return []
    return [
        Note(
            "unstable_minimum",
            " ".join(seen) + _without(slices, points, weights, several | hangs),
            "A spline without noise= has no error of its own: give noise=, or take the parabola.",
        )
    ]


def _used(slices: Slices, i: int) -> tuple[Array, Array, Array]:
    """Return log10 size and loss of the runs of a slice that count, and the runs themselves."""
    rows, found = slices.rows[i], slices.observed[i]
    x = np.log10(slices.counts[rows])
    rows = rows[(found.low[0] <= x) & (x <= found.high[0])]
    return np.log10(slices.counts[rows]), slices.loss[rows], rows


def _shift(slices: Slices, i: int) -> tuple[float, float]:
    """Return how far a minimum moves when a run near it is left out, and the gap of its sizes.

    Both in decades; infinite if the minimum leaves the sizes.
    """
    x, y, _ = _used(slices, i)
    at = slices.observed[i].minima.log_params[0]
    order = np.lexsort((y, np.abs(x - at)))
    near = order[: min(ROUND, len(x))]
    weights = np.ones((len(near), len(x)))
    weights[np.arange(len(near)), near] = 0.0
    found = slices.method.find(x, y, weights)
    low = np.where(weights > 0, x, np.inf).min(axis=1)
    high = np.where(weights > 0, x, -np.inf).max(axis=1)
    there = found.inside(low, high)
    shift = np.where(there, np.abs(found.log_params - at), np.inf).max()
    return float(shift), float(np.ptp(x) / max(1, slices.observed[i].sizes[0] - 1))


def _outliers(slices: Slices, points: pd.DataFrame, weights: Array) -> list[Note]:
    """Slices that scatter far more than the others, and runs far off their parabola."""
    if slices.method.hollows is not None:
        return []
    notes = []
    wild = spoilt(points)
    if wild.any():
        usual = float(np.median(points.scatter[~wild]))
        effect = _without(slices, points, weights, wild) if weights[wild].any() else ""
        notes.append(
            Note(
                "outlier",
                f"At {some(points.flops[wild])} FLOPs the runs scatter round the parabola by "
                f"{points.scatter[wild].max():.2g} nats, elsewhere by {usual:.2g}.{effect}",
                "Look for runs that diverged or do not belong there.",
            )
        )
    far = strays(points, [_used(slices, i) for i in range(len(points))])
    if len(far):
        shown = ", ".join(
            f"{slices.counts[row]:.3g} {slices.axis} at {slices.budgets[slices.slot[row]]:g} FLOPs"
            for row in far[:NAMED]
        )
        rest = f" and {len(far) - NAMED} more" if len(far) > NAMED else ""
        notes.append(
            Note(
                "outlier",
                f"{'One run lies' if len(far) == 1 else f'{len(far)} runs lie'} far off the "
                f"parabola through the others: {shown}{rest}.",
                "Look whether they diverged, and leave them out if so.",
            )
        )
    return notes
