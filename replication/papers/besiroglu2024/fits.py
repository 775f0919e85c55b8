"""The two fits, the laws they stand against, and their likelihood."""

import numpy as np

from replication._memo import cached
from replication.datasets import published
from replication.fitting import Fit, fit, scaled_huber
from replication.laws import Chinchilla
from replication.papers.besiroglu2024.figure import OUTLIERS, points

__all__ = [
    "LIKELIHOOD_DELTA",
    "huber_fit",
    "likelihood_fit",
    "published_laws",
    "share_below_median",
]

LIKELIHOOD_DELTA = 1e-3
"""Huber delta of the likelihood, in units of the fitted sigma."""


@cached
def huber_fit(dropped: int = OUTLIERS) -> Fit:
    """Return the fit with Hoffmann's objective: the Huber sum of log residuals, delta 1e-3.

    Examples
    --------
    >>> round(huber_fit().law.E, 4)
    1.8172
    """
    return fit(Chinchilla, points(dropped))


@cached
def likelihood_fit(dropped: int = OUTLIERS) -> Fit:
    """Return the headline fit: the likelihood whose Huber delta counts in units of sigma.

    Parameters
    ----------
    dropped : int
        How many of the largest losses are left out.

    Returns
    -------
    Fit
        Of the formula of hoffmann2022.

    Examples
    --------
    >>> round(likelihood_fit().law.alpha, 4)
    0.3478
    """
    return fit(
        Chinchilla, points(dropped), objective="log-huber-likelihood", delta=LIKELIHOOD_DELTA
    )


def hoffmann_law(name: str) -> Chinchilla:
    """Return a published version of Hoffmann's law.

    Parameters
    ----------
    name : str
        ``"printed"`` for the rounded coefficients, ``"tex"`` for those of the TeX source.

    Returns
    -------
    Chinchilla
        With losses in nats per token.

    Examples
    --------
    >>> hoffmann_law("tex").beta
    0.2849083
    """
    law = published("hoffmann2022", name)
    assert isinstance(law, Chinchilla)
    return law


def published_laws() -> dict[str, Chinchilla]:
    """Return Hoffmann's coefficients, rounded and as in the TeX source, and the refit.

    Examples
    --------
    >>> list(published_laws())
    ['rounded', 'tex', 'refit']
    """
    refit = likelihood_fit().law
    assert isinstance(refit, Chinchilla)
    return {"rounded": hoffmann_law("printed"), "tex": hoffmann_law("tex"), "refit": refit}


def log_likelihood(law: Chinchilla, dropped: int = OUTLIERS) -> float:
    """Return the log-likelihood of a law on the points, sigma at its maximum.

    Parameters
    ----------
    law : Chinchilla
        Any coefficients.
    dropped : int
        How many points of largest loss to leave out.

    Returns
    -------
    float
        Log-likelihood under the scaled Huber density.

    Examples
    --------
    >>> round(log_likelihood(likelihood_fit().law), 2)
    879.77
    """
    runs = points(dropped)
    residuals = np.log(runs["loss"]) - np.log(law.loss(runs["params"], runs["tokens"]))
    return scaled_huber(residuals, LIKELIHOOD_DELTA).log_likelihood


def share_below_median(law: Chinchilla) -> float:
    """Return for how many runs the refit's Huber term is below the median term of a law.

    Parameters
    ----------
    law : Chinchilla
        What the refit is compared with.

    Returns
    -------
    float
        Share of the runs, between 0 and 1.

    Examples
    --------
    >>> round(share_below_median(hoffmann_law("printed")), 2)
    0.98
    """
    runs = points()
    # A Huber term grows with the size of the residual, so the order of the two is the same.
    theirs, ours = (
        np.abs(np.log(runs["loss"]) - np.log(each.loss(runs["params"], runs["tokens"])))
        for each in (law, published_laws()["refit"])
    )
    return float(np.mean(ours < np.median(theirs)))
