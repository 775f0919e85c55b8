"""Li et al. (2020): train large, then compress, on small models of our own."""

from replication.papers.li2020.added_loss import *
from replication.papers.li2020.answers import *
from replication.papers.li2020.data import *
from replication.papers.li2020.memory import *
from replication.papers.li2020.speed import *
