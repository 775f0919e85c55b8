"""Laws of schedules fitted to some schedules, and how far they are off under others."""

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.datasets import load
from replication.errors import unknown
from replication.fitting import Fit, fit
from replication.laws import Annealing, Law, PowerLawOffset, multi_power
from replication.papers.su2024.data import KEY
from replication.papers.su2024.schedules import (
    FITTED,
    MODELS,
    SCHEDULES,
    history,
    schedule_curves,
    unseen,
)
from replication.rate_history import RateHistory

__all__ = [
    "EVERY",
    "SPLITS",
    "authors_law",
    "errors_of",
    "ranked",
    "schedule_errors",
    "schedule_fit",
    "schedule_law",
    "schedule_laws",
    "split_errors",
    "stated",
]

EVERY = 4
"""Of the logged points, those that are fitted: neighbours say the same. Errors are of all."""
LAST = 5
"""Logged points whose mean is the final loss: they scatter by thousandths of a nat."""
SPLITS = {
    "published": FITTED,
    "constant and cosine": ("constant_24000", "cosine_24000"),
    "constant and drop": ("constant_24000", "wsdcon_9"),
    "cosine": ("cosine_24000",),
}
"""Schedules that are fitted. The first is the authors' choice, the others ask for less."""


@cached
def schedule_laws() -> dict[str, type[Law]]:
    """Return the laws that are compared, by name.

    Returns
    -------
    dict of str to type of Law
        ``"steps"``, no schedule at all; ``"area"``, the sum of the rates; ``"annealing"`` and
        ``"multi-power"``, which know that the rate falls.

    Examples
    --------
    >>> {name: len(law.names()) for name, law in schedule_laws().items()}
    {'steps': 3, 'area': 3, 'annealing': 4, 'multi-power': 7}
    """
    return {
        "steps": PowerLawOffset.of("steps"),
        "area": PowerLawOffset.of("lr_area"),
        "annealing": Annealing,
        "multi-power": multi_power(*(history(name) for name in SCHEDULES)),
    }


def schedule_fit(law: str, size: str, split: str = "published") -> Fit:
    """Fit a law to some schedules of one size, by least squares on the loss.

    Parameters
    ----------
    law : str
        A key of `schedule_laws`.
    size : str
        One of `MODELS`.
    split : str
        A key of `SPLITS`.

    Returns
    -------
    Fit
        To every fourth logged point.

    Examples
    --------
    >>> round(schedule_fit("annealing", "400M").law.alpha, 2)
    0.42
    """
    form, points = _known(law, size, split), schedule_curves()
    points = points[(points["size"] == size) & points["schedule"].isin(SPLITS[split])]
    return fit(form, points.iloc[::EVERY], objective="lsq")


def schedule_law(law: str, size: str, split: str = "published") -> Law:
    """Return a law as ``make schedules`` has fitted it: `schedule_fit` without the wait.

    Parameters
    ----------
    law, size, split : str
        As in `schedule_fit`.

    Returns
    -------
    Law
        With the coefficients of ``data/su2024/schedule_fits.csv``.

    Raises
    ------
    UnknownNameError
        If there is no such fit.

    Examples
    --------
    >>> schedule_law("steps", "25M").inputs
    ('steps',)
    """
    kind = _known(law, size, split)
    table = load(KEY, "schedule_fits").set_index(["law", "size", "split"])
    rows = table.loc[[(law, size, split)]]
    return kind(**dict(zip(rows["coefficient"], rows["value"], strict=True)))


def _known(law: str, size: str, split: str) -> type[Law]:
    """Return the form of a law, or say what there is not."""
    laws = schedule_laws()
    for kind, value, known in (("law", law, laws), ("size", size, MODELS), ("split", split, SPLITS)):
        if value not in known:
            raise unknown(kind, value, known)
    return laws[law]


def authors_law(size: str, warmup: bool = True) -> Law:
    """Return the multi-power law with the coefficients of the authors' repository.

    Parameters
    ----------
    size : str
        One of `MODELS`.
    warmup : bool
        Whether the warm-up, in which the rate rises, counts as falls of negative size: as in
        their code, not as in their text.

    Returns
    -------
    Law
        Its curves are those of `schedule_curves`.

    Examples
    --------
    >>> round(authors_law("400M").E, 4)
    2.3747
    """
    row = stated(size)
    runs = [history(name) for name in SCHEDULES]
    kind = multi_power(*(RateHistory(run.rates) if warmup else run for run in runs))
    return kind(**{name: row[name] for name in kind.names()})


def stated(size: str) -> dict[str, float]:
    """Return what the authors' repository states of a size.

    Parameters
    ----------
    size : str
        One of `MODELS`.

    Returns
    -------
    dict of str to float
        The seven coefficients, and the mean errors ``mae``, ``rmse`` (nats per token) and ``r2``.

    Examples
    --------
    >>> stated("25M")["mae"]
    0.00376
    """
    if size not in MODELS:
        raise unknown("size", size, MODELS)
    rows = load(KEY, "multi_power").query("size == @size")
    return dict(zip(rows["quantity"], rows["value"].astype(float), strict=True))


def _off(law: Law, points: pd.DataFrame) -> pd.DataFrame:
    """Return the points with how far a law is off, in nats per token."""
    predicted = np.asarray(law.predict(*(points[name] for name in law.inputs)))
    return points.assign(predicted=predicted, error=predicted - points["loss"])


def _summary(points: pd.DataFrame) -> dict[str, float]:
    """Return the errors of one curve: on average, of its end, and the worst in units of loss."""
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


def errors_of(law: Law, size: str) -> pd.DataFrame:
    """Return how far a law is off under each schedule of a size.

    Parameters
    ----------
    law : Law
        One of `schedule_laws`, or `authors_law`.
    size : str
        One of `MODELS`.

    Returns
    -------
    DataFrame
        Index ``schedule``; ``mae``, ``rmse`` and ``r2`` over all logged points, ``end`` (predicted
        less measured), ``final`` and ``predicted`` of the mean of the last five, in nats per token.

    Examples
    --------
    >>> unseen(errors_of(authors_law("25M"), "25M").reset_index())["mae"].mean().round(4)
    np.float64(0.0038)
    """
    points = schedule_curves()
    points = _off(law, points[points["size"] == size])
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
        errors_of(schedule_law(law, size, split), size)
        .reset_index()
        .assign(law=law, size=size)
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
