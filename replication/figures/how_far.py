"""Figures and the table of the page on extrapolation: coverage, errors and regrets by distance."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from replication import plotting as plot
from replication.hindcast import quantile


def coverage(shares: Mapping[str, Mapping[str, pd.DataFrame]], level: float) -> Figure:
    """Draw the share of runs that intervals hold against the distance from the data.

    Parameters
    ----------
    shares : mapping of str to mapping of str to DataFrame
        By what the interval is of, two of them, and by ``"observed"`` and ``"simulated"`` runs:
        what `replication.hindcast.by_distance` makes of the runs held (``decades``, ``mean``,
        ``low`` and ``high``).
    level : float
        The promised share.

    Returns
    -------
    Figure
        A panel for each kind of interval.
    """
    fig, axes = plot.figure(2, 1, width=5.4, height=6.0, sharex=True)
    for ax, (kind, cases) in zip(axes, shares.items(), strict=True):
        for what, color in (("simulated", plot.COLORS.muted), ("observed", plot.COLORS.ours)):
            found = cases[what]
            spread = np.abs(found[["low", "high"]].to_numpy().T - found["mean"].to_numpy())
            look = {"fmt": "o-", "color": color, "capsize": 3, "label": f"{what} runs"}
            ax.errorbar(found["decades"], found["mean"], yerr=spread, **look)
        promise = {"color": plot.COLORS.printed, "linestyle": "--", "label": "promised"}
        ax.axhline(level, **promise)
        ax.set(ylim=(0, 1), ylabel="share held")
        ax.set_title(f"interval of {kind}")
    axes[0].legend(loc="lower left", ncols=2, fontsize="small")
    axes[1].set_xlabel("decades of compute beyond the data")
    return fig


def errors_of_laws(
    errors: Mapping[str, pd.DataFrame], shares: Mapping[str, pd.DataFrame], level: float
) -> Figure:
    """Draw the errors of several laws, and the runs their intervals hold, against distance.

    Parameters
    ----------
    errors, shares : mapping of str to DataFrame
        By the name of a law, at most four: absolute errors (percent) and shares of runs held, as
        `replication.hindcast.by_distance` gives them (``decades`` and ``mean``).
    level : float
        The promised share.

    Returns
    -------
    Figure
        Two panels.
    """
    fig, (top, bottom) = plot.figure(2, 1, width=5.4, height=6.2, sharex=True)
    styles = zip(("o-", "s--", "^-.", "v:"), plot.COLORS.series(), strict=False)
    for (name, error), (style, color) in zip(errors.items(), styles, strict=False):
        top.plot(error["decades"], error["mean"], style, color=color, label=name)
        share = shares[name]
        bottom.plot(share["decades"], share["mean"], style, color=color)
    top.set_ylabel("absolute error (%)")
    top.legend(loc="upper left", fontsize="small")
    bottom.axhline(level, color=plot.COLORS.muted, linestyle="--")
    bottom.set(ylim=(0, 1), ylabel="share of runs held", xlabel="decades beyond the data")
    return fig


def regrets(costs: pd.DataFrame, approaches: Mapping[str, str]) -> pd.DataFrame:
    """Tabulate what advice costs, in percent of compute, by distance from the data.

    Parameters
    ----------
    costs : DataFrame
        As `replication.study.regrets` gives it, with the ``bin`` of each distance.
    approaches : mapping of str to str
        The approaches in the order of the table, with their names in it.

    Returns
    -------
    DataFrame
        A row an approach: ``advice``, in each bin the median regret with the 90th percentile in
        brackets, and ``outside``, how much of the advice lies outside the sizes trained. The
        last row is the regret that the scatter of the runs makes.
    """
    listed = []
    for key, name in approaches.items():
        part = costs[costs["approach"] == key]
        outside = f"{part['clipped'].sum()} of {len(part)}"
        listed.append({"advice": name} | _by_bin(part, "extra") | {"outside": outside})
    once = _by_bin(costs[costs["approach"] == "parabolas"], "noise")
    listed.append({"advice": "(scatter of the runs)"} | once | {"outside": ""})
    return pd.DataFrame(listed)


def _by_bin(part: pd.DataFrame, column: str) -> dict[str, str]:
    """Return the median and the 90th percentile of a column in each bin, in percent."""
    cells = {}
    for name, rows in part.groupby("bin", observed=True):
        middle, high = (100 * quantile(rows, rows[column], q) for q in (0.5, 0.9))
        cells[str(name)] = f"{middle:.1f} ({high:.0f})".replace("-", "−")
    return cells
