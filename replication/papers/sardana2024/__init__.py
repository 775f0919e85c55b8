"""Sardana et al. (2024): the cheapest model counts its inference.

The authors published their scripts and the final losses of 47 runs. The optima are computed again
by `replication.lifetime`, and the runs fitted again by the engine.
"""

from replication.papers.sardana2024.answers import claims
from replication.papers.sardana2024.data import SCORES, runs

__all__ = ["SCORES", "claims", "runs"]
