"""Figures of the page on specification curves: all fits in order, and what moves them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication import plotting as plot

HEADS = {"left_out": "left out", "params": "parameters", "log_size": "size"}
"""Words for choices and outcomes whose names are none."""

Published = Mapping[str, Mapping[str, float]]
"""Outcomes by the name of a published fit."""


def ordered_fits(
    fits: pd.DataFrame,
    choices: Mapping[str, Sequence[str]],
    reference: Mapping[str, str],
    published: Published,
) -> Figure:
    """Draw the exponent a of all fits in ascending order, with the options of each below.

    Parameters
    ----------
    fits : DataFrame
        A row a fit: the option of each choice, and the outcome ``a``.
    choices : mapping of str to sequence of str
        The options of each choice.
    reference : mapping of str to str
        The options of the fit that is marked.
    published : mapping of str to mapping of str to float
        Outcomes by the name of a published fit, drawn as lines.

    Returns
    -------
    Figure
        Two panels.
    """
    fig, (top, below) = plot.figure(2, 1, width=5.6, height=8.2, sharex=True, height_ratios=(3, 4))
    rows = _ascending(top, fits, "a", reference, published)
    top.set_ylabel("exponent a")
    top.legend(loc="upper left", fontsize=9)
    labels, height = [], 0.0
    for choice, options in choices.items():
        for option in options:
            at = rows.index[rows[choice] == option]
            below.plot(at, [height] * len(at), "|", color=plot.COLORS.data, markersize=6)
            labels.append((height, f"{HEADS.get(choice, choice)}: {option}"))
            height += 1
        height += 0.7
    below.set_yticks(*zip(*labels, strict=True), fontsize=9.5)
    below.invert_yaxis()
    below.grid(False)
    below.set_xlabel("fits in ascending order of a")
    return fig


def outcomes(fits: pd.DataFrame, reference: Mapping[str, str], published: Published) -> Figure:
    """Draw the other outcomes of all fits, each in its own ascending order.

    Parameters
    ----------
    fits : DataFrame
        A row a fit: the option of each choice, ``alpha``, ``beta``, ``E`` (nats per token) and
        ``log_size`` (decimal logarithm of the optimal parameters).
    reference, published
        As for `ordered_fits`.

    Returns
    -------
    Figure
        Four panels.
    """
    fig, axes = plot.figure(2, 2, width=5.8, height=5.8, sharex=True)
    names = {"alpha": r"exponent $\alpha$", "beta": r"exponent $\beta$", "E": "E (nats per token)"}
    for ax, (outcome, name) in zip(axes.flat, names.items(), strict=False):
        _ascending(ax, fits, outcome, reference, published)
        ax.set_title(name)
    size = axes[1, 1]
    _ascending(size, fits, "log_size", reference, published, lambda value: 10**value)
    size.set_title("optimal parameters")
    plot.label(size, y=plot.Quantity("", ticks="count"))
    for ax in axes[1]:
        ax.set_xlabel("fits in order")
    handles = axes[0, 0].get_legend_handles_labels()
    fig.legend(*handles, loc="outside upper center", ncols=2)
    return fig


def shares(found: Mapping[str, pd.DataFrame], names: Mapping[str, str]) -> Figure:
    """Draw the shares of variance of each choice, for four outcomes.

    Parameters
    ----------
    found : mapping of str to DataFrame
        By outcome: the shares ``alone`` and in ``total``, indexed by choice.
    names : mapping of str to str
        Titles by outcome.

    Returns
    -------
    Figure
        Four panels.
    """
    choices = list(next(iter(found.values())).index)
    fig, axes = plot.figure(2, 2, width=5.6, height=5.0, sharey=True, sharex=True)
    y = np.arange(len(choices))
    for ax, (outcome, share) in zip(axes.flat, found.items(), strict=True):
        ax.barh(y, share["total"], color=plot.COLORS.muted, height=0.75, label="in total")
        ax.barh(y, share["alone"], color=plot.COLORS.ours, height=0.4, label="alone")
        for place, total in zip(y, share["total"], strict=True):
            if total > 0.02:
                words = f"{100 * total:.0f}\N{NO-BREAK SPACE}%"
                ax.text(total + 0.02, place, words, va="center", fontsize=9.5)
        ax.set_title(names[outcome])
        ax.set_xlim(0, 1.15)
        ax.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
        ax.grid(False, axis="y")
    axes[0, 0].set_yticks(y, [HEADS.get(choice, choice) for choice in choices])
    axes[0, 0].invert_yaxis()
    handles = axes[0, 0].get_legend_handles_labels()
    fig.legend(*handles, loc="outside upper center", ncols=2)
    fig.supxlabel("share of the variance", fontsize=11)
    return fig


def routes(found: pd.DataFrame, fits: pd.DataFrame, target: Mapping[str, float]) -> Figure:
    """Draw the exponent a and the optimal size that several routes lead to.

    Parameters
    ----------
    found : DataFrame
        A row a route: ``approach`` (an envelope, an isoFLOP curve or a formula, as its first
        word says), ``a`` and ``size`` (parameters).
    fits : DataFrame
        The fits whose range is shaded: ``a`` and ``size``.
    target : mapping of str to float
        Published ``a`` and ``size``, drawn as a dashed line.

    Returns
    -------
    Figure
        Two panels.
    """
    looks = {
        "env": ("^", plot.COLORS.third),
        "iso": ("s", plot.COLORS.fourth),
        "for": ("D", plot.COLORS.ours),
    }
    fig, axes = plot.figure(2, 1, width=5.6, height=6.4)
    for ax, column in zip(axes, ("a", "size"), strict=True):
        for row, (name, value) in enumerate(found[["approach", column]].to_numpy()):
            marker, color = looks[name[:3]]
            ax.plot(value, row, marker, color=color, markersize=7)
        low, high = fits[column].min(), fits[column].max()
        ax.axvspan(low, high, color=plot.COLORS.muted, alpha=0.15)
        ax.axvline(target[column], color=plot.COLORS.printed, linestyle="--")
        ax.set_yticks(range(len(found)), found["approach"], fontsize=9.5)
        ax.invert_yaxis()
    axes[0].set_xlabel("exponent a")
    plot.label(axes[1], x=plot.Quantity("optimal parameters", ticks="count"))
    return fig


def _ascending(
    ax: Axes,
    fits: pd.DataFrame,
    outcome: str,
    reference: Mapping[str, str],
    published: Published,
    scale: Callable[[Any], Any] = lambda value: value,
) -> pd.DataFrame:
    """Draw an outcome of all fits in ascending order, and return the fits so ordered."""
    rows = fits.sort_values(outcome, ignore_index=True)
    dots: dict[str, Any] = {"color": plot.COLORS.ours, "markersize": 3, "label": "our fits"}
    ax.plot(scale(rows[outcome]), ".", **dots)
    at = rows.index[(rows[list(reference)] == pd.Series(reference)).all(axis=1)]
    ax.plot(at, scale(rows[outcome][at]), "D", color=plot.COLORS.data, label="reference")
    for (name, values), dashes in zip(published.items(), ("--", ":", "-.", "--"), strict=False):
        color = plot.COLORS.third if "Besiroglu" in name else plot.COLORS.printed
        line: dict[str, Any] = {"color": color, "linestyle": dashes, "linewidth": 1.3}
        ax.axhline(scale(values[outcome]), label=name, **line)
    return rows
