"""Choshen, Zhang and Andreas (2024): a guide to estimating scaling laws.

The paper's recipe on every family of models whose training curves are public: a law fitted to
checkpoints of the smaller models predicts the largest.
"""

from replication.papers.choshen2024.answers import *
from replication.papers.choshen2024.coefficients import *
from replication.papers.choshen2024.data import *
from replication.papers.choshen2024.effects import *
from replication.papers.choshen2024.recipe import *
from replication.papers.choshen2024.solvers import *
from replication.papers.choshen2024.sweep import *
from replication.papers.choshen2024.variant_fits import *
