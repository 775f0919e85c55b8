"""The rule of thumb: six FLOPs for each parameter and token of training, two when serving."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import Array, common_shape, in_range, quantity

FLOPS_PER_PARAM_TOKEN = 6.0
"""Training FLOPs per parameter and token, in C = 6 N D (kaplan2020, section 2.1)."""
FLOPS_PER_PARAM_INFERENCE_TOKEN = 2.0
"""FLOPs per parameter and token of a forward pass (kaplan2020, section 2.1)."""


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
        FLOPs as floats, so that large integer counts cannot overflow; NaN where a count is.

    Raises
    ------
    ArgumentError
        If a count is negative or no number, shapes do not fit, or a float cannot hold the result.

    Examples
    --------
    >>> float(training_flops(70_000_000_000, 1_400_000_000_000))
    5.88e+23
    """
    return _product(FLOPS_PER_PARAM_TOKEN, params, tokens)


def inference_flops(params: ArrayLike, tokens: ArrayLike) -> NDArray[np.float64]:
    """Return the compute 2 N T of a model that reads and writes T tokens (sardana2024).

    Parameters
    ----------
    params : array_like
        Parameters N (a count).
    tokens : array_like
        Tokens T over the lifetime of the model, input and output, broadcastable with `params`.

    Returns
    -------
    ndarray
        FLOPs as floats, so that large integer counts cannot overflow; NaN where a count is.

    Raises
    ------
    ArgumentError
        If a count is negative or no number, shapes do not fit, or a float cannot hold the result.

    Examples
    --------
    >>> float(inference_flops(70_000_000_000, 2_000_000_000_000))
    2.8e+23
    """
    return _product(FLOPS_PER_PARAM_INFERENCE_TOKEN, params, tokens)


def _product(factor: float, params: ArrayLike, tokens: ArrayLike) -> Array:
    """Multiply counts that are checked to be counts."""
    size, length = quantity("params", params), quantity("tokens", tokens)
    common_shape(params=size, tokens=length)
    with np.errstate(over="ignore"):
        flops = np.asarray(factor * (size * length))
    return in_range("flops", flops)
