"""Kaplan et al. (2020): the laws from printed constants, and on another group's runs."""

from replication.papers.kaplan2020.allocation import *
from replication.papers.kaplan2020.best_sizes import *
from replication.papers.kaplan2020.constants import *
from replication.papers.kaplan2020.crossing import *
from replication.papers.kaplan2020.imitation import *
from replication.papers.kaplan2020.overfitting import *
