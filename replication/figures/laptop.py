"""Figures of the page on the laptop study: isoFLOP curves, two counts, schedules, the forecast."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from replication import plotting as plot
from replication.frontier import Frontier

MARKERS = "osD^vP"


def isoflops(runs: pd.DataFrame, frontier: Frontier) -> Figure:
    """Draw the runs of each budget against size, with parabolas and their minima.

    Parameters
    ----------
    runs : DataFrame
        ``params``, ``loss`` (nats per token) and ``isoflop_budget`` (FLOPs), one row a run.
    frontier : Frontier
        What `replication.isoflop` makes of them.

    Returns
    -------
    Figure
        One panel.
    """
    fig, ax = plot.figure(1, 1, width=5.4, height=4.8)
    budgets = sorted(runs["isoflop_budget"].unique())
    shades = plot.LOSS_MAP(np.linspace(0.9, 0, len(budgets)))
    points = frontier.points.set_index("flops")
    for budget, color, marker in zip(budgets, shades, MARKERS, strict=False):
        group = runs[runs["isoflop_budget"] == budget].sort_values("params")
        ax.plot(group["params"], group["loss"], marker, color=color, markersize=6, zorder=3)
        row = points.loc[budget]
        x = np.geomspace(row["left"], row["right"], 80)
        y = row["loss"] + row["curvature"] * np.log10(x / row["params"]) ** 2
        ax.plot(x, y, color=color, linewidth=1.2)
        end = group.iloc[-1]
        beside = {"xytext": (7, 0), "textcoords": "offset points", "va": "center"}
        ax.annotate(plot.count(budget), (end["params"], end["loss"]), color=color, **beside)
    used = points[points["used"]]
    ax.plot(
        used["params"], used["loss"], "x", color=plot.COLORS.printed, mew=2.2, ms=8, zorder=4,
        label="minimum of the parabola",
    )  # fmt: skip
    ax.set(xscale="log", xlim=(runs["params"].min() / 1.3, runs["params"].max() * 2.4))
    plot.label(ax, x="params", y=plot.Quantity("held-out loss (nats per byte)", log=False))
    ax.legend(loc="upper left", fontsize="small")
    return fig


def allocations(frontiers: Mapping[str, Frontier]) -> Figure:
    """Draw best sizes against compute, with the power law through them, for several counts.

    Parameters
    ----------
    frontiers : mapping of str to Frontier
        By what is counted, at most four.

    Returns
    -------
    Figure
        One panel.
    """
    fig, ax = plot.figure(1, 1, width=5.4, height=4.4)
    looks = zip("os^D", ("-", "--", ":", "-."), plot.COLORS.series(), strict=False)
    for (name, found), (marker, dashes, color) in zip(frontiers.items(), looks, strict=False):
        used = found.points[found.points["used"]]
        ax.plot(used["flops"], used["params"], marker, color=color)
        flops = np.geomspace(used["flops"].min(), used["flops"].max(), 20)
        best = found.optimal(flops=flops).params
        ax.plot(flops, best, dashes, color=color, label=f"{name}: exponent {found.a:.2f}")
    plot.label(ax, x="flops", y="params")
    ax.legend(loc="upper left", fontsize="small")
    return fig


def schedules(curves: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw losses against compute for several ways to end a run.

    Parameters
    ----------
    curves : mapping of str to DataFrame
        By name, at most four: ``flops``, the nominal ``isoflop_budget`` (FLOPs) and ``loss``
        (nats per token), one row a run.

    Returns
    -------
    Figure
        One panel.
    """
    fig, ax = plot.figure(1, 1, width=5.4, height=4.2)
    looks = zip("o^sD", ("-", ":", "--", "-."), plot.COLORS.series(), strict=False)
    for (name, curve), (marker, dashes, color) in zip(curves.items(), looks, strict=False):
        curve = curve.sort_values("flops")
        ax.plot(curve["flops"], curve["loss"], marker + dashes, color=color, label=name)
    plot.label(ax, x="flops", y=plot.Quantity("held-out loss (nats per byte)", log=False))
    budgets = sorted({flops for curve in curves.values() for flops in curve["isoflop_budget"]})
    ax.set_xticks(budgets, [plot.count(budget) for budget in budgets])
    ax.set_xticks([], minor=True)
    ax.legend(loc="upper right", fontsize="small")
    return fig


def forecasts(found: pd.DataFrame) -> Figure:
    """Draw the interval and the observed loss of each run that was forecast.

    Parameters
    ----------
    found : DataFrame
        One row a run: ``name``, ``estimate``, ``low``, ``high`` and ``loss`` (nats per token).

    Returns
    -------
    Figure
        One panel, the runs from top to bottom.
    """
    fig, ax = plot.figure(1, 1, width=5.4, height=1.4 + 0.5 * len(found))
    place = np.arange(len(found))[::-1]
    low, middle, high = (found[name].to_numpy() for name in ("low", "estimate", "high"))
    ax.errorbar(
        middle, place, xerr=[middle - low, high - middle], fmt="|", color=plot.COLORS.ours,
        capsize=4, ms=12, label="forecast",
    )  # fmt: skip
    ax.plot(found["loss"], place, "o", color=plot.COLORS.printed, label="then trained")
    ax.set_yticks(place, found["name"])
    ax.set_ylim(-0.6, len(found) - 0.4)
    ax.set_xlabel("held-out loss (nats per byte)")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.13), ncols=2, fontsize="small")
    return fig
