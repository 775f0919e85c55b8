"""Many refits of resampled data, solved as one batch, and the intervals they give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication._drawing import documented, drawn
from replication._spreading import Tick
from replication.errors import Note, ReplicationError
from replication.fitting.draw_notes import draw_notes
from replication.fitting.evidence import Evidence
from replication.fitting.intervals import LEVEL, interval_table
from replication.fitting.leave_one_out import LeaveOneOut
from replication.fitting.newton import Minima
from replication.fitting.of_law import K, L
from replication.fitting.problem import Problem
from replication.fitting.refits import refitted, refitted_subsets
from replication.fitting.resampling import ROWS_AT_ONCE, Resamples
from replication.fitting.small_samples import student_draws
from replication.laws import Law

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Bootstrap(Generic[L]):
    """Refits of resampled data.

    Parameters
    ----------
    law : Law
        The same law with arrays of coefficients, one entry a usable resample.
    estimate : Law
        The fit to all points.
    values : ndarray
        Huber sum of each usable refit; of Student's draws, that of all points.
    kind : str
        ``"points"``, ``"groups"``, ``"subsamples"``, ``"given"``, ``"subsets"`` or ``"student"``.
    failed : int
        Resamples left out because their objective is no finite number where refits begin.
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

    law: L = field(repr=False)
    estimate: L
    values: Array = field(repr=False)
    kind: str
    failed: int
    notes: tuple[Note, ...]
    problem: Problem[L] = field(repr=False, kw_only=True)

    @classmethod
    def run(
        cls,
        problem: Problem[K],
        starts: Array,
        estimate: K,
        draw: Resamples | Array,
        kind: str,
        workers: int = 1,
        progress: bool | Tick = False,
    ) -> "Bootstrap[K]":
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
        workers : int
            Processes over which the blocks of resamples are spread.
        progress : bool or callable
            True shows a bar; a callable is called after each block.

        Returns
        -------
        Bootstrap
            The refits.
        """
        parts = refitted(problem, starts, draw, workers, progress)
        return Bootstrap._ended(problem, parts, starts[0], estimate, kind)

    @classmethod
    def of_subsets(
        cls,
        problem: Problem[K],
        phi: Array,
        estimate: K,
        count: int,
        seed: int,
        workers: int = 1,
        progress: bool | Tick = False,
    ) -> "Bootstrap[K]":
        """Resample a large table in small subsets of its points: see `refitted_subsets`.

        Parameters
        ----------
        problem : Problem
            The problem that was solved.
        phi : ndarray, shape (q,)
            Free coordinates of its solution.
        estimate : Law
            The fit to all points.
        count : int
            Number of draws, spread evenly over the subsets.
        seed : int
            Seed of numpy's default generator.
        workers : int
            Processes over which the subsets are spread.
        progress : bool or callable
            True shows a bar; a callable is called after each subset.

        Returns
        -------
        Bootstrap
            The draws.
        """
        parts = refitted_subsets(problem, phi, count, seed, workers, progress)
        return Bootstrap._ended(problem, parts, phi, estimate, "subsets")

    @classmethod
    def _ended(
        cls, problem: Problem[K], parts: Sequence[Minima], phi: Array, estimate: K, kind: str
    ) -> "Bootstrap[K]":
        """Return the refits that can be used, with what is doubtful about them."""
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
                    f"{failed} of {len(ok)} resamples are left out: their objective is no finite "
                    "number where their refits began.",
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
        notes += draw_notes(problem, phi, estimate, law, kind)
        return Bootstrap(law, estimate, values[usable], kind, failed, tuple(notes), problem=problem)

    @classmethod
    def student(
        cls, problem: Problem[K], phi: Array, estimate: K, count: int, seed: int
    ) -> "Bootstrap[K]":
        """Draw coefficients around a fit by least squares, as few runs ask for.

        Parameters
        ----------
        problem : Problem
            The problem that was solved.
        phi : ndarray, shape (q,)
            Free coordinates of its solution.
        estimate : Law
            The fit to all points.
        count : int
            Number of draws.
        seed : int
            Seed of numpy's default generator.

        Returns
        -------
        Bootstrap
            The draws; see `student_draws`.
        """
        drawn = student_draws(problem, phi, estimate, count, seed)
        law = problem.law.from_vector(problem.space.theta(drawn))
        size = max(1, ROWS_AT_ONCE // problem.data.n)
        squares = [
            0.5 * problem.residuals(drawn[low : low + size]) ** 2 @ problem.data.weights
            for low in range(0, count, size)
        ]
        notes = draw_notes(problem, phi, estimate, law, "student")
        values = np.concatenate(squares)
        return Bootstrap(law, estimate, values, "student", 0, notes, problem=problem)

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

    def interval(self, level: float = LEVEL) -> pd.DataFrame:
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

    @documented
    def plot(self, *, ax: Any = None, **options: Any) -> Any:
        """Draw how one quantity scatters over the draws, with its interval.

        Parameters
        ----------
        **options
            ``name=`` for the quantity, by default the first derived exponent; ``level=`` of the
            interval.

        Examples
        --------
        >>> import replication as rp
        >>> fit = rp.fit(rp.laws.Chinchilla, rp.load("hoffmann2022", "figure4_isoflop_points"))
        >>> fit.bootstrap(50).plot(name="beta").get_xlabel()
        'β'
        """
        return drawn("draw_bootstrap", self, ax=ax, **options)

    def optimal(
        self, *, flops: ArrayLike, level: float = LEVEL, kind: str = "law", **held: Any
    ) -> pd.DataFrame:
        """Return compute-optimal allocations with intervals.

        Parameters
        ----------
        flops : array_like
            Training budgets C in FLOPs.
        level : float
            Share of the draws inside each interval.
        kind : str
            What the interval is of: ``"law"``, where the optimum would lie with other runs of the
            same kind. It has no other kind, and asking for one is refused with the reason.
        **held
            What else the law's own `optimal` takes, such as ``aspect_ratio``.

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
            If a budget is not positive, `level` is outside (0, 1), or `kind` is not ``"law"``.
        """
        return self.evidence().optimal(flops=flops, level=level, kind=kind, **held)

    def predict(
        self,
        level: float = LEVEL,
        *,
        kind: str | None = None,
        drift: float | str | None = None,
        **inputs: ArrayLike,
    ) -> pd.DataFrame:
        """Return predictions with intervals, as `Evidence.predict` does.

        Parameters
        ----------
        level : float
            Coverage of each interval.
        kind : str, optional
            ``"law"``, ``"run"`` or ``"forecast"``; by default a forecast where one is known.
        drift : float or str, optional
            What a decade of extrapolation adds to a forecast.
        **inputs : array_like
            The inputs of the law by name, in SI counts.

        Returns
        -------
        DataFrame
            As `Evidence.predict` returns it.

        Raises
        ------
        ArgumentError
            If an interval of that kind cannot be given; the message says what can.
        DataError
            If the inputs are not those of the law.
        """
        return self.evidence().predict(level, kind=kind, drift=drift, **inputs)

    def score(
        self,
        runs: pd.DataFrame | Mapping[str, ArrayLike],
        level: float = LEVEL,
        *,
        response: str | None = None,
        kind: str | None = None,
        drift: float | str | None = None,
    ) -> pd.DataFrame:
        """Hold the fit against runs that it has not seen, as `Evidence.score` does.

        Parameters
        ----------
        runs : DataFrame or mapping
            One row a run: the inputs of the law and the response.
        level, response, kind, drift
            As for `Evidence.score`.

        Returns
        -------
        DataFrame
            As `Evidence.score` returns it.
        """
        return self.evidence().score(runs, level, response=response, kind=kind, drift=drift)

    def leave_one_out(self, unit: str = "auto", *, starts: Sequence[Law] = ()) -> LeaveOneOut[L]:
        """Fit the law without each run in turn, as `Evidence.leave_one_out` does.

        Parameters
        ----------
        unit : str
            ``"points"``, ``"groups"`` or ``"auto"``.
        starts : sequence of Law
            Further places to refit from.

        Returns
        -------
        LeaveOneOut
            A law a refit, and a row a point with its prediction.
        """
        return self.evidence().leave_one_out(unit, starts=starts)

    def evidence(self) -> Evidence[L]:
        """Return the fit with these draws and the points it was fitted to.

        Returns
        -------
        Evidence
            For `replication.advise` and everything else that takes it.
        """
        text, runs = self.problem.said(), self.problem.runs()
        noise = self.problem.noise(self.estimate)
        return Evidence(self.estimate, self.law, runs, text, self.notes, noise, self.problem)
