"""Values and figures kept under a name for the text of a page."""

import warnings
from typing import Any

from IPython.core.formatters import format_display_data
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import Image, display
from matplotlib.figure import Figure

from replication.errors import ArgumentError
from replication.plotting import LegibilityWarning, crowded, png

GLUE_PREFIX = "application/papermill.record/"
"""What keeps a glued value out of sight in Jupyter while the book still finds it."""

WORDS_OF_ALT = 10
"""Fewer words do not say what a figure shows."""


def glue(name: str, value: Any, *, show: bool = False) -> None:
    """Keep a value under a name for the text of the page, as MyST-NB's own function does.

    Done here so that a reader's Jupyter needs no part of the book's build.

    Parameters
    ----------
    name : str
        The name, unique on its page.
    value : object
        What is shown in its place.
    show : bool
        Whether Jupyter shows it too.
    """
    if not InteractiveShell.initialized():
        return  # run as a script: there is no page
    prefix = "" if show else GLUE_PREFIX
    bundle, about = format_display_data(value)
    about["scrapbook"] = {"name": name, "mime_prefix": prefix}
    display({prefix + mime: data for mime, data in bundle.items()}, raw=True, metadata=about)


def figure(name: str, fig: Figure, alt: str) -> None:
    """Show a figure and keep it for the text; its cell has the tag ``remove-output``.

    Parameters
    ----------
    name : str
        Its name on the page, for ``glue:figure``.
    fig : Figure
        The figure; it is closed.
    alt : str
        What is seen, in a sentence with computed numbers, for readers who do not see it.

    Raises
    ------
    ArgumentError
        If the text has fewer than ten words or no number.
    ReplicationError
        If the picture is too large.

    Warns
    -----
    LegibilityWarning
        If words are cut off or overlap. Warnings stop the book from being built.
    """
    alt = " ".join(alt.split())
    if len(alt.split()) < WORDS_OF_ALT or not any(c.isdigit() for c in alt):
        raise ArgumentError(
            f"The alt text of the figure {name!r} is {alt!r}. Say in a sentence of "
            f"{WORDS_OF_ALT} words or more what is seen, with its numbers, built from the "
            "computed values."
        )
    if problems := crowded(fig):
        warnings.warn(
            f"In the figure {name!r}: {' '.join(problems)}", LegibilityWarning, stacklevel=2
        )
    content, width, height = png(fig)
    glue(name, Image(content, alt=alt, width=width, height=height), show=True)
