"""The result of a fit: the law it found, how good it is, and what is doubtful about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import finite, positive, share, whole
from replication.errors import ArgumentError, Note, one_of_names, unknown
from replication.fitting import report
from replication.fitting.arguments import points_of, start_laws
from replication.fitting.bootstrap import Bootstrap
from replication.fitting.frame import positive_inputs
from replication.fitting.intervals import beyond
from replication.fitting.likelihood import ScaledHuber, scaled_huber
from replication.fitting.linearised import prediction_table
from replication.fitting.problem import Problem
from replication.fitting.profile import Profile, profile
from replication.fitting.resampling import (
    at_least_one,
    given_rows,
    resample_groups,
    resample_pairs,
    subsample,
)
from replication.laws import Law

Array = NDArray[Any]

MOST_POINTS = 100_000
"""Values of a profile beyond which nobody sees more."""


@dataclass(frozen=True, eq=False)
class Fit:
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

    law: Law
    n: int
    objective: Any
    value: float
    status: str
    notes: tuple[Note, ...]
    residuals: Array = field(repr=False)
    free: tuple[str, ...]
    attempts: pd.DataFrame | None = field(default=None, repr=False)
    problem: Problem = field(repr=False, kw_only=True)
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
    ) -> Bootstrap:
        """Refit resamples of the points, all together.

        Each refit starts from the fit. Where the objective has a second valley nearly as deep,
        that walks past it and the interval comes out too narrow; see `starts`.

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

        Returns
        -------
        Bootstrap
            Draws, intervals, predictions with intervals.

        Raises
        ------
        ArgumentError
            If `resamples` is not a positive whole number, `indices` do not fit the data, groups
            are asked of a fit that has none, or a start is another law than the fit's.
        UnknownNameError
            If `unit` is not known.

        Examples
        --------
        >>> import replication as rp
        >>> fit = rp.fit(rp.laws.Chinchilla, rp.load("hoffmann2022", "figure4_isoflop_points"))
        >>> one = fit.bootstrap(50)
        >>> both = fit.bootstrap(50, starts=[rp.published("hoffmann2022", "printed")])
        >>> bool((both.values <= one.values * (1 + 1e-9)).all())
        True
        """
        groups = self.problem.data.groups
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

    def subsample(self, resamples: int = 100, fraction: float = 0.8, seed: int = 0) -> Bootstrap:
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

    def predict(self, level: float = 0.8, **inputs: ArrayLike) -> pd.DataFrame:
        """Return predictions with intervals from the curvature at the minimum.

        The law is taken as linear around its fit, the noise as normal and of one size, which the
        residuals tell; Student's t allows for how few they are. For many points `bootstrap` needs
        neither; for very few it draws the same handful of fits again and again, and this is left.

        Parameters
        ----------
        level : float
            Coverage of each interval, in (0, 1).
        **inputs : array_like
            The inputs of the law by name, in SI counts.

        Returns
        -------
        DataFrame
            One row a point: the inputs, ``estimate``, ``low``, ``high`` (of the law, without the
            noise of a single run; nats per token where the response is a loss) and
            ``beyond_data``, the largest factor by which an input lies outside the data.

        Raises
        ------
        ArgumentError
            If the objective is not least squares, `level` is outside (0, 1), no degree of freedom
            is left, or the points do not determine the law.
        DataError
            If the inputs are not those of the law.

        Examples
        --------
        >>> import replication as rp
        >>> runs = {"flops": [1e18, 1e19, 1e20], "loss": [4.0, 3.2, 2.6]}
        >>> fit = rp.fit(rp.laws.PowerLaw, runs, objective="log-lsq")
        >>> fit.predict(0.8, flops=1e21).round(3).to_numpy().tolist()
        [[1e+21, 2.091, 2.029, 2.154, 10.0]]
        """
        points = dict(zip(self.law.inputs, points_of(self.law, inputs), strict=True))
        level = share("level", level, 0.8)
        return prediction_table(self.problem, self.phi, self.law, level, points)

    def profile(self, name: str, values: ArrayLike | None = None, *, points: int = 41) -> Profile:
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
        factor, worst = 1.0, ""
        for name, values in inputs.items():
            if name not in self.law.inputs:
                raise unknown("input", name, self.law.inputs)
            column = self.problem.data.columns[self.law.inputs.index(name)]
            v = (positive if name in positive_inputs(self.law) else finite)(name, values)
            if not v.size:
                raise ArgumentError(f"{name} has no values; give one or more.")
            far = max(beyond(float(end), column) for end in (np.min(v), np.max(v)))
            if far > factor:
                factor, worst = far, name
        if not worst:
            return None
        return Note(
            "extrapolates",
            f"{worst} lies a factor of {factor:.3g} outside the data.",
            "Treat the prediction as an assumption about the law, not as a measurement.",
        )
