"""The book's figures: one style, axes with plain labels, and the plots that chapters share.

Needs the extra ``plot``: ``pip install replication[plot]``.
"""

from replication.plotting.axes import QUANTITIES, Quantity, count, label, power
from replication.plotting.charts import (
    band,
    contours,
    mark,
    pair_plot,
    profile_curve,
    residual_violins,
    scatter_runs,
)
from replication.plotting.style import COLORS, LOSS_MAP, MAX_BYTES, figure, png, use

__all__ = [
    "COLORS",
    "LOSS_MAP",
    "MAX_BYTES",
    "QUANTITIES",
    "Quantity",
    "band",
    "contours",
    "count",
    "figure",
    "label",
    "mark",
    "pair_plot",
    "png",
    "power",
    "profile_curve",
    "residual_violins",
    "scatter_runs",
    "use",
]
