"""Porian et al. (2024): which differences make Kaplan's exponent into Hoffmann's.

The authors published the losses of all their runs at twelve budgets; the exponents, intervals and
ranges of their table are computed from them again, with their estimator and their random numbers.
"""

from replication.papers.porian2024.answers import *
from replication.papers.porian2024.data import *
from replication.papers.porian2024.recipe import *
from replication.papers.porian2024.steps import *
