"""Figures of the chapter on Bian et al. (2025): predictions, ranks, latency and shape."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from replication import plotting as plot

LOOKS = ((plot.COLORS.printed, "s", "--"), (plot.COLORS.ours, "o", "-"))
"""Colour, marker and dashes of the law without shape and of the one with it."""

NAMES = {
    "open-lm-1b": ("OpenLM", (0, -13)),
    "opt-1.3b": ("OPT", (0, 8)),
    "pythia-1.3b": ("Pythia", (0, 8)),
    "neox-1.3b": ("NeoX", (0, 8)),
    "opt-iml-1.3b": ("OPT-IML", (0, 8)),
    "morph-1b-v1": ("24 layers (v1)", (0, 8)),
    "morph-1b-v2": ("16 layers (v2)", (0, 8)),
    "morph-1b": ("Morph-1B", (0, 8)),
}
"""Short names of models, and where they stand beside their points (in points of 1/72 inch)."""

BY_DEPTH = {
    "neox-1.3b": ("NeoX", 0),
    "open-lm-1b": ("OpenLM, v1", 0),
    "opt-1.3b": ("OPT, OPT-IML", 0),
    "pythia-1.3b": ("Pythia", -9),
    "morph-1b-v2": ("v2", -9),
    "morph-1b": ("Morph-1B", -9),
}
"""Names where models of equal depth stand together, and how far they are raised (in points)."""


def predicted_losses(
    loss: pd.Series, predicted: Mapping[str, pd.Series], note: tuple[str, float, float]
) -> Figure:
    """Draw predicted against actual losses, and the relative errors below.

    Parameters
    ----------
    loss : Series
        Actual losses (nats per token), shape (runs,).
    predicted : mapping of str to Series
        Predictions (nats per token) of one or two laws, by their names; shape (runs,).
    note : tuple of str, float, float
        Words in the lower panel, with the loss and the error (percent) where they stand.

    Returns
    -------
    Figure
        Two panels.

    Examples
    --------
    >>> loss = pd.Series([3.0, 4.0])
    >>> fig = predicted_losses(loss, {"size only": loss * 1.01}, ("large", 3.1, 2.0))
    >>> len(fig.axes)
    2
    """
    fig, (top, bottom) = plot.figure(2, 1, width=5.2, height=7, sharex=True, height_ratios=(3, 2))
    top.plot([2.7, 5.2], [2.7, 5.2], color=plot.COLORS.muted, linewidth=1)
    bottom.axhline(0, color=plot.COLORS.muted, linewidth=1)
    for (words, values), (color, marker, _) in zip(predicted.items(), LOOKS, strict=False):
        look = {"color": color, "fillstyle": "none", "ms": 5}
        top.plot(loss, values, marker, **look, label=words)
        bottom.plot(loss, 100 * (values / loss - 1), marker, **look)
    words, x, y = note
    bottom.annotate(words, (x, y), va="center", fontsize=9)
    plot.label(top, y=plot.Quantity("predicted loss", log=False))
    plot.label(bottom, x="loss", y=plot.Quantity("predicted − actual (%)", log=False))
    top.set(yticks=[3, 3.5, 4, 4.5, 5])
    bottom.set(xticks=[3, 3.5, 4, 4.5, 5])
    top.legend(loc="upper left")
    return fig


def rank_correlations(
    correlations: Mapping[str, pd.Series], panels: Mapping[int, str], sizes: Sequence[str]
) -> Figure:
    """Draw how well laws rank the models of each size, as bars.

    Parameters
    ----------
    correlations : mapping of str to Series
        Rank correlations of the law without shape and of the one with it, by their names,
        indexed by tokens per parameter and size.
    panels : mapping of int to str
        Titles of the two panels by tokens per parameter (0 for all runs).
    sizes : sequence of str
        The sizes in the order of the axis.

    Returns
    -------
    Figure
        A panel for each title.
    """
    fig, axes = plot.figure(2, 1, width=5.2, height=6, sharex=True)
    for ax, (multiple, title) in zip(axes, panels.items(), strict=True):
        for k, (words, found) in enumerate(correlations.items()):
            look = {"color": LOOKS[k][0], "edgecolor": plot.COLORS.ground}
            look["hatch"] = ("//", "")[k]
            x = np.arange(len(sizes)) + (-0.17, 0.17)[k]
            ax.bar(x, found[multiple].reindex(sizes), 0.32, **look, label=words)
        ax.axhline(0, color=plot.COLORS.data, linewidth=0.8)
        ax.set_xticks(range(len(sizes)), [size.upper() for size in sizes])
        ax.set(ylim=(-1, 1.5), yticks=[-1, -0.5, 0, 0.5, 1], ylabel="rank correlation")
        ax.set_title(title)
    axes[0].legend(loc="upper center", ncols=2)
    return fig


def latencies(models: pd.DataFrame, own: Sequence[str], line: tuple[float, float]) -> Figure:
    """Draw accuracy against latency, and latency against depth.

    Parameters
    ----------
    models : DataFrame
        A row a model: ``model``, ``latency_seconds``, ``accuracy`` and ``n_layers``.
    own : sequence of str
        Models of the paper's authors, drawn in their own colour.
    line : tuple of float
        Seconds per layer, and seconds without any layer.

    Returns
    -------
    Figure
        Two panels.
    """
    slope, start = line
    fig, (top, bottom) = plot.figure(2, 1, width=5.2, height=7.2)
    near = {"textcoords": "offset points", "fontsize": 9}
    for name, row in models.set_index("model").iterrows():
        mine = name in own
        look = {"color": plot.COLORS.ours if mine else plot.COLORS.printed, "ms": 6}
        mark = "o" if mine else "s"
        words, away = NAMES.get(str(name), (str(name), (0, 8)))
        at = row["latency_seconds"], row["accuracy"]
        top.plot(*at, mark, **look)
        top.annotate(words, at, xytext=away, ha="center", **near)
        bottom.plot(row["n_layers"], row["latency_seconds"], mark, **look)
    placed = models.set_index("model")
    for model, (words, up) in BY_DEPTH.items():
        if model in placed.index:
            at = placed.loc[model, "n_layers"], placed.loc[model, "latency_seconds"]
            bottom.annotate(words, at, xytext=(8, up), va="center", **near)
    depth = np.array([10, 24])
    bottom.plot(depth, start + slope * depth, "--", color=plot.COLORS.muted, zorder=0)
    bottom.annotate(f"{slope:.3f} s per layer", (9.6, 2.75), fontsize=9)
    top.set(xlim=(1.5, 4.5), ylim=(0.475, 0.56))
    bottom.set(xlim=(9, 30), ylim=(0, 4.6), xticks=[12, 16, 22, 24])
    seconds = plot.Quantity("latency (s)", log=False)
    plot.label(top, x=seconds, y=plot.Quantity("mean accuracy", log=False))
    plot.label(bottom, x=plot.Quantity("layers", log=False), y=seconds)
    return fig


def shape_effects(
    effects: pd.DataFrame, curves: Mapping[str, pd.Series], sizes: Sequence[str]
) -> Figure:
    """Draw the loss that a shape costs, as measured and as laws have it.

    Parameters
    ----------
    effects : DataFrame
        A row a run: ``tokens_per_param_nominal``, ``size``, ``aspect_ratio`` and ``excess``, the
        loss above that of the common shape as a share of it.
    curves : mapping of str to Series
        The excess in percent by aspect ratio, of one or two laws by their names.
    sizes : sequence of str
        The sizes that are drawn, at most five.

    Returns
    -------
    Figure
        Two panels: 20 tokens per parameter, and 40 with 160.
    """
    looks = ((plot.COLORS.ours, "-"), (plot.COLORS.printed, "--"))
    fig, axes = plot.figure(2, 1, width=5.2, height=6.8, sharex=True, sharey=True)
    panels = {(20,): "20 tokens per parameter", (40, 160): "40 (open) and 160 (filled)"}
    for ax, (shown, title) in zip(axes, panels.items(), strict=True):
        for (words, curve), (color, dash) in zip(curves.items(), looks, strict=False):
            ax.plot(curve.index, curve, dash, color=color, label=words)
        for multiple in shown:
            every = effects[effects["tokens_per_param_nominal"] == multiple]
            style = "full" if multiple == 160 else "none"
            for size, marker in zip(sizes, "os^Dv", strict=False):
                group = every[every["size"] == size]
                look = {"color": plot.COLORS.data, "ms": 5, "fillstyle": style}
                label = size.upper() if multiple == 20 else None
                xy = group["aspect_ratio"], 100 * group["excess"]
                ax.plot(*xy, marker, **look, label=label)
        ax.set(ylim=(-1, 6.5), ylabel="loss above that at R = 64 (%)")
        ax.set_title(title)
    plot.label(axes[1], x=plot.Quantity("aspect ratio R"))
    axes[0].legend(ncols=2, loc="upper left", fontsize=9)
    return fig
