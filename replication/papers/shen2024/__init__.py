"""Shen et al. (2024): performance laws of sequential recommendation, on the published points."""

from replication.papers.shen2024.answers import *
from replication.papers.shen2024.data import *
from replication.papers.shen2024.entropy import *
from replication.papers.shen2024.fits import *
from replication.papers.shen2024.laws import *
