"""Kaplan et al. (2020): the laws from printed constants, and on another group's runs."""

from replication.papers.kaplan2020.allocation import (
    EXTRA_FLOPS,
    shares,
    with_table_5_size,
)
from replication.papers.kaplan2020.best_sizes import (
    frontier,
    frontiers,
    least_frontier,
    loss_law,
)
from replication.papers.kaplan2020.crossing import cross, readings
from replication.papers.kaplan2020.imitation import (
    DATASETS,
    LEVEL,
    WARMUP_TOKENS,
    forms,
    intervals,
    joined,
    runs,
    steps_fit,
    steps_profile,
    warmup_rules,
)
from replication.papers.kaplan2020.overfitting import scales
from replication.papers.kaplan2020.printed import (
    BATCH,
    CONTEXT,
    LEARNING_RATE,
    SEED_SPREAD,
    TOKENS,
    VOCAB_SIZE,
    WARMUP_STEPS,
    claims,
    models,
    printed,
    theory,
    trend,
)

__all__ = [
    "BATCH",
    "CONTEXT",
    "DATASETS",
    "EXTRA_FLOPS",
    "LEARNING_RATE",
    "LEVEL",
    "SEED_SPREAD",
    "TOKENS",
    "VOCAB_SIZE",
    "WARMUP_STEPS",
    "WARMUP_TOKENS",
    "claims",
    "cross",
    "forms",
    "frontier",
    "frontiers",
    "intervals",
    "joined",
    "least_frontier",
    "loss_law",
    "models",
    "printed",
    "readings",
    "runs",
    "scales",
    "shares",
    "steps_fit",
    "steps_profile",
    "theory",
    "trend",
    "warmup_rules",
    "with_table_5_size",
]
