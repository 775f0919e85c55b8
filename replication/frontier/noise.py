"""Noise of losses between repeated runs, and the deviates that make noisy copies of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import positive
from replication.errors import ArgumentError
from replication.fitting.resampling import at_least_one

Array = NDArray[Any]
Noise = float | ArrayLike | Callable[[Array], ArrayLike]


@dataclass(frozen=True)
class NoiseRamp:
    """Noise that rises with the loss (porian2024, analysis.py).

    Parameters
    ----------
    low, high : float
        Standard deviations in nats per token.
    loss_low, loss_high : float
        Losses in nats per token up to which `low` and from which `high` holds; between them the
        logarithm of the standard deviation is linear in that of the loss.

    Raises
    ------
    ArgumentError
        If a value is not positive, or either pair does not rise.

    Examples
    --------
    >>> NoiseRamp(low=0.002, high=0.05, loss_low=3, loss_high=7)([2.0, 4.0, 8.0]).round(4)
    array([0.002, 0.006, 0.05 ])
    """

    low: float
    high: float
    loss_low: float
    loss_high: float

    def __post_init__(self) -> None:
        """Refuse a ramp that does not rise."""
        if not (0 < self.low <= self.high < np.inf and 0 < self.loss_low < self.loss_high < np.inf):
            raise ArgumentError(
                f"A ramp from {self.low} at {self.loss_low} to {self.high} at {self.loss_high} "
                "nats per token does not rise from one positive value to another; give "
                "NoiseRamp(low=0.002, high=0.05, loss_low=3, loss_high=7)."
            )

    def __call__(self, loss: ArrayLike) -> Array:
        """Return the standard deviation of losses, in nats per token.

        Parameters
        ----------
        loss : array_like
            Losses in nats per token.

        Returns
        -------
        ndarray
            Same shape as `loss`.
        """
        ends = np.log([self.loss_low, self.loss_high]), np.log([self.low, self.high])
        return np.exp(np.interp(np.log(positive("loss", loss)), *ends))


def deviations(loss: Array, noise: Noise, draws: int | ArrayLike, seed: int) -> tuple[Array, Array]:
    """Return what makes noisy copies of losses: ``loss + std * deviates``.

    Parameters
    ----------
    loss : ndarray, shape (n,)
        Losses in nats per token.
    noise, draws, seed
        As in `isoflop`.

    Returns
    -------
    std : ndarray, shape (n,)
        Standard deviation of each loss, in nats per token.
    deviates : ndarray, shape (draws, n)
        Standard normal deviates, one row a copy.

    Raises
    ------
    ArgumentError
        If `noise` is not positive or not one for each run, `draws` has no meaning, or a loss
        with noise is not positive.

    Examples
    --------
    >>> std, deviates = deviations(np.array([3.0, 4.0]), 0.01, 5, seed=0)
    >>> std.tolist(), deviates.shape
    ([0.01, 0.01], (5, 2))
    """
    std = _deviation(noise, loss)
    return std, _checked(loss, std, _deviates(draws, len(std), seed))


def _deviation(noise: Noise, loss: Array) -> Array:
    """Return the standard deviation of each loss."""
    given = noise(loss) if callable(noise) else noise
    try:
        std = np.broadcast_to(np.asarray(given, dtype=np.float64), loss.shape)
    except (TypeError, ValueError):
        raise ArgumentError(
            f"noise has shape {np.shape(given)}; one standard deviation, one for each of the "
            f"{len(loss)} runs, or a function of the loss that returns them is expected."
        ) from None
    bad = ~(np.isfinite(std) & (std > 0))
    if bad.any():
        raise ArgumentError(
            f"noise is {std[bad][0]:g}; a positive standard deviation in nats per token is "
            "expected, 0.002. Leave noise= out for none."
        )
    return std


def _deviates(draws: int | ArrayLike, n: int, seed: int) -> Array:
    """Return standard normal deviates, shape (draws, n)."""
    if np.ndim(draws) == 0:
        count = at_least_one(np.asarray(draws).item())
        return np.random.default_rng(seed).standard_normal((count, n))
    given = np.asarray(draws, dtype=np.float64)
    if given.ndim != 2 or given.shape[1] != n or len(given) == 0 or not np.isfinite(given).all():
        raise ArgumentError(
            f"draws has shape {given.shape}; a number, or finite deviates of shape (draws, {n}), "
            "one column for each run that has a budget, are expected."
        )
    return given


def _checked(loss: Array, std: Array, deviates: Array) -> Array:
    """Refuse deviates that make a loss negative."""
    floor = loss + std * deviates.min(axis=0)
    if (floor <= 0).any():
        i = int(floor.argmin())
        raise ArgumentError(
            f"noise of {std[i]:g} nats takes a loss of {loss[i]:g} nats below zero; it should be "
            "the spread between repeated runs, a small part of the loss."
        )
    return deviates
