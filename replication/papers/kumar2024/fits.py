"""Fits to the runs of QuEST, the bits that they recommend, and the fit to our rounded models."""

from dataclasses import replace

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.errors import unknown
from replication.fitting import Bootstrap, Fit, fit
from replication.laws import Law, PostTraining, Precision
from replication.papers.kumar2024.data import (
    NO_CACHE,
    byte_models,
    comparison,
    quest,
    quest_joint,
)
from replication.papers.kumar2024.schemes import Shares

__all__ = [
    "FLOORS",
    "SHARED_BITS",
    "WAYS",
    "added_loss_fit",
    "capacity",
    "capacity_draws",
    "inverted",
    "precision_fit",
    "quality",
    "shares",
]

NO_FLOOR = 1e-9
"""Stands for an irreducible loss of zero, where least squares goes with these runs."""
FLOORS = (0.0, 1.0, 1.5, 1.9)
"""Irreducible losses, in nats, that are tried; the lowest observed loss is 2.5."""
SHARED_BITS = (1, 2, 3, 4, 8)
"""Bits at which both weights and activations were trained."""
RESAMPLES = 300
WAYS = {
    "no offsets": (1, False),
    "three bits and more, no offsets": (3, False),
    "all": (1, True),
    "two bits and more": (2, True),
    "three bits and more": (3, True),
}
"""Fits of the paper's form: fewest bits of the runs, and whether with offsets."""


@cached
def shares(floor: float = 0.0) -> Fit[Shares]:
    """Fit one effective share for each scheme, by least squares of the logarithm of the loss.

    Parameters
    ----------
    floor : float
        The irreducible loss E in nats, held. Free, it goes to zero.

    Returns
    -------
    Fit
        Of `Shares`, to all runs of QuEST.

    Examples
    --------
    >>> round(shares().law.share("full_4"), 3)
    0.692
    """
    # With the floor at zero the whole search is made; the others are followed from there.
    starts = [replace(shares().law, E=floor)] if floor else None
    held = {"E": floor or NO_FLOOR}
    return fit(Shares, quest(), objective="log-lsq", fixed=held, starts=starts)


@cached
def capacity_draws() -> Bootstrap[Shares]:
    """Return refits of `shares` to runs drawn within each scheme, so that each is always there."""
    scheme, rng = quest()["scheme"].to_numpy(), np.random.default_rng(0)
    places = [np.flatnonzero(scheme == name) for name in sorted(set(scheme))]
    drawn = [
        np.concatenate([rng.choice(some, len(some)) for some in places]) for _ in range(RESAMPLES)
    ]
    return shares().bootstrap(indices=np.array(drawn))


@cached
def capacity() -> pd.DataFrame:
    """Return what a bit is worth: 16 eff/P for weights and activations of P bits.

    Returns
    -------
    DataFrame
        One row for each of `SHARED_BITS`: ``share``, ``per_bit``, ``low`` and ``high`` (95 %, runs
        drawn within schemes), and ``least`` and ``most`` over `FLOORS`.

    Examples
    --------
    >>> int(capacity()["per_bit"].idxmax())
    4
    """
    law, rows = capacity_draws().law, {}
    for bits in SHARED_BITS:
        name = f"full_{bits}"
        drawn = 16 / bits * np.exp(-np.ravel(getattr(law, name)) / np.ravel(law.alpha))
        low, high = np.quantile(drawn, [0.025, 0.975])
        held = [16 / bits * shares(floor).law.share(name) for floor in FLOORS]
        share = shares().law.share(name)
        rows[bits] = (share, 16 / bits * share, low, high, min(held), max(held))
    names = ["share", "per_bit", "low", "high", "least", "most"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=names).rename_axis("bits")


@cached
def precision_fit(way: str = "two bits and more") -> Fit[Precision]:
    """Fit the paper's form to the runs of QuEST, without a share for the cache.

    Parameters
    ----------
    way : str
        One of `WAYS`.

    Returns
    -------
    Fit
        Of `Precision`.

    Raises
    ------
    UnknownNameError
        If there is no such fit.

    Examples
    --------
    >>> round(precision_fit("three bits and more").law.best_bits(), 1)
    4.3
    """
    if way not in WAYS:
        raise unknown("fit", way, WAYS)
    least, offsets = WAYS[way]
    held = NO_CACHE | ({} if offsets else {"n_w": 0.0, "n_a": 0.0})
    return fit(Precision, quest_joint(least), objective="log-lsq", fixed=held)


def quality(law: Law, runs: pd.DataFrame) -> dict[str, float]:
    """Return how well a law describes runs.

    Parameters
    ----------
    law : Law
        Predicts the loss.
    runs : DataFrame
        With its inputs and ``loss``.

    Returns
    -------
    dict
        ``r2`` of the loss; ``rms`` and ``median`` of the error of its logarithm.

    Examples
    --------
    >>> round(quality(shares().law, quest())["r2"], 4)
    0.9984
    """
    observed = runs["loss"].to_numpy()
    predicted = np.asarray(law.predict(*(runs[name].to_numpy() for name in law.inputs)))
    apart = np.log(observed) - np.log(predicted)
    spread = ((observed - observed.mean()) ** 2).sum()
    return {
        "r2": float(1 - ((observed - predicted) ** 2).sum() / spread),
        "rms": float(np.sqrt(np.mean(apart**2))),
        "median": float(np.median(np.abs(apart))),
    }


def inverted(size: str = "30M", floor: float = 0.0) -> pd.DataFrame:
    """Return what a bit is worth with other quantisers, from losses of one size.

    The term in N of a quantised model is that of the bf16 run of the same size, and the difference
    of both losses on top.

    Parameters
    ----------
    size : str
        ``"30M"`` or ``"50M"``.
    floor : float
        One of `FLOORS`, for the exponent and the coefficient of that term.

    Returns
    -------
    DataFrame
        Rows of `comparison` with ``share`` and ``per_bit``, 16 share/P.

    Examples
    --------
    >>> table = inverted().set_index(["method", "bits"])["per_bit"]
    >>> int(table["STE"].idxmax()), int(table["QuEST"].idxmax())
    (7, 5)
    """
    law, runs = shares(floor).law, quest()
    plain = runs[(runs["scheme"] == "bf16") & (runs["size"] == size)].iloc[0]
    table = comparison()[comparison()["size"] == size].reset_index(drop=True)
    term = law.A / plain["params"] ** law.alpha
    share = (1 + (table["loss"] - plain["loss"]) / term) ** (-1 / law.alpha)
    return table.assign(share=share, per_bit=16 * share / table["bits"])


@cached
def added_loss_fit(schedule: str = "constant", least: int = 3) -> Fit[PostTraining]:
    """Fit the law of rounding to our byte models, by least squares of the logarithm.

    Parameters
    ----------
    schedule : str
        ``"constant"`` or ``"annealed"``.
    least : int
        Fewest bits.

    Returns
    -------
    Fit
        Of `PostTraining`; resamples draw whole runs. Rows whose loss fell by rounding have no
        logarithm and are left out.

    Examples
    --------
    >>> 0.3 < added_loss_fit().law.gamma_post < 1.0
    True
    """
    table = byte_models()
    some = table[(table["schedule"] == schedule) & (table["bits"] >= least)]
    some = some[some["added_loss"] > 0]
    run = some["params"].astype(str) + " " + some["seed"].astype(str)
    return fit(PostTraining, some.assign(run=run), objective="log-lsq", group="run")
