"""How far laws of schedules are off under schedules that they were not fitted to."""

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.laws import Law
from replication.papers.su2024.schedule_fits import SPLITS, schedule_law, schedule_laws
from replication.papers.su2024.schedules import (
    FITTED,
    MODELS,
    SCHEDULES,
    schedule_curves,
    unseen,
)

__all__ = [
    "errors_of",
    "ranked",
    "same_schedule",
    "schedule_errors",
    "schedule_table",
    "split_errors",
]

LAST = 5
"""Logged points whose mean is the final loss: they scatter by thousandths of a nat."""


def _off(law: Law, points: pd.DataFrame) -> pd.DataFrame:
    """Return the points with how far a law is off, in nats per token."""
    predicted = np.asarray(law.predict(*(points[name] for name in law.inputs)))
    return points.assign(predicted=predicted, error=predicted - points["loss"])


def _summary(points: pd.DataFrame) -> dict[str, float]:
    """Return the errors of one curve, on average and of its end."""
    error, last = points["error"], points.tail(LAST)
    spread = ((points["loss"] - points["loss"].mean()) ** 2).sum()
    return {
        "mae": error.abs().mean(),
        "rmse": float(np.sqrt((error**2).mean())),
        "r2": 1 - (error**2).sum() / spread,
        "end": last["error"].mean(),
        "final": last["loss"].mean(),
        "predicted": last["predicted"].mean(),
    }


def errors_of(law: Law, size: str, own: bool = True) -> pd.DataFrame:
    """Return how far a law is off under each schedule of a size.

    Parameters
    ----------
    law : Law
        One of `schedule_laws`, or `authors_law`.
    size : str
        One of `MODELS`.
    own : bool
        Whether points of unseen schedules that are points of a fitted one are left out. Runs were
        branched off others, and so the first 20,000 steps of an unseen cooldown may be known.

    Returns
    -------
    DataFrame
        Index ``schedule``; ``mae``, ``rmse`` and ``r2`` over logged points, ``end`` (predicted
        less measured), ``final`` and ``predicted`` of the mean of the last five, in nats per token.

    Examples
    --------
    >>> from replication.papers.su2024.schedule_fits import authors_law
    >>> unseen(errors_of(authors_law("25M"), "25M", own=False).reset_index())["mae"].mean().round(4)
    np.float64(0.0038)
    """
    points = schedule_curves()
    points = _off(law, points[points["size"] == size])
    seen = points.loc[points["schedule"].isin(FITTED), ["steps", "loss"]].apply(tuple, axis=1)
    shared = points[["steps", "loss"]].apply(tuple, axis=1).isin(set(seen))
    points = points[~shared | points["schedule"].isin(FITTED)] if own else points
    rows = {name: _summary(curve) for name, curve in points.groupby("schedule", sort=False)}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("schedule")


@cached
def schedule_errors(split: str = "published") -> pd.DataFrame:
    """Return how far each law is off under each schedule, size by size.

    Parameters
    ----------
    split : str
        Which schedules were fitted: a key of `SPLITS`.

    Returns
    -------
    DataFrame
        One row a law, size and schedule, with the columns of `errors_of`.

    Examples
    --------
    >>> len(schedule_errors())
    108
    """
    tables = [
        errors_of(schedule_law(law, size, split), size).reset_index().assign(law=law, size=size)
        for law in schedule_laws()
        for size in MODELS
    ]
    return pd.concat(tables, ignore_index=True)


def split_errors() -> pd.DataFrame:
    """Return the mean error of each law over the six unseen schedules, split by split.

    Returns
    -------
    DataFrame
        Index split and size, one column a law: mean absolute error in nats per token, each
        schedule of equal weight. The six are the same for every split.

    Examples
    --------
    >>> table = split_errors()
    >>> bool((table["annealing"] < table["steps"]).all())
    True
    """
    tables = {
        split: unseen(schedule_errors(split)).pivot_table("mae", "size", "law") for split in SPLITS
    }
    laws = list(schedule_laws())
    return pd.concat(tables, names=["split"])[laws].reindex(MODELS, level="size")


def same_schedule() -> pd.DataFrame:
    """Return how far two runs of one schedule are apart: what no law of schedules can predict.

    Returns
    -------
    DataFrame
        Index size; the mean absolute difference of the two constant runs over their common steps
        (``mae``), and over the last five (``end``), in nats per token.

    Examples
    --------
    >>> same_schedule().round(4).to_dict("list")
    {'mae': [0.0025, 0.0024, 0.0024], 'end': [0.0006, 0.0008, 0.0003]}
    """
    points = schedule_curves()
    points = points[points["schedule"].isin(("constant_24000", "constant_72000"))]
    wide = points.pivot_table(index=["size", "steps"], columns="schedule", values="loss").dropna()
    apart = (wide["constant_24000"] - wide["constant_72000"]).abs().groupby("size")
    table = pd.DataFrame({"mae": apart.mean(), "end": apart.apply(lambda x: x.tail(LAST).mean())})
    return table.reindex(MODELS)


def ranked(size: str, law: str | None = None) -> list[str]:
    """Return four schedules of 24,000 steps from the lowest final loss to the highest.

    Parameters
    ----------
    size : str
        One of `MODELS`.
    law : str, optional
        By the forecast of a law that was fitted to the authors' three; by default as measured.

    Examples
    --------
    >>> ranked("400M")
    ['wsd_24000', 'wsdld_24000', 'cosine_24000', 'constant_24000']
    """
    table = schedule_errors()
    table = table[(table["size"] == size) & table["schedule"].str.endswith("_24000")]
    chosen = table[table["law"] == (law or "steps")]
    column = "final" if law is None else "predicted"
    return chosen.sort_values(column, kind="stable")["schedule"].tolist()


def schedule_table() -> pd.DataFrame:
    """Return the errors of all laws under the unseen schedules, in thousandths of a nat.

    Returns
    -------
    DataFrame
        One row a schedule (mean of three sizes), then one a size (mean of six schedules), named in
        ``of``; a column a law with its mean absolute error along the curve, and
        ``annealing_end`` and ``multi-power_end``, the absolute errors of the final loss.

    Examples
    --------
    >>> schedule_table()["of"].tolist()[-3:]
    ['all six, 25M', 'all six, 100M', 'all six, 400M']
    """
    errors = unseen(schedule_errors())
    errors = errors.assign(end=errors["end"].abs())
    parts = []
    for by, names in (("schedule", SCHEDULES), ("size", {n: f"all six, {n}" for n in MODELS})):
        order = [name for name in names if name in set(errors[by])]
        part = errors.pivot_table("mae", by, "law")[list(schedule_laws())].reindex(order)
        ends = errors.pivot_table("end", by, "law").reindex(order)
        for law in ("annealing", "multi-power"):
            part[f"{law}_end"] = ends[law]
        part = 1000 * part
        part.insert(0, "of", [names[name] for name in order])
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
