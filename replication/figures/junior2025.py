"""Figures of the chapter on Malaquias Junior et al. (2025): curves, ratios, forgetting."""

from collections.abc import Mapping
from itertools import product

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from replication import plotting as plot

SHARES = {
    1.0: ("all", plot.COLORS.ours, "o-"),
    0.1: ("a tenth", plot.COLORS.printed, "s--"),
    0.01: ("a hundredth", plot.COLORS.third, "^:"),
    0.0: ("none", plot.COLORS.muted, "D-."),
}
"""Words, colour and line of each share of the new text."""


def curves(losses: pd.DataFrame, arrows: Mapping[float, tuple[float, float, float]]) -> Figure:
    """Draw perplexity on the target against compute, a panel a size and a line a share.

    Parameters
    ----------
    losses : DataFrame
        ``params``, ``share``, ``flops`` (after the trunk) and ``perplexity``, of one direction and
        seed; at most four sizes.
    arrows : mapping of float to (float, float, float)
        By size: FLOPs of the specialised run and of the mixture at one perplexity, and this.

    Returns
    -------
    Figure
        A column of panels, two by two.

    Examples
    --------
    >>> table = pd.DataFrame({"params": 1e4, "share": 1.0, "flops": [1e9, 2e9]})
    >>> len(curves(table.assign(perplexity=[20.0, 15.0]), {}).axes)
    1
    """
    sizes = sorted(losses["params"].unique())
    down = (len(sizes) + 1) // 2
    grid = (down, min(2, len(sizes)))
    fig, axes = plot.figure(*grid, width=5.6, height=0.8 + 2.5 * down, sharex=True, sharey=True)
    for ax, size in zip(np.ravel(axes), sizes, strict=False):
        part = losses[(losses["params"] == size) & (losses["flops"] > 0)]
        for share in sorted(part["share"].unique()):
            curve = part[part["share"] == share]
            words, color, look = SHARES[share]
            ax.plot(curve["flops"], curve["perplexity"], look, color=color, ms=3, label=words)
        if size in arrows:
            begin, end, height = arrows[size]
            ends = {"xy": (begin, height), "xytext": (end, height)}
            ax.annotate("", arrowprops={"arrowstyle": "->", "lw": 1.3}, **ends)
        ax.set_title(f"{plot.count(size)} parameters", fontsize=10)
        plot.label(ax, x=plot.Quantity("", ticks="power"), y=plot.Quantity(""))
    fig.supxlabel("compute after the trunk (FLOPs)", fontsize=10)
    fig.supylabel("perplexity of the new text (per byte)", fontsize=10)
    handles, words = np.ravel(axes)[0].get_legend_handles_labels()
    fig.legend(
        handles[::-1], words[::-1], loc="outside upper center", ncols=2, fontsize=9,
        title="share of the new text",
    )  # fmt: skip
    return fig


def ratios(paths: pd.DataFrame, even: float, marks: pd.DataFrame) -> Figure:
    """Draw compute ratios on the way, a line a size.

    Parameters
    ----------
    paths : DataFrame
        ``params``, ``tokens`` (after the trunk) and ``ratio``, of one direction, share and seed.
    even : float
        The ratio at which the old text in the mixture is worth nothing.
    marks : DataFrame
        The same columns: a checkpoint of each size at which FLOPs are equal.

    Returns
    -------
    Figure
        One panel.

    Examples
    --------
    >>> table = pd.DataFrame({"params": 1e4, "tokens": [1e4, 1e5], "ratio": [4.0, 9.0]})
    >>> len(ratios(table, 10, table.tail(1)).axes)
    1
    """
    fig, ax = plot.figure(width=5.2, height=4.6)
    sizes = sorted(paths["params"].unique())
    shades = plot.LOSS_MAP(np.linspace(0.7, 0, len(sizes)))
    for marker, size, color in zip("os^D", sizes, shades, strict=False):
        path = paths[paths["params"] == size]
        ax.plot(path["tokens"], path["ratio"], marker + "-", color=color, ms=4)
        end = path.iloc[-1]
        place = {"xytext": (6, 0), "textcoords": "offset points", "va": "center", "fontsize": 9}
        ax.annotate(plot.count(size), (end["tokens"], end["ratio"]), color=color, **place)
    look = {"ms": 11, "fillstyle": "none", "color": plot.COLORS.printed}
    ax.plot(marks["tokens"], marks["ratio"], "o", **look, label="equal FLOPs")
    ax.axhline(even, color=plot.COLORS.muted, lw=1.2, ls="--", label="dilution alone")
    ax.set(xscale="log", yscale="log", xlim=(None, paths["tokens"].max() * 1.8))
    plot.label(ax, x=plot.Quantity("bytes after the trunk", ticks="count"))
    plot.label(ax, y=plot.Quantity("compute ratio"))
    ax.legend(loc="upper left", fontsize=9)
    return fig


def forgetting(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw what was forgotten against what was learned, as paths from the trunk on.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        By a title, one or two: ``params``, ``share``, ``step``, ``loss_new`` and ``forgotten``
        (nats per byte) of one direction and seed.

    Returns
    -------
    Figure
        A panel each, one above the other.

    Examples
    --------
    >>> table = pd.DataFrame({"params": 1e4, "share": 1.0, "step": [0, 9], "loss_new": [4.0, 2.0]})
    >>> len(forgetting({"perl": table.assign(forgotten=[0.0, 0.1])}).axes)
    1
    """
    fig, axes = plot.figure(len(tables), 1, width=5.2, height=0.6 + 3.3 * len(tables))
    for ax, (title, table) in zip(np.ravel(axes), tables.items(), strict=True):
        sizes = sorted(table["params"].unique())
        widths = dict(zip(sizes, np.linspace(0.8, 2.4, len(sizes)), strict=True))
        ends = []
        for share, size in product(sorted(table["share"].unique()), sizes):
            path = table[(table["share"] == share) & (table["params"] == size)]
            words, color, look = SHARES[share]
            learned = path["loss_new"].iloc[0] - path["loss_new"]
            label = words if size == sizes[-1] else None
            ax.plot(learned, path["forgotten"], look[1:], color=color, lw=widths[size], label=label)
            name = plot.count(size) if share == 1 else ""
            ends.append((learned.iloc[-1], path["forgotten"].iloc[-1], look[0], color, name))
        for x, y, marker, color, name in ends:
            ax.plot(x, y, marker, color=color, ms=5)
            place = {"xytext": (6, 0), "textcoords": "offset points", "va": "center"}
            ax.annotate(name, (x, y), color=color, fontsize=9, **place)
        ax.set_xlim(None, 1.18 * max(end[0] for end in ends))
        ax.axhline(0, color=plot.COLORS.muted, lw=1)
        ax.set_title(title, fontsize=10)
        ax.set(xlabel="learned of the new text (nats per byte)")
        ax.set(ylabel="forgotten of the old text\n(nats per byte)")
        ax.legend(loc="best", fontsize=8, title="share of the new text", title_fontsize=8)
    return fig
