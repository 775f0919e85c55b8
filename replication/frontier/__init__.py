"""Compute-optimal allocation three ways: envelope, isoFLOP parabolas, parametric loss."""

from replication.frontier.draws import Draws
from replication.frontier.envelopes import envelope
from replication.frontier.grids import bias
from replication.frontier.methods import METHODS, Minima, parabola
from replication.frontier.result import Frontier
from replication.frontier.slices import isoflop
from replication.frontier.surface import parametric

__all__ = [
    "METHODS",
    "Draws",
    "Frontier",
    "Minima",
    "bias",
    "envelope",
    "isoflop",
    "parabola",
    "parametric",
]
