"""Profile likelihood: what the data say of one field when all others may follow it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2

from replication.errors import ArgumentError, Note
from replication.fitting.likelihood import deviance
from replication.fitting.problem import Problem
from replication.laws import Law

Array = NDArray[Any]

WIDEST = 3.0
"""Decades either side of the estimate beyond which a field counts as not identified."""


@dataclass(frozen=True)
class Profile:
    """The best objective for each value of one field.

    Parameters
    ----------
    name : str
        The field.
    estimate : float
        Its value in the fit.
    values : ndarray, shape (k,)
        Where it was held.
    objective : ndarray, shape (k,)
        The Huber sum with all other fields at their best.
    statistic : ndarray, shape (k,)
        Likelihood-ratio statistic against the fit, the dispersion profiled out.
    laws : Law
        The best law at each value, as arrays of coefficients.
    notes : tuple of Note
        ``unidentified`` if an end of the interval was not found.

    Examples
    --------
    >>> import replication as rp
    >>> fit = rp.fit(rp.laws.Chinchilla, rp.load("hoffmann2022", "figure4_isoflop_points"))
    >>> low, high = fit.profile("alpha").interval(0.95)
    >>> bool(low < fit.law.alpha < high)
    True
    """

    name: str
    estimate: float
    values: Array = field(repr=False)
    objective: Array = field(repr=False)
    statistic: Array = field(repr=False)
    laws: Law = field(repr=False)
    notes: tuple[Note, ...] = ()

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return where the statistic crosses the chi-square quantile with one degree of freedom.

        Parameters
        ----------
        level : float
            Confidence level in (0, 1).

        Returns
        -------
        low, high : float
            Ends of the interval; infinite where the values held do not reach the quantile.

        Raises
        ------
        ArgumentError
            If `level` is outside (0, 1).
        """
        if not 0 < level < 1:
            raise ArgumentError(f"level is {level}; it must lie between 0 and 1.")
        limit = float(chi2.ppf(level, 1))
        best = int(np.argmin(self.statistic))
        left = _crossing(self.values[: best + 1][::-1], self.statistic[: best + 1][::-1], limit)
        right = _crossing(self.values[best:], self.statistic[best:], limit)
        return (-np.inf if left is None else left, np.inf if right is None else right)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a value: the value, objective, statistic and the other coefficients."""
        frame = pd.DataFrame(
            {k: np.broadcast_to(v, len(self.values)) for k, v in self.laws.to_dict().items()}
        )
        return frame.assign(objective=self.objective, statistic=self.statistic)


def _crossing(values: Array, statistic: Array, limit: float) -> float | None:
    """Return where the statistic first exceeds a limit, walking away from the minimum."""
    above = np.flatnonzero(statistic > limit)
    if not len(above) or above[0] == 0:
        return None
    i = above[0]
    share = (limit - statistic[i - 1]) / (statistic[i] - statistic[i - 1])
    return float(values[i - 1] + share * (values[i] - values[i - 1]))


def profile(
    problem: Problem,
    phi: Array,
    law: Law,
    name: str,
    values: ArrayLike | None,
    points: int,
) -> Profile:
    """Hold one field at a series of values and refit the others.

    Parameters
    ----------
    problem : Problem
        The problem that was solved.
    phi : ndarray, shape (q,)
        Its solution.
    law : Law
        The same as a law.
    name : str
        The field.
    values : array_like or None
        Where to hold it; None for a grid that widens until both ends are rejected.
    points : int
        Size of that grid.

    Returns
    -------
    Profile
        The profile.
    """
    estimate = float(getattr(law, name))
    if problem.objective.kind not in ("huber", "lsq", "lad"):
        raise ArgumentError(
            f"A profile needs objective 'log-huber', 'log-lsq' or 'log-lad', "
            f"not {problem.objective.name!r}. Fit with one of them first."
        )
    if values is not None:
        held = np.sort(np.atleast_1d(np.asarray(values, dtype=np.float64)))
        return _at(problem, phi, law, name, estimate, held)
    half = max(points // 2, 5)
    reach = 0.05
    while True:
        offsets = np.concatenate(
            [-np.linspace(1, 0, half, endpoint=False), np.linspace(0, 1, half + 1)]
        )
        held = estimate * 10 ** (reach * offsets)
        found = _at(problem, phi, law, name, estimate, np.sort(held))
        closed = np.isfinite(found.interval(0.99)).all()
        if closed or reach >= WIDEST:
            return found
        reach = min(2 * reach, WIDEST)


def _at(problem: Problem, phi: Array, law: Law, name: str, estimate: float, held: Array) -> Profile:
    """Refit the other fields at each value, from the fit and from the neighbours' solutions."""
    restricted = problem.holding(name, held)
    keep = [problem.free.index(n) for n in restricted.free]
    weights = np.broadcast_to(problem.data.weights, (len(held), problem.data.n)).copy()
    if not keep:
        raise ArgumentError(f"{name} is the only free field; its objective is the profile.")
    best = restricted.solve(np.tile(phi[keep], (len(held), 1)), weights)
    ends, value = best.phi, best.value
    for shift in (1, -1, 1, -1):
        trial = restricted.solve(np.roll(ends, shift, axis=0), weights)
        better = trial.value < value
        ends = np.where(better[:, None], trial.phi, ends)
        value = np.where(better, trial.value, value)
    laws = problem.law.from_vector(restricted.space.theta(ends))
    threshold = problem.objective.threshold
    n = float(problem.data.weights.sum())
    reference = problem.solve(phi[None], problem.data.weights[None]).value[0]
    statistic = deviance(value, n, threshold) - deviance(reference, n, threshold)
    found = Profile(name, estimate, held, value, np.asarray(statistic), laws)
    open_ends = ~np.isfinite(found.interval(0.95))
    if not open_ends.any():
        return found
    side = {(True, True): "either side", (True, False): "below", (False, True): "above"}
    note = Note(
        "unidentified",
        f"{name} has no 95 % limit {side[bool(open_ends[0]), bool(open_ends[1])]} "
        f"between {held[0]:.3g} and {held[-1]:.3g}.",
        "Fix or tie it, or add runs that vary what it multiplies.",
    )
    return Profile(name, estimate, held, value, np.asarray(statistic), laws, (note,))
