"""Laws through the ends of the suite's runs: what sixteen or twenty-four points can tell."""

import pandas as pd

from replication._memo import cached
from replication.datasets import load
from replication.errors import unknown
from replication.fitting import Bootstrap, Fit, fit
from replication.frontier import Frontier, envelope
from replication.laws import Chinchilla
from replication.papers.hagele2024.comparison import pairs
from replication.papers.hagele2024.data import curves, suite, trunks

__all__ = [
    "LEVEL",
    "POINTS",
    "ends",
    "lower_envelope",
    "markers",
    "surface",
    "surface_draws",
]

POINTS = {
    "cosine": "cosine, 24 runs",
    "paired": "cosine, the 16 in pairs",
    "cooldown": "cooldown, 16 runs",
}
"""Sets of finished runs that a law is fitted to, in words."""
RESAMPLES = 1000
LEVEL = 0.9


def ends(points: str = "cosine") -> pd.DataFrame:
    """Return the finished runs of the suite that a law is fitted to.

    Parameters
    ----------
    points : str
        A name in `POINTS`.

    Returns
    -------
    DataFrame
        Rows of `suite`, with the loss of the fuller evaluation.

    Raises
    ------
    UnknownNameError
        If there is no such set.

    Examples
    --------
    >>> [len(ends(name)) for name in POINTS]
    [24, 16, 16]
    """
    if points not in POINTS:
        raise unknown("set of finished runs", points, POINTS)
    if points != "paired":
        return suite(points)
    kept = pairs()[["size", "steps"]]
    return suite("cosine").merge(kept, on=["size", "steps"], validate="1:1")


@cached
def surface(points: str = "cosine") -> Fit:
    """Return the Chinchilla form fitted to finished runs, with the objective of hoffmann2022.

    Parameters
    ----------
    points : str
        A name in `POINTS`.

    Examples
    --------
    >>> [round(surface(name).law.E, 2) for name in POINTS]
    [1.04, 1.24, 1.59]
    """
    return fit(Chinchilla, ends(points))


@cached
def surface_draws(points: str = "cosine") -> Bootstrap:
    """Return the fit of `surface` to resampled runs.

    Parameters
    ----------
    points : str
        A name in `POINTS`.

    Examples
    --------
    >>> low, high = surface_draws("cooldown").interval(level=LEVEL).loc["E", ["low", "high"]]
    >>> bool(low < 0.1 and high > 1.6)
    True
    """
    return surface(points).bootstrap(RESAMPLES, seed=0)


@cached
def lower_envelope(schedule: str = "constant") -> Frontier:
    """Return Approach 1 of hoffmann2022 on the learning curves of the suite.

    Parameters
    ----------
    schedule : str
        ``"constant"`` for the trunks, every point of which is that of a run at this rate, or
        ``"cosine"``, whose points before the end are those of runs that were cut short.

    Returns
    -------
    Frontier
        Its exponents are those of the envelope between the sizes that have neighbours.

    Raises
    ------
    UnknownNameError
        If there is no such schedule.

    Examples
    --------
    >>> round(lower_envelope().a, 2), round(lower_envelope("cosine").a, 2)
    (0.5, 0.38)
    """
    if schedule == "constant":
        return envelope(trunks(), curve="run_id")
    if schedule != "cosine":
        raise unknown("schedule of whole curves", schedule, ("constant", "cosine"))
    points = curves()
    whole = (points["schedule"] == "cosine") & (points["in_scaling_suite"] == 1)
    return envelope(points[whole], curve="run_id")


@cached
def markers() -> pd.DataFrame:
    """Return the markers read off the figure beside the losses of the logs.

    Returns
    -------
    DataFrame
        One row a finished run, by schedule and compute: ``schedule``, ``size``, ``horizon``,
        ``loss`` and ``flops`` as read, ``logged`` (last periodic loss, nats per token),
        ``logged_flops`` and the ``difference`` of the losses, read minus logged.

    Examples
    --------
    >>> table = markers()
    >>> len(table), float(table["difference"].abs().max().round(3))
    (40, 0.008)
    """
    logged = suite("cooldown", "cosine").rename(columns={"flops": "logged_flops"})
    logged = logged.drop(columns="loss").rename(columns={"loss_periodic": "logged"})
    kept = ["schedule", "size", "horizon", "logged", "logged_flops"]
    key = ["schedule", "size", "horizon"]
    read = load("hagele2024", "markers").merge(logged[kept], on=key, validate="1:1")
    read["difference"] = read["loss"] - read["logged"]
    return read.sort_values(["schedule", "logged_flops"], ignore_index=True)
