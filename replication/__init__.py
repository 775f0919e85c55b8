"""Scaling laws, replicated: data, fits, and a ledger of every printed claim.

Units everywhere: plain counts (parameters, tokens, FLOPs) and nats per token.
"""

from replication import counting, laws, units
from replication.datasets import describe, load, published, tables
from replication.errors import Note, ReplicationError
from replication.fitting import Bootstrap, Fit, Objective, Profile, Recipe, fit, scaled_huber
from replication.frontier import Frontier, envelope, isoflop, parametric
from replication.learning_curve import LearningCurve
from replication.ledger import verify
from replication.schedules import Schedule

__all__ = [
    "Bootstrap",
    "Fit",
    "Frontier",
    "LearningCurve",
    "Note",
    "Objective",
    "Profile",
    "Recipe",
    "ReplicationError",
    "Schedule",
    "counting",
    "describe",
    "envelope",
    "fit",
    "isoflop",
    "laws",
    "load",
    "parametric",
    "published",
    "scaled_huber",
    "tables",
    "units",
    "verify",
]
