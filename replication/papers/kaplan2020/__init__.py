"""Kaplan et al. (2020): the laws from printed constants, and on another group's runs."""

from replication.papers.kaplan2020.allocation import (
    EXTRA_FLOPS,
    NEARLY_CONVERGED,
    OTHER_SIZE,
    shares,
    with_table_5_size,
)
from replication.papers.kaplan2020.crossing import cross, readings
from replication.papers.kaplan2020.imitation import (
    DATASETS,
    LEVEL,
    WARMUP_TOKENS,
    frontier,
    intervals,
    joined,
    least_frontier,
    loss_law,
    runs,
    steps_fit,
    steps_profile,
)
from replication.papers.kaplan2020.overfitting import DATA_EXPONENT, DATA_PREFACTOR
from replication.papers.kaplan2020.printed import (
    BATCH,
    LEARNING_RATE,
    SEED_SPREAD,
    STEPS,
    TOKENS,
    WARMUP_STEPS,
    claims,
    models,
    theory,
    trend,
)

__all__ = [
    "BATCH",
    "DATASETS",
    "DATA_EXPONENT",
    "DATA_PREFACTOR",
    "EXTRA_FLOPS",
    "LEARNING_RATE",
    "LEVEL",
    "NEARLY_CONVERGED",
    "OTHER_SIZE",
    "SEED_SPREAD",
    "STEPS",
    "TOKENS",
    "WARMUP_STEPS",
    "WARMUP_TOKENS",
    "claims",
    "cross",
    "frontier",
    "intervals",
    "joined",
    "least_frontier",
    "loss_law",
    "models",
    "readings",
    "runs",
    "shares",
    "steps_fit",
    "steps_profile",
    "theory",
    "trend",
    "with_table_5_size",
]
