"""Noisy copies of isoFLOP slices: how firm each minimum is, and the power law that weighs it.

The estimator of porian2024 (analysis.py): to every loss a normal deviate is added, many times
over, and the minimum of each slice is found again in each copy. N_opt is the median over the
copies in which the minimum lies inside the sizes. A budget with fewer than half of them is left
out. In the power law a minimum weighs 1 / std**2, where std is the standard deviation of ln N_opt
over the copies, but never less than about a third of the gap between sizes, times the number of
copies over those that were kept.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.errors import ReplicationError
from replication.fitting.resampling import at_least_one
from replication.frontier.line import Lines
from replication.frontier.noise import Noise, deviations
from replication.frontier.slices import Slices
from replication.frontier.source import Refits, collect
from replication.frontier.splines import GRID

Array = NDArray[Any]

FIRMEST = 0.33
"""Least standard deviation of ln N_opt, in gaps between sizes."""
KIND = "noisy copies"
"""What the draws are made of."""


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
        """For each budget sizes and losses at the minimum, of the copies that have one."""

        def noisy(rows: Array) -> Array:
            added: Array = self.std[rows] * self.deviates.take(rows, axis=1)
            return self.slices.loss[rows] + added

        found = self.slices.minima(np.ones((1, len(self.std))), noisy)
        places = self.slices.places(found)
        ok = np.isfinite(places)
        return [(places[ok[:, i], i], one.minima.loss[ok[:, i]]) for i, one in enumerate(found)]

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
            sizes, loss = self.minima[i]
            spread = float(np.std(np.log(sizes)))
            firm = max(spread, self._firmest(int(i))) * copies / kept[i]
            middle[:, i] = np.median(sizes), np.median(loss), spread, firm
        # Where a budget is left out, the table keeps the minimum of the losses as observed.
        table.loc[rows, "loss"] = middle[1, rows]
        for name, count in zip(("params", "tokens"), self.slices.pair(middle[:1]), strict=True):
            table.loc[rows, name] = count[0, rows]
        table["spread"], table["log_std"] = middle[2:]
        return table

    def lines(self) -> Lines:
        """Return the power laws through the median minima, each with its weight."""
        places = self._table[self.slices.axis].to_numpy()
        return self.slices.through(places[None], self.weights[None])

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
        whole = min(len(sizes) for sizes in stars)
        places = np.full((whole, len(self._table)), np.nan)
        places[:, used] = np.stack([sizes[:whole] for sizes in stars], axis=1)
        weights = np.broadcast_to(self.weights, places.shape)
        return collect([self.slices.through(places, weights)], KIND)

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
    def weights(self) -> Array:
        """Return the weight of each budget, zero where it is not used."""
        std = self._table.log_std.to_numpy() if self.weighted else 1.0
        return np.where(self._table.used, std, np.inf) ** -2.0

    def _firmest(self, budget: int) -> float:
        """Return the least standard deviation of ln N_opt that a slice is granted."""
        x = np.log(self.slices.counts[self.slices.rows[budget]])
        return float(FIRMEST * GRID * np.ptp(x) / ((len(np.unique(x)) - 1) * GRID - 1))
