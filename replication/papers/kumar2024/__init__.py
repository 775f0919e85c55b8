"""Kumar et al. (2024): scaling laws for precision.

The laws with their printed constants, the runs of another group in low precision, and our own
experiment on rounding trained models.
"""

from replication.papers.kumar2024.answers import *
from replication.papers.kumar2024.budgets import *
from replication.papers.kumar2024.byte_model import *
from replication.papers.kumar2024.data import *
from replication.papers.kumar2024.fits import *
from replication.papers.kumar2024.own_training import *
from replication.papers.kumar2024.schemes import *
