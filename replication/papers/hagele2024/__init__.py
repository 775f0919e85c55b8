"""Hägele et al. (2024): a constant learning rate with a cooldown instead of a cosine.

The logs of the authors' runs are public; curves, fits, savings and verdicts are computed from them.
"""

from replication.papers.hagele2024.data import curves, models, runs, suite, trunks

__all__ = ["curves", "models", "runs", "suite", "trunks"]
