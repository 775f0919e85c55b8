"""The result of a fit: its reports, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication._drawing import documented, drawn
from replication.counting.numbers import finite, whole
from replication.errors import ArgumentError, Note, one_of_names
from replication.fitting import report
from replication.fitting.distance import forecast_table
from replication.fitting.evidence import Evidence
from replication.fitting.forecasts import checked_kind, known_drift, of_the_law
from replication.fitting.intervals import LEVEL
from replication.fitting.leave_one_out import LeaveOneOut, leave_one_out
from replication.fitting.linearised import student_ends
from replication.fitting.of_law import L
from replication.fitting.profile import Profile, profile
from replication.fitting.scores import held_out, score_table
from replication.fitting.solution import Solution
from replication.laws import Law

Array = NDArray[Any]

MOST_POINTS = 100_000
"""Values of a profile beyond which nobody sees more."""


@dataclass(frozen=True, eq=False, repr=False)
class Fit(Solution[L]):
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

    @documented
    def plot(self, *, ax: Any = None, **options: Any) -> Any:
        """Draw the law through its points, or its residuals.

        It reads what the fit holds: the table may lack everything else.

        Parameters
        ----------
        **options
            ``kind="residuals"`` for the residuals; ``x=`` for the input along the axis.

        Examples
        --------
        >>> import replication as rp
        >>> fit = rp.fit(rp.laws.Chinchilla, rp.load("hoffmann2022", "figure4_isoflop_points"))
        >>> fit.plot(kind="residuals").get_ylabel()
        'residual of log loss'
        """
        return drawn("draw_fit", self, ax=ax, **options)

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
        kind = checked_kind(kind, rate, bare.noise, True, level)
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
