"""Does the split count? The tilt of BPC or loss at equal compute, and what could be seen of it.

The tilt is free of units: zero if only compute counts, minus one if only parameters do, one if
only tokens do. So public models in bits per character and runs in nats per token can be compared.
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from replication import datasets
from replication._memo import cached
from replication.counting.numbers import positive
from replication.errors import ArgumentError
from replication.fitting import Bootstrap, Fit, fit
from replication.laws import Chinchilla, ComputeSplit, LogPlane, OverTraining
from replication.papers.guo2024.compression_line import AVERAGE
from replication.papers.guo2024.data import CONTROLLED, LONG, controlled, models

__all__ = [
    "LAWS",
    "collinearity",
    "detectable",
    "expected_tilts",
    "plane",
    "resampled",
    "shared_by_families",
    "split",
    "tilt",
    "tilts",
    "within_families",
]

RESAMPLES = 1000
SEED = 0
LAWS = {
    "printed": "Hoffmann et al., printed",
    "tex": "Hoffmann et al., TeX source",
    "refit": "Hoffmann et al., refitted",
}
"""Versions of Chinchilla's law."""
OUTLIERS = 5
"""Points of Hoffmann et al. that a refit leaves out, those of largest loss: see besiroglu2024."""
OVER_TRAINED = "redpajama"
"""The group of controlled runs by whose law of over-training the same is asked."""
FIVE = ("0.011B-m20", "0.079B-m20", "0.154B-m20", "0.411B-m20", "0.011B-m320")
"""The runs of a text to which Gadre et al. fit that law: size, and tokens per parameter."""


@cached
def plane(listed: str = "april25", response: str = AVERAGE) -> Fit:
    """Fit BPC to ln N and ln D of the public models.

    Parameters
    ----------
    listed : str
        Version of the table of models.
    response : str
        ``bpc_average``, or one of `DOMAINS`.

    Returns
    -------
    Fit
        Of `LogPlane`, grouped by family.

    Examples
    --------
    >>> law = plane().law
    >>> round(law.slope_first, 4), round(law.slope_second, 4)
    (-0.0308, -0.0304)
    """
    law = LogPlane.of(response=response)
    return fit(law, models(listed), objective="lsq", group="family")


@cached
def split(name: str, least_ratio: float = LONG, most_ratio: float = np.inf) -> Fit:
    """Fit a saturating power of compute with a tilt to controlled runs.

    A plane in logarithms would not do here: over five decades of compute the loss bends.

    Parameters
    ----------
    name : str
        A name in `CONTROLLED`.
    least_ratio, most_ratio : float
        Leave out runs of fewer, or of more, tokens per parameter.

    Returns
    -------
    Fit
        Of `ComputeSplit`, by least squares of log losses.

    Examples
    --------
    >>> round(split("redpajama").law.tilt, 2)
    -0.37
    """
    return fit(ComputeSplit, controlled(name, least_ratio, most_ratio), objective="log-lsq")


@cached
def resampled(found: Fit, unit: str = "points") -> Bootstrap:
    """Resample models, runs or families once a process."""
    return found.bootstrap(RESAMPLES, SEED, unit=unit)


def tilt(found: Fit, unit: str = "points") -> dict[str, float]:
    """Return the tilt of a fit with its 95 % interval, standard error and z.

    The error is that of a normal distribution with this interval: a ratio has draws far out,
    which would rule a standard deviation.

    Parameters
    ----------
    found : Fit
        As from `plane` or `split`.
    unit : str
        What is resampled: ``"points"``, or ``"groups"`` for whole families.

    Returns
    -------
    dict of str to float
        ``tilt``, ``se``, ``low``, ``high``, ``z`` = tilt / se.

    Examples
    --------
    >>> found = tilt(plane())
    >>> found["low"] < 0 < found["high"]
    True
    """
    here: Any = found.law  # a plane or a split: both have a tilt
    drawn: Any = resampled(found, unit).law
    low, high = np.quantile(drawn.tilt, [0.025, 0.975])
    se = (high - low) / (2 * norm.ppf(0.975))
    numbers = {"tilt": here.tilt, "se": se, "low": low, "high": high, "z": here.tilt / se}
    return {name: float(value) for name, value in numbers.items()}


@cached
def tilts() -> pd.DataFrame:
    """Return the tilt of public models and of controlled runs.

    Returns
    -------
    DataFrame
        One row a group: ``who``, ``n``, what `tilt` returns, and ``kind``: ``public`` or
        ``controlled``.

    Examples
    --------
    >>> tilts().groupby("kind")["tilt"].max().round(2).to_dict()
    {'controlled': -0.37, 'public': -0.01}
    """
    rows = [
        {"kind": "public", "who": "models resampled", "n": plane().n, **tilt(plane())},
        {"kind": "public", "who": "families resampled", "n": plane().n, **tilt(plane(), "groups")},
        {"kind": "public", "who": "without Qwen1.5", "n": plane("april22").n}
        | tilt(plane("april22")),
    ]
    for name, words in CONTROLLED.items():
        found = split(name)
        rows.append({"kind": "controlled", "who": words, "n": found.n, **tilt(found)})
    return pd.DataFrame(rows)


