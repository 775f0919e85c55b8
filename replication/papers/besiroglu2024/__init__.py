"""Besiroglu et al. (2024): the parametric fit of hoffmann2022, done again from its Figure 4.

The points are in ``data/hoffmann2022``; what is here is what this paper does with them.
"""

from replication.papers.besiroglu2024.answers import claims, interval_width, log_likelihoods
from replication.papers.besiroglu2024.figure import (
    COLOUR_BAR,
    COLOUR_BINS,
    COORDINATES,
    OUTLIERS,
    points,
    recalibrated,
)
from replication.papers.besiroglu2024.fits import (
    LIKELIHOOD_DELTA,
    huber_fit,
    likelihood_fit,
    log_likelihood,
    published_laws,
)
from replication.papers.besiroglu2024.ratios import (
    CHINCHILLA_FLOPS,
    DRAWN_EXPONENT,
    HOFFMANN_INTERVAL,
    drawn_ratio,
    outlier_sweep,
    ratio_band,
)
from replication.papers.besiroglu2024.recipe import GRID, stalled_subsamples, start_at
from replication.papers.besiroglu2024.uncertainty import (
    RESAMPLES,
    SEED,
    bootstrap,
    covariance,
    delta_method_error,
    normal_draws,
    other_seeds,
    runs_needed,
    wald,
)

__all__ = [
    "CHINCHILLA_FLOPS",
    "COLOUR_BAR",
    "COLOUR_BINS",
    "COORDINATES",
    "DRAWN_EXPONENT",
    "GRID",
    "HOFFMANN_INTERVAL",
    "LIKELIHOOD_DELTA",
    "OUTLIERS",
    "RESAMPLES",
    "SEED",
    "bootstrap",
    "claims",
    "covariance",
    "delta_method_error",
    "drawn_ratio",
    "huber_fit",
    "interval_width",
    "likelihood_fit",
    "log_likelihood",
    "log_likelihoods",
    "normal_draws",
    "other_seeds",
    "outlier_sweep",
    "points",
    "published_laws",
    "ratio_band",
    "recalibrated",
    "runs_needed",
    "stalled_subsamples",
    "start_at",
    "wald",
]
