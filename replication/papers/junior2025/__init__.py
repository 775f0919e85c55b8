"""Malaquias Junior et al. (2025): going on with a domain or with a mixture, in our own runs."""

from replication.papers.junior2025.answers import *
from replication.papers.junior2025.compute_ratios import *
from replication.papers.junior2025.data import *
from replication.papers.junior2025.local_exponents import *
