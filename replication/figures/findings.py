"""Figures that the front page and the page of findings share."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from replication import plotting as plot

WIDTH = 4.8  # inches: on a phone a figure keeps seven tenths of its size


def tilts(found: pd.DataFrame, height: float = 3.0) -> Figure:
    """Draw what the split of compute does to the loss, in public models and controlled runs.

    Parameters
    ----------
    found : DataFrame
        A row a group: ``who``, ``kind`` (``public`` or ``controlled``), ``tilt``, and the ends
        ``low`` and ``high`` of its interval (pure numbers), as `replication.papers.guo2024.tilts`
        gives them.
    height : float
        Of the figure, in inches.

    Returns
    -------
    Figure
        A line for each interval, with a dot at the tilt.
    """
    fig, ax = plot.figure(width=WIDTH, height=height)
    for row, item in enumerate(found.to_dict("records")):
        color = plot.COLORS.ours if item["kind"] == "controlled" else plot.COLORS.printed
        ax.plot([item["low"], item["high"]], [row, row], color=color)
        ax.plot(item["tilt"], row, "o", color=color)
    ax.axvline(0, color=plot.COLORS.muted, zorder=1)
    who = [
        f"public: {name}" if kind == "public" else name
        for kind, name in zip(found["kind"], found["who"], strict=True)
    ]
    ax.set_yticks(range(len(found)), who)
    ax.invert_yaxis()
    ax.set_xlabel("effect of moving compute\nfrom size to tokens")
    return fig


def steps(exponents: pd.DataFrame, height: float = 3.2) -> Figure:
    """Draw the exponent of the optimal size, as one choice after the other is undone.

    Parameters
    ----------
    exponents : DataFrame
        A row a step: ``label``, the exponent ``a`` of the optimal parameters in compute, and the
        ends ``low`` and ``high`` of its interval, as `replication.papers.porian2024.exponents`
        gives them.
    height : float
        Of the figure, in inches.

    Returns
    -------
    Figure
        A point with its interval for each step, and a line at one half.
    """
    fig, ax = plot.figure(width=WIDTH, height=height)
    rows = np.arange(len(exponents))
    spread = np.abs(exponents[["low", "high"]].to_numpy().T - exponents["a"].to_numpy())
    ax.errorbar(exponents["a"], rows, xerr=spread, fmt="o", color=plot.COLORS.ours, capsize=3)
    half = {"color": plot.COLORS.printed, "linestyle": "--"}
    ax.axvline(0.5, **half, label="Chinchilla: one half")
    ax.set_yticks(rows, exponents["label"])
    ax.invert_yaxis()
    ax.set_xlabel("exponent of the optimal size")
    ax.legend(loc="lower right")
    return fig
