"""Scaling laws, replicated: data, fits, and a ledger of every printed claim.

Units everywhere: plain counts (parameters, tokens, FLOPs) and nats per token.
"""

from replication import counting, laws, units
from replication.advice import Advice, advise
from replication.checkpoints import LargestPrediction, predict_largest
from replication.comparison import Comparison, compare
from replication.datasets import corpus, describe, designs, load, published, registry, runs, tables
from replication.design_scores import DesignScores, score_designs
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
    load_fit,
    save_fit,
    scaled_huber,
)
from replication.frontier import Frontier, envelope, isoflop, parametric
from replication.hindcast import Backtest, backtest
from replication.intake import Intake, read_table, take_runs
from replication.learning_curve import LearningCurve
from replication.ledger import verify
from replication.lifetime import (
    Deployment,
    LifetimeCostOptimum,
    LifetimeOptimum,
    lifetime_cost_optimal,
    lifetime_optimal,
)
from replication.plans import Plan, plan
from replication.principal_components import Capabilities, capabilities
from replication.ranking import Ranking, rank
from replication.rate_history import RateHistory
from replication.schedules import Schedule
from replication.simulation import layout, simulate
from replication.trajectories import Beyond, Trajectories

__all__ = [
    "Advice",
    "Backtest",
    "Beyond",
    "Bootstrap",
    "Capabilities",
    "Comparison",
    "Deployment",
    "DesignScores",
    "Evidence",
    "Fit",
    "Frontier",
    "Intake",
    "LargestPrediction",
    "LearningCurve",
    "LeaveOneOut",
    "LifetimeCostOptimum",
    "LifetimeOptimum",
    "Note",
    "Objective",
    "Plan",
    "Profile",
    "Ranking",
    "RateHistory",
    "Recipe",
    "ReplicationError",
    "Schedule",
    "Trajectories",
    "advise",
    "backtest",
    "capabilities",
    "compare",
    "corpus",
    "counting",
    "describe",
    "designs",
    "envelope",
    "fit",
    "isoflop",
    "laws",
    "layout",
    "lifetime_cost_optimal",
    "lifetime_optimal",
    "load",
    "load_fit",
    "parametric",
    "plan",
    "predict_largest",
    "published",
    "rank",
    "read_table",
    "registry",
    "runs",
    "save_fit",
    "scaled_huber",
    "score_designs",
    "simulate",
    "tables",
    "take_runs",
    "units",
    "verify",
]
