"""Muennighoff et al. (2023): what repeating data is worth.

The data-constrained law on the paper's own runs, the other forms that its Table 1 compares, and the
training curves of some of the runs.
"""

from replication.papers.muennighoff2023.answers import *
from replication.papers.muennighoff2023.data import *
from replication.papers.muennighoff2023.fits import *
from replication.papers.muennighoff2023.forms import *
from replication.papers.muennighoff2023.paths import *
