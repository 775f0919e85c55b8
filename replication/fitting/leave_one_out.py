"""A law fitted without each point or group in turn, and held against what was left out."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replication.errors import ArgumentError, Note, one_of_names, shown, unknown
from replication.fitting.arguments import start_laws
from replication.fitting.identification import told_apart
from replication.fitting.newton import lowest
from replication.fitting.of_law import K, L
from replication.fitting.problem import Problem
from replication.fitting.scores import deviations
from replication.laws import Law

Array = NDArray[Any]

UNITS = ("auto", "points", "groups")
"""What may be left out at a time."""


@dataclass(frozen=True, eq=False)
class LeaveOneOut(Generic[L]):
    """Refits without each point or group in turn.

    Parameters
    ----------
    estimate : Law
        The fit to all points.
    law : Law
        The same law with arrays of coefficients, one entry a refit; NaN where the points that are
        left determine none.
    left_out : Index
        What each refit leaves out: the label of a row of the table, or the number of a group in
        the order in which groups come.
    r2 : ndarray, shape (units,)
        Share of the variance of the remaining responses that each refit explains.
    rows : DataFrame
        One row a point, in the order of the table: ``left_out``, the inputs of the law,
        ``observed``, ``estimate``, the prediction of the law that has not seen it, ``off`` =
        estimate - observed (nats per token for a loss) and ``relative`` = estimate / observed - 1.
    notes : tuple of Note
        What is doubtful.
    unit : str
        ``"points"`` or ``"groups"``.

    Examples
    --------
    >>> import replication as rp
    >>> runs = {"flops": [1e18, 1e19, 1e20, 1e21], "loss": [4.0, 3.2, 2.6, 2.2]}
    >>> fit = rp.fit("PowerLaw", runs, objective="log-lsq")
    >>> left = fit.leave_one_out()
    >>> left
    PowerLaw fitted without each of 4 points
    >>> left.rows["relative"].round(3).tolist()
    [-0.042, 0.015, 0.026, -0.05]
    """

    estimate: L
    law: L = field(repr=False)
    left_out: pd.Index = field(repr=False)
    r2: Array = field(repr=False)
    rows: pd.DataFrame = field(repr=False)
    notes: tuple[Note, ...] = ()
    unit: str = "points"

    def __repr__(self) -> str:
        """Return the law, how many refits there are, and the codes of the notes."""
        notes = f"; notes: {', '.join(n.code for n in self.notes)}" if self.notes else ""
        name = type(self.estimate).__name__
        return f"{name} fitted without each of {len(self.left_out)} {self.unit}{notes}"

    @property
    def rms(self) -> float:
        """Root mean square of ``off``: of predictions by laws that have not seen the point.

        In the unit of the response; points that no refit predicts are left aside.
        """
        return float(np.sqrt(np.nanmean(self.rows["off"] ** 2)))

    def without(self, left_out: Any) -> L:
        """Return the law that was fitted without one point or group.

        Parameters
        ----------
        left_out : object
            One entry of `left_out`.

        Returns
        -------
        Law
            With one set of coefficients.

        Raises
        ------
        UnknownNameError
            If no refit has this label.
        ArgumentError
            If several have, since rows of the table share it.

        Examples
        --------
        >>> import replication as rp
        >>> runs = {"flops": [1e18, 1e19, 1e20, 1e21], "loss": [4.0, 3.2, 2.6, 2.2]}
        >>> left = rp.fit("PowerLaw", runs, objective="log-lsq").leave_one_out()
        >>> round(float(left.without(3).loss(1e21)), 3)  # the law that has not seen the last run
        2.091
        """
        found = np.flatnonzero(np.asarray(self.left_out == left_out))
        if not len(found):
            raise unknown("left-out label", left_out, list(self.left_out))
        if len(found) > 1:
            raise ArgumentError(
                f"{len(found)} rows of the table are called {shown(left_out)}; give them an index "
                "without repetitions (reset_index) before the fit."
            )
        k = int(found[0])
        return type(self.estimate)(
            **{n: float(np.ravel(v)[k]) for n, v in self.law.to_dict().items()}
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row a refit: coefficients, derived exponents and ``r2``.

        Returns
        -------
        DataFrame
            Index ``left_out``.
        """
        names = (*self.law.to_dict(), *self.law.derived)
        columns = {n: np.broadcast_to(getattr(self.law, n), len(self.left_out)) for n in names}
        return pd.DataFrame(columns | {"r2": self.r2}, index=self.left_out)


