"""Compute-optimal allocation three ways: envelope, isoFLOP slices, parametric loss."""

from replication.frontier.draws import Draws
from replication.frontier.envelopes import envelope
from replication.frontier.grids import bias
from replication.frontier.isoflops import isoflop
from replication.frontier.methods import METHODS, parabola
from replication.frontier.minima import Method, Minima
from replication.frontier.noise import NoiseRamp
from replication.frontier.result import Frontier
from replication.frontier.splines import akima, akima_curve
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
