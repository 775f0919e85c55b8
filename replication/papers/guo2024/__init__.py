"""Guo (2024): is compute all you need?

Compression of public models against the logarithm of their training compute, on a rebuilt table of
models; then the same question asked of controlled runs, those of sardana2024 and gadre2024.
"""

from replication.papers.guo2024.answers import *
from replication.papers.guo2024.compression_line import *
from replication.papers.guo2024.compute_split import *
from replication.papers.guo2024.data import *
from replication.papers.guo2024.pairs import *
from replication.papers.guo2024.predictions import *
