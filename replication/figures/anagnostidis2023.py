"""Figures of the chapter on Anagnostidis et al. (2023): which size is cheapest, and the saving."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from replication import plotting as plot
from replication.traversal import Traversal

LOSS = plot.Quantity("loss (nats per token)", log=False)
DASHES = ("-", "--", "-.", ":", "-", "--", "-.", "-")
HIGHEST = 3.75
"""Loss (nats per token) at which the axes begin."""


def cheapest_size(path: Traversal, logged: pd.DataFrame) -> Figure:
    """Draw the laws of several sizes, their prices, and which size is the cheapest where.

    Parameters
    ----------
    path : Traversal
        The adaptive path through up to eight sizes; its stages are shaded, and the axes end at
        its target.
    logged : DataFrame
        Points of the logs: ``size``, ``flops`` and ``loss`` (nats per token).

    Returns
    -------
    Figure
        Four panels: loss against compute, compute and price against loss, and the price over
        the lowest.
    """
    laws, target, shades = path.laws, path.edges[-1], plot.inks(path.laws)
    E, C = np.linspace(target, HIGHEST, 300), np.geomspace(5e16, 4e19, 200)
    fig, axes = plot.figure(4, 1, width=5.2, height=11.2)
    first, middle, last, ratio = axes
    shown = np.stack([law.reaches(E) for law in laws.values()])
    of_size = zip(laws.values(), shown, strict=True)
    prices = [law.price(np.where(ok, E, E[-1])) for law, ok in of_size]
    lowest = np.where(shown, np.stack(prices), np.inf).min(axis=0)
    for (size, law), dashes in zip(laws.items(), DASHES, strict=False):
        dots = logged[logged["size"] == size].iloc[::7]
        first.plot(dots["flops"], dots["loss"], ".", color=shades[size], ms=4)
        look = {"color": shades[size], "linestyle": dashes, "linewidth": 1.4}
        first.plot(C, law.loss(C), label=size, **look)
        there = E[law.reaches(E)]
        middle.plot(there, law.input_for(there), **look)
        last.plot(there, law.price(there), **look)
        ratio.plot(there, law.price(there) / lowest[law.reaches(E)], **look)
    for span in (first.axhspan, middle.axvspan, last.axvspan, ratio.axvspan):
        for name, high, low in zip(path.names, path.edges, path.edges[1:], strict=False):
            span(low, high, color=shades[name], alpha=0.22, linewidth=0)
    plot.label(first, x="flops", y=LOSS)
    plot.label(middle, x=LOSS, y="flops")
    plot.label(last, x=LOSS, y=plot.Quantity("FLOPs per nat", ticks="power"))
    first.set(ylim=(target, HIGHEST), xticks=[1e17, 1e18, 1e19])
    middle.set(ylim=(5e16, 4e19))
    last.set(ylim=(2e17, 1e21))
    ratio.set(ylim=(0.98, 1.6))
    plot.label(ratio, x=LOSS, y=plot.Quantity("price over the lowest", log=False))
    for ax in (middle, last, ratio):
        ax.set(xlim=(HIGHEST, target), xticks=[3.6, 3.3, 3.0])
    first.legend(ncols=2, fontsize=9, loc="upper right")
    return fig


def savings(path: Traversal, loss: ArrayLike, saved: Mapping[str, ArrayLike]) -> Figure:
    """Draw the adaptive path among the sizes, and the compute that it saves.

    Parameters
    ----------
    path : Traversal
        The adaptive path, with the laws of its sizes.
    loss : array_like
        Target losses (nats per token), ascending.
    saved : mapping of str to array_like
        Compute saved at them (percent) against one choice and another, by words for the legend.

    Returns
    -------
    Figure
        Two panels.
    """
    E, shades = np.asarray(loss, dtype=float), plot.inks(path.laws)
    fig, (top, bottom) = plot.figure(2, 1, width=5.2, height=6.8)
    for size, law in path.laws.items():
        there = E[law.reaches(E)]
        top.plot(law.input_for(there), there, color=shades[size], linewidth=1)
    wide = {"color": plot.COLORS.printed, "linewidth": 2.6, "label": "adaptive"}
    top.plot(path.flops(E), E, **wide)
    names = list(path.laws)
    words = f"one size, {names[0]} to {names[-1]}"
    top.plot([], [], color=plot.COLORS.muted, linewidth=1, label=words)
    plot.label(top, x="flops", y=LOSS)
    top.set(xlim=(5e16, 3e19), ylim=(2.83, HIGHEST))
    top.legend(loc="upper right")
    looks = (("--", plot.COLORS.muted), ("-", plot.COLORS.ours))
    for (words, percent), (dashes, color) in zip(saved.items(), looks, strict=True):
        bottom.plot(E, percent, dashes, color=color, label=words)
    plot.label(bottom, x=plot.Quantity("target loss (nats per token)", log=False))
    plot.label(bottom, y=plot.Quantity("compute saved (%)", log=False))
    bottom.set(xlim=(E[-1], E[0]), ylim=(0, 80))
    bottom.legend(loc="upper right")
    return fig
