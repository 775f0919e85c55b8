"""Plots that judge a fit: residuals, resamples, profiles."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike
from scipy.stats import chi2

from replication.errors import unknown
from replication.fitting import Profile
from replication.plotting.axes import Quantity, label, symbol
from replication.plotting.style import COLORS, WIDTH, use


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
    colors = [COLORS.series()[i % 4] for i in _ours_last(len(values))]
    ax.axhline(0, color=COLORS.muted, linewidth=1, zorder=1)
    sns.violinplot(values, palette=colors, inner=None, cut=0, saturation=1, alpha=0.35, ax=ax)
    for place, (value, color) in enumerate(zip(values, colors, strict=True)):
        low, high = np.percentile(value, [25, 75])
        ax.vlines(place, low, high, color=color, linewidth=6)
        ax.plot([place], [value.mean()], "o", color=COLORS.ground, markeredgecolor=COLORS.data)
    ax.set_xticks(range(len(values)), list(residuals))
    ax.grid(visible=False, axis="x")
    label(ax, y=quantity)


def pair_plot(
    draws: pd.DataFrame,
    marks: Mapping[str, Mapping[str, float]] | None = None,
    *,
    width: float = WIDTH,
) -> Figure:
    """Draw every column of resamples against every other, with its histogram on the diagonal.

    Parameters
    ----------
    draws : DataFrame
        One row a resample, one column a coefficient.
    marks : mapping of str to mapping, optional
        Values to mark by name, such as an estimate: one value a column.
    width : float
        In inches of 100 pixels; the height is the same.

    Returns
    -------
    Figure
        The lower triangle of plots, in the book's style.

    Raises
    ------
    UnknownNameError
        If a mark lacks a value for a column.
    """
    use()
    names = list(draws.columns)
    for name, values in (marks or {}).items():
        if missing := [column for column in names if column not in values]:
            raise unknown(f"value of the mark {name!r}", missing[0], values)
    # seaborn lays its grid out in its own way first and would warn of ours.
    with mpl.rc_context({"figure.constrained_layout.use": False}):
        grid = sns.PairGrid(draws, corner=True, diag_sharey=False, height=width / len(names))
    grid.figure.set_layout_engine("constrained")
    grid.map_lower(sns.scatterplot, color=COLORS.ours, s=2, alpha=0.25, linewidth=0)
    grid.map_diag(sns.histplot, color=COLORS.ours, bins=40, element="step", linewidth=0)
    for row, down in enumerate(names):
        for column, across in enumerate(names[: row + 1]):
            ax: Axes = grid.axes[row, column]
            ax.grid(visible=False)
            ax.margins(0.1)
            ax.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 2.5, 5, 10]))
            ax.tick_params(labelsize=8.5)
            ax.set_xlabel(symbol(across) if row == len(names) - 1 else "")
            ax.set_ylabel(symbol(down) if column == 0 < row else "")
            _mark_panel(ax, marks or {}, across, down)
    if marks:
        handles, texts = grid.axes[-1, 0].get_legend_handles_labels()
        grid.figure.legend(handles, texts, loc="upper right", bbox_to_anchor=(0.98, 0.98))
    figure: Figure = grid.figure
    return figure


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
    ax.set(xlabel=symbol(profile.name), ylabel="likelihood-ratio statistic", xlim=view)
    ax.set_ylim(0, min(float(profile.statistic.max()), 4 * limit))


def _ours_last(number: int) -> Sequence[int]:
    """Return indices of colours with that of our own fit for the last series."""
    return [*range(1, number), 0]


def _mark_panel(ax: Axes, marks: Mapping[str, Mapping[str, float]], across: str, down: str) -> None:
    styles: list[dict[str, Any]] = [
        {"color": COLORS.data, "marker": "+", "linestyle": "-"},
        {"color": COLORS.printed, "marker": "x", "linestyle": "--"},
        {"color": COLORS.third, "marker": "*", "linestyle": ":"},
    ]
    for (name, values), style in zip(marks.items(), styles, strict=False):
        if across == down:
            ax.axvline(values[across], color=style["color"], linestyle=style["linestyle"],
                       linewidth=1.3)  # fmt: skip
        else:
            ax.plot([values[across]], [values[down]], markersize=8, markeredgewidth=1.8,
                    label=name, **(style | {"linestyle": "none"}))  # fmt: skip
