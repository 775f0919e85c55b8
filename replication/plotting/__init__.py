"""The book's figures: one style, axes with plain labels, and the plots that chapters share.

Needs the extra ``plot``: ``pip install scaling-laws-replicated[plot]``, or ``pip install .[plot]``
in a clone of the book.
"""

from replication.plotting.axes import QUANTITIES, Quantity, count, label, plain, power, symbol
from replication.plotting.charts import band, contours, mark, scatter_runs
from replication.plotting.diagnostics import pair_plot, profile_curve, residual_violins
from replication.plotting.legibility import LegibilityWarning, crowded
from replication.plotting.results import draw_bootstrap, draw_fit, draw_frontier, draw_profile
from replication.plotting.style import COLORS, LOSS_MAP, MAX_BYTES, figure, inks, png, use

__all__ = [
    "COLORS",
    "LOSS_MAP",
    "MAX_BYTES",
    "QUANTITIES",
    "LegibilityWarning",
    "Quantity",
    "band",
    "contours",
    "count",
    "crowded",
    "draw_bootstrap",
    "draw_fit",
    "draw_frontier",
    "draw_profile",
    "figure",
    "inks",
    "label",
    "mark",
    "pair_plot",
    "plain",
    "png",
    "power",
    "profile_curve",
    "residual_violins",
    "scatter_runs",
    "symbol",
    "use",
]
