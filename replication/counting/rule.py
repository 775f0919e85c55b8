"""The rule of thumb: six FLOPs for each parameter and token of training."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FLOPS_PER_PARAM_TOKEN = 6.0
"""Training FLOPs per parameter and token, in C = 6 N D (kaplan2020, section 2.1)."""


def training_flops(params: ArrayLike, tokens: ArrayLike) -> NDArray[np.float64]:
    """Return the training compute C = 6 N D (kaplan2020, section 2.1).

    Parameters
    ----------
    params : array_like
        Parameters N (a count).
    tokens : array_like
        Training tokens D (a count), broadcastable with `params`.

    Returns
    -------
    ndarray
        FLOPs as floats, so that large integer counts cannot overflow.

    Examples
    --------
    >>> float(training_flops(70_000_000_000, 1_400_000_000_000))
    5.88e+23
    """
    pairs = np.asarray(params, dtype=np.float64) * np.asarray(tokens, dtype=np.float64)
    return np.asarray(FLOPS_PER_PARAM_TOKEN * pairs)
