"""The laws that the planner asks, from the chapters: ``python -m replication.plans.refits``.

The draws, the scatter and the ranges come from the fits of the chapters, which takes some twenty
seconds; ``data/registry/planner.json`` keeps them for `replication.plans.answering`.
"""

import json
from dataclasses import replace
from typing import Any

import numpy as np

from replication.datasets import descriptor, runs
from replication.datasets.files import published
from replication.fitting import Evidence
from replication.fitting.forecasts import Noise, known_drift
from replication.fitting.intervals import LEVEL
from replication.laws import Law, PowerLaw
from replication.papers import besiroglu2024, gadre2024, hagele2024, kaplan2020, sardana2024
from replication.plans.sources import FORMAT, PLACE, Source, json_of
from replication.registrar import compact
from replication.syntheses import known_laws

DRAWS = 200
"""Resamples of a law that a page is given: enough for the ends of an interval of 80 %."""
TIED = "Chinchilla, beta=alpha"
"""What the law of gadre2024 is in parameters and tokens; under this name its drift is known."""


def refitted() -> dict[str, Source]:
    """Return the laws that the planner asks: those of `known_laws`, of repeats, and of kaplan2020.

    Returns
    -------
    dict of str to Source
        By name, surfaces first. Each surface with draws has 200 of them.
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


def write() -> None:
    """Write the laws of the planner into ``data/``."""
    listed = [json_of(source) for source in refitted().values()]
    text = json.dumps(
        {"format": FORMAT, "laws": listed}, indent=1, ensure_ascii=False, allow_nan=False
    )
    descriptor.root().joinpath(*PLACE).write_text(compact(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
