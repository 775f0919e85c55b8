"""Figures of the page from Kaplan to Chinchilla: three accounts, and all orders of changes."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication import plotting as plot

NARROW = 5.2
"""Width of a figure in inches: readable on a phone."""

EVIDENCE = {
    "printed": ("*", plot.COLORS.printed, -0.18, "printed"),
    "derived": ("D", plot.COLORS.third, 0.18, "derived from constants"),
    "refinedweb": ("o", plot.COLORS.ours, -0.06, "runs, RefinedWeb"),
    "openwebtext2": ("s", plot.COLORS.fourth, 0.06, "runs, OpenWebText2"),
}
"""Marker, colour, shift and name of each kind of evidence."""

CHANGES = {
    "count": ("-", plot.COLORS.ours, -0.3),
    "warm-up": ("--", plot.COLORS.printed, 0.3),
    "tuning": (":", plot.COLORS.third, 0.0),
}
"""Dashes, colour and sideways shift of each change."""

Row = tuple[str, str, float] | tuple[str, str, float, float, float]
"""Evidence, step, exponent, and the ends of its interval if it has one."""


def accounts(
    rows: Mapping[str, Sequence[Row]],
    guides: tuple[float, float],
    windows: Mapping[str, tuple[float, float]],
) -> Figure:
    """Draw the exponents of several accounts on one axis, a step a row.

    Parameters
    ----------
    rows : mapping of str to sequence of tuple
        By account, three of them: evidence (a name of `EVIDENCE`), step and exponent, with the
        ends of an interval where there is one.
    guides : tuple of float
        The exponents of Kaplan and of Chinchilla, drawn as lines.
    windows : mapping of str to tuple of float
        By account: a range of derived exponents, drawn as a bar above its first step.

    Returns
    -------
    Figure
        A panel for each account.
    """
    fig, axes = plot.figure(
        3, 1, width=NARROW, height=6.6, sharex=True, height_ratios=(2.1, 2.1, 5)
    )
    keys: dict[str, Any] = {}
    for ax, (title, account) in zip(axes, rows.items(), strict=True):
        _account(ax, account, title, guides)
        if title in windows:
            grey = {"color": plot.COLORS.muted, "alpha": 0.35, "linewidth": 7}
            ax.hlines(-0.3, *windows[title], **grey, label="derived, other windows")
        keys |= dict(zip(*ax.get_legend_handles_labels()[::-1], strict=True))
    axes[-1].set_xlabel("exponent a of the optimal size")
    # The keys are the words of the legend: each of them once.
    fig.legend(keys.values(), keys, loc="outside lower center", ncols=2, fontsize=9)
    return fig


def lattice(exponents: Mapping[frozenset[str], float], guides: Mapping[str, float]) -> Figure:
    """Draw every order of three changes as a way down from none to all.

    Parameters
    ----------
    exponents : mapping of frozenset of str to float
        The exponent by the changes made, names of `CHANGES`.
    guides : mapping of str to float
        Exponents drawn as lines, by their names.

    Returns
    -------
    Figure
        One panel.

    Examples
    --------
    >>> from itertools import combinations
    >>> made = [frozenset(s) for k in range(4) for s in combinations(CHANGES, k)]
    >>> fig = lattice({s: 0.8 - 0.1 * len(s) for s in made}, {"Chinchilla": 0.5})
    >>> [text.get_text() for text in fig.axes[0].get_legend().get_texts()]
    ['count', 'warm-up', 'tuning']
    """
    fig, ax = plot.figure(width=NARROW, height=4.4)
    for change, (dashes, color, _) in CHANGES.items():
        look = {"color": color, "linewidth": 1.8, "label": change}
        for made in [s for s in exponents if change not in s and s | {change} in exponents]:
            both = made, made | {change}
            x, y = [_across(s) for s in both], [exponents[s] for s in both]
            ax.plot(x, y, dashes, **look)
            look["label"] = "_again"
    for made, value in exponents.items():
        ax.plot(_across(made), value, "o", color=plot.COLORS.data, ms=5)
    ax.set_xticks(range(4), ["none", "one", "two", "all three"])
    ax.set(xlabel="changes made", ylabel="exponent a", xlim=(-0.3, 3.3))
    beside = {"textcoords": "offset points", "fontsize": 9}
    for name, value in guides.items():
        ax.axhline(value, color=plot.COLORS.muted, linewidth=1)
        ax.annotate(name, (-0.28, value), (0, 3), **beside)
    ax.legend(title="the line changes")
    return fig


def _account(ax: Axes, rows: Sequence[Row], title: str, guides: tuple[float, float]) -> None:
    """Draw the exponents of an account, a kind of evidence a colour."""
    frame = pd.DataFrame([(*row, *[row[2]] * (5 - len(row))) for row in rows])
    frame.columns = pd.Index(["evidence", "step", "a", "low", "high"])
    steps = list(dict.fromkeys(frame["step"]))
    for name, part in frame.groupby("evidence", sort=False):
        mark, color, shift, label = EVIDENCE[str(name)]
        at = part["step"].map(steps.index) + shift
        bars = [part["a"] - part["low"], part["high"] - part["a"]]
        look: dict[str, Any] = {"fmt": mark, "color": color, "markersize": 6, "capsize": 2.5}
        ax.errorbar(part["a"], at, xerr=bars, **look, label=label)
        ax.plot(part["a"], at, "-", color=color, linewidth=0.8, alpha=0.6)
    for value, dashes in zip(guides, ("--", ":"), strict=True):
        ax.axvline(value, color=plot.COLORS.muted, linewidth=1, linestyle=dashes)
    ax.set_yticks(range(len(steps)), steps)
    ax.set(title=title, ylim=(len(steps) - 0.5, -0.5), xlim=(0.45, 0.92))


def _across(made: frozenset[str]) -> float:
    """Return where a combination stands: by how many changes, and which."""
    return len(made) + sum(CHANGES[change][2] for change in made)
