"""isoFLOP slices: runs of equal compute, and the minimum of each."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.fitting.resampling import Resamples, at_least_one, subsample
from replication.frontier.line import line, params_law
from replication.frontier.methods import Method, Minima
from replication.frontier.source import Refits, collect, within
from replication.laws import PowerLaw

Array = NDArray[Any]


@dataclass(frozen=True)
class Slices:
    """Runs in isoFLOP slices, and how the minimum of a slice is found.

    Parameters
    ----------
    budgets : ndarray, shape (m,)
        Nominal budgets in FLOPs.
    slot : ndarray of int, shape (n,)
        The budget of each run.
    params, loss : ndarray, shape (n,)
        Parameters N and loss (nats per token) of each run.
    method : Method
        How the minimum of a slice is found: one of `METHODS`.
    window : float or None
        Half width in decades of N of what is used round the size with the least loss.
    """

    budgets: Array
    slot: Array
    params: Array
    loss: Array
    method: Method
    window: float | None

    def minima(
        self, weights: Array, loss: Array | None = None
    ) -> list[tuple[Minima, Array, Array, Array]]:
        """Find the minimum of every slice in many draws.

        Parameters
        ----------
        weights : ndarray, shape (draws, n)
            How often each run counts.
        loss : ndarray, shape (draws, n), optional
            Other losses than those observed, one row a draw.

        Returns
        -------
        list of (Minima, ndarray, ndarray, ndarray)
            For each budget the minima, the smallest and the largest log10 N that was used, and
            the number of runs used, each with one entry a draw.
        """
        losses = self.loss if loss is None else loss
        found = []
        for i in range(len(self.budgets)):
            rows = np.flatnonzero(self.slot == i)
            x, y, w = np.log10(self.params[rows]), losses[..., rows], weights[:, rows]
            if self.window is not None:
                # The least observed loss, not the fitted minimum: one bad run at the edge of a
                # grid moves the fit, and with it a window that is centred on it.
                centre = x[np.where(w > 0, y, np.inf).argmin(axis=1)]
                w = w * (np.abs(x - centre[:, None]) <= self.window)
            low = np.where(w > 0, x, np.inf).min(axis=1)
            high = np.where(w > 0, x, -np.inf).max(axis=1)
            found.append((self.method.find(x, y, w), low, high, (w > 0).sum(axis=1)))
        return found

    def solve(self, weights: Array) -> tuple[Array, Array]:
        """Return exponent and prefactor of N_opt in C for many draws."""
        params, used = [], []
        for minima, low, high, _ in self.minima(weights):
            used.append(minima.inside(low, high))
            params.append(10.0 ** np.where(used[-1], minima.log_params, np.nan))
        return line(self.budgets, np.stack(params, axis=1), np.stack(used, axis=1))

    def points(self) -> pd.DataFrame:
        """Return the minimum of each slice, and why it is not used where it is not.

        Returns
        -------
        DataFrame
            One row a budget, with the columns that `isoflop` describes.
        """
        rows = []
        for flops, (minima, low, high, n) in zip(
            self.budgets, self.minima(np.ones((1, len(self.loss)))), strict=True
        ):
            x, curvature = minima.log_params[0], minima.curvature[0]
            why = ""
            if not np.isfinite(x):
                why = f"the window leaves {n[0]} runs"
            elif curvature <= 0:
                why = "no minimum: the loss is curved downwards"
            elif x <= low[0]:
                why = "minimum below the smallest size"
            elif x >= high[0]:
                why = "minimum above the largest size"
            params = 10.0**x
            tokens = flops / FLOPS_PER_PARAM_TOKEN / params
            ends = (10.0 ** low[0], 10.0 ** high[0])
            place = (flops, params, tokens, minima.loss[0], curvature, minima.scatter[0])
            rows.append((*place, n[0], *ends, not why, why))
        columns = ["flops", "params", "tokens", "loss", "curvature", "scatter"]
        return pd.DataFrame(rows, columns=[*columns, "n", "left", "right", "used", "why"])

    def params_law(self) -> PowerLaw:
        """Return the power law through the minima of the observed losses."""
        a, prefactor = self.solve(np.ones((1, len(self.loss))))
        return params_law(float(a[0]), float(prefactor[0]))

    def bootstrap(self, resamples: int, seed: int) -> Refits:
        """Draw runs with replacement within each budget."""
        return self._refit(self.within_budgets(at_least_one(resamples), seed), "runs of a budget")

    def within_budgets(self, resamples: int, seed: int) -> Resamples:
        """Return the weights of a bootstrap in which every budget keeps its number of runs."""
        return within(self.slot, resamples, seed)

    def subsample(self, resamples: int, fraction: float, seed: int) -> Refits:
        """Draw a share of all runs without replacement."""
        draw = subsample(at_least_one(resamples), len(self.loss), fraction, seed)
        return self._refit(draw, "subsamples")

    def _refit(self, draw: Resamples, kind: str) -> Refits:
        return collect([self.solve(weights) for weights in draw.blocks()], kind)
