"""Many refits of resampled data, solved as one batch, and the intervals they give."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.counting import training_flops
from replication.counting.numbers import in_reach, positive
from replication.errors import Note, ReplicationError
from replication.fitting.arguments import points_of
from replication.fitting.draw_notes import draw_notes
from replication.fitting.intervals import (
    BANDED,
    allocation_table,
    beyond,
    interval_table,
    spread,
)
from replication.fitting.newton import Minima
from replication.fitting.problem import Problem
from replication.fitting.resampling import Resamples
from replication.laws import Law

Array = NDArray[Any]

ALLOCATED = ("params", "tokens", "tokens_per_param", "loss")
"""What `Bootstrap.optimal` tells of each budget."""


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Refits of resampled data.

    Parameters
    ----------
    law : Law
        The same law with arrays of coefficients, one entry a usable resample.
    estimate : Law
        The fit to all points.
    values : ndarray
        Huber sum of each usable refit.
    kind : str
        ``"points"``, ``"groups"``, ``"subsamples"`` or ``"given"``.
    failed : int
        Resamples left out because the law has no finite residuals on them.
    notes : tuple of Note
        What is doubtful.

    Examples
    --------
    >>> import replication as rp
    >>> runs = rp.load("hoffmann2022", "figure4_isoflop_points")
    >>> boot = rp.fit(rp.laws.Chinchilla, runs).bootstrap(200, seed=0)
    >>> boot.count
    200
    >>> list(boot.interval(level=0.8).columns)
    ['estimate', 'se', 'low', 'high']
    """

    law: Law = field(repr=False)
    estimate: Law
    values: Array = field(repr=False)
    kind: str
    failed: int
    notes: tuple[Note, ...]
    problem: Problem = field(repr=False, kw_only=True)

    @classmethod
    def run(
        cls, problem: Problem, starts: Array, estimate: Law, draw: Resamples | Array, kind: str
    ) -> "Bootstrap":
        """Refit every resample from each start, and keep its lowest minimum.

        Parameters
        ----------
        problem : Problem
            The problem that was solved.
        starts : ndarray, shape (k, q)
            Free coordinates to start from.
        estimate : Law
            The fit to all points.
        draw : Resamples or ndarray, shape (resamples, n)
            Weights of the points.
        kind : str
            How they were drawn.

        Returns
        -------
        Bootstrap
            The refits.
        """
        blocks = [draw] if isinstance(draw, np.ndarray) else draw.blocks()
        parts = []
        for weights in blocks:
            weights = weights * problem.data.weights
            size = (len(weights), 1)
            parts.append(_lowest([problem.solve(np.tile(phi, size), weights) for phi in starts]))
        ends = np.concatenate([part.phi for part in parts])
        ok = np.concatenate([part.converged for part in parts])
        values = np.concatenate([part.value for part in parts])
        usable = np.isfinite(values) & np.isfinite(ends).all(axis=1)
        if not usable.any():
            raise ReplicationError(
                "No resample could be refitted. Look at the notes of the fit and at profile()."
            )
        notes: list[Note] = []
        if failed := int((~usable).sum()):
            notes.append(
                Note(
                    "not_converged",
                    f"{failed} of {len(ok)} resamples are left out: the law has no finite "
                    "residuals where their refits began.",
                    "Intervals leave them out as well; see the notes of the fit.",
                )
            )
        if late := int((usable & ~ok).sum()):
            # They end far along a flat valley; leaving them out would make intervals too sure.
            notes.append(
                Note(
                    "not_converged",
                    f"{late} of {len(ok)} refits stopped short of their tolerance.",
                    "Look at profile() of the fit: some field is likely not identified.",
                )
            )
        law = problem.law.from_vector(problem.space.theta(ends[usable]))
        notes += draw_notes(problem, starts[0], estimate, law, kind)
        return cls(law, estimate, values[usable], kind, failed, tuple(notes), problem=problem)

    @property
    def count(self) -> int:
        """Number of usable resamples."""
        return len(self.values)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a resample: coefficients and derived exponents.

        Returns
        -------
        DataFrame
            Columns are the fields of the law, then its derived quantities.
        """
        columns = self.law.to_dict() | {n: getattr(self.law, n) for n in self.law.derived}
        return pd.DataFrame(
            {name: np.broadcast_to(values, self.count) for name, values in columns.items()}
        )

    def interval(self, level: float = 0.95) -> pd.DataFrame:
        """Return percentile intervals of coefficients and derived exponents.

        Parameters
        ----------
        level : float
            Share of the draws inside, in (0, 1).

        Returns
        -------
        DataFrame
            Index ``quantity``; columns ``estimate``, ``se`` (standard deviation of the draws),
            ``low``, ``high``.

        Raises
        ------
        ArgumentError
            If `level` is outside (0, 1).
        """
        return interval_table(self.estimate, self.to_frame(), level)

    def covariance(self) -> pd.DataFrame:
        """Return the covariance of coefficients and derived exponents over the draws."""
        return self.to_frame().cov()

    def correlation(self) -> pd.DataFrame:
        """Return the correlation of coefficients and derived exponents over the draws."""
        return self.to_frame().corr()

    def optimal(self, *, flops: ArrayLike, level: float = 0.8) -> pd.DataFrame:
        """Return compute-optimal allocations with intervals.

        Parameters
        ----------
        flops : array_like
            Training budgets C in FLOPs.
        level : float
            Share of the draws inside each interval.

        Returns
        -------
        DataFrame
            One row a budget and quantity (params, tokens, tokens_per_param, loss): ``flops``,
            ``quantity``, ``estimate``, ``median``, ``low``, ``high`` and ``beyond_data``, the
            factor by which the budget exceeds the largest (or falls below the smallest) compute of
            the data (6 N D unless the law reads FLOPs), 1 inside.

        Raises
        ------
        ArgumentError
            If a budget is not positive or `level` is outside (0, 1).
        """
        budgets = np.ravel(in_reach("flops", positive("flops", flops)))
        drawn = self._columns().optimal(flops=budgets)
        best = self.estimate.optimal(flops=budgets)
        draws = {name: np.asarray(getattr(drawn, name)) for name in ALLOCATED}
        return allocation_table(budgets, best, draws, self._spent(), level)

    def predict(self, level: float = 0.8, **inputs: ArrayLike) -> pd.DataFrame:
        """Return predictions with intervals.

        Parameters
        ----------
        level : float
            Share of the draws inside each interval.
        **inputs : array_like
            The inputs of the law by name, in SI counts.

        Returns
        -------
        DataFrame
            One row a point: the inputs, ``estimate``, ``median``, ``low``, ``high`` (nats per
            token where the response is a loss) and ``beyond_data``, the largest factor by which
            an input lies outside the data, 1 inside.

        Raises
        ------
        DataError
            If the inputs are not those of the law.
        """
        arrays = [np.ravel(values) for values in points_of(self.law, inputs)]
        drawn = np.asarray(self._columns().predict(*arrays))
        best = np.broadcast_to(self.estimate.predict(*arrays), arrays[0].shape)
        rows = []
        for i in range(arrays[0].size):
            point = [float(a.flat[i]) for a in arrays]
            far = max(beyond(v, c) for v, c in zip(point, self.problem.data.columns, strict=True))
            rows.append((*point, best.flat[i], *spread(drawn[:, i], level)[1:], far))
        return pd.DataFrame(rows, columns=[*self.law.inputs, *BANDED])

    def _columns(self) -> Law:
        """Return the draws as a law whose fields broadcast against an array of points."""
        theta = np.broadcast_to(self.law.to_vector(), (self.count, len(self.law.names())))
        return self.problem.law.from_vector(theta[:, None, :])

    def _spent(self) -> Array:
        """Return the training FLOPs of the points: a column of the law, or 6 N D."""
        columns = dict(zip(self.law.inputs, self.problem.data.columns, strict=True))
        if "flops" in columns:
            return columns["flops"]
        return training_flops(columns["params"], columns["tokens"])


def _lowest(found: Sequence[Minima]) -> Minima:
    """Return for each problem the lowest of the minima that several starts led to."""
    values = np.stack([minima.value for minima in found])
    best = np.where(np.isfinite(values), values, np.inf).argmin(axis=0)
    rows = np.arange(len(best))
    names = ("phi", "value", "converged", "steps")
    columns = (np.stack([getattr(minima, name) for minima in found]) for name in names)
    return Minima(*(column[best, rows] for column in columns))
