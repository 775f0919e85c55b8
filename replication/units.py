"""Units: the book works in SI counts (parameters, tokens, FLOPs) and in nats per token."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

PF_DAY = 1e15 * 24 * 3600
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
    return np.asarray(np.asarray(bits, dtype=np.float64) * np.log(2.0))
