"""What follows from the line, worked through, and what a law with an optimal split says instead."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from replication.counting import training_flops
from replication.counting.numbers import Array, Number, plain, positive
from replication.errors import ArgumentError
from replication.laws import Chinchilla, LogLinear
from replication.papers.guo2024.data import UNIT

__all__ = [
    "FLOPS_UNIT",
    "capped",
    "flops_for",
    "least_params",
    "tokens_for",
    "tokens_for_loss",
    "valley",
]

FLOPS_UNIT = float(training_flops(UNIT, 1.0))
"""FLOPs of the paper's unit of N D: 6e21."""


def flops_for(law: LogLinear, bpc: ArrayLike) -> Number:
    """Return the training compute at which a line predicts a BPC.

    Parameters
    ----------
    law : LogLinear
        BPC in the paper's unit of N D.
    bpc : array_like
        Bits per character.

    Returns
    -------
    float or ndarray
        FLOPs, six times N D.

    Examples
    --------
    >>> from replication.papers.guo2024 import printed
    >>> f"{flops_for(printed(), 0.0):.1e}"
    '6.2e+29'
    """
    found: Number = plain(np.asarray(law.reaches(bpc)) * FLOPS_UNIT)
    return found


def tokens_for(law: LogLinear, bpc: float, params: ArrayLike) -> Number:
    """Return the tokens with which a model of a size reaches a BPC: a line of equal BPC.

    Parameters
    ----------
    law : LogLinear
        BPC in the paper's unit of N D.
    bpc : float
        Bits per character.
    params : array_like
        Parameters N.

    Returns
    -------
    float or ndarray
        Tokens D: N D is the same for all sizes.

    Examples
    --------
    >>> from replication.papers.guo2024 import printed
    >>> tokens = tokens_for(printed(), 0.4, [7e9, 70e9])
    >>> round(float(tokens[0] / tokens[1]), 6)
    10.0
    """
    found: Number = plain(np.asarray(law.reaches(bpc)) * UNIT / positive("params", params))
    return found


def tokens_for_loss(law: Chinchilla, loss: float, params: ArrayLike) -> Array:
    """Return the tokens with which a model of a size reaches a loss; infinite if it cannot.

    Parameters
    ----------
    law : Chinchilla
        The law.
    loss : float
        Nats per token.
    params : array_like
        Parameters N.

    Returns
    -------
    ndarray
        Tokens D.

    Raises
    ------
    ArgumentError
        If the loss or a size is not positive and finite.

    Examples
    --------
    >>> law = Chinchilla(A=400.0, B=400.0, E=1.7, alpha=0.34, beta=0.28)
    >>> tokens_for_loss(law, 2.0, [1e9, 70e9]).round(-9).tolist()
    [inf, 454000000000.0]
    """
    size = positive("params", params)
    left = positive("loss", loss) - law.E - law.A * size**-law.alpha
    with np.errstate(invalid="ignore", divide="ignore"):
        tokens = (law.B / left) ** (1 / law.beta)
    return np.where(left > 0, tokens, np.inf)


def least_params(law: Chinchilla, loss: float) -> float:
    """Return the size below which no number of tokens reaches a loss.

    Parameters
    ----------
    law : Chinchilla
        The law.
    loss : float
        Nats per token; above the irreducible loss.

    Returns
    -------
    float
        Parameters N.

    Raises
    ------
    ArgumentError
        If the loss is not above the irreducible loss of the law.

    Examples
    --------
    >>> law = Chinchilla(A=400.0, B=400.0, E=1.5, alpha=0.5, beta=0.28)
    >>> round(least_params(law, 1.6))
    16000000
    """
    if not loss > law.E:
        raise ArgumentError(
            f"loss is {loss:g}; no model of this law falls to its irreducible loss {law.E:g}. "
            "Ask for a larger one."
        )
    return float((law.A / (loss - law.E)) ** (1 / law.alpha))


def valley(law: Chinchilla, flops: ArrayLike, factors: ArrayLike) -> pd.DataFrame:
    """Return what a size beside the best one costs at equal compute.

    Parameters
    ----------
    law : Chinchilla
        The law.
    flops : array_like, shape (k,)
        Budgets C.
    factors : array_like, shape (m,)
        Sizes as multiples of the optimal one; tokens shrink as size grows.

    Returns
    -------
    DataFrame
        One row a budget and factor: ``flops``, ``factor``, ``params``, ``tokens``, ``loss`` and
        ``excess`` over the least loss (nats per token), and ``worth``, the share of the budget
        that would reach the same loss if split best.

    Examples
    --------
    >>> law = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.34, beta=0.28)
    >>> valley(law, 1e23, [0.5, 1.0, 2.0])["excess"].round(4).tolist()
    [0.0073, 0.0, 0.0071]
    """
    budget, factor = (
        a.ravel()
        for a in np.meshgrid(
            np.atleast_1d(positive("flops", flops)),
            np.atleast_1d(positive("factors", factors)),
            indexing="ij",
        )
    )
    best = law.optimal(flops=budget)
    params = np.asarray(best.params) * factor
    tokens = budget / training_flops(params, 1.0)
    loss, least = np.asarray(law.loss(params, tokens)), np.asarray(best.loss)
    # Along the optimum the reducible loss is a power of compute (hoffmann2022, Eq. 4).
    exponent = law.alpha * law.beta / (law.alpha + law.beta)
    worth = ((least - law.E) / (loss - law.E)) ** (1 / exponent)
    frame = pd.DataFrame({"flops": budget, "factor": factor, "params": params, "tokens": tokens})
    return frame.assign(loss=loss, excess=loss - least, worth=worth)


def capped(law: Chinchilla, flops: ArrayLike, most_tokens: float) -> pd.DataFrame:
    """Return the best loss at each budget with and without a limit to the tokens.

    Parameters
    ----------
    law : Chinchilla
        The law.
    flops : array_like, shape (k,)
        Budgets C.
    most_tokens : float
        Tokens there are; each is seen once.

    Returns
    -------
    DataFrame
        ``flops``, ``free`` and ``capped`` (losses, nats per token), ``params`` and ``tokens``
        under the limit.

    Examples
    --------
    >>> law = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.34, beta=0.28)
    >>> table = capped(law, [1e22, 1e28], 15e12)
    >>> (table["capped"] - table["free"]).round(3).tolist()
    [0.0, 0.037]
    """
    budget = np.atleast_1d(positive("flops", flops))
    best = law.optimal(flops=budget)
    tokens = np.minimum(np.asarray(best.tokens), float(positive("most_tokens", most_tokens)))
    params = budget / training_flops(1.0, tokens)
    return pd.DataFrame(
        {
            "flops": budget,
            "free": np.asarray(best.loss),
            "capped": np.asarray(law.loss(params, tokens)),
            "params": params,
            "tokens": tokens,
        }
    )
