"""Optima that count inference: the cheapest model over its lifetime, in FLOPs and in money."""

from replication.lifetime.deployment import Deployment
from replication.lifetime.money import LifetimeCostOptimum, lifetime_cost_optimal
from replication.lifetime.optimum import LifetimeOptimum, lifetime_optimal

__all__ = [
    "Deployment",
    "LifetimeCostOptimum",
    "LifetimeOptimum",
    "lifetime_cost_optimal",
    "lifetime_optimal",
]
