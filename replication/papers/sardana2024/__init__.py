"""Sardana et al. (2024): the best model, once its inference is counted.

The authors published their scripts and the final losses of 47 runs. The optima are computed again
by `replication.lifetime`, and the runs are fitted again by the engine.
"""

from replication.papers.sardana2024.answers import claims
from replication.papers.sardana2024.data import SCORES, demand, deployment, list_price, runs
from replication.papers.sardana2024.optima import (
    ABSTRACT_REQUESTS,
    README_LOSS,
    TOKENS,
    chinchilla,
    cost_optimum,
    figure_1,
    half_size,
    law,
    lifetime_flops,
    optimum,
)
from replication.papers.sardana2024.refits import (
    CUTOFFS,
    LONGEST,
    PARTS,
    START,
    gains,
    refit,
    residuals,
)

__all__ = [
    "ABSTRACT_REQUESTS",
    "CUTOFFS",
    "LONGEST",
    "PARTS",
    "README_LOSS",
    "SCORES",
    "START",
    "TOKENS",
    "chinchilla",
    "claims",
    "cost_optimum",
    "demand",
    "deployment",
    "figure_1",
    "gains",
    "half_size",
    "law",
    "lifetime_flops",
    "list_price",
    "optimum",
    "refit",
    "residuals",
    "runs",
]
