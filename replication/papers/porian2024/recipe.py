"""The estimator of Porian et al. as their code runs it, down to its random numbers."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replication._memo import cached
from replication.errors import ArgumentError, unknown
from replication.fitting import Fit, fit
from replication.frontier import Frontier, NoiseRamp, isoflop
from replication.laws import PowerLawOffset
from replication.papers.porian2024.data import ADJUSTED, ATTENTION, STEPS, runs

__all__ = [
    "CHINCHILLA_FLOPS",
    "COPIES",
    "LOSS_WINDOW",
    "NOISE",
    "RAMPS",
    "at_the_floor",
    "by_budgets",
    "deviates",
    "frontier",
    "interval",
    "loss_fit",
    "noise",
    "ratio_range",
]

Array = NDArray[np.float64]

METHOD = "akima"
COPIES = 1000
SEED = 42
LEVEL = 0.95
CHINCHILLA_FLOPS = 5.88e23
"""Training compute of Chinchilla: 6 x 70e9 parameters x 1.4e12 tokens (hoffmann2022, Table 1)."""
RAMPS = {
    "refinedweb": NoiseRamp(low=0.002, high=0.05, loss_low=3, loss_high=7),
    "openwebtext2": NoiseRamp(low=0.01, high=0.1, loss_low=3, loss_high=6),
}
"""Noise of a loss between seeds, in nats per token, as the settings of the code read."""
NOISE = ("published", "intended")
LOSS_WINDOW = (1e16, 5e17)
"""Budgets in FLOPs between which the paper's code fits the loss law."""
STREAMS = (tuple(STEPS), (ADJUSTED,), tuple(ATTENTION.values()))
"""Experiments that the authors' notebook runs one after another from one seed."""


def noise(dataset: str, reading: str = "published") -> Any:
    """Return the standard deviation of a loss between seeds, as a function of the loss.

    Parameters
    ----------
    dataset : str
        A training text.
    reading : str
        ``"published"``: the code looks up the logarithm of the loss on a ramp whose thresholds
        are losses; ``"intended"``: the loss itself, which is our reading of the thresholds.

    Returns
    -------
    callable
        From losses to standard deviations, both in nats per token.

    Raises
    ------
    UnknownNameError
        If the reading is not known.

    Examples
    --------
    >>> [float(noise("refinedweb", r)(np.array(5.0)).round(4)) for r in NOISE]
    [0.002, 0.0139]
    """
    if reading not in NOISE:
        raise unknown("reading of the noise", reading, NOISE)
    ramp = RAMPS[dataset]
    return ramp if reading == "intended" else lambda loss: ramp(np.log(loss))


@cached
def deviates(dataset: str, experiment: str) -> Array:
    """Return the authors' own normal deviates for the losses of an experiment.

    Their notebook seeds numpy's old generator once and runs the experiments of a figure in
    order. At each budget it draws deviates twice: for the spline in parameters, which is what we
    use, and for one in tokens.

    Parameters
    ----------
    dataset, experiment : str
        As for `runs`.

    Returns
    -------
    ndarray, shape (1000, n)
        One column a row of ``runs(dataset, experiment)``.

    Examples
    --------
    >>> deviates("refinedweb", "reproduce_kaplan")[0, :2].round(4).tolist()
    [0.4967, -0.1383]
    """
    stream = next(names for names in STREAMS if experiment in names)
    rng = np.random.RandomState(SEED)
    for name in stream[: stream.index(experiment) + 1]:
        drawn = []
        for n in runs(dataset, name).groupby("flops").size():
            drawn.append(rng.normal(size=(COPIES, n)))
            rng.normal(size=(COPIES, n))
    return np.hstack(drawn)


@cached
def frontier(
    dataset: str, experiment: str, reading: str = "published", *, weighted: bool = True
) -> Frontier:
    """Return the compute-optimal frontier of an experiment by the paper's estimator.

    Parameters
    ----------
    dataset, experiment : str
        As for `runs`.
    reading : str
        Of the noise: see `noise`.
    weighted : bool
        Whether firm minima weigh more in the power law.

    Returns
    -------
    Frontier
        With its noisy copies in ``draws``.

    Examples
    --------
    >>> frontier("refinedweb", "tuned_no_decay")
    isoflop: N = 0.1189 C^0.4969, D = 1.401 C^0.5031 | n=121, akima, 1000 noisy copies
    """
    return isoflop(
        runs(dataset, experiment),
        "flops",
        method=METHOD,
        noise=noise(dataset, reading),
        draws=deviates(dataset, experiment),
        weighted=weighted,
    )


