"""The few plots that several chapters share."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import LogNorm, Normalize
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from scipy.stats import chi2

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.errors import DataError, unknown
from replication.fitting import Profile
from replication.laws import Law
from replication.plotting.axes import QUANTITIES, Quantity, label
from replication.plotting.style import COLORS, LOSS_MAP, WIDTH, use


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
    log_color: bool = True,
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
    log_color : bool
        Whether equal steps of colour are equal ratios.

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
    norm = (LogNorm if log_color else Normalize)(values.min(), values.max())
    points = ax.scatter(
        runs[x], runs[y], c=values, cmap=LOSS_MAP, norm=norm, s=24, linewidths=0.4,
        edgecolors=COLORS.data, zorder=3,
    )  # fmt: skip
    label(ax, x=_quantity(x), y=_quantity(y))
    figure = ax.figure.get_figure(root=True)
    assert figure is not None  # axes are always on a figure here
    bar = figure.colorbar(points, ax=ax, pad=0.02, aspect=30)
    label(bar.ax, y=_quantity(color), log=log_color)
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


def residual_violins(
    ax: Axes, residuals: Mapping[str, ArrayLike], *, quantity: str | Quantity = "residual"
) -> None:
    """Draw the distribution of residuals of several fits side by side.

    A violin shows the density, the thick bar the middle half, the dot the mean.

    Parameters
    ----------
    ax : Axes
        Where.
    residuals : mapping of str to array_like
        Observed minus predicted, by the name of the fit.
    quantity : str or Quantity
        What the residuals are.
    """
    values = [np.asarray(r, dtype=np.float64) for r in residuals.values()]
    places = np.arange(1, len(values) + 1)
    colors = [COLORS.series()[i % 4] for i in _ours_last(len(values))]
    ax.axhline(0, color=COLORS.muted, linewidth=1, zorder=1)
    parts = ax.violinplot(values, places, widths=0.8, showextrema=False)
    for body, color in zip(parts["bodies"], colors, strict=True):  # type: ignore[call-overload]
        body.set(facecolor=color, alpha=0.35, edgecolor=color, linewidth=1)
    for place, value, color in zip(places, values, colors, strict=True):
        low, high = np.percentile(value, [25, 75])
        ax.vlines(place, low, high, color=color, linewidth=6)
        ax.plot([place], [value.mean()], "o", color=COLORS.ground, markeredgecolor=COLORS.data)
    ax.set_xticks(places, list(residuals))
    ax.grid(visible=False, axis="x")
    label(ax, y=quantity)


def pair_plot(
    draws: pd.DataFrame, marks: Mapping[str, Mapping[str, float]] | None = None
) -> Figure:
    """Draw every column of resamples against every other, with its histogram on the diagonal.

    Parameters
    ----------
    draws : DataFrame
        One row a resample, one column a coefficient.
    marks : mapping of str to mapping, optional
        Values to mark by name, such as an estimate: one value a column.

    Returns
    -------
    Figure
        The lower triangle of plots, in the book's style.
    """
    use()
    names = list(draws.columns)
    k = len(names)
    # Cells of panels above the diagonal stay empty; the legend goes there.
    fig, axes = plt.subplots(k, k, figsize=(WIDTH, WIDTH), sharex="col", squeeze=False)
    for row, down in enumerate(names):
        for column, across in enumerate(names):
            ax: Axes = axes[row, column]
            if column > row:
                ax.remove()
                continue
            _panel(ax, draws, across, down, row == column)
            _mark_panel(ax, marks or {}, across, down)
            ax.tick_params(labelbottom=row == k - 1, labelsize=8.5)
            if row == k - 1:
                ax.set_xlabel(across)
                ax.tick_params(axis="x", labelrotation=45)
            if column == 0 and row > 0:
                ax.set_ylabel(down)
            ax.locator_params(nbins=4)
    fig.align_labels()
    if marks:
        handles, texts = axes[k - 1, 0].get_legend_handles_labels()
        fig.legend(handles, texts, loc="upper right", bbox_to_anchor=(0.98, 0.98))
    return fig


def profile_curve(ax: Axes, profile: Profile, level: float = 0.95) -> None:
    """Draw how much worse the fit becomes as one coefficient is held elsewhere.

    Parameters
    ----------
    ax : Axes
        Where.
    profile : Profile
        From `Fit.profile`.
    level : float
        Level of the interval that is shaded.
    """
    limit = float(chi2.ppf(level, 1))
    low, high = profile.interval(level)
    ax.plot(profile.values, profile.statistic, color=COLORS.ours)
    ax.axhline(limit, color=COLORS.muted, linestyle="--", linewidth=1)
    view = float(np.min(profile.values)), float(np.max(profile.values))
    ax.axvspan(max(low, view[0]), min(high, view[1]), color=COLORS.ours, alpha=0.15, linewidth=0)
    ax.axvline(profile.estimate, color=COLORS.data, linewidth=1)
    ax.set(xlabel=profile.name, ylabel="likelihood-ratio statistic", xlim=view)
    ax.set_ylim(0, min(float(profile.statistic.max()), 4 * limit))


def _quantity(name: str) -> str | Quantity:
    return name if name in QUANTITIES else Quantity(name.replace("_", " "), log=False)


def _ours_last(number: int) -> Sequence[int]:
    """Return indices of colours with that of our own fit for the last series."""
    return [*range(1, number), 0]


def _panel(ax: Axes, draws: pd.DataFrame, across: str, down: str, diagonal: bool) -> None:
    if diagonal:
        ax.hist(draws[across], bins=40, color=COLORS.ours, alpha=0.75)
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
    else:
        ax.plot(draws[across], draws[down], ".", color=COLORS.ours, markersize=2, alpha=0.25,
                markeredgewidth=0)  # fmt: skip
        ax.tick_params(labelleft=ax.get_subplotspec().is_first_col())  # type: ignore[union-attr]
    ax.grid(visible=False)


def _mark_panel(ax: Axes, marks: Mapping[str, Mapping[str, float]], across: str, down: str) -> None:
    styles: list[dict[str, Any]] = [
        {"color": COLORS.data, "marker": "+", "linestyle": "-"},
        {"color": COLORS.printed, "marker": "x", "linestyle": "--"},
        {"color": COLORS.third, "marker": "*", "linestyle": ":"},
    ]
    for (name, values), style in zip(marks.items(), styles, strict=False):
        if missing := [column for column in (across, down) if column not in values]:
            raise unknown(f"value of the mark {name!r}", missing[0], values)
        if across == down:
            ax.axvline(values[across], color=style["color"], linestyle=style["linestyle"],
                       linewidth=1.3)  # fmt: skip
        else:
            ax.plot([values[across]], [values[down]], markersize=8, markeredgewidth=1.8,
                    label=name, **(style | {"linestyle": "none"}))  # fmt: skip
