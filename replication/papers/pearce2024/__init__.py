"""Pearce and Song (2024): two scaling laws reconciled by what they count.

Nothing is measured here: a published loss is read with and without the embedding. The runs of
porian2024 are the test on data.
"""

from replication.papers.pearce2024.closed_form import *
from replication.papers.pearce2024.embedding import *
from replication.papers.pearce2024.expectation import *
from replication.papers.pearce2024.inputs import *
from replication.papers.pearce2024.recount import *
from replication.papers.pearce2024.simulation import *
