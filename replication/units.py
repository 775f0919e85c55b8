"""Units: the book works in SI counts (parameters, tokens, FLOPs) and in nats per token."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import in_range, numbers, quantity

__all__ = ["PF_DAY", "flops_from_pf_days", "nats_from_bits", "pf_days_from_flops"]

SECONDS_PER_HOUR = 3600.0
PF_DAY = 1e15 * 24 * SECONDS_PER_HOUR
"""One petaflop/s-day in FLOPs: 8.64e19."""


def nats_from_bits(bits: ArrayLike) -> NDArray[np.float64]:
    """Convert a loss in bits to nats.

    Parameters
    ----------
    bits : array_like
        Loss in bits per token (or any other unit of text), any shape.

    Returns
    -------
    ndarray
        The same loss in nats: ``bits * ln 2``.

    Examples
    --------
    >>> round(float(nats_from_bits(1.0)), 6)
    0.693147
    """
    return np.asarray(numbers("bits", bits) * np.log(2.0))


def flops_from_pf_days(pf_days: ArrayLike) -> NDArray[np.float64]:
    """Convert compute in petaflop/s-days, the unit of kaplan2020, to FLOPs.

    Parameters
    ----------
    pf_days : array_like
        Compute in PF-days, any shape.

    Returns
    -------
    ndarray
        The same compute in FLOPs: ``pf_days * 8.64e19``.

    Examples
    --------
    >>> float(flops_from_pf_days(10))
    8.64e+20
    """
    with np.errstate(over="ignore"):
        return in_range("flops", np.asarray(quantity("pf_days", pf_days) * PF_DAY))


def pf_days_from_flops(flops: ArrayLike) -> NDArray[np.float64]:
    """Convert compute in FLOPs to petaflop/s-days: the inverse of `flops_from_pf_days`.

    Parameters
    ----------
    flops : array_like
        Compute in FLOPs, any shape.

    Returns
    -------
    ndarray
        The same compute in PF-days.

    Examples
    --------
    Chinchilla, in the unit of kaplan2020:

    >>> round(float(pf_days_from_flops(5.88e23)))
    6806
    """
    return np.asarray(quantity("flops", flops) / PF_DAY)
