"""Droppo and Elibol (2021): size, data and an irreducible loss under one outer exponent."""

from replication.papers.droppo2021.acoustics import *
from replication.papers.droppo2021.answers import *
from replication.papers.droppo2021.data import *
from replication.papers.droppo2021.fits import *
from replication.papers.droppo2021.laws import *
