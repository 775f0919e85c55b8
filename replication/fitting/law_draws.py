"""Draws of a law: which may be given, and normal ones from a covariance."""

from typing import Any

import numpy as np
import pandas as pd

from replication.counting.numbers import finite, whole
from replication.errors import ArgumentError, shown
from replication.fitting.of_law import K
from replication.laws import Law

MOST_DRAWS = 1_000_000
"""Draws beyond which an interval does not change."""


def normal_draws(law: K, covariance: pd.DataFrame, count: int, seed: int) -> K:
    """Return normal draws around a law.

    Parameters
    ----------
    law : Law
        The law as published.
    covariance : DataFrame
        Covariance of the coefficients, fields of the law as index and columns; fields that are
        left out do not vary.
    count : int
        How many.
    seed : int
        Seed of numpy's default generator.

    Returns
    -------
    Law
        With arrays of shape (count,) as the fields that vary.

    Raises
    ------
    ArgumentError
        If the covariance has no field of the law, is not symmetric or has a negative variance,
        or a draw leaves the range of a coefficient that must be positive.

    Examples
    --------
    >>> from replication.laws import PowerLaw
    >>> variance = pd.DataFrame([[1e-4]], index=["alpha"], columns=["alpha"])
    >>> normal_draws(PowerLaw(A=400.0, alpha=0.12), variance, 3, 1).alpha.round(3).tolist()
    [0.123, 0.128, 0.123]
    """
    count = whole("draws", count, 1, MOST_DRAWS)
    names = [name for name in law.names() if name in getattr(covariance, "columns", ())]
    if not names or not set(names) <= set(covariance.index):
        raise ArgumentError(
            f"The covariance names no field of {type(law).__name__} in both its index and its "
            f"columns; these are {', '.join(law.names())}."
        )
    matrix = finite("The covariance", covariance.loc[names, names].to_numpy())
    scale = float(np.abs(matrix).max())
    if not np.allclose(matrix, matrix.T, atol=1e-9 * scale) or (
        np.linalg.eigvalsh(matrix).min() < -1e-9 * scale
    ):
        raise ArgumentError(
            "The covariance is not symmetric, or has a negative variance in some direction. "
            "Check that rows and columns are in the same order, and that it is no correlation."
        )
    centre = [float(getattr(law, name)) for name in names]
    drawn = np.random.default_rng(seed).multivariate_normal(centre, matrix, size=count).T
    values = law.to_dict() | dict(zip(names, drawn, strict=True))
    kinds = law.kinds()
    for name, column in zip(names, drawn, strict=True):
        if kinds[name].log and (bad := int((column <= 0).sum())):
            raise ArgumentError(
                f"{bad} of {count} draws of {name} are not positive: its error is too large "
                "for a normal distribution. Give draws of your own: Evidence(law, draws)."
            )
    return type(law)(**values)


def refuse_others(law: Any, draws: Any) -> None:
    """Refuse what is no law of one set of coefficients, and draws that are not of it.

    Parameters
    ----------
    law : object
        What should be a law.
    draws : object
        What should be the same law with arrays of coefficients, or None.

    Raises
    ------
    ArgumentError
        If either is something else.

    Examples
    --------
    >>> from replication.laws import PowerLaw
    >>> refuse_others(PowerLaw(A=400.0, alpha=0.12), PowerLaw(A=400.0, alpha=np.array([0.1, 0.2])))
    """
    if not isinstance(law, Law):
        raise ArgumentError(
            f"law must be a law, got {shown(law)}. Give a fit's .law, or published()."
        )
    for name, values in law.to_dict().items():
        if np.ndim(values):
            raise ArgumentError(
                f"{name} of the law holds {np.size(values)} values; give one law, and its "
                "resamples as draws=."
            )
    if draws is not None and not (
        type(draws) is type(law) and any(map(np.ndim, draws.to_dict().values()))
    ):
        raise ArgumentError(
            f"draws is a {type(draws).__name__}; a {type(law).__name__} whose fields "
            "hold arrays is expected, as the law of a bootstrap is."
        )
