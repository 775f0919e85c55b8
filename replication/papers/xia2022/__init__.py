"""Xia et al. (2022): does perplexity explain behaviour, or size?

The paper's checkpoints of OPT, read off its figures, and the published evaluations of Pythia as an
independent test.
"""

from replication.papers.xia2022.answers import *
from replication.papers.xia2022.comparisons import *
from replication.papers.xia2022.data import *
from replication.papers.xia2022.explained import *
from replication.papers.xia2022.proxy import *
from replication.papers.xia2022.trends import *
