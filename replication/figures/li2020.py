"""Figures of the chapter on Li et al. (2020): paths to a loss, added loss, equal bytes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from replication import plotting as plot

MARKERS = "os^Dv*PX"
LOSS = plot.Quantity("held-out loss (nats per byte)", log=False)
ADDED = plot.Quantity("added loss (nats per byte)")


def _looks(names: list[Any]) -> Mapping[Any, dict[str, Any]]:
    shades = plot.inks(names)
    marks = {name: MARKERS[i % len(MARKERS)] for i, name in enumerate(names)}
    return {name: {"color": shades[name], "marker": marks[name]} for name in names}


def progress(runs: pd.DataFrame, level: float) -> Figure:
    """Draw the loss of each width against bytes, compute and processor seconds.

    Parameters
    ----------
    runs : DataFrame
        ``width``, ``tokens``, ``flops``, ``cpu_s`` and ``loss`` (nats per byte), one row a run.
    level : float
        A loss that is marked.

    Returns
    -------
    Figure
        Three panels, one above the other.
    """
    fig, axes = plot.figure(3, 1, width=5.2, height=9.6, sharey=True)
    looks = _looks(sorted(runs["width"].unique()))
    quantities: dict[str, str | plot.Quantity] = {
        "tokens": plot.Quantity("bytes seen in training", ticks="count"),
        "flops": "flops",
        "cpu_s": plot.Quantity("processor seconds of training"),
    }
    for ax, (column, quantity) in zip(axes, quantities.items(), strict=True):
        ax.axhline(level, color=plot.COLORS.muted, lw=1)
        for width, part in runs.groupby("width"):
            curve = part.sort_values(column)
            look = {"ms": 5, "lw": 1.3, **looks[width]}
            ax.plot(curve[column], curve["loss"], label=f"{width:.0f} wide", **look)
        plot.label(ax, x=quantity, y=LOSS)
    axes[0].legend(loc="upper right", ncols=2, fontsize="small")
    return fig


def price(found: pd.DataFrame) -> Figure:
    """Draw how bytes fall with size, and how their cost grows, against the loss aimed at.

    Parameters
    ----------
    found : DataFrame
        ``loss`` (nats per byte), ``n``, ``steps``, ``flops_per_byte`` and ``seconds_per_byte``:
        exponents of size. Losses that the same number of widths reach are joined.

    Returns
    -------
    Figure
        One panel; the loss falls to the right, as training goes.
    """
    fig, ax = plot.figure(width=5.2, height=4.2)
    names = {
        "steps": ("saved: fewer bytes", plot.COLORS.ours, "o-"),
        "flops_per_byte": ("paid: FLOPs of a byte", plot.COLORS.printed, "s--"),
        "seconds_per_byte": ("paid: seconds of a byte", plot.COLORS.third, "^:"),
    }
    for column, (name, color, style) in names.items():
        for i, (_, part) in enumerate(found.groupby("n")):
            said = name if i == 0 else None
            ax.plot(part["loss"], part[column], style, color=color, label=said)
    ax.set_xlim(found["loss"].max() + 0.02, found["loss"].min() - 0.02)
    ax.set_ylim(0, 1.35)
    plot.label(
        ax,
        x=plot.Quantity("loss aimed at (nats per byte)", log=False),
        y=plot.Quantity("exponent of size", log=False),
    )
    ax.legend(loc="upper left", fontsize="small")
    return fig


def confound(table: pd.DataFrame) -> Figure:
    """Draw what compression adds against size, bytes per parameter and bytes.

    Parameters
    ----------
    table : DataFrame
        One row a run: ``width``, ``params``, ``tokens``, ``isoflop_budget``,
        ``tokens_per_param`` and ``added_loss`` (nats per byte), positive.

    Returns
    -------
    Figure
        Three panels: lines of equal compute on top, then lines of equal size. Seeds are averaged.
    """
    fig, (top, *below) = plot.figure(3, 1, width=5.2, height=10.2, sharey=True)
    key = ["width", "params", "tokens", "isoflop_budget", "tokens_per_param"]
    logs = np.log(table["added_loss"]).groupby([table[name] for name in key]).mean()
    points = np.exp(logs).rename("added_loss").reset_index()
    budgets = points.groupby("isoflop_budget").filter(lambda part: len(part) > 2)
    looks = _looks(sorted(budgets["isoflop_budget"].unique()))
    for budget, part in budgets.groupby("isoflop_budget"):
        ordered = part.sort_values("params")
        said = {"label": f"{plot.count(budget)} FLOPs", "lw": 1.3, **looks[budget]}
        top.plot(ordered["params"], ordered["added_loss"], **said)
    looks = _looks(sorted(points["width"].unique()))
    axes = {"tokens_per_param": "bytes seen per parameter", "tokens": "bytes seen"}
    for ax, (column, name) in zip(below, axes.items(), strict=True):
        for width, part in points.groupby("width"):
            ordered = part.sort_values(column)
            said = {"label": f"{width:.0f} wide", "lw": 1.3, **looks[width]}
            ax.plot(ordered[column], ordered["added_loss"], **said)
        plot.label(ax, x=plot.Quantity(name, ticks="count"), y=ADDED)
    plot.label(top, x="params", y=ADDED)
    top.legend(loc="lower left", fontsize="small")
    below[0].legend(loc="lower right", fontsize="small", ncols=2)
    return fig


def memory(panels: Mapping[str, pd.DataFrame], light: float) -> Figure:
    """Draw loss against bytes, a line for each width, with and without training again.

    Parameters
    ----------
    panels : mapping of str to DataFrame
        By title: the versions that no smaller one of its width beats, with ``width``, ``bytes``
        and ``loss`` (nats per byte).
    light : float
        A memory in bytes that is marked.

    Returns
    -------
    Figure
        A panel for each title.
    """
    fig, axes = plot.figure(
        len(panels), 1, width=5.2, height=4 * len(panels), sharex=True, sharey=True
    )
    widths = sorted({width for part in panels.values() for width in part["width"]})
    looks = _looks(widths)
    for ax, (title, table) in zip(np.atleast_1d(axes), panels.items(), strict=True):
        ax.axvline(light, color=plot.COLORS.muted, lw=1)
        for width, part in table.groupby("width"):
            x, y = part["bytes"], part["loss"]
            ax.plot(x, y, label=f"{width:.0f} wide", lw=1.3, ms=4.5, **looks[width])
        ax.set_title(title)
        plot.label(ax, x=plot.Quantity("bytes stored", ticks="count"), y=LOSS)
        ax.set(ylim=(1.42, 2.6), yticks=[1.5, 1.75, 2, 2.25, 2.5])
    ax.legend(loc="upper right", ncols=2, fontsize="small")
    return fig
