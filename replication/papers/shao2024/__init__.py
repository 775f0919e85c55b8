"""Shao et al. (2024): retrieval from a trillion tokens, what of it can be recomputed."""

from replication.papers.shao2024.answers import *
from replication.papers.shao2024.compute import *
from replication.papers.shao2024.retrieval import *
from replication.papers.shao2024.sampling import *
from replication.papers.shao2024.tables import *
