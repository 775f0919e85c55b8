"""The four forms of the benchmark, each fitted in up to three ways, and their scores."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from replication import datasets
from replication._memo import cached
from replication.counting.numbers import numbers
from replication.errors import ArgumentError, one_of_names
from replication.fitting import fit
from replication.laws import (
    BrokenPower,
    Law,
    PowerLaw,
    PowerLawOffset,
    SaturatingPower,
    SigmoidPower,
)
from replication.papers.ivgi2022.data import DOMAINS, curve, tasks
from replication.papers.ivgi2022.released import (
    MARGIN,
    Excess,
    ExcessShare,
    follow_floor,
    follow_sigmoid,
)
from replication.papers.ivgi2022.splits import Split

__all__ = [
    "COMPARED",
    "FORMS",
    "WAYS",
    "by_domain",
    "fit_form",
    "fit_row",
    "floor_profile",
    "picks",
    "recorded",
    "scores",
    "wins",
]

FORMS: Mapping[str, type[Law]] = {
    "M1": PowerLaw.of("samples", "error"),
    "M2": PowerLawOffset.of("samples", "error"),
    "M3": SaturatingPower.of("samples", "error"),
    "M4": SigmoidPower.of("samples", "error"),
    "B1": BrokenPower.of("samples", "error"),
}
"""The forms of the benchmark as laws of this package, in samples, and one with a break."""
COMPARED = ("M1", "M2", "M3", "M4")
"""The forms that the benchmark compares."""
ALONE = ("M1", "M3", "B1")
"""Forms that are fitted in one way only: M1 and M3 subtract nothing, B1 is not in the benchmark."""
WAYS = {
    "plain": "least squares of log L, lowest minimum",
    "lowest": "least squares of log(L - e_inf), lowest minimum",
    "released": "least squares of log(L - e_inf), where the code stops",
}
"""Ways to fit M2 and M4; the other forms have the first alone."""
GUESS = {"IC": 1.001, "BB": 1.001}
"""Upper bound of e_0 in the benchmark's notebook, where the error is a share."""


def fit_form(split: Split, form: str, way: str = "plain", domain: str = "IC") -> Law:
    """Fit a form to the first part of a curve.

    Parameters
    ----------
    split : Split
        The curve.
    form : str
        One of `FORMS`.
    way : str
        One of `WAYS`.
    domain : str
        One of `DOMAINS`, which says how large an error may be.

    Returns
    -------
    Law
        In ``samples``; predicts the error.

    Raises
    ------
    UnknownNameError
        If form, way or domain is not known.
    DataError
        If there are fewer points than coefficients.

    Examples
    --------
    >>> split = curve(80)
    >>> [round(split.score(fit_form(split, form)), 4) for form in ("M1", "M2")]
    [0.0155, 0.0013]
    """
    one_of_names("form", form, FORMS)
    one_of_names("way", way, WAYS)
    one_of_names("domain", domain, DOMAINS)
    table, most = split.fitted, GUESS.get(domain, np.inf)
    x, y = (table[name].to_numpy(dtype=np.float64) for name in ("samples", "error"))
    ends = {"e_0": (y.max() + MARGIN, most)}
    if way == "plain" or form in ALONE:
        bounds = ends if form == "M4" else None
        return fit(FORMS[form], table, objective="log-lsq", bounds=bounds).law
    if way == "released":
        start = 1.001 if domain == "BB" else 1.0
        return follow_floor(x, y) if form == "M2" else follow_sigmoid(x, y, start, most)
    doubled = table.assign(measured=y)
    floor = {"e_inf": (0.0, y.min() - MARGIN)}
    if form == "M2":
        return fit(Excess, doubled, objective="log-lsq", bounds=floor).law.to_law()
    return fit(ExcessShare, doubled, objective="log-lsq", bounds=floor | ends).law.to_law()


def fit_row(number: int, form: str, way: str) -> dict[str, float | int | str]:
    """Fit a form to one curve of the benchmark and score it: a row of the table ``forms``.

    Parameters
    ----------
    number : int
        The curve.
    form, way : str
        As in `fit_form`.

    Returns
    -------
    dict
        ``curve``, ``form``, ``way``, ``within`` (root mean square of the fitted residuals of
        log L), ``score`` (the same of the held-out part) and ``floor`` (in the unit of the task).
    """
    split = curve(number)
    law = fit_form(split, form, way, str(tasks().loc[number, "domain"]))
    fitted = np.log(np.asarray(law.predict(split.fitted["samples"].to_numpy(np.float64))))
    residuals = fitted - np.log(split.fitted["error"].to_numpy())
    return {
        "curve": number,
        "form": form,
        "way": way,
        "within": float(np.sqrt(np.mean(residuals**2))),
        "score": split.score(law),
        "floor": float(law.irreducible),
    }


