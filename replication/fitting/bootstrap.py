"""Many refits of resampled data, solved as one batch, and the intervals they give."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.counting import training_flops
from replication.errors import ArgumentError, DataError, Note, ReplicationError
from replication.fitting.problem import Problem
from replication.laws import Law
from replication.laws.base import positive

Array = NDArray[Any]

ROWS_AT_ONCE = 2_000_000
"""Weights held in memory at a time, as points times resamples."""


@dataclass(frozen=True)
class Resamples:
    """Weights of each point in each resample, made a block at a time.

    Parameters
    ----------
    count : int
        Number of resamples.
    n : int
        Number of points.
    make : callable
        Takes a generator and a number of resamples, returns weights (number, n).
    seed : int
        Seed of numpy's default generator.
    """

    count: int
    n: int
    make: Any
    seed: int

    def blocks(self) -> Iterator[Array]:
        """Yield weights, shape (block, n); the draws do not depend on the block size."""
        rng = np.random.default_rng(self.seed)
        size = max(1, ROWS_AT_ONCE // self.n)
        for low in range(0, self.count, size):
            yield self.make(rng, min(size, self.count - low))


def resample_pairs(count: int, n: int, seed: int) -> Resamples:
    """Draw n points with replacement, `count` times."""
    return Resamples(count, n, lambda rng, k: _counts(rng.integers(n, size=(k, n)), n), seed)


def resample_groups(count: int, groups: Array, seed: int) -> Resamples:
    """Draw as many groups as there are, with replacement, each with all its points."""
    m = int(groups.max()) + 1
    return Resamples(
        count,
        len(groups),
        lambda rng, k: _counts(rng.integers(m, size=(k, m)), m)[:, groups],
        seed,
    )


def subsample(count: int, n: int, fraction: float, seed: int) -> Resamples:
    """Draw a share of the points without replacement, `count` times."""
    size = round(fraction * n)

    def make(rng: np.random.Generator, k: int) -> Array:
        order = rng.permuted(np.tile(np.arange(n), (k, 1)), axis=1)
        return _counts(order[:, :size], n)

    return Resamples(count, n, make, seed)


def given_rows(indices: ArrayLike, n: int) -> Array:
    """Turn rows of resamples into weights, refusing rows that do not exist."""
    rows = np.asarray(indices)
    if rows.ndim != 2 or not np.issubdtype(rows.dtype, np.integer) or len(rows) == 0:
        raise ArgumentError(
            f"indices have shape {rows.shape} and type {rows.dtype}; "
            "integers of shape (resamples, points) are expected."
        )
    if rows.min() < 0 or rows.max() >= n:
        raise ArgumentError(f"indices must lie in 0..{n - 1}, got {rows.min()}..{rows.max()}.")
    return _counts(rows, n)


def _counts(rows: Array, n: int) -> Array:
    """Return how often each of n points occurs in each row."""
    shifted = rows + n * np.arange(len(rows))[:, None]
    return np.bincount(shifted.ravel(), minlength=n * len(rows)).reshape(-1, n).astype(np.float64)


@dataclass(frozen=True)
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
        Resamples left out because the solver did not converge.
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

    law: Law
    estimate: Law
    values: Array = field(repr=False)
    kind: str
    failed: int
    notes: tuple[Note, ...]
    problem: Problem = field(repr=False, kw_only=True)

    @classmethod
    def run(
        cls, problem: Problem, phi: Array, estimate: Law, draw: Resamples | Array, kind: str
    ) -> "Bootstrap":
        """Refit every resample from the fit to all points.

        Parameters
        ----------
        problem : Problem
            The problem that was solved.
        phi : ndarray, shape (q,)
            Its solution.
        estimate : Law
            The same as a law.
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
            parts.append(problem.solve(np.tile(phi, (len(weights), 1)), weights))
        ends = np.concatenate([part.phi for part in parts])
        ok = np.concatenate([part.converged for part in parts])
        values = np.concatenate([part.value for part in parts])
        if problem.objective.kind != "huber" and problem.objective.kind != "lsq":
            ok = np.isfinite(values)
        notes = []
        if not ok.all():
            notes.append(
                Note(
                    "not_converged",
                    f"{int((~ok).sum())} of {len(ok)} refits did not converge and are left out.",
                    "Look at profile() of the fit: some field is likely not identified.",
                )
            )
        if not ok.any():
            raise ReplicationError(
                "No resample could be refitted. Look at the notes of the fit and at profile()."
            )
        law = problem.law.from_vector(problem.space.theta(ends[ok]))
        return cls(law, estimate, values[ok], kind, int((~ok).sum()), tuple(notes), problem=problem)

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
        frame = self.to_frame()
        rows = {
            name: (getattr(self.estimate, name), *_spread(frame[name], level))
            for name in (*self.law.names(), *self.law.derived)
        }
        table = pd.DataFrame(rows, index=["estimate", "se", "median", "low", "high"]).T
        return table.drop(columns="median").rename_axis("quantity")

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
            factor by which the budget exceeds the largest (or falls below the smallest) 6 N D of
            the data, 1 inside.

        Raises
        ------
        ArgumentError
            If a budget is not positive or `level` is outside (0, 1).
        """
        budgets = np.atleast_1d(positive("flops", flops))
        draws = self._columns().optimal(flops=budgets)
        best = self.estimate.optimal(flops=budgets)
        spent = self._spent()
        rows = []
        for name in ("params", "tokens", "tokens_per_param", "loss"):
            drawn = np.asarray(getattr(draws, name))
            for i, c in enumerate(budgets):
                _, median, low, high = _spread(drawn[:, i], level)
                row = (c, name, np.asarray(getattr(best, name))[i], median, low, high)
                rows.append((*row, _beyond(c, spent)))
        columns = ["flops", "quantity", "estimate", "median", "low", "high", "beyond_data"]
        return pd.DataFrame(rows, columns=columns)

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
        if set(inputs) != set(self.law.inputs):
            raise DataError(
                f"predict() got {', '.join(inputs) or 'nothing'}; "
                f"{type(self.law).__name__} needs {', '.join(self.law.inputs)}."
            )
        arrays = np.broadcast_arrays(
            *(np.atleast_1d(positive(name, inputs[name])) for name in self.law.inputs)
        )
        drawn = np.asarray(self._columns().predict(*arrays))
        best = np.broadcast_to(self.estimate.predict(*arrays), arrays[0].shape)
        rows = []
        for i in range(arrays[0].size):
            point = [float(a.flat[i]) for a in arrays]
            far = max(_beyond(v, c) for v, c in zip(point, self.problem.data.columns, strict=True))
            rows.append((*point, best.flat[i], *_spread(drawn[:, i], level)[1:], far))
        columns = [*self.law.inputs, "estimate", "median", "low", "high", "beyond_data"]
        return pd.DataFrame(rows, columns=columns)

    def _columns(self) -> Law:
        """Return the draws as a law whose fields broadcast against an array of points."""
        theta = np.broadcast_to(self.law.to_vector(), (self.count, len(self.law.names())))
        return self.problem.law.from_vector(theta[:, None, :])

    def _spent(self) -> Array:
        """Return the training FLOPs of the points: 6 N D."""
        params, tokens = (
            self.problem.data.columns[self.law.inputs.index(n)] for n in ("params", "tokens")
        )
        return training_flops(params, tokens)


def _beyond(value: float, column: Array) -> float:
    """Return the factor by which a value lies outside a column, 1 inside."""
    return float(max(1.0, value / column.max(), column.min() / value))


def _spread(draws: Any, level: float) -> tuple[float, float, float, float]:
    """Return standard deviation, median and the ends of a percentile interval."""
    if not 0 < level < 1:
        raise ArgumentError(f"level is {level}; it must lie between 0 and 1, for example 0.95.")
    values = np.asarray(draws, dtype=np.float64)
    tail = 50 * (1 - level)
    low, median, high = np.percentile(values, [tail, 50, 100 - tail])
    spread = float(values.std(ddof=1)) if len(values) > 1 else np.nan
    return spread, float(median), float(low), float(high)
