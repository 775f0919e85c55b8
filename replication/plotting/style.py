"""The one style of all figures: colours, sizes, and a PNG that is sharp and small."""

import io
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure
from PIL import Image

from replication.errors import ReplicationError

Name = TypeVar("Name", bound=Hashable)

CSS_DPI = 100
"""Pixels of a page per inch of a figure: 11 points then look like the text around them."""

MAX_BYTES = 150_000
"""Size beyond which a PNG is refused."""

WIDTH = 6.8
"""Width of a figure in inches: that of the text column."""


@dataclass(frozen=True)
class Colors:
    """Colours by what they stand for, told apart by colour-blind readers as well.

    Every one has a contrast of 3:1 or more to the ground, and any two stay apart when one kind
    of cone is missing. Give series different markers or dashes all the same.

    Parameters
    ----------
    data : str
        What was measured.
    ours : str
        What we computed from it.
    printed : str
        What a paper printed.
    third, fourth : str
        Further series.
    muted : str
        Guides, thresholds and whatever should stand back.
    ground : str
        Behind everything.

    Examples
    --------
    >>> COLORS.ours
    '#0072b2'
    """

    data: str = "#2b3038"
    ours: str = "#0072b2"
    printed: str = "#d55e00"
    third: str = "#7f26d9"
    fourth: str = "#6b2f00"
    muted: str = "#7d848d"
    ground: str = "#f9fafb"

    def series(self) -> tuple[str, ...]:
        """Return the colours for curves, in the order in which they are used."""
        return (self.ours, self.printed, self.third, self.fourth, self.data, self.muted)


COLORS = Colors()


def _loss_map() -> Colormap:
    # The palest tenth of viridis would vanish on a light ground.
    viridis = mpl.colormaps["viridis"]
    shades = [viridis(0.92 * i / 255) for i in range(256)]
    return LinearSegmentedColormap.from_list("loss", shades)


LOSS_MAP = _loss_map()
"""Colour map of losses: from low (dark) to high (light), in grey too."""


def inks(names: Iterable[Name]) -> dict[Name, tuple[float, ...]]:
    """Return a colour of `LOSS_MAP` for each of several sizes or budgets, pale for the first.

    Parameters
    ----------
    names : iterable of hashable
        What is told apart, in order.

    Returns
    -------
    dict of hashable to tuple of float
        Red, green, blue and opacity by name.

    Examples
    --------
    >>> shades = inks(["33M", "124M", "360M"])
    >>> list(shades), bool(sum(shades["33M"]) > sum(shades["360M"]))
    (['33M', '124M', '360M'], True)
    """
    ordered = list(names)
    shades = LOSS_MAP(np.linspace(0.95, 0, len(ordered)))
    return {name: tuple(shade) for name, shade in zip(ordered, shades, strict=True)}


# Any, because newer releases of matplotlib know the names and older ones do not.
RC: Any = {
    "figure.facecolor": COLORS.ground,
    "savefig.facecolor": COLORS.ground,
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.h_pad": 0.07,
    "figure.constrained_layout.w_pad": 0.07,
    "figure.dpi": CSS_DPI,
    "axes.facecolor": COLORS.ground,
    "axes.edgecolor": COLORS.data,
    "axes.labelcolor": COLORS.data,
    "axes.titlecolor": COLORS.data,
    "axes.titlesize": 11.5,
    "axes.titlelocation": "left",
    "axes.labelsize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.prop_cycle": cycler(color=COLORS.series()[:4]),
    "grid.color": "#dfe2e6",
    "grid.linewidth": 0.6,
    "font.family": "DejaVu Sans",  # comes with matplotlib, so a figure is alike everywhere
    "font.size": 10.5,
    "mathtext.fontset": "dejavusans",
    "legend.frameon": True,
    "legend.framealpha": 0.85,
    "legend.facecolor": COLORS.ground,
    "legend.edgecolor": "none",
    "legend.fontsize": 10,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
    "text.color": COLORS.data,
    "xtick.color": COLORS.data,
    "ytick.color": COLORS.data,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
}


def use() -> None:
    """Set the book's style for all figures made from now on in this process.

    Examples
    --------
    >>> import matplotlib
    >>> use()
    >>> matplotlib.rcParams["figure.facecolor"] == COLORS.ground
    True
    """
    mpl.rcParams.update(RC)


def figure(
    rows: int = 1, columns: int = 1, *, width: float = WIDTH, height: float = 0.0, **options: Any
) -> tuple[Figure, Any]:
    """Make a figure in the book's style.

    Parameters
    ----------
    rows, columns : int
        How many axes.
    width, height : float
        In inches of 100 pixels; the height follows the number of rows and columns by default.
    **options
        For `matplotlib.pyplot.subplots`: ``sharex``, ``sharey``, ``width_ratios``.

    Returns
    -------
    Figure, Axes or ndarray of Axes
        As `matplotlib.pyplot.subplots` returns them.

    Examples
    --------
    >>> fig, ax = figure()
    >>> fig.get_size_inches().tolist()
    [6.8, 4.4]
    """
    use()
    if not height:
        height = rows * (4.4 if columns == 1 else 0.95 * width / columns + 0.6)
    return plt.subplots(rows, columns, figsize=(width, round(height, 2)), **options)


def png(fig: Figure, max_bytes: int = MAX_BYTES) -> tuple[bytes, int, int]:
    """Draw a figure as a PNG with two pixels for each pixel of the page, and close it.

    Parameters
    ----------
    fig : Figure
        The figure.
    max_bytes : int
        Size that must not be exceeded.

    Returns
    -------
    bytes, int, int
        The file; the width and the height at which a page shows it.

    Raises
    ------
    ReplicationError
        If the file is larger than `max_bytes`.

    Examples
    --------
    >>> content, width, height = png(figure()[0])
    >>> width, height, len(content) < MAX_BYTES
    (680, 440, True)
    """
    raw = io.BytesIO()
    # Not bbox_inches="tight": the size would then depend on the fonts.
    fig.savefig(raw, format="png", dpi=2 * CSS_DPI)
    plt.close(fig)
    # 256 colours hold antialiased lines and a colour map, at a third of the bytes.
    image = Image.open(raw).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    small = io.BytesIO()
    image.save(small, format="png", optimize=True)
    content = small.getvalue()
    if len(content) > max_bytes:
        raise ReplicationError(
            f"The figure is a PNG of {len(content):,} bytes; at most {max_bytes:,} are allowed, "
            "so that pages load fast. Draw fewer points, or bin them."
        )
    return content, image.width // 2, image.height // 2
