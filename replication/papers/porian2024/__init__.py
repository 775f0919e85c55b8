"""Porian et al. (2024): which differences make Kaplan's exponent into Hoffmann's.

The authors published the losses of all their runs at twelve budgets; the exponents, intervals and
ranges of their table are computed from them again, with their estimator and their random numbers.
"""

from replication.papers.porian2024.answers import (
    HOFFMANN_RATIO,
    ROWS,
    claims,
    printed_rows,
    table_1,
)
from replication.papers.porian2024.data import (
    ADJUSTED,
    ATTENTION,
    DATASETS,
    LABELS,
    LONG_WARMUP,
    STEPS,
    experiments,
    runs,
    shape,
    sizes,
)
from replication.papers.porian2024.recipe import (
    CHINCHILLA_FLOPS,
    COPIES,
    LEVEL,
    LOSS_WINDOW,
    NOISE,
    RAMPS,
    at_the_floor,
    by_budgets,
    deviates,
    frontier,
    interval,
    loss_fit,
    noise,
    ratio_range,
)
from replication.papers.porian2024.steps import (
    CHANGES,
    drop,
    exponents,
    ramp_effect,
    shares,
    tuned_first_or_last,
)

__all__ = [
    "ADJUSTED",
    "ATTENTION",
    "CHANGES",
    "CHINCHILLA_FLOPS",
    "COPIES",
    "DATASETS",
    "HOFFMANN_RATIO",
    "LABELS",
    "LEVEL",
    "LONG_WARMUP",
    "LOSS_WINDOW",
    "NOISE",
    "RAMPS",
    "ROWS",
    "STEPS",
    "at_the_floor",
    "by_budgets",
    "claims",
    "deviates",
    "drop",
    "experiments",
    "exponents",
    "frontier",
    "interval",
    "loss_fit",
    "noise",
    "printed_rows",
    "ramp_effect",
    "ratio_range",
    "runs",
    "shape",
    "shares",
    "sizes",
    "table_1",
    "tuned_first_or_last",
]