def leave_one_out(
    problem: Problem[K], estimate: K, unit: str = "auto", starts: Sequence[Law] = ()
) -> LeaveOneOut[K]:
    """Fit a law without each point or group in turn, all together.

    Parameters
    ----------
    problem : Problem
        The problem that was solved.
    estimate : Law
        Its solution, where every refit starts.
    unit : str
        One of `UNITS`.
    starts : sequence of Law
        Further places to refit from; the lowest minimum counts.

    Returns
    -------
    LeaveOneOut
        The refits.

    Raises
    ------
    ArgumentError
        If groups are asked of a fit that has none, or a start is another law.
    UnknownNameError
        If `unit` is not known.

    Examples
    --------
    >>> import replication as rp
    >>> runs = {"flops": [1e18, 1e19, 1e20, 1e21], "loss": [4.0, 3.2, 2.6, 2.2]}
    >>> fit = rp.fit("PowerLaw", runs, objective="log-lsq")
    >>> leave_one_out(fit.problem, fit.law).to_frame()["alpha"].round(3).tolist()
    [0.081, 0.088, 0.086, 0.094]
    """
    data = problem.data
    one_of_names("unit", unit, UNITS)
    if unit == "groups" and data.groups is None:
        raise ArgumentError("The fit has no groups to leave out; give fit(..., group=column).")
    grouped = data.groups is not None and unit != "points"
    codes = data.groups if grouped and data.groups is not None else np.arange(data.n)
    count = int(codes.max()) + 1
    weights = np.where(codes == np.arange(count)[:, None], 0.0, data.weights)
    bottoms = [problem.coordinates(estimate)]
    bottoms += map(problem.bottom, start_laws(type(estimate), starts, least=0))
    solved = [problem.solve(np.tile(phi, (count, 1)), weights) for phi in bottoms]
    found = lowest(solved)
    theta = problem.space.theta(found.phi)
    known = np.isfinite(found.value) & _determined(problem, estimate, weights)
    theta = np.where(known[:, None], theta, np.nan)
    law = problem.law.from_vector(theta)

    ends = np.where(known[:, None], problem.residuals(found.phi), np.nan)
    one = problem.law.from_vector(theta[codes])  # the law that has not seen each point
    estimate_of = np.broadcast_to(one._evaluate(*data.columns), data.n)
    rows = pd.DataFrame(
        dict(zip(law.inputs, data.columns, strict=True))
        | {"observed": data.response, "estimate": estimate_of}
        | deviations(estimate_of, data.response)
    )
    labels = pd.RangeIndex(data.n) if data.labels is None else data.labels
    left_out = (pd.RangeIndex(count) if grouped else labels).rename("left_out")
    rows.insert(0, "left_out", np.asarray(left_out)[codes])
    notes = []
    if blank := int((~known).sum()):
        notes.append(
            Note(
                "unidentified",
                f"Without {'a group' if grouped else 'a point'}, the others do not determine the "
                f"law: {blank} of {count} times.",
                "Fix or tie fields, or take a law with fewer of them, for these.",
            )
        )
    if late := int((known & ~found.converged).sum()):
        notes.append(
            Note(
                "not_converged",
                f"{late} of {count} refits stopped short of their tolerance.",
                "Look at profile() of the fit: some field is likely not identified.",
            )
        )
    return LeaveOneOut(
        estimate, law, left_out, _explained(problem, ends, weights), rows, tuple(notes),
        "groups" if grouped else "points",
    )  # fmt: skip


def _determined(problem: Problem[K], estimate: K, weights: Array) -> NDArray[np.bool_]:
    """Say of each refit whether the points it is left with determine the law, as `fit` asks."""
    found = np.zeros(len(weights), dtype=bool)
    for k, row in enumerate(weights):
        if (row > 0).sum() >= len(problem.free):
            without = replace(problem, data=replace(problem.data, weights=row))
            found[k] = told_apart(without, estimate)
    return found


def _explained(problem: Problem[K], residuals: Array, weights: Array) -> Array:
    """Return the r2 of each refit over the points it was fitted to, as `Fit.r2`."""
    response = problem.data.response
    observed = np.log(response) if problem.objective.log else response
    means = weights @ observed / weights.sum(axis=1)
    around = (weights * (observed - means[:, None]) ** 2).sum(axis=1)
    return np.asarray(1 - (weights * residuals**2).sum(axis=1) / around)
