"""Scaling laws, replicated: data, fits, and a ledger of every printed claim.

Units everywhere: plain counts (parameters, tokens, FLOPs) and nats per token.
"""

from replication import counting, laws, units
from replication.advice import Advice, advise
from replication.backtest import Backtest, backtest
from replication.datasets import corpus, describe, designs, load, published, runs, tables
from replication.errors import Note, ReplicationError
from replication.fitting import (
    Bootstrap,
    Evidence,
    Fit,
    Objective,
    Profile,
    Recipe,
    fit,
    scaled_huber,
)
from replication.frontier import Frontier, envelope, isoflop, parametric
from replication.learning_curve import LearningCurve
from replication.ledger import verify
from replication.lifetime import (
    Deployment,
    LifetimeCostOptimum,
    LifetimeOptimum,
    lifetime_cost_optimal,
    lifetime_optimal,
)
from replication.rate_history import RateHistory
from replication.schedules import Schedule

__all__ = [
    "Advice",
    "Backtest",
    "Bootstrap",
    "Deployment",
    "Evidence",
    "Fit",
    "Frontier",
    "LearningCurve",
    "LifetimeCostOptimum",
    "LifetimeOptimum",
    "Note",
    "Objective",
    "Profile",
    "RateHistory",
    "Recipe",
    "ReplicationError",
    "Schedule",
    "advise",
    "backtest",
    "corpus",
    "counting",
    "describe",
    "designs",
    "envelope",
    "fit",
    "isoflop",
    "laws",
    "lifetime_cost_optimal",
    "lifetime_optimal",
    "load",
    "parametric",
    "published",
    "runs",
    "scaled_huber",
    "tables",
    "units",
    "verify",
]
