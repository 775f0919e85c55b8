"""Pearce and Song (2024): two scaling laws reconciled by what they count.

Nothing is measured here: a published loss is read with and without the embedding. The runs of
porian2024 are the test on data.
"""

from replication.papers.pearce2024.closed_form import (
    FULL,
    KAPLAN_DECADES,
    RANGES,
    evenly_in_size,
    kaplan_law,
    line_exponent,
    sensitivity,
    variants,
    window_exponent,
)
from replication.papers.pearce2024.embedding import embedding_fit, total_sizes
from replication.papers.pearce2024.expectation import (
    expected_frontier,
    fitted_expectations,
    recounts,
    tested_law,
)
from replication.papers.pearce2024.inputs import (
    ASPECT_RATIOS,
    SIZES,
    VOCAB_SIZE,
    claims,
    kaplan_loss_slope,
    kaplan_range,
    law,
    models,
    relation,
    surface,
)
from replication.papers.pearce2024.recount import (
    DATASETS,
    EXPERIMENTS,
    TUNED_FIRST,
    bracketed,
    tested_frontier,
    tested_models,
    tested_relation,
    tested_runs,
    unbracketed,
)
from replication.papers.pearce2024.simulation import COUNTS, WINDOWS, grid, loss_fits, simulated

__all__ = [
    "ASPECT_RATIOS",
    "COUNTS",
    "DATASETS",
    "EXPERIMENTS",
    "FULL",
    "KAPLAN_DECADES",
    "RANGES",
    "SIZES",
    "TUNED_FIRST",
    "VOCAB_SIZE",
    "WINDOWS",
    "bracketed",
    "claims",
    "embedding_fit",
    "evenly_in_size",
    "expected_frontier",
    "fitted_expectations",
    "grid",
    "kaplan_law",
    "kaplan_loss_slope",
    "kaplan_range",
    "law",
    "line_exponent",
    "loss_fits",
    "models",
    "recounts",
    "relation",
    "sensitivity",
    "simulated",
    "surface",
    "tested_frontier",
    "tested_law",
    "tested_models",
    "tested_relation",
    "tested_runs",
    "total_sizes",
    "unbracketed",
    "variants",
    "window_exponent",
]
