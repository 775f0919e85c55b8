"""Ruan et al. (2024): capabilities of public models, and what they predict.

Principal components of benchmarks, their growth with compute within families, sigmoids from them to
other tasks, the choice of few models to evaluate, and models that came later.
"""

from replication.papers.ruan2024.agents import *
from replication.papers.ruan2024.answers import *
from replication.papers.ruan2024.choice import *
from replication.papers.ruan2024.data import *
from replication.papers.ruan2024.growth import *
from replication.papers.ruan2024.later import *
from replication.papers.ruan2024.prediction import *
