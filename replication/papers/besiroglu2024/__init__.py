"""Besiroglu et al. (2024): the parametric fit of hoffmann2022, done again from its Figure 4.

The points are in ``data/hoffmann2022``; what is here is what this paper does with them.
"""

from replication.papers.besiroglu2024.answers import *
from replication.papers.besiroglu2024.figure import *
from replication.papers.besiroglu2024.fits import *
from replication.papers.besiroglu2024.ratios import *
from replication.papers.besiroglu2024.recipe import *
from replication.papers.besiroglu2024.uncertainty import *
