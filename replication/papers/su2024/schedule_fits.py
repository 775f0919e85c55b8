"""Laws of schedules fitted to some of the schedules of Luo et al."""

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
)
from replication.rate_history import RateHistory

__all__ = [
    "EVERY",
    "SPLITS",
    "authors_law",
    "schedule_fit",
    "schedule_law",
    "schedule_laws",
    "stated",
]

EVERY = 4
"""Of the logged points, those that are fitted: neighbours say the same. Errors are of all."""
SPLITS = {
    "published": FITTED,
    "constant and drop": ("constant_24000", "wsdcon_9"),
}
"""Schedules that are fitted: the authors' choice, and two runs that share most of their steps."""


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
    for kind, value, known in (
        ("law", law, laws),
        ("size", size, MODELS),
        ("split", split, SPLITS),
    ):
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