def interval(found: Frontier, quantity: str = "a") -> tuple[float, float]:
    """Return the 95 % interval of an exponent or a prefactor over the noisy copies.

    Examples
    --------
    >>> tuple(round(end, 2) for end in interval(frontier("refinedweb", "tuned_no_decay")))
    (0.49, 0.5)
    """
    ends: dict[Any, float] = found.draws.interval(LEVEL).loc[quantity].to_dict()
    return ends["low"], ends["high"]


def at_the_floor(found: Frontier) -> int:
    """Return how many budgets have the least standard deviation that the estimator grants.

    Examples
    --------
    >>> at_the_floor(frontier("refinedweb", "tuned_no_decay"))
    12
    """
    used = found.points[found.points["used"]]
    own = np.isclose(used["log_std"] * used["survived"], used["spread"], rtol=1e-9)
    return int((~own).sum())


def ratio_range(dataset: str, experiment: str, *, weighted: bool = False) -> tuple[float, float]:
    """Return the range of tokens per parameter over the budgets, intervals included.

    The lowest lower and the highest upper end of the 95 % intervals of the line, at the first
    and at the last budget. The code draws these lines without weights.

    Examples
    --------
    >>> tuple(round(end, 1) for end in ratio_range("refinedweb", "tuned_no_decay"))
    (14.2, 16.7)
    """
    budgets = runs("refinedweb", "tuned_no_decay")["flops"]
    lines = frontier(dataset, experiment, weighted=weighted).draws
    band = lines.optimal(flops=[budgets.min(), budgets.max()], level=LEVEL)
    ratio = band[band["quantity"] == "tokens_per_param"]
    return float(ratio["low"].min()), float(ratio["high"].max())


@cached
def loss_fit(
    dataset: str, experiment: str, window: tuple[float, float] | None = LOSS_WINDOW
) -> Fit:
    """Fit L = E + A / C**alpha to the losses at the optimum, by least squares of logarithms.

    Parameters
    ----------
    dataset, experiment : str
        As for `runs`.
    window : (float, float) or None
        Budgets in FLOPs between which points are used; None for all.

    Returns
    -------
    Fit
        Of a `PowerLawOffset`, in nats per token.

    Raises
    ------
    ArgumentError
        If the window leaves fewer points than the law has coefficients.

    Examples
    --------
    >>> round(loss_fit("refinedweb", "tuned_no_decay").law.E, 1)
    2.0
    """
    low, high = window or (0.0, np.inf)
    points = frontier(dataset, experiment).points
    kept = points[points["used"] & points["flops"].between(low, high, inclusive="neither")]
    if len(kept) < len(PowerLawOffset.names()):
        raise ArgumentError(
            f"Between {low:g} and {high:g} FLOPs there are {len(kept)} budgets; the law has "
            f"{len(PowerLawOffset.names())} coefficients. Widen window=."
        )
    return fit(PowerLawOffset, kept, objective="log-lsq")


def by_budgets(dataset: str, experiment: str, least: int = 3) -> pd.DataFrame:
    """Refit on the lowest budgets only, one more at a time: how much compute does it take?

    Parameters
    ----------
    dataset, experiment : str
        As for `runs`.
    least : int
        Budgets of the first refit, at least 2.

    Returns
    -------
    DataFrame
        One row a refit: ``budgets``, ``flops`` (the largest), ``a`` with ``low`` and ``high`` of
        its 95 % interval, and ``params``, N_opt at Chinchilla's compute.

    Raises
    ------
    ArgumentError
        If `least` is below 2 or above the number of budgets.

    Examples
    --------
    >>> by_budgets("refinedweb", "tuned_no_decay", least=11)["a"].round(3).tolist()
    [0.495, 0.497]
    """
    table = runs(dataset, experiment)
    budgets = np.unique(table["flops"])
    if not 2 <= least <= len(budgets):
        raise ArgumentError(
            f"least is {least}; a power law needs 2 budgets, and there are {len(budgets)}."
        )
    rows: list[tuple[float, ...]] = []
    for k in range(least, len(budgets) + 1):
        kept = (table["flops"] <= budgets[k - 1]).to_numpy()
        found = isoflop(
            table[kept],
            "flops",
            method=METHOD,
            noise=noise(dataset),
            draws=deviates(dataset, experiment)[:, kept],
        )
        far = float(np.asarray(found.params_law.predict(CHINCHILLA_FLOPS)))
        rows.append((k, budgets[k - 1], found.a, *interval(found), far))
    return pd.DataFrame(rows, columns=["budgets", "flops", "a", "low", "high", "params"])
