"""The laws of su2024 fitted to small models, and how far they are off along larger ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.datasets import published
from replication.errors import unknown
from replication.fitting import Fit, fit
from replication.laws import (
    Chinchilla,
    CriticalBatch,
    KaplanSteps,
    KaplanTraining,
    Law,
    StepsOffset,
)
from replication.papers.su2024.data import SMALL, curves, trajectories

__all__ = [
    "VARIANTS",
    "carried_over",
    "critical_batch",
    "errors",
    "fitted",
    "residuals",
]


def critical_batch() -> CriticalBatch:
    """Return the critical batch of kaplan2020, Table 5: constants that these logs cannot give.

    Returns
    -------
    CriticalBatch
        In tokens, of a loss in nats per token.

    Examples
    --------
    >>> critical_batch()
    CriticalBatch(B_star=210000000.0, alpha_B=0.21)
    """
    law = published("kaplan2020", "critical_batch")
    assert isinstance(law, CriticalBatch)
    return law


@dataclass(frozen=True)
class Variant:
    """A way to read the method.

    Parameters
    ----------
    label : str
        In words.
    law : type of Law
        The form that is fitted.
    count : str
        What counts as a parameter, as in `trajectories`.
    given : mapping of str to float
        Constants that are taken as given, besides those of the critical batch.
    """

    label: str
    law: type[Law]
    count: str = "no embedding"
    given: Mapping[str, float] = field(default_factory=dict)

    @property
    def fixed(self) -> dict[str, float]:
        """All constants that are not fitted."""
        batch = critical_batch().to_dict() if self.law is KaplanTraining else {}
        return batch | dict(self.given)


NO_FLOOR = {"E": 1e-9}
"""An irreducible loss too small to count."""
VARIANTS = {
    "steps": Variant("L(N, S)", KaplanSteps),
    "steps total": Variant("L(N, S), all parameters", KaplanSteps, "total"),
    "offset": Variant("L(N, S) + E", StepsOffset),
    "batch": Variant("L(N, S, B)", KaplanTraining),
    "batch total": Variant("L(N, S, B), all parameters", KaplanTraining, "total"),
    "tokens": Variant("L(N, D)", Chinchilla, given=NO_FLOOR),
}
"""The first, third and fourth are the method; the others ask what its choices change."""


def variant(name: str) -> Variant:
    """Return a variant by its name.

    Parameters
    ----------
    name : str
        A key of `VARIANTS`.

    Returns
    -------
    Variant
        The variant.

    Raises
    ------
    UnknownNameError
        If there is none of that name.

    Examples
    --------
    >>> variant("batch").law.__name__
    'KaplanTraining'
    """
    if name not in VARIANTS:
        raise unknown("variant", name, VARIANTS)
    return VARIANTS[name]


@cached
def fitted(name: str, sizes: tuple[str, ...] = SMALL) -> Fit:
    """Fit a variant to some learning curves, by least squares on the log loss.

    Fits to other sizes than the small ones start from the fit to these, which saves the search.

    Parameters
    ----------
    name : str
        A key of `VARIANTS`.
    sizes : tuple of str
        Sizes whose curves are used.

    Returns
    -------
    Fit
        Its groups are the models.

    Examples
    --------
    >>> round(fitted("steps").law.alpha_N, 4)
    0.0453
    """
    chosen = variant(name)
    group = "size" if len(sizes) > 1 else None
    return fit(
        chosen.law,
        curves(sizes, chosen.count),
        objective="log-lsq",
        fixed=chosen.fixed,
        group=group,
        starts=None if sizes == SMALL else [fitted(name).law],
    )


def residuals(name: str, law: Law | None = None) -> pd.DataFrame:
    """Return how far a law is off at every point of every curve.

    Parameters
    ----------
    name : str
        A key of `VARIANTS`, which says what the law reads.
    law : Law, optional
        By default the law fitted to the small models.

    Returns
    -------
    DataFrame
        `trajectories` with ``predicted`` (nats per token) and ``error``, the logarithm of
        predicted over observed.

    Examples
    --------
    >>> points = residuals("steps")
    >>> bool((points.query("size == '360M'")["error"] > 0).all())
    True
    """
    points = trajectories(variant(name).count)
    law = fitted(name).law if law is None else law
    predicted = np.asarray(law.predict(*(points[column] for column in law.inputs)))
    return points.assign(predicted=predicted, error=np.log(predicted / points["loss"]))


def errors(name: str, law: Law | None = None) -> pd.DataFrame:
    """Return the error of each model along its trajectory.

    Parameters
    ----------
    name : str
        As in `residuals`.
    law : Law, optional
        As in `residuals`.

    Returns
    -------
    DataFrame
        Index ``size``; ``rms`` and ``mean`` of the log error, and ``end``, that of the last point.

    Examples
    --------
    >>> (100 * errors("batch")["rms"]).round(2).tolist()
    [0.1, 0.06, 0.08, 0.06, 0.55, 0.67, 0.75, 2.14]
    """
    return _summary(residuals(name, law))


def carried_over() -> pd.DataFrame:
    """Return the error of no law at all: the curve of the largest small model for every size.

    Returns
    -------
    DataFrame
        As `errors`, for the larger sizes, over the steps that both curves have.

    Examples
    --------
    >>> bool((carried_over()["rms"] > errors("steps")["rms"].loc[["124M", "360M"]].min()).all())
    True
    """
    points = trajectories()
    base = points[points["size"] == SMALL[-1]].set_index("steps")["loss"]
    larger = points[~points["size"].isin(SMALL) & points["steps"].isin(base.index)]
    gaps = np.log(larger["steps"].map(base).to_numpy() / larger["loss"].to_numpy())
    return _summary(larger.assign(error=gaps))


def _summary(points: pd.DataFrame) -> pd.DataFrame:
    """Return rms, mean and last of the errors of each size."""
    by_size = points.groupby("size", sort=False)["error"]
    rms = by_size.apply(lambda e: np.sqrt(np.mean(e**2)))
    return pd.DataFrame({"rms": rms, "mean": by_size.mean(), "end": by_size.last()})
