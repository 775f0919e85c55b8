"""Guo (2024): is compute all you need?

Compression of public models against the logarithm of their training compute, on a rebuilt table of
models; then the same question asked of controlled runs, those of sardana2024 and gadre2024.
"""

from replication.papers.guo2024.answers import claims
from replication.papers.guo2024.data import (
    CONTROLLED,
    DOMAINS,
    FAMILIES,
    LISTS,
    LONG,
    UNIT,
    controlled,
    every_model,
    models,
)
from replication.papers.guo2024.line import (
    by_domain,
    leave_one_out,
    line,
    printed,
    residual_correlations,
)
from replication.papers.guo2024.pairs import APART, WITHIN, equal_compute_pairs
from replication.papers.guo2024.predictions import (
    FLOPS_UNIT,
    capped,
    flops_for,
    least_params,
    tokens_for,
    tokens_for_loss,
    valley,
)
from replication.papers.guo2024.split import (
    LAWS,
    collinearity,
    detectable,
    expected_tilts,
    plane,
    resampled,
    shared_by_families,
    split,
    tilt,
    tilts,
    within_families,
)

__all__ = [
    "APART",
    "CONTROLLED",
    "DOMAINS",
    "FAMILIES",
    "FLOPS_UNIT",
    "LAWS",
    "LISTS",
    "LONG",
    "UNIT",
    "WITHIN",
    "by_domain",
    "capped",
    "claims",
    "collinearity",
    "controlled",
    "detectable",
    "equal_compute_pairs",
    "every_model",
    "expected_tilts",
    "flops_for",
    "least_params",
    "leave_one_out",
    "line",
    "models",
    "plane",
    "printed",
    "resampled",
    "residual_correlations",
    "shared_by_families",
    "split",
    "tilt",
    "tilts",
    "tokens_for",
    "tokens_for_loss",
    "valley",
    "within_families",
]
