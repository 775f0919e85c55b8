"""The result of a fit: the law it found, how good it is, and what is doubtful about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import finite, whole
from replication.errors import ArgumentError, Note, ReplicationError, one_of_names
from replication.fitting import report
from replication.fitting.arguments import start_laws
from replication.fitting.bootstrap import Bootstrap
from replication.fitting.distance import forecast_table
from replication.fitting.evidence import Evidence
from replication.fitting.forecasts import checked_kind, known_drift, of_the_law
from replication.fitting.intervals import LEVEL
from replication.fitting.leave_one_out import LeaveOneOut, leave_one_out
from replication.fitting.likelihood import ScaledHuber, scaled_huber
from replication.fitting.linearised import counted, degrees_of_freedom, student_ends
from replication.fitting.of_law import L
from replication.fitting.problem import Problem
from replication.fitting.profile import Profile, profile
from replication.fitting.resampling import (
    at_least_one,
    given_rows,
    resample_groups,
    resample_pairs,
    subsample,
)
from replication.fitting.scores import held_out, score_table
from replication.laws import Law

Array = NDArray[Any]

MOST_POINTS = 100_000
"""Values of a profile beyond which nobody sees more."""


@dataclass(frozen=True, eq=False)
class Fit(Generic[L]):
    """A fitted law.

    Parameters
    ----------
    law : Law
        The law with its fitted coefficients.
    n : int
        Number of points.
    objective : Objective
        What was minimised.
    value : float
        Its value at the minimum.
    status : str
        How the search ended.
    notes : tuple of Note
        What is doubtful.
    residuals : ndarray, shape (n,)
        Observed minus predicted; differences of logarithms for the ``log-`` objectives.
    free : tuple of str
        The fields that were fitted; the others were fixed or tied.
    attempts : DataFrame or None
        Every start of a published recipe, if one was followed.

    Examples
    --------
    >>> import replication as rp
    >>> fit = rp.fit(rp.laws.Chinchilla, rp.load("hoffmann2022", "figure4_isoflop_points"))
    >>> fit.n, fit.status
    (114, 'converged')
    """

    law: L
    n: int
    objective: Any
    value: float
    status: str
    notes: tuple[Note, ...]
    residuals: Array = field(repr=False)
    free: tuple[str, ...]
    attempts: pd.DataFrame | None = field(default=None, repr=False)
    problem: Problem[L] = field(repr=False, kw_only=True)
    phi: Array = field(repr=False, kw_only=True)

    def __repr__(self) -> str:
        """Return the law with its numbers, n and objective, and the codes of the notes."""
        numbers = ", ".join(f"{k}={v:.5g}" for k, v in self.law.to_dict().items())
        notes = f"; notes: {', '.join(n.code for n in self.notes)}" if self.notes else ""
        return (
            f"{type(self.law).__name__}({numbers}) | n={self.n}, "
            f"{self.objective.name} {self.objective.reduction}={self.value:.6g}, "
            f"{self.status}{notes}"
        )

    @property
    def rms(self) -> float:
        """Root mean square of the residuals."""
        return float(np.sqrt(np.mean(self.residuals**2)))

    @property
    def r2(self) -> float:
        """Share of the variance of the response that the law explains.

        Of its logarithm for the ``log-`` objectives; points count by their weights.
        """
        data = self.problem.data
        observed = np.log(data.response) if self.objective.log else data.response
        around = observed - np.average(observed, weights=data.weights)
        return float(1 - (data.weights @ self.residuals**2) / (data.weights @ around**2))

    def to_frame(self) -> pd.DataFrame:
        """Return one row a coefficient: estimate, standard error and how it was obtained.

        The standard errors are the sandwich of M-estimation; where they are missing, the column
        ``why`` says why. `bootstrap` needs no such conditions.

        Returns
        -------
        DataFrame
            Index ``coefficient``; columns ``estimate``, ``se``, ``status``, ``why``.
        """
        return report.coefficients(self)

    def summary(self) -> str:
        """Return a report in plain text: coefficients, derived exponents, notes.

        Returns
        -------
        str
            Several lines.
        """
        return report.summary(self)

    def _repr_html_(self) -> str:
        """Render the report in a notebook."""
        return report.html(self)

    def bootstrap(
        self,
        resamples: int = 1000,
        seed: int = 0,
        *,
        unit: str = "auto",
        indices: ArrayLike | None = None,
        starts: Sequence[Law] = (),
        draws: str = "resamples",
    ) -> Bootstrap[L]:
        """Refit resamples of the points, all together.

        Each refit starts from the fit. Where the objective has a second valley nearly as deep,
        that walks past it and the interval comes out too narrow; see `starts`. Where there are
        fewer than about three runs a field, resamples repeat a handful of fits and their
        percentiles cover what they like; see `draws`.

        Parameters
        ----------
        resamples : int
            How many.
        seed : int
            Seed of numpy's default generator.
        unit : str
            What is drawn: ``"points"``, ``"groups"`` (all points of a group together) or
            ``"auto"``, which means groups if the fit was given a group column.
        indices : array_like of int, shape (resamples, drawn), optional
            Rows of each resample, to repeat a published one; `resamples` and `seed` are ignored.
        starts : sequence of Law
            Further places to refit every resample from, such as `Profile.valleys` finds; its
            lowest minimum counts. Each takes as long as the plain bootstrap.
        draws : str
            ``"resamples"``, or ``"student"`` for few runs: nothing is refitted, and coefficients
            are drawn from Student's distribution around a fit by least squares, with the law taken
            as linear there. A fit with groups is drawn by what scatters between groups.

        Returns
        -------
        Bootstrap
            Draws, intervals, predictions with intervals.

        Raises
        ------
        ArgumentError
            If `resamples` is not a positive whole number, `indices` do not fit the data, groups
            are asked of a fit that has none, or a start is another law than the fit's; or if
            Student's draws are asked of a fit that is not by least squares, has no run left over
            its fields or a direction that no run determines, or with a `unit`, `indices` or
            `starts`, which only resamples have.
        UnknownNameError
            If `unit` or `draws` is not known.

        Examples
        --------
        >>> import replication as rp
        >>> fit = rp.fit(rp.laws.Chinchilla, rp.load("hoffmann2022", "figure4_isoflop_points"))
        >>> one = fit.bootstrap(50)
        >>> both = fit.bootstrap(50, starts=[rp.published("hoffmann2022", "printed")])
        >>> bool((both.values <= one.values * (1 + 1e-9)).all())
        True

        Six runs, and the interval of their exponent that allows for so few:

        >>> x = np.geomspace(1e18, 1e21, 6)
        >>> runs = {"flops": x, "loss": 60 * x**-0.07 * [1.01, 0.99, 1.0, 1.01, 0.99, 1.0]}
        >>> few = rp.fit("PowerLaw", runs, objective="log-lsq")
        >>> low, high = few.bootstrap(draws="student").interval(0.95).loc["alpha", ["low", "high"]]
        >>> bool(low < 0.07 < high)
        True
        """
        groups = self.problem.data.groups
        one_of_names("kind of draws", draws, ("resamples", "student"))
        if draws == "student":
            if unit != "auto" or indices is not None or len(starts):
                raise ArgumentError(
                    "draws='student' refits nothing, so it takes no unit, indices or starts. Leave "
                    "them out, or leave draws at 'resamples'."
                )
            count, seed = at_least_one(resamples), whole("seed", seed, 0)
            return Bootstrap.student(self.problem, self.phi, self.law, count, seed)
        starts = start_laws(type(self.law), starts, least=0)
        one_of_names("resampling unit", unit, ("auto", "points", "groups"))
        if unit == "groups" and groups is None:
            raise ArgumentError("The fit has no groups to resample; give fit(..., group=column).")
        bottoms = np.stack([self.phi, *map(self.problem.bottom, starts)])
        if indices is not None:
            given = given_rows(indices, self.n)
            return Bootstrap.run(self.problem, bottoms, self.law, given, "given")
        count = at_least_one(resamples)
        if groups is not None and unit != "points":
            draw = resample_groups(count, groups, seed)
            return Bootstrap.run(self.problem, bottoms, self.law, draw, "groups")
        draw = resample_pairs(count, self.n, seed)
        return Bootstrap.run(self.problem, bottoms, self.law, draw, "points")

    def subsample(self, resamples: int = 100, fraction: float = 0.8, seed: int = 0) -> Bootstrap[L]:
        """Refit random parts of the points, drawn without replacement (hoffmann2022, Table 2).

        Intervals of subsamples are narrower than those of a bootstrap: they are the spread of
        fits that share most of their points, not a sampling error.

        Parameters
        ----------
        resamples : int
            How many.
        fraction : float
            Share of the points in each, in (0, 1).
        seed : int
            Seed of numpy's default generator.

        Returns
        -------
        Bootstrap
            Draws, intervals, predictions with intervals.

        Raises
        ------
        ArgumentError
            If `resamples` is not a positive whole number, or `fraction` is outside (0, 1) or
            leaves fewer points than free fields.
        """
        count = at_least_one(resamples)
        draw = subsample(count, self.n, fraction, seed, least=len(self.free))
        return Bootstrap.run(self.problem, self.phi[None], self.law, draw, "subsamples")

    def evidence(self, resamples: int = 1000, seed: int = 0) -> Evidence[L]:
        """Return the fit with draws of it and the points it was fitted to.

        Parameters
        ----------
        resamples : int
            How many draws, as for `bootstrap`.
        seed : int
            Seed of numpy's default generator.

        Returns
        -------
        Evidence
            For `replication.advise` and everything else that takes it. Without draws, and with a
            note that says why, where there are no more points than free fields.

        Raises
        ------
        ArgumentError
            If `resamples` is not a positive whole number.

        Examples
        --------
        >>> import replication as rp
        >>> fit = rp.fit(rp.laws.Chinchilla, rp.load("hoffmann2022", "figure4_isoflop_points"))
        >>> fit.evidence(200)
        Chinchilla, log-huber, n=114: 200 draws, 114 runs; notes: outlier
        """
        count = at_least_one(resamples)
        bare = self._bare()
        if why := self._undrawn():
            note = Note(
                "too_few_points",
                f"There are {why}, so resamples tell nothing of the noise.",
                "Intervals are left out. Add runs, or fix or tie fields.",
            )
            return replace(bare, notes=(*self.notes, note))
        try:
            drawn = self.bootstrap(count, seed)
        except ReplicationError as error:
            note = Note("not_converged", str(error).split(". ")[0] + ".", "Intervals are left out.")
            return replace(bare, notes=(*self.notes, note))
        own = [note for note in drawn.notes if note not in self.notes]
        return replace(bare, draws=drawn.law, notes=(*self.notes, *own))

    def _bare(self) -> Evidence[L]:
        """Return the fit with its points and without draws."""
        text, runs = self.problem.said(), self.problem.runs()
        noise = None if self._undrawn() else self.problem.noise(self.law)
        return Evidence(
            self.law, runs=runs, text=text, notes=self.notes, noise=noise, problem=self.problem
        )

    def _undrawn(self) -> str:
        """Return why points and fields give no interval, or an empty text."""
        if degrees_of_freedom(self.problem) > 0:
            return ""
        return f"{counted(self.problem)} points for {len(self.free)} fields"

    def optimal(
        self, *, flops: ArrayLike, level: float = LEVEL, kind: str = "law", **held: Any
    ) -> pd.DataFrame:
        """Return compute-optimal allocations with intervals over 1,000 resamples.

        For other numbers of resamples, groups or starts take `bootstrap`, whose `optimal` is the
        same; it also saves drawing them anew.

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
            As `Bootstrap.optimal`, with a column ``interval`` that says what the ends are:
            ``bootstrap``, or ``none`` with the reason.

        Raises
        ------
        ArgumentError
            If a budget is not positive, `level` is outside (0, 1), or `kind` is not ``"law"``.
        ReplicationError
            If the law has no optimum.

        Examples
        --------
        >>> import replication as rp
        >>> fit = rp.fit(rp.laws.Chinchilla, rp.load("hoffmann2022", "figure4_isoflop_points"))
        >>> table = fit.optimal(flops=5.76e23).set_index("quantity")
        >>> bool(table.low["params"] < table.estimate["params"] < table.high["params"])
        True
        """
        of_the_law(kind)
        found = self.evidence()
        return found.optimal(flops=flops, level=level, **held).assign(interval=self._drawn(found))

    def _drawn(self, found: Evidence[L]) -> str:
        """Return what the ends of intervals over draws are."""
        if found.draws is not None:
            return "bootstrap"
        return f"none: {self._undrawn() or 'no resample could be refitted'}"

    def predict(
        self,
        level: float = LEVEL,
        *,
        kind: str | None = None,
        drift: float | str | None = None,
        **inputs: ArrayLike,
    ) -> pd.DataFrame:
        """Return predictions with intervals.

        After least squares the ends are Student's: the law is taken as linear around its fit, the
        noise as normal and of one size, which the residuals tell; t allows for how few they are.
        After every other objective they are percentiles over 1,000 resamples; `bootstrap` lets one
        choose how they are drawn. Where the points do not tell an interval, the estimate stands
        alone.

        Parameters
        ----------
        level : float
            Coverage of each interval, in (0, 1).
        kind : str, optional
            What the interval is of: ``"law"`` (where would the curve lie with other runs?),
            ``"run"`` (where would one new run fall?) or ``"forecast"`` (the same, wider beyond
            the largest compute of the runs by what extrapolating cost on the public corpus). By
            default a forecast where one is known, else the law.
        drift : float or str, optional
            What a decade of extrapolation adds to a forecast, as a relative error: a number;
            ``"average"`` over the families of the corpus; by default that of a new family.
        **inputs : array_like
            The inputs of the law by name, in SI counts.

        Returns
        -------
        DataFrame
            One row a point: the inputs, ``estimate``, ``low``, ``high`` (nats per token where the
            response is a loss), ``beyond_data``, the largest factor by which an input lies
            outside the data, ``kind``, and ``interval``, which says what the ends are:
            ``student``, ``bootstrap``, or ``none`` with the reason, and then they are NaN.

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
        >>> runs = {"flops": [1e18, 1e19, 1e20], "loss": [4.0, 3.2, 2.6]}
        >>> fit = rp.fit(rp.laws.PowerLaw, runs, objective="log-lsq")
        >>> fit.predict(0.8, flops=1e21)[["estimate", "low", "high"]].round(3).to_numpy().tolist()
        [[2.091, 2.029, 2.154]]
        >>> fit.predict(0.8, kind="run", flops=1e21)[["low", "high"]].round(3).to_numpy().tolist()
        [[2.018, 2.166]]
        """
        bare = self._bare()
        if why := self._undrawn():
            table = bare.predict(level, kind="law", drift=None, **inputs).drop(columns="median")
            return table.assign(interval=f"none: {why}")
        if self.objective.kind != "lsq":
            found = self.evidence()
            table = found.predict(level, kind=kind, drift=drift, **inputs).drop(columns="median")
            return table.assign(interval=self._drawn(found))
        rate = known_drift(bare.noise, level, drift)
        kind = checked_kind(kind, rate, bare.noise, True)
        table = bare.predict(level, kind="law", drift=None, **inputs).drop(columns="median")
        columns = tuple(table[name].to_numpy() for name in self.law.inputs)
        estimate = table["estimate"].to_numpy()
        of_run = kind != "law"
        ends = student_ends(self.problem, self.phi, columns, estimate, level, of_run=of_run)
        if ends is None:
            return table.assign(interval="none: the points leave some field undetermined")
        table = table.assign(low=ends[0], high=ends[1], kind=kind, interval="student")
        return forecast_table(self.law, table, bare.runs, rate) if kind == "forecast" else table

    def score(
        self,
        runs: pd.DataFrame | Mapping[str, ArrayLike],
        level: float = LEVEL,
        *,
        response: str | None = None,
        kind: str | None = None,
        drift: float | str | None = None,
    ) -> pd.DataFrame:
        """Hold the fit against runs that it has not seen.

        Parameters
        ----------
        runs : DataFrame or mapping
            One row a run: the inputs of the law and the response.
        level, kind, drift
            As for `predict`.
        response : str, optional
            Column of the response; by default what the law predicts.

        Returns
        -------
        DataFrame
            As `predict` returns it, with ``observed``, ``off``, ``relative`` and ``inside`` as
            `Evidence.score` gives them.

        Raises
        ------
        ArgumentError
            If an interval of that kind cannot be given; the message says what can.
        DataError
            If a column is missing, or holds what the law cannot read.

        Examples
        --------
        >>> import replication as rp
        >>> runs = {"flops": [1e18, 1e19, 1e20], "loss": [4.0, 3.2, 2.6]}
        >>> fit = rp.fit(rp.laws.PowerLaw, runs, objective="log-lsq")
        >>> found = fit.score({"flops": [1e21], "loss": [2.12]}, kind="law")
        >>> found[["observed", "estimate", "inside"]].round(3).to_numpy().tolist()
        [[2.12, 2.091, True]]
        """
        inputs, observed = held_out(self.law, runs, response)
        return score_table(self.predict(level, kind=kind, drift=drift, **inputs), observed)

    def leave_one_out(self, unit: str = "auto", *, starts: Sequence[Law] = ()) -> LeaveOneOut[L]:
        """Fit the law without each run in turn, as `Evidence.leave_one_out` does.

        Parameters
        ----------
        unit : str
            ``"points"``, ``"groups"`` or ``"auto"``: groups if the fit was given a group column.
        starts : sequence of Law
            Further places to refit from.

        Returns
        -------
        LeaveOneOut
            A law a refit, and a row a point with its prediction.

        Raises
        ------
        ArgumentError
            If groups are asked of a fit that has none, or a start is another law.
        """
        return leave_one_out(self.problem, self.law, unit, starts)

    def profile(
        self, name: str, values: ArrayLike | None = None, *, points: int = 41
    ) -> Profile[L]:
        """Return the best objective for each value of one field, to see if it is identified.

        Parameters
        ----------
        name : str
            A free field.
        values : array_like, optional
            Where to hold it; by default a wide grid around the estimate, narrowed to the values
            that the objective does not reject.
        points : int
            Size of the default grid.

        Returns
        -------
        Profile
            Values, objectives, likelihood-ratio statistic and interval.

        Raises
        ------
        UnknownNameError
            If `name` is not a free field.
        ArgumentError
            If `points` is not a whole number from 3, or `values` are not finite numbers.
        """
        one_of_names("free field", name, self.free)
        points = whole("points", points, 3, MOST_POINTS)
        if values is not None:
            held = finite(f"The values of {name}", values)
            if held.ndim > 1 or not held.size:
                raise ArgumentError(
                    f"The values of {name} have shape {held.shape}; one or more in a row are "
                    "expected. Leave values= out for a grid."
                )
        return profile(self.problem, self.phi, self.law, name, values, points)

    def likelihood(self, delta: float = 1e-3) -> ScaledHuber:
        """Return the log-likelihood of the residuals under a scaled Huber density.

        Parameters
        ----------
        delta : float
            Huber delta in units of the fitted sigma (besiroglu2024: 1e-3).

        Returns
        -------
        ScaledHuber
            Scale and log-likelihood.

        Raises
        ------
        ArgumentError
            If `delta` is not positive, or all residuals are zero.
        """
        return scaled_huber(self.residuals, delta, self.problem.data.weights)

    def compare(self, *laws: Law | Mapping[str, Law], **named: Law) -> pd.DataFrame:
        """Set the fit beside laws with other coefficients, on the same data.

        Parameters
        ----------
        *laws : Law or mapping of str to Law
            Laws of the same kind, for example from `replication.published`; those without a name
            are numbered.
        **named : Law
            The same with names for the table.

        Returns
        -------
        DataFrame
            One row a law, the fit first: coefficients, derived exponents, the objective and its
            ratio to the fit's, and the mean residual.

        Raises
        ------
        DataError
            If a law reads other inputs or predicts something else.
        ArgumentError
            If something is not a law, holds arrays, or a name comes twice.

        Examples
        --------
        >>> import replication as rp
        >>> fit = rp.fit(rp.laws.Chinchilla, rp.load("hoffmann2022", "figure4_isoflop_points"))
        >>> fit.compare(printed=rp.published("hoffmann2022", "printed")).index.tolist()
        ['this fit', 'printed']
        """
        return report.comparison(self, report.labelled(laws, named))

    def extrapolation(self, **inputs: ArrayLike) -> Note | None:
        """Return a note if inputs lie outside the range of the data, with how far.

        Parameters
        ----------
        **inputs : array_like
            Inputs of the law by name.

        Returns
        -------
        Note or None
            None inside the range.
        """
        return self._bare().extrapolation(**inputs)
