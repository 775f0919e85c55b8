"""Compute-optimal allocation three ways: envelope, isoFLOP slices, parametric loss."""

from replication.frontier.copies import NoiseRamp
from replication.frontier.draws import Draws
from replication.frontier.envelopes import envelope
from replication.frontier.grids import bias
from replication.frontier.isoflops import isoflop
from replication.frontier.methods import METHODS, Method, Minima, akima, akima_curve, parabola
from replication.frontier.result import Frontier
from replication.frontier.surface import parametric

__all__ = [
    "METHODS",
    "Draws",
    "Frontier",
    "Method",
    "Minima",
    "NoiseRamp",
    "akima",
    "akima_curve",
    "bias",
    "envelope",
    "isoflop",
    "parabola",
    "parametric",
]
