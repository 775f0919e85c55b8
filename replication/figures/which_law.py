"""Figures of the page on which law to ask: what each advises, and what that would waste."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.figure import Figure

from replication import plotting as plot

QUANTITIES = {"params": "parameters", "tokens_per_param": "tokens per parameter"}


def advice(
    advised: pd.DataFrame,
    order: Sequence[str],
    demand: float,
    ratios: Mapping[str, pd.Series],
) -> Figure:
    """Draw what each law advises, with and without tokens to serve.

    Parameters
    ----------
    advised : DataFrame
        ``law``, ``demand`` (tokens), ``quantity`` (a name of `QUANTITIES`), ``estimate`` with
        its ``low`` and ``high``, and ``beyond``, the factor by which the advice lies outside the
        runs of its law: 1 inside, which is drawn filled.
    order : sequence of str
        The laws from top to bottom.
    demand : float
        The tokens to serve, as in `advised`; the other demand is none.
    ratios : mapping of str to Series
        Tokens per parameter of the runs of a law, drawn as a bar behind its advice.

    Returns
    -------
    Figure
        Two panels.
    """
    looks = {
        0.0: ("o", plot.COLORS.ours, 0.17, "training only"),
        demand: ("s", plot.COLORS.printed, -0.17, "with the demand"),
    }
    fig, axes = plot.figure(2, 1, width=5.4, height=8.6)
    for ax, (quantity, label) in zip(axes, QUANTITIES.items(), strict=True):
        for tokens, (mark, color, shift, _) in looks.items():
            chosen = (advised["quantity"] == quantity) & (advised["demand"] == tokens)
            for _, row in advised[chosen].iterrows():
                y = -order.index(row["law"]) + shift
                face = color if row["beyond"] == 1 else plot.COLORS.ground
                ax.plot([row["low"], row["high"]], [y, y], "-|", color=color, linewidth=1.4)
                ax.plot(row["estimate"], y, mark, color=color, mfc=face, ms=6.5)
        ax.set(xscale="log", yticks=[-i for i in range(len(order))], yticklabels=order)
        ax.set_ylim(0.6 - len(order), 0.6)
        ax.set_xlabel(label)
    bar: dict[str, Any] = {"color": plot.COLORS.muted, "alpha": 0.3}
    for name, ratio in ratios.items():
        ends = ratio.min(), ratio.max()
        axes[1].hlines(-order.index(name), *ends, lw=11, zorder=0, **bar)
    axes[1].axvline(20, color=plot.COLORS.data, linestyle="--", linewidth=1)
    ends_of = advised.groupby("quantity")["estimate"].agg(["min", "max"])
    top, below = (ends_of.loc[quantity] for quantity in QUANTITIES)
    axes[0].set(xlim=(top["min"] / 2, 2 * top["max"]))
    axes[0].set_xticks([1e9, 3e9, 1e10, 3e10], ["1B", "3B", "10B", "30B"])
    axes[1].set(xlim=(below["min"] / 3, 4 * below["max"]))
    axes[1].set_xticks([1, 5, 20, 100, 500], ["1", "5", "20", "100", "500"])
    for mark, color, _, words in looks.values():
        axes[0].plot([], [], mark, color=color, label=words)
    hollow = {"color": plot.COLORS.muted, "mfc": "none", "label": "outside its runs"}
    axes[0].plot([], [], "o", **hollow)
    axes[0].plot([], [], label="ratios of its runs", linewidth=9, **bar)
    for ax in axes:
        ax.minorticks_off()
    fig.legend(loc="outside upper center", ncols=2)
    return fig


def waste(wasted: Mapping[str, pd.DataFrame], judges: Sequence[str]) -> Figure:
    r"""Draw the share of a budget that each judge says each recommendation wastes.

    Parameters
    ----------
    wasted : mapping of str to DataFrame
        By the title of a panel, two of them: shares between 0 and 1, a row an adviser, a column
        a judge.
    judges : sequence of str
        Short names of the judges.

    Returns
    -------
    Figure
        Two heat maps.

    Examples
    --------
    >>> shares = pd.DataFrame({"A": [0.0, 0.2], "B": [0.1, 0.0]}, index=["A", "B"])
    >>> fig = waste({"training only": shares, "served": shares}, ["A", "B"])
    >>> [text.get_text() for text in fig.axes[0].texts]
    ['0\xa0%', '10\xa0%', '20\xa0%', '0\xa0%']
    """
    colors = [plot.COLORS.ground, plot.COLORS.printed]
    shades = LinearSegmentedColormap.from_list("waste", colors)
    rows = [len(frame) for frame in wasted.values()]
    fig, axes = plot.figure(2, 1, width=5.4, height=6.6, height_ratios=rows)
    for ax, (title, frame) in zip(axes, wasted.items(), strict=True):
        ax.imshow(frame, cmap=shades, norm=PowerNorm(0.5, 0, 1), aspect="auto")
        for (y, x), value in np.ndenumerate(frame.to_numpy()):
            words = f"{100 * value:.0f}\N{NO-BREAK SPACE}%"
            ax.text(x, y, words, ha="center", va="center", fontsize=10)
        ax.set_xticks(range(len(judges)), judges, fontsize=9.5)
        ax.set_yticks(range(len(frame)), frame.index)
        ax.set_title(title)
        ax.grid(False)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
    axes[0].set_ylabel("recommended by")
    axes[1].set_xlabel("judged by")
    return fig
