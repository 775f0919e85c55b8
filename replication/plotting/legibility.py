"""Whether the words of a figure can be read: none cut off, none on top of another."""

from collections.abc import Iterator
from itertools import combinations

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

TOUCHING = 1.0
"""Pixels of a page by which words may overlap: the box of a word is larger than its ink."""


class LegibilityWarning(UserWarning):
    """Words of a figure are cut off or lie on top of each other."""


def crowded(fig: Figure) -> list[str]:
    """List the words of a figure that cannot be read.

    Titles, labels and ticks of all axes, the lines of all legends, and every annotation are
    laid out as they will be drawn and compared with each other and with the edges.

    Parameters
    ----------
    fig : Figure
        The figure, at the resolution of a page.

    Returns
    -------
    list of str
        A sentence for each problem; empty if all can be read.

    Examples
    --------
    >>> from replication.plotting import figure
    >>> fig, ax = figure()
    >>> crowded(fig)
    []
    >>> _ = ax.text(0.5, 0.5, "one"), ax.text(0.5, 0.5, "other")
    >>> crowded(fig)
    ["'one' and 'other' overlap."]
    """
    fig.draw_without_rendering()
    boxes = {text: text.get_window_extent() for text in words(fig)}
    problems = []
    for text, box in boxes.items():
        beyond = max(-box.x0, -box.y0, box.x1 - fig.bbox.x1, box.y1 - fig.bbox.y1)
        if beyond > TOUCHING:
            problems.append(f"{said(text)} is cut off by {beyond:.0f} pixels at the edge.")
    for (one, a), (other, b) in combinations(boxes.items(), 2):
        overlap = min(min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0))
        if overlap > TOUCHING:
            problems.append(f"{said(one)} and {said(other)} overlap.")
    return problems


def said(text: Text) -> str:
    """Return the words of a text on one line, in quotation marks.

    Examples
    --------
    >>> said(Text(text="two  words "))
    "'two words'"
    """
    return repr(" ".join(text.get_text().split()))


def words(fig: Figure) -> Iterator[Text]:
    """Give every text that a reader is meant to read, after the figure has been laid out.

    Parameters
    ----------
    fig : Figure
        The figure.

    Yields
    ------
    Text
        Visible, not empty, and level or upright: the box around slanted words is mostly empty.

    Examples
    --------
    >>> from replication.plotting import figure
    >>> fig, ax = figure()
    >>> _ = ax.set_title("A title"), ax.set_xticks([]), ax.set_yticks([])
    >>> [text.get_text() for text in words(fig)]
    ['A title']
    """
    hidden = {
        text
        for ax in fig.axes
        for part in ([ax] if not ax.get_visible() else _undrawn(ax))
        for text in part.findobj(Text)
    }
    for text in fig.findobj(Text):
        level = text.get_rotation() % 90 == 0
        if text not in hidden and text.get_visible() and text.get_text().strip() and level:
            yield text


def _undrawn(ax: Axes) -> Iterator[Artist]:
    """Give the axes, or the ticks beyond their ends, that matplotlib keeps and does not draw."""
    for axis in (ax.xaxis, ax.yaxis):
        if not (ax.axison and axis.get_visible()):
            yield axis
            continue
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks() + axis.get_minor_ticks():
            if not low <= tick.get_loc() <= high:
                yield tick
