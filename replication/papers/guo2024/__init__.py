"""Guo (2024): is compute all you need?"""

from replication.papers.guo2024.data import models

__all__ = ["models"]
