"""Hägele et al. (2024): a constant learning rate with a cooldown instead of a cosine.

The logs of the authors' runs are public; curves, fits, savings and verdicts are computed from them.
"""

from replication.papers.hagele2024.answers import FIGURE_3, claims
from replication.papers.hagele2024.averaging import averaged, one_window, share_recovered
from replication.papers.hagele2024.comparison import (
    StraightLine,
    pairs,
    perplexity_line,
    repeats,
    rms,
    transfer,
)
from replication.papers.hagele2024.cooldowns import (
    COMPARED,
    LENGTHS,
    RATES,
    best_losses,
    best_rates,
    by_fraction,
    final_loss,
    shapes,
    sweep,
)
from replication.papers.hagele2024.data import (
    SCHEDULES,
    WARMUP,
    curves,
    models,
    runs,
    suite,
    trunks,
)
from replication.papers.hagele2024.logs import careless_line, log, restarted
from replication.papers.hagele2024.savings import (
    COOLDOWN,
    chinchilla_suite,
    gpu_hours,
    helper_flops,
    hours_with_whole_trunk,
    planned_ratios,
    reuse_ratio,
    seconds_a_step,
    suite_flops,
)
from replication.papers.hagele2024.surface import (
    LEVEL,
    POINTS,
    ends,
    loss_law,
    lower_envelope,
    markers,
    surface,
    surface_draws,
)

__all__ = [
    "COMPARED",
    "COOLDOWN",
    "FIGURE_3",
    "LENGTHS",
    "LEVEL",
    "POINTS",
    "RATES",
    "SCHEDULES",
    "WARMUP",
    "StraightLine",
    "averaged",
    "best_losses",
    "best_rates",
    "by_fraction",
    "careless_line",
    "chinchilla_suite",
    "claims",
    "curves",
    "ends",
    "final_loss",
    "gpu_hours",
    "helper_flops",
    "hours_with_whole_trunk",
    "log",
    "loss_law",
    "lower_envelope",
    "markers",
    "models",
    "one_window",
    "pairs",
    "perplexity_line",
    "planned_ratios",
    "repeats",
    "restarted",
    "reuse_ratio",
    "rms",
    "runs",
    "seconds_a_step",
    "shapes",
    "share_recovered",
    "suite",
    "suite_flops",
    "surface",
    "surface_draws",
    "sweep",
    "transfer",
    "trunks",
]
