"""The laws that the planner asks, each with as much as is known of how sure it is."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from replication._memo import cached
from replication.datasets import runs
from replication.datasets.files import published
from replication.fitting import Evidence
from replication.fitting.forecasts import Noise, known_drift
from replication.fitting.intervals import LEVEL
from replication.laws import DataConstrained, Law, PowerLaw
from replication.papers import besiroglu2024, gadre2024, hagele2024, kaplan2020, sardana2024
from replication.syntheses import known_laws

DRAWS = 200
"""Resamples of a law that a page is given: enough for the ends of an interval of 80 %."""
TIED = "Chinchilla, beta=alpha"
"""What the law of gadre2024 is in parameters and tokens; under this name its drift is known."""


@dataclass(frozen=True, eq=False)
class Source:
    """A law that the planner asks.

    Parameters
    ----------
    name : str
        As the table calls it.
    key : str
        The chapter it is from.
    evidence : Evidence or None
        A surface with its draws, runs and scatter; None for a line.
    line : PowerLaw or None
        Optimal parameters in training FLOPs, of a line.
    drift : float or None
        What a decade of extrapolation adds to the relative error of a new family; None where it
        has not been measured.
    flops, ratio : tuple of float or None
        Ends of the training compute and of the tokens per parameter of the runs behind it; None
        where they are not public.

    Examples
    --------
    >>> Source("a line", "kaplan2020", None, PowerLaw(A=0.1, alpha=-0.5)).kind
    'line'
    """

    name: str
    key: str
    evidence: Evidence[Any] | None
    line: PowerLaw | None = None
    drift: float | None = None
    flops: tuple[float, float] | None = None
    ratio: tuple[float, float] | None = None

    @property
    def kind(self) -> str:
        """What it can be asked: ``surface``, ``repeats`` (a surface that knows them), ``line``."""
        if self.evidence is None:
            return "line"
        return "repeats" if isinstance(self.evidence.law, DataConstrained) else "surface"


@cached
def answering() -> dict[str, Source]:
    """Return the laws that the planner asks: those of `known_laws`, of repeats, and of kaplan2020.

    Returns
    -------
    dict of str to Source
        By name, surfaces first. Each surface with draws has 200 of them.

    Examples
    --------
    >>> [source.name for source in answering().values() if source.kind == "repeats"]
    ['Muennighoff']
    """
    noises, found = _noises(), {}
    for name, evidence in known_laws.surfaces().items():
        noise = noises.get(name)
        drift = None if evidence.draws is None else known_drift(noise, LEVEL, None)
        known = replace(evidence, draws=_thinned(evidence.draws), noise=noise)
        found[name] = Source(name, _KEYS[name.split(",")[0]], known, None, drift, *_ends(known))
    repeated = Evidence(
        published("muennighoff2023", "decay both"), None, runs("muennighoff2023"), "C4"
    )
    found["Muennighoff"] = Source(
        "Muennighoff", "muennighoff2023", repeated, None, None, *_ends(repeated)
    )
    for name, draws in known_laws.frontiers().items():
        flops, _ = _ends(draws)
        line = draws.estimate.params_law
        found[name] = Source(name, _KEYS[name.split(",")[0]], None, line, None, flops)
    found["Kaplan"] = Source("Kaplan", "kaplan2020", None, _kaplan())
    return found


_KEYS = {
    "Hoffmann": "hoffmann2022",
    "Besiroglu": "besiroglu2024",
    "Gadre": "gadre2024",
    "Sardana": "sardana2024",
    "Hägele": "hagele2024",
    "Porian": "porian2024",
}


def _noises() -> dict[str, Noise | None]:
    """Return what single runs scatter around each fitted surface."""
    found = {"Besiroglu": besiroglu2024.bootstrap().evidence().noise}
    for train_set, name in gadre2024.TRAIN_SETS.items():
        noise = gadre2024.wider_fit(train_set, large=True).evidence(2, seed=0).noise
        # Its drift is that of the same surface; it was measured for fits by log-Huber.
        known = None if noise is None else replace(noise, law=TIED, objective="log-huber")
        found[f"Gadre, {name}"] = known
    for cutoff, name in {"100": "D/N up to 100", "all": "all runs"}.items():
        found[f"Sardana, {name}"] = sardana2024.refit(cutoff).evidence(2, seed=0).noise
    found["Hägele, cooldown"] = hagele2024.surface("cooldown").evidence(2, seed=0).noise
    return found


def _thinned(draws: Law | None) -> Law | None:
    """Return evenly spaced draws, as many as a page is given."""
    if draws is None:
        return None
    fields = {name: np.ravel(values) for name, values in draws.to_dict().items()}
    count = max(map(len, fields.values()))
    rows = np.arange(DRAWS) * count // DRAWS
    full = {name: np.broadcast_to(values, (count,)) for name, values in fields.items()}
    return type(draws)(**{name: values[rows] for name, values in full.items()})


def _ends(known: Any) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
    flops, ratio = (
        None if column is None else (float(np.min(column)), float(np.max(column)))
        for column in known_laws.reach(known)
    )
    return flops, ratio


def _kaplan() -> PowerLaw:
    """Return Kaplan's line in the compute of a run at the critical batch size, twice C_min."""
    trend = kaplan2020.trend("params")
    return PowerLaw(A=trend.predict(0.5), alpha=trend.alpha)