@cached
def recorded() -> pd.DataFrame:
    """Return the stored scores of all curves, made by ``make forms``.

    Returns
    -------
    DataFrame
        Rows of `fit_row` with the ``domain``.

    Examples
    --------
    >>> len(recorded())
    828
    """
    table = datasets.load("ivgi2022", "forms")
    return table.join(tasks()["domain"], on="curve")


def scores(way: str = "plain") -> pd.DataFrame:
    """Return the scores of the four forms, M2 and M4 fitted in one way.

    Parameters
    ----------
    way : str
        One of `WAYS`.

    Returns
    -------
    DataFrame
        Indexed by curve, a column a form.

    Raises
    ------
    UnknownNameError
        If there is no such way.
    """
    return _wide(way, "score")[list(COMPARED)]


def by_domain(way: str = "plain") -> pd.DataFrame:
    """Return mean scores by domain.

    Parameters
    ----------
    way : str
        One of `WAYS`.

    Returns
    -------
    DataFrame
        A row a domain, a column a form, B1 among them.
    """
    table = _wide(way, "score").groupby(tasks()["domain"]).mean()
    return table.loc[list(DOMAINS)]


def wins(way: str = "plain", domain: str | None = None) -> pd.Series:
    """Return each form's share of the curves on which it scores best.

    As the benchmark counts: scores are cut to three decimals, and ties are shared.

    Parameters
    ----------
    way : str
        One of `WAYS`.
    domain : str, optional
        Only curves of one domain.

    Returns
    -------
    Series
        A share a form; together 1.
    """
    table = scores(way)
    if domain is not None:
        one_of_names("domain", domain, DOMAINS)
        table = table[tasks()["domain"] == domain]
    cut = (table * 1000).astype(int)
    first = cut.eq(cut.min(axis=1), axis=0)
    shares: pd.Series = first.div(first.sum(axis=1), axis=0).mean()
    return shares


def picks(way: str = "plain") -> dict[str, float]:
    """Return what comes of taking the form that fits the first part of each curve best.

    Parameters
    ----------
    way : str
        One of `WAYS`.

    Returns
    -------
    dict of str to float
        ``right``: share of curves on which it is also the best of the rest. Mean scores of the
        choice, ``picked``, of the best form of each curve, ``oracle``, and of the best single
        form, ``single``.
    """
    inside, outside = _wide(way, "within")[list(COMPARED)], scores(way)
    chosen, best = inside.idxmin(axis=1), outside.idxmin(axis=1)
    rows = np.arange(len(outside))
    picked = outside.to_numpy()[rows, outside.columns.get_indexer(pd.Index(chosen))]
    return {
        "right": float((chosen == best).mean()),
        "picked": float(picked.mean()),
        "oracle": float(outside.min(axis=1).mean()),
        "single": float(outside.mean().min()),
    }


def floor_profile(split: Split, floors: ArrayLike) -> pd.DataFrame:
    """Return both objectives of M2 along its floor, the other two coefficients at their best.

    Parameters
    ----------
    split : Split
        The curve.
    floors : array_like
        Values of e_inf, above zero and below the smallest fitted error, in the unit of the task.

    Returns
    -------
    DataFrame
        ``floor``; ``plain`` and ``excess``, root mean squares of the residuals of log L and of
        log(L - e_inf); ``score`` and ``excess_score``, those of log L of the held-out part.

    Raises
    ------
    ArgumentError
        If a floor is not positive, or not below the smallest fitted error.

    Examples
    --------
    >>> profile = floor_profile(curve(73), [0.01, 0.29])
    >>> bool(profile["plain"].is_monotonic_decreasing), len(profile)
    (True, 2)
    """
    x, y = (split.fitted[name].to_numpy(dtype=np.float64) for name in ("samples", "error"))
    given = np.atleast_1d(numbers("floors", floors))
    if (bad := ~((given > 0) & (given < y.min()))).any():
        raise ArgumentError(
            f"A floor is {given[bad][0]:g}; above 0 and below the smallest fitted error, "
            f"{y.min():g}, is expected."
        )
    rows = []
    for floor in given:
        line = fit(
            PowerLaw.of("samples", "error"), {"samples": x, "error": y - floor}, objective="log-lsq"
        )
        excess = PowerLawOffset.of("samples", "error")(
            A=line.law.A, E=float(floor), alpha=line.law.alpha
        )
        plain = fit(FORMS["M2"], split.fitted, objective="log-lsq", fixed={"E": float(floor)})
        sizes = [float(np.sqrt(np.mean(one.residuals**2))) for one in (plain, line)]
        rows.append((floor, *sizes, split.score(plain.law), split.score(excess)))
    return pd.DataFrame(rows, columns=["floor", "plain", "excess", "score", "excess_score"])


def _wide(way: str, column: str) -> pd.DataFrame:
    """Return a column of the record, curves by forms."""
    one_of_names("way", way, WAYS)
    table = recorded()
    kept = table[(table["way"] == way) | table["form"].isin(ALONE)]
    return kept.pivot_table(index="curve", columns="form", values=column)
