"""Ivgi et al. (2022): what small runs say about large ones.

The method of the paper on other people's runs: power laws of small sizes held against the largest,
and four forms of learning curves, each fitted to the first half of a curve and scored on the rest.
"""

from replication.papers.ivgi2022.answers import *
from replication.papers.ivgi2022.data import *
from replication.papers.ivgi2022.forms import *
from replication.papers.ivgi2022.ladders import *
from replication.papers.ivgi2022.released import *
from replication.papers.ivgi2022.seeds import *
from replication.papers.ivgi2022.splits import *
