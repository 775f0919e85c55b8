"""Su et al. (2024): trajectories of large models from small ones, on the logs of hagele2024."""

from replication.papers.su2024.answers import claims, printed_law
from replication.papers.su2024.data import (
    COUNTS,
    LARGE,
    LARGEST,
    MIDDLE,
    SMALL,
    curves,
    trajectories,
)
from replication.papers.su2024.fits import (
    VARIANTS,
    carried_over,
    critical_batch,
    errors,
    fitted,
    residuals,
    variant,
)
from replication.papers.su2024.predictions import last_point, steps_needed
from replication.papers.su2024.rates import learning_rates, one_rate, rate_effect
from replication.papers.su2024.uncertainty import (
    BLOCK,
    LEVEL,
    autocorrelation,
    reference,
    resampled,
    spreads,
    without_one,
)

__all__ = [
    "BLOCK",
    "COUNTS",
    "LARGE",
    "LARGEST",
    "LEVEL",
    "MIDDLE",
    "SMALL",
    "VARIANTS",
    "autocorrelation",
    "carried_over",
    "claims",
    "critical_batch",
    "curves",
    "errors",
    "fitted",
    "last_point",
    "learning_rates",
    "one_rate",
    "printed_law",
    "rate_effect",
    "reference",
    "resampled",
    "residuals",
    "spreads",
    "steps_needed",
    "trajectories",
    "variant",
    "without_one",
]
