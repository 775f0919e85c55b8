"""A fitting problem: law, data, objective and free coordinates, and how to solve copies of it."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Generic

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replication.errors import ArgumentError
from replication.fitting.forecasts import Noise
from replication.fitting.frame import Data
from replication.fitting.kernels import Kernel, kernel_for
from replication.fitting.likelihood import huber_sigma
from replication.fitting.multistart import best_of
from replication.fitting.newton import MAX_STEPS, Minima, minimise_mixed
from replication.fitting.objectives import Objective
from replication.fitting.of_law import L
from replication.fitting.space import Space
from replication.fitting.workspace import Workspace
from replication.laws import Law

Array = NDArray[Any]

LEAST_RESIDUAL = 1e-13
"""What counts as zero among residuals."""
MANY = 200_000
"""Points beyond which a fit is first sought on part of them, and then ends on all."""
PART = 50_000
"""How many those are."""
LAD_STEPS = (1.0, 0.1, 1e-2, 1e-4, 1e-6, 1e-8)
"""Huber thresholds on the way to absolute deviations, in units of the median residual."""


@dataclass(frozen=True)
class Problem(Generic[L]):
    """Everything that defines a fit, apart from the weights of a resample and the start.

    Parameters
    ----------
    law : type of Law
        The law to fit.
    data : Data
        Checked columns.
    objective : Objective
        What is minimised.
    space : Space
        Free coordinates.
    free : tuple of str
        Names of the free coordinates.
    fixed : dict of str to float
        Values of the fixed ones.
    tied : dict of str to str
        Followers and the field they follow.
    """

    law: type[L]
    data: Data
    objective: Objective
    space: Space
    free: tuple[str, ...]
    fixed: dict[str, float]
    tied: dict[str, str]

    @cached_property
    def kernel(self) -> Kernel:
        """Residuals and normal equations, made when they are first needed."""
        return kernel_for(self.law, self.data, self.objective.log)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a pickle holds: the kernel follows from the rest."""
        return {name: value for name, value in vars(self).items() if name != "kernel"}

    def runs(self) -> pd.DataFrame:
        """Return the points as a table: the inputs of the law and its response."""
        columns = dict(zip(self.law.inputs, self.data.columns, strict=True))
        return pd.DataFrame(columns | {self.law.response: self.data.response})

    def said(self) -> str:
        """Return the law, the objective and the number of points in a few words."""
        return f"{self.law.__name__}, {self.objective.name}, n={self.data.n}"

    def noise(self, law: Law) -> Noise:
        """Return what single runs scatter around a law of this problem."""
        kept = self.data.weights > 0
        observed = self.data.response[kept]
        fitted = np.broadcast_to(law._evaluate(*self.data.columns), kept.shape)[kept]
        log = self.objective.log
        residuals = np.log(observed) - np.log(fitted) if log else observed - fitted
        held = [f"{name}={leader}" for name, leader in sorted(self.tied.items())]
        held += [f"{name}={value:g}" for name, value in sorted(self.fixed.items())]
        return Noise(
            np.asarray(residuals),
            log,
            len(self.free),
            ", ".join([self.law.__name__, *held]),
            self.objective.said,
        )

    @property
    def logs(self) -> Array:
        """Which free coordinates are logarithms."""
        return self.space.logs

    def solve(self, start: Array, weights: Array, max_steps: int = MAX_STEPS) -> Minima:
        """Minimise the objective for each row of start points and weights.

        Parameters
        ----------
        start : ndarray, shape (S, q)
            Free coordinates to start from.
        weights : ndarray, shape (S, n)
            Weight of each point in each problem.
        max_steps : int
            Evaluations after which a problem is given up.

        Returns
        -------
        Minima
            `value` is the sum that the objective's name says; for the likelihood it is the
            Huber sum at the fitted sigma.
        """
        kind = self.objective.kind
        if kind in ("huber", "lsq"):
            delta = self.objective.threshold
            return minimise_mixed(self.kernel, self.space, start, weights, delta, max_steps)
        if kind == "lad":
            return self._shrink(start, weights, max_steps)
        return self._likelihood(start, weights)

    def search(self, start: Array, patient: bool = False) -> tuple[Array, bool]:
        """Return the best minimum from several starts, and whether it converged."""
        if self.data.n > MANY and len(start) > 1:
            rows = np.random.default_rng(0).choice(self.data.n, PART, replace=False)
            start = self.part(np.sort(rows)).search(start)[0][None]
        weights = self.data.weights
        if self.objective.kind in ("huber", "lsq"):
            threshold = self.objective.threshold
            found = best_of(self.kernel, self.space, start, weights, threshold, patient)
            return found.phi[0], bool(found.converged[0])
        # The other objectives end near the minimum of a Huber sum; its best start serves them.
        scale = float(np.median(np.abs(self.residuals(start[:1])[0])))
        near = best_of(self.kernel, self.space, start, weights, max(scale, 1e-12), patient).phi
        found = self.solve(near, weights[None])
        return found.phi[0], bool(found.converged[0])

    def part(self, rows: Array) -> "Problem[L]":
        """Return the same problem on some of the points."""
        return replace(self, data=self.data.taken(rows))

    def bottom(self, start: Law) -> Array:
        """Return the free coordinates of the minimum in whose valley a law lies.

        Raises
        ------
        ArgumentError
            If it is another law than the problem's, or its fields hold arrays.
        """
        if not isinstance(start, self.law) or start.to_vector().ndim != 1:
            raise ArgumentError(
                f"starts must be of {self.law.__name__}, as the fit, with one set of coefficients "
                f"each; got {start!r}."
            )
        return self.search(self.coordinates(start)[None])[0]

    def coordinates(self, law: Law) -> Array:
        """Return the free coordinates of a law with one set of coefficients, shape (q,)."""
        values, kinds = law.to_dict(), law.kinds()
        found = [
            # A coefficient that ran to nothing has a place still: where floats end.
            np.log(max(values[name], np.finfo(float).tiny)) if kinds[name].log else values[name]
            for name in self.free
        ]
        return self.space.clip(np.array(found))

    def residuals(self, phi: Array) -> Array:
        """Return residuals, shape (S, n), of free coordinates, shape (S, q)."""
        with np.errstate(all="ignore"):
            return np.array(self.kernel.evaluate(self.space.theta(phi), Workspace()).residuals)

    def holding(self, name: str, values: Array) -> "Problem[L]":
        """Return the problem with one more field fixed, at a different value in each row."""
        drop = self.free.index(name)
        in_log = self.law.kinds()[name].log
        held = np.log(values) if in_log else values
        offset = self.space.offset + held[:, None] * self.space.spread[drop]
        space = self.space.without(drop, offset)
        free = tuple(n for n in self.free if n != name)
        return replace(self, space=space, free=free)

    def _shrink(self, start: Array, weights: Array, max_steps: int) -> Minima:
        """Approach absolute deviations by ever smaller Huber thresholds."""
        median = float(np.median(np.abs(self.residuals(start[:1])[0])))
        phi, steps = start, np.zeros(len(start), int)
        for factor in LAD_STEPS:
            delta = max(median * factor, LEAST_RESIDUAL)
            found = minimise_mixed(self.kernel, self.space, phi, weights, delta, max_steps)
            ok = np.isfinite(found.value)[:, None]
            phi, steps = np.where(ok, found.phi, phi), steps + found.steps
        # At the kinks of absolute deviations a Newton step promises nothing one could wait for.
        residuals = self.residuals(phi)
        value = np.einsum("sn,sn->s", np.abs(residuals), weights)
        return Minima(phi, value, np.isfinite(value), steps)

    def _likelihood(self, start: Array, weights: Array) -> Minima:
        """Alternate between the scale of the residuals and the law."""
        delta = self.objective.delta
        phi, steps = start, np.zeros(len(start), int)
        sigma = np.zeros(len(start))
        for _ in range(30):
            residuals = self.residuals(phi)
            if not np.isfinite(residuals).all():
                residuals = np.nan_to_num(residuals, nan=1e3, posinf=1e3, neginf=-1e3)
            # A resample of few points may be met exactly, and then has no scale of its own.
            sizes = np.maximum(np.abs(residuals), LEAST_RESIDUAL)
            before, sigma = sigma, huber_sigma(sizes, delta, weights)
            found = minimise_mixed(self.kernel, self.space, phi, weights, delta * sigma)
            phi, steps = found.phi, steps + found.steps
            if np.all(np.abs(sigma - before) < 1e-10 * sigma):
                break
        return replace(found, converged=np.isfinite(found.value), steps=steps)
