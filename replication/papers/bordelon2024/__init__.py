"""Bordelon et al. (2024): a dynamical model of neural scaling laws.

Random features trained by gradient flow, solved in theory and simulated: losses at any time, size
and number of samples, their exponents, the compute-optimal split, and ensembles.
"""

from replication.papers.bordelon2024.answers import *
from replication.papers.bordelon2024.data import *
from replication.papers.bordelon2024.limits import *
from replication.papers.bordelon2024.simulation import *
from replication.papers.bordelon2024.spectrum import *
from replication.papers.bordelon2024.split import *
from replication.papers.bordelon2024.theory import *
