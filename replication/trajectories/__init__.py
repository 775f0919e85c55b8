"""Trajectories: what explains the behaviour of models along their training.

Checkpoints of several runs carry a behaviour, such as an accuracy. How much of it does the
perplexity of the checkpoint explain, how much its compute, and what is left for the size of the
model once the perplexity is known?
"""

from replication.trajectories.shuffling import Beyond
from replication.trajectories.trajectories import Trajectories

__all__ = ["Beyond", "Trajectories"]
