"""A law with what stands behind it: its draws, its runs, and answers that say how sure they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import in_reach, positive, share
from replication.errors import Note, ReplicationError
from replication.fitting.allocations import ALLOCATED, allocations, columns_of
from replication.fitting.arguments import points_of
from replication.fitting.distance import column_of, forecast_table, outside, spent
from replication.fitting.forecasts import Noise, checked_kind, known_drift, of_the_law
from replication.fitting.intervals import LEVEL, allocation_table, band_table
from replication.fitting.law_draws import normal_draws, refuse_others
from replication.fitting.leave_one_out import LeaveOneOut, leave_one_out
from replication.fitting.of_law import K, L
from replication.fitting.problem import Problem
from replication.fitting.scores import held_out, score_table
from replication.laws import Law

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Evidence(Generic[L]):
    """A law with what stands behind it.

    `Fit`, `Bootstrap` and `Frontier` give one as `evidence()`; for a published law it is made by
    hand, with as much as is known.

    Parameters
    ----------
    law : Law
        The law, one set of coefficients.
    draws : Law or None
        The same law with arrays of coefficients, one entry a draw: how else it could be. Without
        them the ends of every interval are NaN.
    runs : DataFrame or None
        What the law was fitted to, its inputs in SI counts. Without them ``beyond_data`` is NaN.
    text : str
        What it is, for a table or a legend.
    notes : tuple of Note
        What is doubtful.
    noise : Noise or None
        What single runs scatter around the law. Without it there are intervals of the law only.
    problem : Problem or None
        What was solved to find the law. Without it, as for a published law, nothing can be
        fitted again.

    Raises
    ------
    ArgumentError
        If `law` is no law of one set of coefficients, or `draws` is another or holds no arrays.

    Examples
    --------
    >>> import replication as rp
    >>> fit = rp.fit(rp.laws.Chinchilla, rp.load("hoffmann2022", "figure4_isoflop_points"))
    >>> fit.evidence(200)
    Chinchilla, log-huber, n=114: 200 draws, 114 runs; notes: outlier
    >>> printed = Evidence(rp.published("hoffmann2022", "tex"), text="hoffmann2022")
    >>> printed.predict(params=7e10, tokens=1.4e12)[["estimate", "low"]].round(3).values.tolist()
    [[1.921, nan]]
    """

    law: L
    draws: L | None = field(default=None, repr=False)
    runs: pd.DataFrame | None = field(default=None, repr=False)
    text: str = ""
    notes: tuple[Note, ...] = ()
    noise: Noise | None = field(default=None, repr=False)
    problem: Problem[L] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse what is no law, and draws that are not of it."""
        refuse_others(self.law, self.draws)

    def __repr__(self) -> str:
        """Return what it is, how many draws and runs there are, and the codes of the notes."""
        runs = "no runs" if self.runs is None else f"{len(self.runs)} runs"
        notes = f"; notes: {', '.join(n.code for n in self.notes)}" if self.notes else ""
        text = self.text or type(self.law).__name__
        return f"{text}: {self.count or 'no'} draws, {runs}{notes}"

    @classmethod
    def from_covariance(
        cls,
        law: K,
        covariance: pd.DataFrame,
        *,
        draws: int = 1000,
        seed: int = 0,
        runs: pd.DataFrame | None = None,
        text: str = "",
    ) -> "Evidence[K]":
        """Return a published law with normal draws around it.

        Parameters
        ----------
        law : Law
            The law as published.
        covariance : DataFrame
            Covariance of the coefficients, fields of the law as index and columns; fields that are
            left out do not vary. `Bootstrap.covariance` may be given as it is.
        draws : int
            How many.
        seed : int
            Seed of numpy's default generator.
        runs : DataFrame, optional
            What the law was fitted to.
        text : str
            What it is.

        Returns
        -------
        Evidence
            The law with its draws.

        Raises
        ------
        ArgumentError
            If the covariance has no field of the law, is not symmetric or has a negative variance,
            or a draw leaves the range of a coefficient that must be positive.

        Examples
        --------
        >>> from replication.laws import PowerLaw
        >>> variance = pd.DataFrame([[1e-4]], index=["alpha"], columns=["alpha"])
        >>> found = Evidence.from_covariance(PowerLaw(A=400.0, alpha=0.12), variance, seed=1)
        >>> round(float(np.std(found.draws.alpha)), 3)
        0.01
        """
        return Evidence(law, normal_draws(law, covariance, draws, seed), runs, text)

    @property
    def count(self) -> int:
        """Number of draws."""
        fields = () if self.draws is None else self.draws.to_dict().values()
        return int(np.broadcast(*fields).size) if fields else 0

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
            What else the law's own `optimal` takes, such as ``aspect_ratio``; single numbers.

        Returns
        -------
        DataFrame
            One row a budget and quantity (params, tokens, tokens_per_param, loss): ``flops``,
            ``quantity``, ``estimate``, ``median``, ``low``, ``high`` and ``beyond_data``, the
            factor by which the budget exceeds the largest (or falls below the smallest) compute of
            the runs (6 N D unless the law reads FLOPs), 1 inside.

        Raises
        ------
        ArgumentError
            If a budget is not positive, `level` is outside (0, 1), or `kind` is not ``"law"``.
        ReplicationError
            If the law has no optimum.
        """
        of_the_law(kind)
        level = share("level", level, LEVEL)
        budgets = np.ravel(in_reach("flops", positive("flops", flops)))
        best = self.law.optimal(flops=budgets, **held)
        draws = {name: np.full((1, len(budgets)), np.nan) for name in ALLOCATED}
        if self.draws is not None:
            draws = allocations(columns_of(self.draws, self.count), budgets, held)
        return allocation_table(budgets, best, draws, spent(self.law, self.runs), level)

    def predict(
        self,
        level: float = LEVEL,
        *,
        kind: str | None = None,
        drift: float | str | None = None,
        **inputs: ArrayLike,
    ) -> pd.DataFrame:
        """Return predictions with intervals.

        Parameters
        ----------
        level : float
            Coverage of each interval.
        kind : str, optional
            What the interval is of: ``"law"`` (where would the curve lie with other runs?),
            ``"run"`` (where would one new run fall?) or ``"forecast"`` (the same, wider beyond
            the largest compute of the runs by what extrapolating cost on the public corpus). By
            default a forecast where one is known, else the law.
        drift : float or str, optional
            What a decade of extrapolation adds to a forecast, as a relative error: a number, such
            as 0.02; ``"average"``, what it was on average over the families of the corpus; by
            default what it takes for a family that is not in the corpus, as yours.
        **inputs : array_like
            The inputs of the law by name, in SI counts.

        Returns
        -------
        DataFrame
            One row a point: the inputs, ``estimate``, ``median``, ``low``, ``high`` (nats per
            token where the response is a loss), ``beyond_data``, the largest factor by which
            an input lies outside the runs, 1 inside, and ``kind``.

        Raises
        ------
        ArgumentError
            If `level` is outside (0, 1), a value is not a usable number, or an interval of that
            kind cannot be given; the message says what can.
        DataError
            If the inputs are not those of the law.

        Examples
        --------
        >>> import replication as rp
        >>> fit = rp.fit(rp.laws.Chinchilla, rp.load("hoffmann2022", "figure4_isoflop_points"))
        >>> found = fit.evidence(200)
        >>> law = found.predict(kind="law", params=7e10, tokens=1.4e12).iloc[0]
        >>> far = found.predict(kind="forecast", drift=0.02, params=7e10, tokens=1.4e12).iloc[0]
        >>> bool(far["low"] < law["low"] < law["high"] < far["high"])
        True
        """
        level = share("level", level, LEVEL)
        rate = known_drift(self.noise, level, drift)
        kind = checked_kind(kind, rate, self.noise, self.draws is not None, level)
        arrays = [np.ravel(values) for values in points_of(self.law, inputs)]
        shape = arrays[0].shape
        best = np.broadcast_to(self.law.predict(*arrays), shape)
        drawn = np.full((1, *shape), np.nan)
        if self.draws is not None:
            drawn = np.asarray(columns_of(self.draws, self.count).predict(*arrays))
            drawn = np.broadcast_to(drawn, (self.count, *shape))
        if kind != "law" and self.noise is not None:
            drawn = self.noise.added(drawn)
        known = {name: column_of(self.runs, name) for name in self.law.inputs}
        points = dict(zip(self.law.inputs, arrays, strict=True))
        table = band_table(points, known, best, drawn, level).assign(kind=kind)
        return forecast_table(self.law, table, self.runs, rate) if kind == "forecast" else table

    def score(
        self,
        runs: pd.DataFrame | Mapping[str, ArrayLike],
        level: float = LEVEL,
        *,
        response: str | None = None,
        kind: str | None = None,
        drift: float | str | None = None,
    ) -> pd.DataFrame:
        """Hold the law against runs that it has not seen.

        Parameters
        ----------
        runs : DataFrame or mapping
            One row a run: the inputs of the law in SI counts, and the response, in nats per token
            where it is a loss.
        level : float
            Coverage of each interval.
        response : str, optional
            Column of the response; by default what the law predicts.
        kind, drift
            As for `predict`. An interval of the law leaves out what single runs scatter, and need
            not hold them.

        Returns
        -------
        DataFrame
            One row a run, as `predict` returns it, with ``observed`` before the estimate, and last
            ``off`` = estimate - observed, ``relative`` = estimate / observed - 1 and ``inside``:
            whether the interval holds the run, missing where there is none.

        Raises
        ------
        ArgumentError
            If an interval of that kind cannot be given; the message says what can.
        DataError
            If a column is missing, or holds what the law cannot read.

        Examples
        --------
        A law fitted to small runs, held against the largest:

        >>> import replication as rp
        >>> runs = rp.load("hoffmann2022", "figure4_isoflop_points")
        >>> small, large = runs[runs["flops"] < 1e21], runs[runs["flops"] >= 1e21]
        >>> found = rp.fit(rp.laws.Chinchilla, small).evidence(200).score(large, kind="run")
        >>> len(found), bool(found["relative"].abs().max() < 0.05)
        (11, True)
        """
        inputs, observed = held_out(self.law, runs, response)
        return score_table(self.predict(level, kind=kind, drift=drift, **inputs), observed)

    def leave_one_out(self, unit: str = "auto", *, starts: Sequence[Law] = ()) -> LeaveOneOut[L]:
        """Fit the law without each run in turn, and predict the run that was left out.

        Each refit starts from the fit. They say how much hangs on a single run; errors of what was
        left out are those of new runs of the same kind and range.

        Parameters
        ----------
        unit : str
            What is left out: ``"points"``, ``"groups"`` (all points of a group together) or
            ``"auto"``, which means groups if the fit was given a group column.
        starts : sequence of Law
            Further places to refit from, such as `Profile.valleys` finds; the lowest minimum
            counts.

        Returns
        -------
        LeaveOneOut
            A law a refit, and a row a point with its prediction.

        Raises
        ------
        ReplicationError
            If the law was not fitted here, but published.
        ArgumentError
            If groups are asked of a fit that has none, or a start is another law.

        Examples
        --------
        >>> import replication as rp
        >>> runs = {"flops": [1e18, 1e19, 1e20, 1e21], "loss": [4.0, 3.2, 2.6, 2.2]}
        >>> found = rp.fit("PowerLaw", runs, objective="log-lsq").evidence(50).leave_one_out()
        >>> found.to_frame()["alpha"].round(3).tolist()
        [0.081, 0.088, 0.086, 0.094]
        """
        if self.problem is None:
            raise ReplicationError(
                f"{self.text or type(self.law).__name__} was not fitted here, so it cannot be "
                "fitted without a run. Fit it with rp.fit to the runs behind it."
            )
        return leave_one_out(self.problem, self.law, unit, starts)

    def extrapolation(self, **inputs: ArrayLike) -> Note | None:
        """Return a note if inputs lie outside the range of the runs, with how far.

        Parameters
        ----------
        **inputs : array_like
            Inputs of the law by name.

        Returns
        -------
        Note or None
            None inside the range, or without runs.

        Raises
        ------
        UnknownNameError
            If an input is none of the law.
        ArgumentError
            If an input has no values, or one is not a usable number.
        """
        return outside(self.law, self.runs, inputs)

    def mapped(
        self, change: Callable[[Any], Law], runs: pd.DataFrame | None = None
    ) -> "Evidence[Law]":
        """Return the same evidence for the law in another form.

        Parameters
        ----------
        change : callable
            Takes the law, of single or of many coefficients, and returns it in another form:
            ``OverTraining.to_chinchilla``.
        runs : DataFrame, optional
            The runs with the inputs of the new form; by default those at hand, if they have them.

        Returns
        -------
        Evidence
            With law and draws in the new form.

        Examples
        --------
        >>> from replication.laws import OverTraining
        >>> law = OverTraining(E=1.84, a=212.0, b=367.0, eta=0.136)
        >>> type(Evidence(law).mapped(OverTraining.to_chinchilla).law).__name__
        'Chinchilla'
        """
        law = change(self.law)
        draws = None if self.draws is None else change(self.draws)
        kept = runs
        if kept is None and self.runs is not None and set(law.inputs) <= set(self.runs.columns):
            kept = self.runs
        return Evidence(law, draws, kept, self.text, self.notes)
