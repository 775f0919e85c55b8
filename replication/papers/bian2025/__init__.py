"""Bian et al. (2025): a law that knows the shape of a model, from the authors' runs."""

from replication.papers.bian2025.ablation import *
from replication.papers.bian2025.answers import *
from replication.papers.bian2025.best_shape import *
from replication.papers.bian2025.data import *
from replication.papers.bian2025.decoder import *
from replication.papers.bian2025.fits import *
from replication.papers.bian2025.latency import *