def expected_tilts(listed: str = "april25") -> pd.DataFrame:
    """Return the tilt that public models would show if their losses followed a law.

    Parameters
    ----------
    listed : str
        Version of the table of models.

    Returns
    -------
    DataFrame
        One row a law, those of `LAWS` and the law of over-training that gadre2024 fit to five
        small runs: ``law`` and ``tilt``.

    Examples
    --------
    >>> expected_tilts()["tilt"].round(2).tolist()
    [-0.11, -0.18, -0.39, -0.42]
    """
    table = models(listed)
    points = datasets.runs("hoffmann2022")
    refit = fit(Chinchilla, points.nsmallest(len(points) - OUTLIERS, "loss")).law
    laws: dict[str, Any] = {
        words: refit if name == "refit" else datasets.published("hoffmann2022", name)
        for name, words in LAWS.items()
    }
    scores = {words: law.loss(table["params"], table["tokens"]) for words, law in laws.items()}
    five = datasets.runs("gadre2024", run=[f"{OVER_TRAINED}-{name}" for name in FIVE])
    over: Any = fit(OverTraining, five, objective="lsq").law
    scores[CONTROLLED[OVER_TRAINED]] = over.loss(table["flops"], table["tokens_per_param"])
    rows = []
    for words, score in scores.items():
        expected: Any = fit(LogPlane, table.assign(score=score), objective="lsq").law
        rows.append((words, expected.tilt))
    return pd.DataFrame(rows, columns=["law", "tilt"])


def detectable(error: float, chance: float = 0.8, level: float = 0.95) -> float:
    """Return the effect that a two-sided normal test tells from zero with a given chance.

    Parameters
    ----------
    error : float
        Standard error of the estimate.
    chance : float
        Power of the test, in (0, 1).
    level : float
        Level of the test, in (0, 1).

    Returns
    -------
    float
        In the unit of the error.

    Raises
    ------
    ArgumentError
        If the error is not positive, or a chance or level is not between 0 and 1.

    Examples
    --------
    >>> round(detectable(1.0), 2)
    2.8
    """
    for name, value in (("chance", chance), ("level", level)):
        if not 0 < value < 1:
            raise ArgumentError(f"{name} is {value}; a number between 0 and 1 is expected, 0.8.")
    return float((norm.ppf(0.5 + level / 2) + norm.ppf(chance)) * positive("error", error))


def within_families(listed: str = "april25") -> dict[str, float]:
    """Return the share of the variance that lies within families, not between them.

    Parameters
    ----------
    listed : str
        Version of the table of models.

    Returns
    -------
    dict of str to float
        Of ``ln N``, ``ln D`` and ``BPC``; each between 0 and 1.

    Examples
    --------
    >>> {name: round(share, 2) for name, share in within_families().items()}
    {'ln N': 0.98, 'ln D': 0.03, 'BPC': 0.58}
    """
    table = models(listed)
    columns = {
        "ln N": np.log(table["params"]),
        "ln D": np.log(table["tokens"]),
        "BPC": table[AVERAGE],
    }
    shares = {}
    for name, values in columns.items():
        inside = values - values.groupby(table["family"]).transform("mean")
        shares[name] = float(inside.var(ddof=0) / values.var(ddof=0))
    return shares


def shared_by_families(listed: str = "april25") -> float:
    """Return the share of the scatter about the plane that the models of a family have in common.

    Parameters
    ----------
    listed : str
        Version of the table of models.

    Returns
    -------
    float
        Intraclass correlation of the residuals, by the one-way analysis of variance: 0 if models
        of one family are as far apart as any others, 1 if they all err alike.

    Examples
    --------
    >>> round(shared_by_families(), 2)
    0.5
    """
    left = pd.Series(plane(listed).residuals)
    families = left.groupby(models(listed)["family"])
    sizes, n, k = families.size(), len(left), families.ngroups
    within = float(((left - families.transform("mean")) ** 2).sum()) / (n - k)
    between = float((sizes * (families.mean() - left.mean()) ** 2).sum()) / (k - 1)
    typical = float(n - (sizes**2).sum() / n) / (k - 1)  # of families that differ in size
    return (between - within) / (between + (typical - 1) * within)


def collinearity(listed: str = "april25") -> float:
    """Return the correlation of ln N and ln D over the public models.

    Examples
    --------
    >>> round(collinearity(), 2)
    0.06
    """
    table = models(listed)
    return float(np.corrcoef(np.log(table["params"]), np.log(table["tokens"]))[0, 1])
