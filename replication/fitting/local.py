"""A fit seen from close by: the points that count, and how predictions move with each field.

Everything here is free of units. Rows that repeat each other count once, weights matter by their
ratios only, and a coefficient is judged by the term that it multiplies, at the geometric mean of
that term over the data: the A of ``A / N**alpha`` is the loss at one parameter, which nobody has
measured and which comes and goes with the unit of N; the term in the middle of the data does not.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.errors import ReplicationError
from replication.fitting.problem import Problem
from replication.fitting.robust import ROUNDING, Decomposition, decompose, scale_of
from replication.laws import Law

Array = NDArray[Any]

PRECISION = 1e-8
"""Share of the response below which a residual is rounding: no loss is known better."""
STEP = 1e-4
"""Step of a free coordinate over which the change of a term is taken."""


@dataclass(frozen=True, eq=False)
class Local:
    """What a fit looks like around its solution.

    Parameters
    ----------
    problem : Problem
        The problem that was solved.
    phi : ndarray, shape (q,)
        Free coordinates of the solution.
    law : Law
        The law there.

    Examples
    --------
    >>> import replication as rp
    >>> fit = rp.fit("PowerLaw", {"flops": [1e18, 1e19, 1e19], "loss": [4.0, 3.0, 3.0]})
    >>> Local(fit.problem, fit.phi, fit.law).count
    2
    """

    problem: Problem
    phi: Array
    law: Law

    @cached_property
    def _counted(self) -> tuple[NDArray[np.intp], Array, NDArray[np.intp]]:
        """Rows, weights and numbers of inputs, equal rows taken together."""
        data = self.problem.data
        counted = np.flatnonzero(data.weights > 0)
        response = data.response[counted]
        columns = [column[counted] for column in data.columns]
        order = np.lexsort((response, *columns))
        other = np.zeros(len(order), bool)
        for column in columns:
            other[1:] |= np.diff(column[order]) != 0
        inputs = np.empty(len(order), dtype=np.intp)
        inputs[order] = np.cumsum(other)
        new = other.copy()
        new[1:] |= np.diff(response[order]) != 0
        new[0] = True
        # The sort is stable: of equal rows the first comes first.
        first = order[new]
        weights = np.bincount(np.cumsum(new) - 1, data.weights[counted][order])
        back = np.argsort(first)
        return counted[first[back]], weights[back] / weights.mean(), inputs[first[back]]

    @property
    def rows(self) -> NDArray[np.intp]:
        """One row of each set of equal rows with a weight, shape (m,)."""
        return self._counted[0]

    @property
    def weights(self) -> Array:
        """Weight of each of them, the mean one, shape (m,)."""
        return self._counted[1]

    @property
    def inputs(self) -> NDArray[np.intp]:
        """Which of the distinct inputs each of them has, shape (m,)."""
        return self._counted[2]

    @cached_property
    def columns(self) -> tuple[Array, ...]:
        """Inputs of the law at `rows`."""
        return tuple(column[self.rows] for column in self.problem.data.columns)

    @property
    def count(self) -> int:
        """Number of distinct inputs."""
        return int(self.inputs.max()) + 1

    @cached_property
    def residuals(self) -> Array:
        """Residuals of `rows`, each times the root of its weight, shape (m,)."""
        residuals, _ = self.at(self.phi[None], slopes=False)
        return np.asarray(residuals[0])

    @property
    def freedom(self) -> int:
        """Rows less free fields: what is left to tell the noise by; zero where nothing is."""
        return max(len(self.rows) - len(self.phi), 0)

    @cached_property
    def size(self) -> float:
        """What a residual is measured by: one in logarithms, else the spread of the response."""
        if self.problem.objective.log:
            return 1.0
        response = self.problem.data.response[self.rows]
        return float(np.ptp(response)) or float(np.abs(response).max())

    @cached_property
    def noise(self) -> float:
        """Robust standard deviation of a residual, no less than rounding."""
        return max(scale_of(self.residuals, len(self.phi)), PRECISION * self.size)

    @cached_property
    def slopes(self) -> Array:
        """Change of the weighted predictions with each free coordinate, shape (m, q)."""
        return np.asarray(self.at(self.phi[None])[1][0])

    @property
    def finite(self) -> bool:
        """Whether the law has numbers for its predictions and how they move."""
        values = (*self.law.to_dict().values(), self.residuals.sum(), self.slopes.sum())
        return bool(np.isfinite(values).all())

    def at(self, phi: Array, slopes: bool = True, step: int = 1) -> tuple[Array, Array]:
        """Return residuals (S, m) and slopes of predictions (S, m, q) elsewhere, both weighted.

        Where the law has no value, residuals are infinite.

        Parameters
        ----------
        phi : ndarray, shape (S, q)
            Free coordinates.
        slopes : bool
            Whether slopes are wanted.
        step : int
            Every how many rows to take.
        """
        root, log = np.sqrt(self.weights[::step]), self.problem.objective.log
        observed = self.problem.data.response[self.rows][::step]
        shape = (len(phi), len(observed))
        with np.errstate(all="ignore"):
            try:
                predicted, moved = self._raw(phi, slopes, step)
                if log:
                    residuals = np.log(observed) - np.log(predicted)
                    moved = moved / predicted[..., None] if slopes else moved
                else:
                    residuals = observed - predicted
            except ReplicationError:  # a law may refuse coefficients far from any sense
                return np.full(shape, np.inf), np.full((*shape, len(self.phi)), np.nan)
        residuals = np.where(np.isfinite(residuals), residuals, np.inf)
        return residuals * root, moved * root[:, None] if slopes else moved

    def _raw(self, phi: Array, slopes: bool, step: int) -> tuple[Array, Array]:
        """Return predictions (S, m) and how they move with the free coordinates (S, m, q)."""
        theta = self.problem.space.theta(phi)
        law = self.problem.law.from_vector(theta[:, None, :])
        columns = tuple(column[::step] for column in self.columns)
        shape = (len(phi), len(columns[0]))
        predicted = np.broadcast_to(np.asarray(law.predict(*columns), dtype=float), shape)
        if not slopes:
            return predicted, np.empty(0)
        partial = law.gradient(*columns)
        moved = np.stack(
            [
                np.broadcast_to(partial[name], shape)
                * (np.asarray(getattr(law, name)) if kind.log else 1.0)
                for name, kind in law.kinds().items()
            ],
            axis=-1,
        )
        return predicted, moved @ self.problem.space.spread.T

    @cached_property
    def pivots(self) -> Array:
        """What is judged of each field, as combinations of free coordinates, shape (q, q).

        Of a coefficient: the logarithm of its term, at the mean over the data. Of any other
        field: itself.
        """
        q = len(self.phi)
        unit = np.eye(q)
        kinds = self.problem.law.kinds()
        linear = [k for k, name in enumerate(self.problem.free) if kinds[name].factor]
        if not linear:
            return unit
        places = np.vstack([self.phi, self.phi + STEP * unit])
        with np.errstate(all="ignore"):
            try:
                # The slope in the logarithm of a coefficient is the term itself.
                terms = np.log(np.abs(self._raw(places, True, 1)[1][..., linear])).mean(axis=1)
            except ReplicationError:
                return unit
        changes = ((terms[1:] - terms[0]) / STEP).T
        pivots = unit.copy()
        for k, change in zip(linear, changes, strict=True):
            if np.isfinite(change).all():
                pivots[k] = change
        return pivots if np.linalg.cond(pivots) < 1 / PRECISION else unit

    @cached_property
    def turned(self) -> Decomposition:
        """Directions of the slopes in the coordinates of `pivots`, which have no unit."""
        return decompose(np.linalg.solve(self.pivots.T, self.slopes.T).T)

    @property
    def basis(self) -> Array:
        """Orthonormal directions of the predictions, shape (m, rank); see `basis_of`."""
        return self.turned.left[:, self.turned.singular > ROUNDING]
