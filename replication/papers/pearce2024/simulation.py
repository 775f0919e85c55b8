"""The simulated study: 20 sizes without noise, their envelope, and straight lines through it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.counting import training_flops
from replication.errors import unknown
from replication.fitting import Fit, fit
from replication.frontier import Frontier, envelope
from replication.laws import PowerLaw, PowerLawOffset
from replication.papers.pearce2024.embedding import total_sizes
from replication.papers.pearce2024.inputs import ASPECT_RATIOS, SIZES, TOKENS, claims, surface

__all__ = ["COUNTS", "WINDOWS", "grid", "loss_fits", "simulated"]

COUNTS = ("total", "no_embedding")
"""What size and compute count: every parameter, or those of the layers."""


@dataclass(frozen=True)
class Window:
    """Budgets at which the envelope is looked at.

    Parameters
    ----------
    low, high : float
        Lowest and highest in FLOPs.
    points : int
        How many, spaced evenly in log C.

    Examples
    --------
    >>> WINDOWS["total", "figure"].points
    50
    """

    low: float
    high: float
    points: int


WINDOWS = {
    ("total", "figure"): Window(10**13.4, 10**20.7, 50),
    ("total", "released"): Window(10**14.0, 10**20.7, 100),
    ("no_embedding", "figure"): Window(10**12.95, 10**20.7, 50),
    ("no_embedding", "released"): Window(10**12.95, 10**20.7, 100),
}
"""By count and source: the printed line of Figure 1, or the script as it was released."""


@cached
def grid(
    counts: str, aspect_ratio: float = ASPECT_RATIOS["figure"], coefficients: str = "epoch"
) -> pd.DataFrame:
    """Return the simulated runs: every size at every number of tokens, without noise.

    Parameters
    ----------
    counts : str
        One of `COUNTS`. The losses are the same, ``params`` and ``flops`` are not.
    aspect_ratio : float
        Width over depth of the models.
    coefficients : str
        Whose loss is taken as the truth, as for `surface`.

    Returns
    -------
    DataFrame
        ``params``, ``tokens``, ``flops`` (6 N D) and ``loss`` (nats per token), 20,000 rows.

    Raises
    ------
    UnknownNameError
        If `counts` is not known.

    Examples
    --------
    >>> len(grid("total")), (grid("total")["loss"] == grid("no_embedding")["loss"]).all().item()
    (20000, True)
    """
    if counts not in COUNTS:
        raise unknown("count of parameters", counts, COUNTS)
    total = total_sizes(aspect_ratio)
    size = np.repeat(total if counts == "total" else SIZES, len(TOKENS))
    tokens = np.tile(TOKENS, len(SIZES))
    loss = surface(coefficients).loss(np.repeat(total, len(TOKENS)), tokens)
    flops = training_flops(size, tokens)
    return pd.DataFrame({"params": size, "tokens": tokens, "flops": flops, "loss": loss})


@cached
def simulated(
    counts: str,
    source: str = "figure",
    between: str = "nearest",
    aspect_ratio: float | None = None,
    coefficients: str = "epoch",
) -> Frontier:
    """Return the envelope of the simulated runs and the power law through it.

    Parameters
    ----------
    counts : str
        One of `COUNTS`.
    source : str
        Whose window and aspect ratio: those of the ``"figure"`` or of the ``"released"`` script.
    between : str
        How `replication.envelope` reads a curve; the authors take the nearest point.
    aspect_ratio : float, optional
        Another aspect ratio than that of the source.
    coefficients : str
        As for `grid`.

    Returns
    -------
    Frontier
        N_opt in C, in the same count.

    Raises
    ------
    UnknownNameError
        If a name is not known.

    Examples
    --------
    >>> round(simulated("total").a, 4), round(simulated("no_embedding").a, 4)
    (0.5147, 0.7779)
    """
    if source not in ASPECT_RATIOS:
        raise unknown("source of a simulation", source, ASPECT_RATIOS)
    ratio = ASPECT_RATIOS[source] if aspect_ratio is None else aspect_ratio
    runs, window = grid(counts, ratio, coefficients), WINDOWS[counts, source]
    return envelope(runs, window.points, (window.low, window.high), between=between)


def loss_fits(frontier: Frontier) -> dict[str, Fit]:
    """Fit the loss along a frontier as Kaplan et al. do, and with an irreducible loss.

    Parameters
    ----------
    frontier : Frontier
        A simulated one.

    Returns
    -------
    dict of str to Fit
        ``kaplan``: `PowerLaw`; ``offset``: `PowerLawOffset`; ``reducible``: `PowerLaw` of L - E,
        with the E of the simulation. All by least squares of logarithms.

    Examples
    --------
    >>> round(loss_fits(simulated("no_embedding"))["kaplan"].law.alpha, 4)
    0.0689
    """
    points = frontier.points.assign(reducible=frontier.points["loss"] - surface().E)
    return {
        "kaplan": fit(PowerLaw, points, objective="log-lsq"),
        "offset": fit(PowerLawOffset, points, objective="log-lsq"),
        "reducible": fit(PowerLaw.of("flops", "reducible"), points, objective="log-lsq"),
    }


@claims.answers("R1", "R2")
def lines() -> dict[str, float]:
    """Return slope and intercept of the lines in Figure 1, as drawn and as released."""
    found = {"R2.hoffmann": simulated("no_embedding", coefficients="hoffmann").a}
    for row, counts in (("R1", "total"), ("R2", "no_embedding")):
        for source, suffix in (("figure", ""), ("released", "_released")):
            frontier = simulated(counts, source)
            found[f"{row}.exponent{suffix}"] = frontier.a
            found[f"{row}.intercept{suffix}"] = float(np.log(frontier.params_prefactor))
    return found


@claims.answers("R8")
def loss_slopes() -> dict[str, float]:
    """Return the slope of log L in log C over the simulated frontiers without embedding."""
    found = {}
    for name, coefficients in (("slope", "epoch"), ("hoffmann", "hoffmann")):
        frontier = simulated("no_embedding", coefficients=coefficients)
        found[f"R8.{name}"] = -float(loss_fits(frontier)["kaplan"].law.to_dict()["alpha"])
    return found
