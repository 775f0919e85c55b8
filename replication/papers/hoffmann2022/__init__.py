"""Hoffmann et al. (2022): three roads to the compute-optimal size of a model.

The grid of starts of the third approach is `replication.papers.besiroglu2024.GRID`: that paper
does the parametric fit again, this one draws frontiers and counts.
"""

from replication.papers.hoffmann2022.answers import *
from replication.papers.hoffmann2022.architectures import *
from replication.papers.hoffmann2022.comparison import *
from replication.papers.hoffmann2022.frontiers import *
from replication.papers.hoffmann2022.grids import *
from replication.papers.hoffmann2022.readings import *
from replication.papers.hoffmann2022.runs import *
from replication.papers.hoffmann2022.surface import *
from replication.papers.hoffmann2022.tables import *
