"""What the closed form says: local exponents, their limits, and lines through parts of them."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from replication.claims import Answer
from replication.claims.verdict import ranking
from replication.counting import embedding_scale
from replication.datasets import shapes
from replication.errors import ArgumentError
from replication.fitting import fit
from replication.laws import NonEmbeddingChinchilla, PowerLaw, TotalParams
from replication.laws.embedding import CUBE_ROOT
from replication.papers.pearce2024.embedding import embedding_fit
from replication.papers.pearce2024.inputs import (
    ASPECT_RATIOS,
    LAWS,
    claims,
    law,
    surface,
)

__all__ = [
    "FULL",
    "KAPLAN_DECADES",
    "RANGES",
    "kaplan_law",
    "line_exponent",
    "sensitivity",
    "window_exponent",
]

DENSE = 400
"""Points of the closed form through which a line is drawn."""
FULL = (10**12.95, 10**20.7)
"""Budgets of the printed line in FLOPs without embedding."""
KAPLAN_DECADES = (1e16, 10**20.7)
"""A window chosen after the fact: with Kaplan's vocabulary it gives Kaplan's exponent."""
RANGES = (FULL, (1e13, 1e19), (1e14, 10**20.7), KAPLAN_DECADES, (1e18, 1e22))
"""Windows in FLOPs for which the exponent is compared."""


def window_exponent(
    of: NonEmbeddingChinchilla, low: float, high: float, points: int = DENSE
) -> float:
    """Return the exponent of a power law through the exact optimum in a window.

    Parameters
    ----------
    of : NonEmbeddingChinchilla
        The law.
    low, high : float
        Lowest and highest budget in FLOPs without embedding.
    points : int
        Budgets, spaced evenly in log C.

    Returns
    -------
    float
        Exponent a of N_opt in C, by least squares of logarithms.

    Raises
    ------
    ArgumentError
        If the window is empty or has fewer than two points.

    Examples
    --------
    >>> round(window_exponent(law(), 1e13, 1e19), 3)
    0.839
    """
    if not 0 < low < high or points < 2:
        raise ArgumentError(
            f"The window runs from {low:g} to {high:g} FLOPs with {points} points; two budgets or "
            "more are needed, the lowest first: window_exponent(law, 1e13, 1e19)."
        )
    flops = np.geomspace(low, high, points)
    return line_exponent(flops, np.asarray(of.optimal(flops=flops).params))


def line_exponent(flops: ArrayLike, params: ArrayLike) -> float:
    """Return the exponent of the power law through points of a frontier, by least squares of logs.

    Parameters
    ----------
    flops, params : array_like, shape (k,)
        Budgets in FLOPs and optimal sizes; two or more of each.

    Returns
    -------
    float
        Exponent a of N_opt in C.

    Examples
    --------
    >>> round(line_exponent([1e18, 1e20, 1e22], [1e8, 1e9, 1e10]), 6)
    0.5
    """
    line = fit(
        PowerLaw.of("flops", "params"), {"flops": flops, "params": params}, objective="log-lsq"
    )
    return -float(line.law.to_dict()["alpha"])


def kaplan_law() -> NonEmbeddingChinchilla:
    """Return the law with the vocabulary and the learned positions of kaplan2020.

    Examples
    --------
    >>> round(kaplan_law().omega)
    76090
    """
    theirs = shapes("kaplan2020")
    vocabulary, context = float(theirs.vocab_size[0]), float(theirs.context[0])
    omega = float(embedding_scale(vocabulary, ASPECT_RATIOS["figure"], context))
    return NonEmbeddingChinchilla.of(surface(), TotalParams(omega=omega, p=CUBE_ROOT))


def variants() -> dict[str, NonEmbeddingChinchilla]:
    """Return the laws under the choices that the paper made, and under others.

    Examples
    --------
    >>> list(variants())[0]
    'as in the paper'
    """
    refits = {
        "omega and p of one fit": embedding_fit().law,
        "omega of the fit with p = 1/3": embedding_fit(CUBE_ROOT).law,
    }
    return {
        "as in the paper": law(),
        **{
            name: NonEmbeddingChinchilla.of(surface(), TotalParams(**refit.to_dict()))
            for name, refit in refits.items()
        },
        "Kaplan's vocabulary and positions": kaplan_law(),
        "Hoffmann's coefficients": law("hoffmann"),
    }


def sensitivity() -> pd.DataFrame:
    """Return the exponent for every variant and window.

    Returns
    -------
    DataFrame
        One row a variant: ``variant``, and a column of exponents for each of `RANGES`, named by
        its place there: ``window_0`` ...

    Examples
    --------
    >>> sensitivity().iloc[0, 1:].astype(float).round(3).tolist()
    [0.776, 0.839, 0.759, 0.665, 0.547]
    """
    rows = [
        {"variant": name}
        | {f"window_{i}": window_exponent(of, *window) for i, window in enumerate(RANGES)}
        for name, of in variants().items()
    ]
    return pd.DataFrame(rows)


@claims.answers("R6")
def large_limits() -> dict[str, float]:
    """Return the exponent in the limit of large models, where the embedding does not matter."""
    return {f"R6.{name}": float(surface(name).a) for name in LAWS}


@claims.answers("R7")
def limits() -> dict[str, Answer]:
    """Return which limit of the local exponent is the larger."""
    return {
        f"R7.{name}": Answer(
            ranking({"small": float(law(name).a_small), "large": float(law(name).a_large)})
        )
        for name in LAWS
    }


@claims.answers("R10.exponent", "R11.exponent")
def reducible_exponents() -> dict[str, float]:
    """Return the exponent of L - E in total compute: alpha beta / (alpha + beta)."""
    rows = {"R10.exponent": surface("epoch"), "R11.exponent": surface("hoffmann")}
    return {name: float(found.alpha * found.a) for name, found in rows.items()}
