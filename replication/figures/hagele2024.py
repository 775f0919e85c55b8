"""Figures of the chapter on Hägele et al. (2024): schedules, rivals, and the cooldown's form."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from replication import plotting as plot
from replication.papers.hagele2024 import StraightLine
from replication.schedules import SHAPES, Schedule

PERPLEXITY = plot.Quantity("validation perplexity", log=False)
STEPS = plot.Quantity("training step", log=False, ticks="count")
LOOKS = {
    "cooldown": ("constant + cooldown", "-", plot.COLORS.ours),
    "cosine": ("cosine", "--", plot.COLORS.printed),
}
"""Name, dashes and colour of each kind of schedule."""


def schedules(made: Mapping[int, Mapping[str, Schedule]], curves: pd.DataFrame) -> Figure:
    """Draw schedules of several lengths, and the perplexity of runs that followed them.

    Parameters
    ----------
    made : mapping of int to mapping of str to Schedule
        By steps and by kind (a name of `LOOKS`).
    curves : DataFrame
        Logs of the runs: ``schedule`` (the kind), ``steps`` of the whole run, ``step`` and
        ``loss`` (nats per token).

    Returns
    -------
    Figure
        Two panels.
    """
    fig, (top, bottom) = plot.figure(2, 1, width=5.2, height=6.2, sharex=True)
    for k, (length, kinds) in enumerate(made.items()):
        n = np.linspace(0, length, 400)
        for name, schedule in kinds.items():
            words, dashes, color = LOOKS[name]
            label = None if k else words
            top.plot(n, 1e3 * schedule(n), dashes, color=color, label=label)
    top.set(ylim=(0, 1.35))
    plot.label(top, y=plot.Quantity("learning rate (thousandths)", log=False))
    top.legend(loc="upper right")
    for group, curve in curves.groupby(["schedule", "steps"]):
        _, dashes, color = LOOKS[str(group[0])]
        perplexity = np.exp(curve["loss"])
        bottom.plot(curve["step"], perplexity, dashes, color=color, lw=1.3)
        bottom.plot(curve["step"].iloc[-1], perplexity.iloc[-1], "o", color=color, ms=4)
    bottom.set(ylim=(16.8, 25))
    plot.label(bottom, x=STEPS, y=PERPLEXITY)
    return fig


def rivals(found: Mapping[str, tuple[pd.Series, pd.Series, StraightLine]]) -> Figure:
    """Draw the cosine's perplexity against that of its rivals, and the differences below.

    Parameters
    ----------
    found : mapping of str to tuple of Series, Series and StraightLine
        By the name of one rival or two: its perplexities, those of the cosines beside it, and
        the line through them.

    Returns
    -------
    Figure
        Two panels.
    """
    looks = (("o", "--", plot.COLORS.ours), ("s", ":", plot.COLORS.printed))
    fig, (top, bottom) = plot.figure(2, 1, width=5.2, height=6.6, sharex=True, height_ratios=(3, 2))
    across = np.array([14.5, 40.5])
    top.plot(across, across, color=plot.COLORS.muted, lw=1, label="y = x")
    bottom.axhline(0, color=plot.COLORS.muted, lw=1)
    for (words, (a, b, line)), (mark, dashes, color) in zip(found.items(), looks, strict=False):
        sign = "+" if line.intercept > 0 else "−"
        law = f"{words}: {line.slope:.2f} x {sign} {abs(line.intercept):.2f}"
        top.plot(across, line(across), dashes, color=color, lw=1.2)
        top.plot(a, b, mark, color=color, ms=5, mfc="none", label=law)
        bottom.plot(a, b - a, mark, color=color, ms=5, mfc="none")
        bottom.plot(across, line(across) - across, dashes, color=color, lw=1.2)
    plot.label(top, y=plot.Quantity("perplexity, cosine", log=False))
    plot.label(bottom, x=plot.Quantity("perplexity of the rival", log=False))
    plot.label(bottom, y=plot.Quantity("cosine minus rival", log=False))
    top.legend(loc="upper left")
    return fig


def cooldown_lengths(grids: Mapping[int, pd.DataFrame], cosines: Mapping[int, float]) -> Figure:
    """Draw the final perplexity against the length of the cooldown, by learning rate.

    Parameters
    ----------
    grids : mapping of int to DataFrame
        By steps of the runs: perplexities, indexed by the cooldown's part of the run, a column
        a peak learning rate (at most four).
    cosines : mapping of int to float
        Perplexity of the best cosine of each length.

    Returns
    -------
    Figure
        A panel for each of two lengths.
    """
    fig, axes = plot.figure(2, 1, width=5.2, height=6.6, sharex=True)
    rates = sorted({float(rate) for grid in grids.values() for rate in grid.columns})
    looks = dict(zip(rates, zip("v^os", plot.COLORS.series(), strict=False), strict=False))
    for ax, (length, grid) in zip(axes, grids.items(), strict=True):
        # The lowest rate lies far above the others: it would flatten them.
        shown = grid[[rate for rate in rates if rate > 1e-4 and rate in grid]]
        for rate in shown.columns:
            mark, color = looks[float(rate)]
            look = {"color": color, "ms": 4, "lw": 1.3, "label": f"rate {1e3 * float(rate):g}"}
            ax.plot(100 * grid.index, shown[rate], mark + "-", **look)
        look = {"color": plot.COLORS.data, "lw": 1.2, "label": "best cosine"}
        ax.axhline(cosines[length], linestyle="--", **look)
        ax.set_title(f"{length:,} steps")
        low, high = shown.to_numpy().min(), shown.to_numpy().max()
        ax.set(ylim=(low - 0.05, high + 0.3 * (high - low)), xlim=(5, 95))
        plot.label(ax, y=PERPLEXITY)
    plot.label(axes[1], x=plot.Quantity("cooldown (% of steps)", log=False))
    axes[0].legend(loc="upper right", ncols=2)
    return fig


def cooldown_shapes(gains: pd.DataFrame) -> Figure:
    """Draw the shapes of a cooldown, and what one gains over a straight line.

    Parameters
    ----------
    gains : DataFrame
        A row a pair of runs: ``steps`` (two lengths), ``peak_lr`` and ``gain`` (nats per token)
        of 1 - sqrt over the straight line.

    Returns
    -------
    Figure
        Two panels.
    """
    fig, (top, bottom) = plot.figure(2, 1, width=5.2, height=6.6)
    x = np.linspace(0, 1, 200)
    dashes: tuple[Any, ...] = ("-", "--", ":", "-.", (0, (5, 1, 1, 1)))
    drawn = zip(SHAPES.items(), dashes, plot.COLORS.series(), strict=False)
    for (name, f), dash, color in drawn:
        words = "1 − sqrt" if name == "sqrt" else name
        top.plot(x, f(x), linestyle=dash, color=color, label=words)
    plot.label(top, x=plot.Quantity("x, part of the cooldown", log=False))
    plot.label(top, y=plot.Quantity("f(x), part of the peak rate", log=False))
    top.set(ylim=(-0.03, 1.6))
    top.legend(ncols=2, loc="upper center")
    for (length, rows), mark in zip(gains.groupby("steps"), "os", strict=True):
        look = {"color": plot.COLORS.ours if mark == "o" else plot.COLORS.printed}
        rate, gain = 1e3 * rows["peak_lr"], 1e3 * rows["gain"]
        bottom.plot(rate, gain, mark + "-", **look, label=f"{length:,.0f} steps")
    bottom.axhline(0, color=plot.COLORS.muted, linestyle="--", lw=1)
    plot.label(bottom, x=plot.Quantity("peak learning rate (thousandths)"))
    plot.label(bottom, y=plot.Quantity("linear minus 1 − sqrt (millinats)", log=False))
    bottom.set_xticks([0.1, 0.5, 1, 2])
    bottom.legend(loc="upper left")
    return fig
