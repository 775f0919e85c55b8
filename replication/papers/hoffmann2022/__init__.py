"""Hoffmann et al. (2022): three roads to the compute-optimal size of a model.

The grid of starts of the third approach is `replication.papers.besiroglu2024.GRID`: that paper
does the parametric fit again, this one draws frontiers and counts.
"""

from replication.papers.hoffmann2022.answers import claims
from replication.papers.hoffmann2022.architectures import (
    CHINCHILLA,
    CONTEXT,
    GOPHER,
    GOPHER_FLOPS,
    VOCAB_SIZE,
    conventions,
    flop_ratios,
    models,
)
from replication.papers.hoffmann2022.comparison import (
    allocation_lines,
    allocations,
    versions,
)
from replication.papers.hoffmann2022.frontiers import (
    ENVELOPE,
    FRACTION,
    SEED,
    SUBSAMPLES,
    envelope_frontier,
    envelope_ranges,
    isoflop_frontier,
    isoflop_rules,
)
from replication.papers.hoffmann2022.grids import (
    GRID_BUDGETS,
    GRID_TARGET,
    GRID_WIDTHS,
    centred_grids,
    shifted_grids,
    without_noise,
)
from replication.papers.hoffmann2022.runs import HIGH_LOSS, budgets, exact_flops, isoflop_runs
from replication.papers.hoffmann2022.surface import LAWS, drawn_lines, isoloss_curves, law
from replication.papers.hoffmann2022.tables import (
    MISPRINT,
    TABLES,
    allocation,
    allocation_law,
    optimal_flops,
)

__all__ = [
    "CHINCHILLA",
    "CONTEXT",
    "ENVELOPE",
    "FRACTION",
    "GOPHER",
    "GOPHER_FLOPS",
    "GRID_BUDGETS",
    "GRID_TARGET",
    "GRID_WIDTHS",
    "HIGH_LOSS",
    "LAWS",
    "MISPRINT",
    "SEED",
    "SUBSAMPLES",
    "TABLES",
    "VOCAB_SIZE",
    "allocation",
    "allocation_law",
    "allocation_lines",
    "allocations",
    "budgets",
    "centred_grids",
    "claims",
    "conventions",
    "drawn_lines",
    "envelope_frontier",
    "envelope_ranges",
    "exact_flops",
    "flop_ratios",
    "isoflop_frontier",
    "isoflop_rules",
    "isoflop_runs",
    "isoloss_curves",
    "law",
    "models",
    "optimal_flops",
    "shifted_grids",
    "versions",
    "without_noise",
]
