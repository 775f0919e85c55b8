"""Figures of the chapter on Hoffmann et al. (2022): three approaches, and what they ask for."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication import plotting as plot
from replication.frontier import Frontier
from replication.laws import Chinchilla

NARROW = 5.2
"""Width of a figure in inches: readable on a phone."""

LOSS = plot.Quantity("loss (nats per token)", ticks="plain")
ABOVE: dict[str, Any] = {"loc": "lower center", "bbox_to_anchor": (0.45, 1), "fontsize": 9}
"""Place of a legend above its axes."""

LINES = {
    "approach_1": ("approach 1", "Table 3", plot.COLORS.ours, "-", "o-"),
    "approach_2": ("approach 2", "Table A3", plot.COLORS.printed, "--", "s--"),
    "approach_3": ("approach 3", "Figure 4", plot.COLORS.third, "-.", "^-."),
    "kaplan_2020": ("Kaplan et al.", "2020", plot.COLORS.muted, ":", "v:"),
}
"""Name, source, colour, dashes, and marker with dashes of each approach."""


def parabolas(found: Frontier, runs: pd.DataFrame, target: float) -> Figure:
    """Draw isoFLOP runs with their parabolas, and the optimal allocation below.

    Parameters
    ----------
    found : Frontier
        What `replication.isoflop` finds in the runs.
    runs : DataFrame
        The runs: ``isoflop_budget`` (FLOPs), ``params`` and ``loss`` (nats per token).
    target : float
        Budget (FLOPs) to which the allocation is extended.

    Returns
    -------
    Figure
        Three panels: losses, optimal parameters, optimal tokens.
    """
    shades = plot.inks(found.points["flops"])
    fig, axes = _panels([1.5, 1, 1])
    ax = axes["loss"]
    columns = ["flops", "params", "loss", "curvature", "left", "right"]
    for c, n, loss, curvature, left, right in found.points[columns].to_numpy(float):
        run, color = runs[runs["isoflop_budget"] == c], shades[c]
        x = np.geomspace(left, right, 60)
        y = loss + curvature * np.log10(x / n) ** 2
        ax.plot(run["params"], run["loss"], "o", color=color, label=plot.power(c))
        ax.plot(x, y, color=color, linewidth=1.2)
        ax.plot(n, loss, "x", color=plot.COLORS.data, zorder=4)
    ax.set(xlim=(4e7, 3e10), ylim=(2, 3.5), xscale="log")
    plot.label(ax, x="params", y="loss")
    ax.legend(title="FLOPs", ncols=3, **ABOVE)
    _allocation(axes, found, target, c=list(shades.values()))
    return fig


def envelope(found: Frontier, runs: pd.DataFrame, target: float) -> Figure:
    """Draw runs with their lower envelope, and the optimal allocation below.

    Parameters
    ----------
    found : Frontier
        What `replication.envelope` finds in the runs.
    runs : DataFrame
        The runs: ``params_table_a9``, ``params``, ``flops`` and ``loss`` (nats per token).
    target : float
        Budget (FLOPs) to which the allocation is extended.

    Returns
    -------
    Figure
        Three panels: losses, optimal parameters, optimal tokens.
    """
    fig, axes = _panels([1.3, 1, 1])
    best, ax = found.points, axes["loss"]
    ax.set(xlim=(1e18, 2e22), ylim=(1.95, 6), xscale="log", yscale="log")
    for _, sized in runs.sort_values("flops").groupby("params_table_a9"):
        if len(sized) >= 3:
            ax.plot(sized["flops"], sized["loss"], color=plot.COLORS.muted, linewidth=0.7)
    plot.scatter_runs(ax, runs, y="loss", color="params")
    orange = plot.COLORS.printed
    ax.plot(best["flops"], best["loss"], color=orange, label="envelope", zorder=4)
    plot.label(ax, x="flops", y=LOSS)
    ax.set_yticks([2, 3, 4, 5, 6])
    ax.legend(loc="upper right")
    _allocation(axes, found, target, s=2, color=orange)
    return fig


def slices(curves: pd.DataFrame, runs: pd.DataFrame, target: float) -> Figure:
    """Draw the losses of a formula and of runs at equal compute.

    Parameters
    ----------
    curves : DataFrame
        The formula: ``flops``, ``params`` and ``loss`` (nats per token).
    runs : DataFrame
        The runs: ``isoflop_budget`` (FLOPs), ``params`` and ``loss``.
    target : float
        The budget (FLOPs) of Gopher, which has a curve and no runs.

    Returns
    -------
    Figure
        One panel.
    """
    shades = plot.inks(np.unique(runs["isoflop_budget"]))
    fig, ax = plot.figure(width=NARROW, height=4.8)
    for c in np.unique(curves["flops"]):
        curve = curves[curves["flops"] == c]
        run = runs[runs["isoflop_budget"] == c]
        look = {"color": shades.get(c, plot.COLORS.printed), "linewidth": 1.2}
        name = "Gopher" if c == target else plot.power(c)
        ax.plot(curve["params"], curve["loss"], "--", label=name, **look)
        ax.plot(run["params"], run["loss"], "o", markersize=4, **look)
    ax.set(xlim=(4e7, 1.2e11), ylim=(1.85, 5), xscale="log", yscale="log")
    plot.label(ax, x="params", y=LOSS)
    ax.set_yticks([2, 2.5, 3, 3.5, 4, 5])
    ax.legend(title="FLOPs", ncols=4, handlelength=1.4, columnspacing=1.2, **ABOVE)
    return fig


def allocation_lines(
    lines: pd.DataFrame,
    minima: pd.DataFrame,
    models: Mapping[str, tuple[float, float]],
    others: Mapping[str, tuple[float, float]],
) -> Figure:
    """Draw optimal parameters against compute by each approach, and a corner enlarged.

    Parameters
    ----------
    lines : DataFrame
        ``approach`` (a name of `LINES`), ``flops`` and ``params``.
    minima : DataFrame
        Minima of isoFLOP runs: ``flops`` and ``params``.
    models, others : mapping of str to tuple of float
        Compute (FLOPs) and parameters of models, drawn filled and hollow.

    Returns
    -------
    Figure
        Two panels.
    """
    fig, axes = plot.figure(2, 1, width=NARROW, height=8)
    dots: dict[str, Any] = {"color": plot.COLORS.data, "zorder": 4, "linestyle": "none"}
    for ax in axes:
        for name, (words, source, color, dashes, _) in LINES.items():
            line = lines[lines["approach"] == name]
            label = f"{words} ({source})"
            ax.plot(line["flops"], line["params"], dashes, color=color, label=label)
        look = dots | {"ms": 4, "label": "minima of the runs"}
        ax.plot(minima["flops"], minima["params"], "o", **look)
        for group, style in ((models, "full"), (others, "none")):
            for at in group.values():
                ax.plot(*at, "*", fillstyle=style, ms=12, **dots)
    axes[0].set(xlim=(1e17, 1e25), ylim=(1e7, 1e12), xscale="log", yscale="log")
    axes[1].set(xlim=(1e23, 1e25), ylim=(1.5e10, 1e12), xscale="log", yscale="log")
    for name, at in {**models, **others}.items():
        side: dict[str, Any] = {"xytext": (10, -4), "ha": "left"}
        if "Chinchilla" in name:  # which stands on the lines: its name must not
            side = {"xytext": (-8, 8), "ha": "right"}
        axes[1].annotate(name, at, textcoords="offset points", **side)
    for ax in axes:
        plot.label(ax, x="flops", y="params")
    axes[0].legend(loc="upper left", fontsize=9)
    axes[1].set_title("the upper right corner, enlarged")
    return fig


def ratios(
    tables: Mapping[str, pd.DataFrame],
    law: Chinchilla,
    minima: pd.DataFrame,
    models: Mapping[str, tuple[float, float]],
) -> Figure:
    """Draw tokens per parameter against compute: printed tables, a formula, minima of runs.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        The printed table of an approach (a name of `LINES`): ``flops``, ``params``, ``tokens``.
    law : Chinchilla
        Approach 3 as printed.
    minima : DataFrame
        Minima of isoFLOP runs: ``flops``, ``params`` and ``tokens``.
    models : mapping of str to tuple of float
        Parameters and tokens of models that were trained.

    Returns
    -------
    Figure
        One panel.
    """
    fig, ax = plot.figure(width=NARROW, height=4.8)
    for name, rows in tables.items():
        words, _, color, _, mark = LINES[name]
        look = {"color": color, "label": f"{words}, printed table"}
        ax.plot(rows["flops"], rows["tokens"] / rows["params"], mark, markersize=4, **look)
    c = np.geomspace(5e18, 1e27, 30)
    formula = {"color": plot.COLORS.third, "label": "approach 3, Eq. 10 as printed"}
    ax.plot(c, law.optimal(flops=c).tokens_per_param, ":", **formula)
    measured = {"color": plot.COLORS.data, "label": "minima of the runs"}
    ax.plot(minima["flops"], minima["tokens"] / minima["params"], "x", **measured)
    for name, (n, d) in models.items():
        ax.plot(6 * n * d, d / n, "*", ms=12, color=plot.COLORS.data)
        ax.annotate(name, (6 * n * d, d / n), (8, -12), textcoords="offset points")
    ax.set(xscale="log", yscale="log", xlim=(4e18, 1e27), ylim=(0.8, 400))
    plot.label(ax, x="flops", y="tokens_per_param")
    ax.set_yticks([1, 5, 10, 20, 50, 100, 200])
    ax.legend(loc="lower left", fontsize=9)
    return fig


def _panels(heights: list[float]) -> tuple[Figure, dict[str, Axes]]:
    """Make the three panels of approaches 1 and 2."""
    plot.use()
    rows: list[Any] = [["loss"], ["params"], ["tokens"]]
    return plt.subplot_mosaic(rows, figsize=(NARROW, 9.2), height_ratios=heights)


def _allocation(axes: Mapping[str, Axes], found: Frontier, target: float, **dots: Any) -> None:
    """Draw optimal parameters and tokens against compute, up to a target."""
    flops = np.geomspace(1e18, 1e24, 7)
    for name in ("params", "tokens"):
        ax, law = axes[name], getattr(found, f"{name}_law")
        ax.scatter(found.points["flops"], found.points[name], **dots, zorder=3)
        ax.plot(flops, law.predict(flops), color=plot.COLORS.ours)
        ax.axvline(target, color=plot.COLORS.muted, ls="--", linewidth=1)
        plot.label(ax, x="flops", y=name)
