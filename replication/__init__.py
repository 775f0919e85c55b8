"""Scaling laws, replicated: data, fits, and a ledger of every printed claim.

Units everywhere: plain counts (parameters, tokens, FLOPs) and nats per token.
"""

from replication import counting, laws, units
from replication.advice import Advice, advise
from replication.checkpoints import LargestPrediction, predict_largest
from replication.datasets import corpus, describe, designs, load, published, registry, runs, tables
from replication.errors import Note, ReplicationError
from replication.fitting import (
    Bootstrap,
    Evidence,
    Fit,
    LeaveOneOut,
    Objective,
    Profile,
    Recipe,
    fit,
    scaled_huber,
)
from replication.frontier import Frontier, envelope, isoflop, parametric
from replication.hindcast import Backtest, backtest
from replication.learning_curve import LearningCurve
from replication.ledger import verify
from replication.lifetime import (
    Deployment,
    LifetimeCostOptimum,
    LifetimeOptimum,
    lifetime_cost_optimal,
    lifetime_optimal,
)
from replication.principal_components import Capabilities, capabilities
from replication.rate_history import RateHistory
from replication.schedules import Schedule
from replication.trajectories import Beyond, Trajectories

__all__ = [
    "Advice",
    "Backtest",
    "Beyond",
    "Bootstrap",
    "Capabilities",
    "Deployment",
    "Evidence",
    "Fit",
    "Frontier",
    "LargestPrediction",
    "LearningCurve",
    "LeaveOneOut",
    "LifetimeCostOptimum",
    "LifetimeOptimum",
    "Note",
    "Objective",
    "Profile",
    "RateHistory",
    "Recipe",
    "ReplicationError",
    "Schedule",
    "Trajectories",
    "advise",
    "backtest",
    "capabilities",
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
    "predict_largest",
    "published",
    "registry",
    "runs",
    "scaled_huber",
    "tables",
    "units",
    "verify",
]
