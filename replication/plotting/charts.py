"""Plots of runs and laws that several chapters share."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import LogNorm
from matplotlib.contour import QuadContourSet
from numpy.typing import ArrayLike

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.errors import DataError
from replication.laws import Law
from replication.plotting.axes import QUANTITIES, Quantity, label
from replication.plotting.style import COLORS, LOSS_MAP


def band(
    ax: Axes,
    x: ArrayLike,
    low: ArrayLike,
    middle: ArrayLike | None,
    high: ArrayLike,
    *,
    name: str,
    color: str = COLORS.ours,
    dashes: str = "-",
) -> None:
    """Draw a line with its interval.

    Parameters
    ----------
    ax : Axes
        Where.
    x, low, middle, high : array_like
        Positions, ends of the interval and the line; `middle` may be None for no line.
    name : str
        Entry of the legend.
    color, dashes : str
        Colour and line style.
    """
    # Named once: the line stands for both, and the band where there is no line.
    ax.fill_between(
        np.asarray(x), np.asarray(low), np.asarray(high), color=color, alpha=0.2, linewidth=0,
        label=None if middle is not None else name,
    )  # fmt: skip
    if middle is not None:
        ax.plot(np.asarray(x), np.asarray(middle), color=color, linestyle=dashes, label=name)


def mark(ax: Axes, x: float, y: float, name: str, *, color: str = COLORS.data) -> None:
    """Mark one point and write its name beside it.

    Parameters
    ----------
    ax : Axes
        Where, with its limits already set: the name goes to the side with more room.
    x, y : float
        The point.
    name : str
        What is written.
    color : str
        Colour of point and name.
    """
    ax.plot([x], [y], "o", color=color, markersize=7, zorder=5)
    right = ax.transAxes.inverted().transform(ax.transData.transform((x, y)))[0] < 0.6
    ax.annotate(
        name, (x, y), xytext=(9 if right else -9, 9), textcoords="offset points",
        ha="left" if right else "right", color=color, zorder=5,
    )  # fmt: skip


def scatter_runs(
    ax: Axes,
    runs: pd.DataFrame,
    *,
    x: str = "flops",
    y: str = "params",
    color: str = "loss",
    limits: tuple[float, float] | None = None,
) -> PathCollection:
    """Draw runs as points, coloured by their loss, with a colour bar.

    Parameters
    ----------
    ax : Axes
        Where.
    runs : DataFrame
        One row a run.
    x, y, color : str
        Columns; names of `QUANTITIES` are labelled with their units.
    limits : tuple of float, optional
        Ends of the colour scale, which is logarithmic. By default it leaves out two per cent of
        the runs at either end, so that a few bad runs do not take all the colours; an arrow on
        the bar says that there are such.

    Returns
    -------
    PathCollection
        The points.

    Raises
    ------
    DataError
        If a column is missing.
    """
    if missing := [name for name in (x, y, color) if name not in runs]:
        raise DataError(
            f"The runs have no column {', '.join(missing)}; there are {', '.join(runs.columns)}."
        )
    values = runs[color].to_numpy()
    low, high = limits or np.quantile(values, [0.02, 0.98])
    points = ax.scatter(
        runs[x], runs[y], c=values, cmap=LOSS_MAP, norm=LogNorm(low, high), s=24, linewidths=0.4,
        edgecolors=COLORS.data, zorder=3,
    )  # fmt: skip
    label(ax, x=_quantity(x), y=_quantity(y))
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes are always on a figure here
    beyond = (bool(values.min() < low), bool(values.max() > high))
    extend = {(False, False): "neither", (True, False): "min", (False, True): "max"}
    bar = figure.colorbar(
        points, ax=ax, pad=0.02, aspect=30, extend=extend.get(beyond, "both"), extendfrac=0.03
    )
    label(bar.ax, y=_quantity(color), log=True)
    bar.outline.set_visible(False)
    return points


def contours(
    ax: Axes,
    law: Law,
    *,
    levels: ArrayLike | None = None,
    frontier: bool = True,
    color: str = COLORS.muted,
) -> QuadContourSet:
    """Draw lines of equal loss over compute and parameters, within the limits of the axes.

    Parameters
    ----------
    ax : Axes
        With compute in FLOPs along x, parameters along y, limits already set.
    law : Law
        A loss in parameters and tokens; tokens are C / (6 N).
    levels : array_like, optional
        Losses in nats per token; by default ten, evenly apart in their logarithm.
    frontier : bool
        Whether to draw the compute-optimal parameters as well.
    color : str
        Colour of the lines of equal loss.

    Returns
    -------
    QuadContourSet
        The lines.
    """
    (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
    flops, params = np.geomspace(x0, x1, 200), np.geomspace(y0, y1, 200)
    C, N = np.meshgrid(flops, params)
    columns = {"params": N, "tokens": C / (FLOPS_PER_PARAM_TOKEN * N)}
    loss = np.asarray(law.predict(*(columns[name] for name in law.inputs)))
    if levels is None:
        # Most of the range belongs to corners where no one trains; half of the area suffices.
        low, high = np.quantile(loss, [0.0, 0.85])
        levels = np.geomspace(low * 1.01, high, 10)
    lines = ax.contour(
        flops, params, loss, levels=np.sort(np.asarray(levels)), colors=color, linewidths=0.9
    )
    ax.clabel(lines, fmt="%.2f", fontsize=8.5, inline_spacing=4)
    if frontier:
        ax.plot(flops, np.asarray(law.optimal(flops=flops).params), "--", color=COLORS.ours,
                label="compute-optimal N")  # fmt: skip
    ax.set(xlim=(x0, x1), ylim=(y0, y1))
    return lines


def _quantity(name: str) -> str | Quantity:
    return name if name in QUANTITIES else Quantity(name.replace("_", " "), log=False)
