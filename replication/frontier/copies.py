"""Noisy copies of isoFLOP slices: how firm each minimum is, and the power law that weighs it.

The estimator of porian2024 (analysis.py): to every loss a normal deviate is added, many times
over, and the minimum of each slice is found again in each copy. N_opt is the median over the
copies in which the minimum lies inside the sizes. A budget with fewer than half of them is left
out. In the power law a minimum weighs 1 / std**2, where std is the standard deviation of ln N_opt
over the copies, but never less than about a third of the gap between sizes, times the number of
copies over those that were kept.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.counting.numbers import positive
from replication.errors import ArgumentError, ReplicationError
from replication.fitting.resampling import at_least_one
from replication.frontier.line import line, params_law
from replication.frontier.methods import GRID
from replication.frontier.slices import Slices
from replication.frontier.source import Refits, collect
from replication.laws import PowerLaw

Array = NDArray[Any]
Noise = float | ArrayLike | Callable[[Array], ArrayLike]

FIRMEST = 0.33
"""Least standard deviation of ln N_opt, in gaps between sizes."""


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


@dataclass(frozen=True)
class Copies:
    """Slices with noise: the minima of many noisy copies, and the power law through them.

    Parameters
    ----------
    slices : Slices
        The runs as observed.
    std : ndarray, shape (n,)
        Standard deviation of the loss of each run, in nats per token.
    deviates : ndarray, shape (draws, n)
        Standard normal deviates, one row a copy.
    weighted : bool
        Whether firm minima weigh more in the power law.
    """

    slices: Slices
    std: Array
    deviates: Array
    weighted: bool

    @classmethod
    def of(
        cls, slices: Slices, noise: Noise, draws: int | ArrayLike, seed: int, *, weighted: bool
    ) -> "Copies":
        """Build from the arguments of `isoflop`.

        Raises
        ------
        ArgumentError
            If `noise` is not positive or not one for each run, `draws` has no meaning, or a loss
            with noise is not positive.
        """
        return cls(slices, *deviations(slices.loss, noise, draws, seed), weighted)

    @cached_property
    def minima(self) -> list[tuple[Array, Array]]:
        """For each budget parameters N and loss at the minimum, of the copies that have one."""
        noisy = self.slices.loss + self.std * self.deviates
        found = self.slices.minima(np.ones_like(noisy), noisy)
        inside = [minima.inside(low, high) for minima, low, high, _ in found]
        return [
            (10.0 ** minima.log_params[ok], minima.loss[ok])
            for ok, (minima, *_) in zip(inside, found, strict=True)
        ]

    def points(self) -> pd.DataFrame:
        """Return the median minimum of each slice, and why it is not used where it is not.

        Returns
        -------
        DataFrame
            One row a budget, with the columns that `isoflop` describes.
        """
        return self._table.copy()

    @cached_property
    def _table(self) -> pd.DataFrame:
        """Return what `points` hands out copies of."""
        table = self.slices.points()
        copies = len(self.deviates)
        kept = np.array([len(params) for params, _ in self.minima])
        few = table.used & (kept < max(1, copies // 2))
        table.loc[few, "why"] = [
            f"only {k} of {copies} noisy copies have a minimum inside" for k in kept[few]
        ]
        table["used"] = table.used & ~few
        table["survived"] = kept / copies
        rows = np.flatnonzero(table.used)
        middle = np.full((4, len(table)), np.nan)
        for i in rows:
            params, loss = self.minima[i]
            spread = float(np.std(np.log(params)))
            firm = max(spread, self._firmest(int(i))) * copies / kept[i]
            middle[:, i] = np.median(params), np.median(loss), spread, firm
        # Where a budget is left out, the table keeps the minimum of the losses as observed.
        table.loc[rows, ["params", "loss"]] = middle[:2, rows].T
        table["spread"], table["log_std"] = middle[2:]
        table["tokens"] = table.flops / FLOPS_PER_PARAM_TOKEN / table.params
        return table

    def params_law(self) -> PowerLaw:
        """Return the power law through the median minima, each with its weight."""
        params, weights = self._table.params.to_numpy(), self._weights
        a, prefactor = line(self.slices.budgets, params[None], weights[None])
        return params_law(float(a[0]), float(prefactor[0]))

    def refits(self, minima: list[tuple[Array, Array]] | None = None) -> Refits:
        """Return the power law of each copy, with the weights of the estimate.

        Noise is independent from budget to budget, so the first minima that were kept at each
        budget make the first frontier, the second ones the second, until one budget has none.

        Parameters
        ----------
        minima : list of (ndarray, ndarray), optional
            Those of other copies.
        """
        used = np.flatnonzero(self._table.used)
        stars = [(self.minima if minima is None else minima)[i][0] for i in used]
        whole = min(len(params) for params in stars)
        params = np.stack([params[:whole] for params in stars], axis=1)
        weights = np.broadcast_to(self._weights[used], params.shape)
        return collect([line(self.slices.budgets[used], params, weights)], "noisy copies")

    def bootstrap(self, resamples: int, seed: int) -> Refits:
        """Draw other noisy copies; budgets and weights stay those of the estimate."""
        fresh = Copies.of(self.slices, self.std, at_least_one(resamples), seed, weighted=True)
        return self.refits(fresh.minima)

    def subsample(self, resamples: int, fraction: float, seed: int) -> Refits:
        """Refuse: the copies say what the noise does, parts of the runs say something else."""
        raise ReplicationError(
            "A frontier with noise= has noisy copies, not parts of its runs: read draws, or call "
            "bootstrap(). For parts of the runs leave noise= out."
        )

    @cached_property
    def _weights(self) -> Array:
        """Return the weight of each budget, zero where it is not used."""
        std = self._table.log_std.to_numpy() if self.weighted else 1.0
        return np.where(self._table.used, std, np.inf) ** -2.0

    def _firmest(self, budget: int) -> float:
        """Return the least standard deviation of ln N_opt that a slice is granted."""
        x = np.log(self.slices.params[self.slices.slot == budget])
        return float(FIRMEST * GRID * np.ptp(x) / ((len(np.unique(x)) - 1) * GRID - 1))


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
