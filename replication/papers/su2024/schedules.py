"""Curves of nine schedules of the learning rate, by another group, as laws of schedules read them.

Luo et al. (arXiv 2503.12811) trained models of three sizes under each schedule.
"""

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.counting.numbers import Array
from replication.datasets import load
from replication.errors import unknown
from replication.papers.su2024.data import KEY
from replication.rate_history import RateHistory
from replication.schedules import Schedule

__all__ = ["FITTED", "MODELS", "SCHEDULES", "history", "schedule_curves", "unseen"]

PEAK, FINAL, WARMUP = 3e-4, 0.1, 2160
"""Peak rate, last rate as a share of it, and steps of the warm-up (their repository)."""
BRANCH, DROP, STEPPED = 20_000, 8_000, 16_000
"""Steps at which cooldowns begin, at which the rate of stepped runs drops, and their end."""
MODELS = ("25M", "100M", "400M")
FITTED = ("constant_24000", "cosine_24000", "wsdcon_9")
"""Schedules to which the authors fit; they predict the other six."""
SCHEDULES = {
    "constant_24000": "constant, 24,000 steps",
    "cosine_24000": "cosine, 24,000 steps",
    "wsdcon_9": "drop to 0.3 of the peak",
    "constant_72000": "constant, 72,000 steps",
    "cosine_72000": "cosine, 72,000 steps",
    "wsd_24000": "exponential cooldown",
    "wsdld_24000": "linear cooldown",
    "wsdcon_3": "drop to 0.1 of the peak",
    "wsdcon_18": "drop to 0.6 of the peak",
}
"""The nine in words, by the names of the authors' files."""


def history(schedule: str) -> RateHistory:
    """Return the learning rates of a run.

    Parameters
    ----------
    schedule : str
        A key of `SCHEDULES`.

    Returns
    -------
    RateHistory
        At every step, by the formulas, which meet the rates that the authors logged to nine digits.

    Raises
    ------
    UnknownNameError
        If there is no such schedule.

    Examples
    --------
    >>> [f"{rate:.2e}" for rate in history("wsdcon_9").rates[[1080, 7999, 8000]]]
    ['1.50e-04', '3.00e-04', '9.00e-05']
    >>> round(float(history("wsd_24000").rates[22000]) / 3e-4, 4)  # half of the way, in logarithms
    0.3162
    """
    if schedule not in SCHEDULES:
        raise unknown("schedule", schedule, SCHEDULES)
    kind, last = schedule.split("_")
    steps = STEPPED if kind == "wsdcon" else int(last)
    plain = {"steps": steps, "warmup": WARMUP, "peak": PEAK}
    if kind == "cosine":
        return RateHistory.of(Schedule.cosine(**plain, final=FINAL))
    if kind == "wsdld":
        return RateHistory.of(Schedule(**plain, cooldown=steps - BRANCH, final=FINAL))
    rates = RateHistory.of(Schedule(**plain)).rates
    return RateHistory(rates * _fall(kind, last, steps), WARMUP)


def _fall(kind: str, last: str, steps: int) -> Array:
    """Return the rate in units of the peak, for shapes that `Schedule` has no name for."""
    step = np.arange(steps + 1.0)
    if kind == "wsdcon":
        return np.where(step < DROP, 1.0, float(last) * 1e-5 / PEAK)
    if kind == "wsd":
        return FINAL ** np.clip((step - BRANCH) / (steps - BRANCH), 0.0, 1.0)
    return np.ones_like(step)


@cached
def schedule_curves() -> pd.DataFrame:
    """Return the 27 learning curves, with all that the laws read.

    Returns
    -------
    DataFrame
        One row a logged point, by size, schedule (in the order of `SCHEDULES`) and step: ``size``,
        ``schedule``, ``steps``, ``loss`` (training loss in nats per token, as logged), ``rate``
        (the learning rate), ``lr_area`` and ``lr_annealed`` (S_1 and S_2), and ``curve``, the
        number of the schedule, from 0.

    Examples
    --------
    >>> points = schedule_curves()
    >>> len(points), points.groupby("size", sort=False)["schedule"].nunique().to_dict()
    (6265, {'25M': 9, '100M': 9, '400M': 9})
    """
    points = load(KEY, "schedule_curves").rename(columns={"step": "steps"})
    names = list(SCHEDULES)
    pieces = []
    for name, piece in points.groupby("schedule"):
        run, steps = history(str(name)), piece["steps"]
        read = {
            "rate": run.rates[steps.astype(int)],
            "lr_area": run.area(steps),
            "lr_annealed": run.annealed(steps),
        }
        pieces.append(piece.assign(**read, curve=float(names.index(str(name)))))
    table = pd.concat(pieces)
    order = table["size"].map(MODELS.index)
    table = table.assign(order=order).sort_values(["order", "curve", "steps"], ignore_index=True)
    return table.drop(columns="order")


def unseen(points: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the six schedules that the authors predict.

    Parameters
    ----------
    points : DataFrame
        With a column ``schedule``.

    Examples
    --------
    >>> unseen(schedule_curves())["schedule"].nunique()
    6
    """
    return points[~points["schedule"].isin(FITTED)]
