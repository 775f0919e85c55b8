"""What a fit found: the law, how good it is, and how else it could have come out."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication._spreading import Tick
from replication.counting.numbers import whole
from replication.errors import ArgumentError, Note, ReplicationError, one_of_names
from replication.fitting.arguments import start_laws
from replication.fitting.bootstrap import Bootstrap
from replication.fitting.evidence import Evidence
from replication.fitting.likelihood import ScaledHuber, scaled_huber
from replication.fitting.linearised import counted, degrees_of_freedom
from replication.fitting.of_law import L
from replication.fitting.problem import Problem
from replication.fitting.resampling import (
    at_least_one,
    given_rows,
    resample_groups,
    resample_pairs,
    subsample,
)
from replication.laws import Law

Array = NDArray[Any]

LARGE = 50_000
"""Points from which a bootstrap may be one of subsets."""


@dataclass(frozen=True, eq=False)
class Solution(Generic[L]):
    """Where the search for a law ended; `Fit` adds reports and answers, and says what is what.

    Examples
    --------
    >>> import replication as rp
    >>> runs = {"flops": [1e18, 1e19, 1e20], "loss": [4.0, 3.2, 2.6]}
    >>> isinstance(rp.fit("PowerLaw", runs), Solution)
    True
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

    def bootstrap(
        self,
        resamples: int = 1000,
        seed: int = 0,
        *,
        unit: str = "auto",
        indices: ArrayLike | None = None,
        starts: Sequence[Law] = (),
        draws: str = "resamples",
        workers: int = 1,
        progress: bool | Tick = False,
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
            as linear there. A fit with groups is drawn by what scatters between groups. Or
            ``"subsets"`` for 50,000 points and more: ten subsets of at most 10,000 points are
            resampled to the size of the table (a bag of little bootstraps), which for a million
            points is a hundred times less work. Not for fits with groups.
        workers : int
            Processes over which blocks of two million points are spread, by joblib, which the
            extra ``study`` installs; -1 takes all cores. The numbers do not depend on it.
        progress : bool or callable
            True shows a bar; a callable is called after each block.

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
            `starts`, which only resamples have; or subsets of a small table.
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
        one_of_names("kind of draws", draws, ("resamples", "student", "subsets"))
        if draws == "student":
            if unit != "auto" or indices is not None or len(starts):
                raise ArgumentError(
                    "draws='student' refits nothing, so it takes no unit, indices or starts. Leave "
                    "them out, or leave draws at 'resamples'."
                )
            count, seed = at_least_one(resamples), whole("seed", seed, 0)
            return Bootstrap.student(self.problem, self.phi, self.law, count, seed)
        if draws == "subsets":
            if unit != "auto" or indices is not None or len(starts) or groups is not None:
                raise ArgumentError(
                    "draws='subsets' are of single points from the fit, so they take no unit, "
                    "indices or starts, and no fit with groups. Leave draws at 'resamples'."
                )
            if self.n < LARGE:
                raise ArgumentError(
                    f"draws='subsets' are for {LARGE:,} points and more; there are {self.n:,}. "
                    "Leave draws at 'resamples'."
                )
            count, seed = at_least_one(resamples), whole("seed", seed, 0)
            return Bootstrap.of_subsets(
                self.problem, self.phi, self.law, count, seed, workers, progress
            )
        starts = start_laws(type(self.law), starts, least=0)
        one_of_names("resampling unit", unit, ("auto", "points", "groups"))
        if unit == "groups" and groups is None:
            raise ArgumentError("The fit has no groups to resample; give fit(..., group=column).")
        bottoms = np.stack([self.phi, *map(self.problem.bottom, starts)])
        if indices is not None:
            given = given_rows(indices, self.n)
            return Bootstrap.run(self.problem, bottoms, self.law, given, "given", workers, progress)
        count = at_least_one(resamples)
        if groups is not None and unit != "points":
            draw = resample_groups(count, groups, seed)
            return Bootstrap.run(self.problem, bottoms, self.law, draw, "groups", workers, progress)
        draw = resample_pairs(count, self.n, seed)
        return Bootstrap.run(self.problem, bottoms, self.law, draw, "points", workers, progress)

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
