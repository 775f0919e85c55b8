"""What to train for a budget and a demand, under every law of the planner side by side."""

from replication.plans.machines import UTILISATION, hardware
from replication.plans.planning import Plan, plan
from replication.plans.sources import Source, answering

__all__ = ["UTILISATION", "Plan", "Source", "answering", "hardware", "plan"]
