"""Axes: labels with units, and ticks that read as people say them."""

import math
import unicodedata
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from replication.errors import unknown

PREFIXES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))


@dataclass(frozen=True)
class Quantity:
    """What an axis shows.

    Parameters
    ----------
    text : str
        The label, with the unit.
    log : bool
        Whether the axis is logarithmic by default.
    ticks : str
        How its ticks are written: ``"count"`` (70B), ``"power"`` (a power of ten) or
        ``"plain"`` (0.5, 20).
    """

    text: str
    log: bool = True
    ticks: str = "plain"


QUANTITIES = {
    "params": Quantity("parameters N", ticks="count"),
    "tokens": Quantity("training tokens D", ticks="count"),
    "flops": Quantity("training compute C (FLOPs)", ticks="power"),
    "loss": Quantity("loss (nats per token)", log=False),
    "residual": Quantity("residual of log loss", log=False),
    "tokens_per_param": Quantity("tokens per parameter D/N"),
}
"""The quantities that chapters share, by the names of their columns."""


def count(value: float, position: object = None) -> str:
    """Write a count as people say it.

    Parameters
    ----------
    value : float
        Parameters or tokens.
    position : object, optional
        Ignored; matplotlib passes it.

    Returns
    -------
    str
        Three significant digits with K, M, B or T.

    Examples
    --------
    >>> count(70e9), count(1.4e12), count(999_999_999), count(250)
    ('70B', '1.4T', '1B', '250')
    """
    # Rounded first, so that 999.9 million becomes 1B and not 1000M.
    value = float(f"{value:.3g}")
    for size, letter in PREFIXES:
        if abs(value) >= size:
            return f"{value / size:.10g}{letter}"
    return f"{value:g}"


def power(value: float, position: object = None) -> str:
    r"""Write a number as a power of ten for a tick.

    Parameters
    ----------
    value : float
        A positive number.
    position : object, optional
        Ignored; matplotlib passes it.

    Returns
    -------
    str
        As mathematical text of matplotlib.

    Examples
    --------
    >>> power(1e18), power(3e18)
    ('$10^{18}$', '$3\\times10^{18}$')
    """
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    base = f"10^{{{int(exponent)}}}"
    digits = f"{float(mantissa):g}"
    return f"${base}$" if digits == "1" else rf"${digits}\times{base}$"


def plain(value: float, position: object = None) -> str:
    """Write a number for a tick without more digits than it needs.

    Examples
    --------
    >>> plain(0.1 + 0.2), plain(-20.0)
    ('0.3', '−20')
    """
    return f"{value:.10g}".replace("-", "−")


def symbol(name: str) -> str:
    """Return the letter a paper prints for a coefficient.

    Parameters
    ----------
    name : str
        The coefficient's name in a law.

    Returns
    -------
    str
        A Greek letter for its name, anything else as it is.

    Examples
    --------
    >>> symbol("alpha"), symbol("A")
    ('α', 'A')
    """
    try:
        return unicodedata.lookup(f"GREEK SMALL LETTER {name}")
    except KeyError:
        return name


WRITERS = {"count": count, "power": power, "plain": plain}


def label(
    ax: Axes,
    *,
    x: str | Quantity | None = None,
    y: str | Quantity | None = None,
    log: bool | None = None,
) -> None:
    """Label axes, set their scale and write their ticks plainly; call it after drawing.

    Parameters
    ----------
    ax : Axes
        The axes.
    x, y : str or Quantity, optional
        A name of `QUANTITIES`, or a quantity of one's own; None leaves the axis as it is.
    log : bool, optional
        Scale of the named axes; by default that of each quantity.

    Raises
    ------
    UnknownNameError
        If there is no such quantity.

    Examples
    --------
    >>> from replication.plotting import figure
    >>> fig, ax = figure()
    >>> label(ax, x="flops", y="params")
    >>> ax.get_xlabel(), ax.get_yscale()
    ('training compute C (FLOPs)', 'log')
    """
    for axis, name in ((ax.xaxis, x), (ax.yaxis, y)):
        if name is None:
            continue
        if isinstance(name, str):
            if name not in QUANTITIES:
                raise unknown("quantity", name, QUANTITIES, "Or give a Quantity.")
            name = QUANTITIES[name]
        axis.set_label_text(name.text)
        logarithmic = name.log if log is None else log
        # Setting the scale anew would forget the limits of an axis that has it.
        if (axis.get_scale() == "log") != logarithmic:
            (ax.set_xscale if axis is ax.xaxis else ax.set_yscale)(
                "log" if logarithmic else "linear"
            )
        _ticks(axis, name.ticks, logarithmic)


def _ticks(axis: Axis, kind: str, logarithmic: bool) -> None:
    axis.set_major_formatter(FuncFormatter(WRITERS[kind]))
    if not logarithmic:
        return
    low, high = sorted(axis.get_view_interval())
    decades = math.log10(high / low) if low > 0 else 1.0
    # A label every decade while they fit, and 1-2-5 steps where there are few decades.
    subs = (1.0, 2.0, 5.0) if decades < 2 else (1.0, 3.0) if decades < 3 else (1.0,)
    if kind == "power" and decades >= 2:
        subs = (1.0,)
    room = _room(axis)
    axis.set_major_locator(LogLocator(subs=subs, numticks=room))
    axis.set_minor_formatter(NullFormatter())
    if decades <= 5:
        axis.set_minor_locator(LogLocator(subs=tuple(range(2, 10)), numticks=99))
    elif decades > room:
        axis.set_minor_locator(LogLocator(subs=(1.0,), numticks=99))
    else:
        axis.set_minor_locator(NullLocator())


def _room(axis: Axis) -> int:
    """Return how many tick labels fit along an axis."""
    ax = axis.axes
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes are always on a figure here
    width, height = ax.get_position().size * figure.get_size_inches()
    # A label takes half an inch along x, a third along y.
    return max(3, round(width / 0.5 if axis is ax.xaxis else height / 0.33))
