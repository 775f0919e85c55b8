"""Figures of the chapter on Malaquias Junior et al. (2025): curves, ratios, forgetting."""

from collections.abc import Mapping

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
LOOKS = tuple(zip("os^", (plot.COLORS.ours, plot.COLORS.printed, plot.COLORS.third), strict=True))


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
        for share, curve in part.groupby("share"):
            words, color, look = SHARES[float(share)]
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


def ratios(tables: Mapping[str, pd.DataFrame], even: float, words: str) -> Figure:
    """Draw compute ratios against size, one mark a seed, for several readings.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        By the words of a reading, at most three: ``params`` and ``ratio``.
    even : float
        The ratio at which the old text in the mixture is worth nothing.
    words : str
        What is written at that line.

    Returns
    -------
    Figure
        One panel.

    Examples
    --------
    >>> table = pd.DataFrame({"params": [1e4, 2e4], "ratio": [9.0, 11.0]})
    >>> len(ratios({"equal tokens": table}, 10, "old text worth nothing").axes)
    1
    """
    fig, ax = plot.figure(width=5.2, height=4.2)
    for i, (name, table) in enumerate(tables.items()):
        marker, color = LOOKS[i]
        shift = 1.05 ** (i - 1)
        x = table["params"] * shift
        ax.plot(x, table["ratio"], marker, color=color, ms=6, fillstyle="none")
        middle = np.exp(np.log(table.set_index("params")["ratio"]).groupby("params").mean())
        ax.plot(middle.index * shift, middle, "-", color=color, marker=marker, ms=3, label=name)
    ax.axhline(even, color=plot.COLORS.muted, lw=1.2, ls="--")
    left = min(float(table["params"].min()) for table in tables.values())
    ax.annotate(words, (left, even), xytext=(0, 4), textcoords="offset points", fontsize=9)
    plot.label(ax, x="params", y=plot.Quantity("compute ratio"))
    ax.legend(loc="best", fontsize=9)
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
        for (share, size), path in table.groupby(["share", "params"]):
            words, color, look = SHARES[float(share)]
            learned = path["loss_new"].iloc[0] - path["loss_new"]
            label = words if size == sizes[-1] else None
            ax.plot(learned, path["forgotten"], look[1:], color=color, lw=widths[size], label=label)
            ends.append((learned.iloc[-1], path["forgotten"].iloc[-1], look[0], color))
        for x, y, marker, color in ends:
            ax.plot(x, y, marker, color=color, ms=5)
        ax.axhline(0, color=plot.COLORS.muted, lw=1)
        ax.set_title(title, fontsize=10)
        ax.set(xlabel="learned of the new text (nats per byte)")
        ax.set(ylabel="forgotten of the old text\n(nats per byte)")
        ax.legend(loc="best", fontsize=8, title="share of the new text", title_fontsize=8)
    return fig
