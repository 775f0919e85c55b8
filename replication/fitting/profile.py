"""Profile likelihood: what the data say of one field when all others may follow it."""

from dataclasses import dataclass, field, replace
from typing import Any, Generic

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtri

from replication._drawing import documented, drawn
from replication.errors import ArgumentError, Note
from replication.fitting.intervals import LEVEL
from replication.fitting.likelihood import deviance
from replication.fitting.of_law import L
from replication.fitting.problem import Problem
from replication.laws import Law

Array = NDArray[Any]

WIDEST = 3.0
"""Decades either side of a positive field's estimate beyond which it is not identified."""
STEPS = 120
"""Evaluations for each value and neighbour; those that matter need a dozen."""
SIGNED_WIDEST = 3.0
"""The same for an exponent, in multiples of the estimate or of `LEAST_SCALE`."""
LEAST_SCALE = 0.3
VANISHED = 1e-4
"""Share of every response below which a term counts as vanished."""


@dataclass(frozen=True, eq=False)
class Profile(Generic[L]):
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
    positive : bool
        Whether the field must be positive, so that zero is the lowest end an interval can have.

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
    laws: L = field(repr=False)
    notes: tuple[Note, ...] = ()
    positive: bool = field(default=False, kw_only=True)

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Return the outermost values not rejected by chi-square with one degree of freedom.

        Parameters
        ----------
        level : float
            Confidence level in (0, 1).

        Returns
        -------
        low, high : float
            Ends of the interval; where the values held do not reach the quantile, infinite, or
            zero at the low end of a field that must be positive.

        Raises
        ------
        ArgumentError
            If `level` is outside (0, 1).
        """
        if not 0 < level < 1:
            raise ArgumentError(f"level is {level}; it must lie between 0 and 1.")
        limit = float(chdtri(1, 1 - level))
        below, above = self.values < self.estimate, self.values > self.estimate
        left = _crossing(
            self.estimate, self.values[below][::-1], self.statistic[below][::-1], limit
        )
        right = _crossing(self.estimate, self.values[above], self.statistic[above], limit)
        least = 0.0 if self.positive else -np.inf
        return (least if left is None else left, np.inf if right is None else right)

    def valleys(self) -> tuple[L, ...]:
        """Return the laws at the local minima, other than that of the fit.

        Returns
        -------
        tuple of Law
            In the order of the values, for `Fit.bootstrap` to start from as well; empty if there
            is one valley.

        Examples
        --------
        >>> import replication as rp
        >>> fit = rp.fit(rp.laws.Chinchilla, rp.load("hoffmann2022", "figure4_isoflop_points"))
        >>> fit.profile("alpha").valleys()
        ()
        """
        height = self.objective
        inner = (height[1:-1] < height[:-2]) & (height[1:-1] < height[2:])
        places = np.flatnonzero(inner) + 1
        ahead = np.searchsorted(self.values, self.estimate)
        theta = np.broadcast_to(self.laws.to_vector(), (len(height), len(self.laws.names())))
        # The fit's own minimum lies between two values of the grid.
        others = [k for k in places if k not in (ahead - 1, ahead)]
        return tuple(self.laws.from_vector(theta[k]) for k in others)

    @documented
    def plot(self, *, ax: Any = None, **options: Any) -> Any:
        """Draw how much worse the fit becomes as the field is held elsewhere.

        Parameters
        ----------
        **options
            ``level=`` of the interval that is shaded, .95 by default.

        Examples
        --------
        >>> import replication as rp
        >>> fit = rp.fit(rp.laws.Chinchilla, rp.load("hoffmann2022", "figure4_isoflop_points"))
        >>> fit.profile("alpha").plot().get_ylabel()
        'likelihood-ratio statistic'
        """
        return drawn("draw_profile", self, ax=ax, **options)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a value: the value, objective, statistic and the other coefficients."""
        frame = pd.DataFrame(
            {k: np.broadcast_to(v, len(self.values)) for k, v in self.laws.to_dict().items()}
        )
        return frame.assign(objective=self.objective, statistic=self.statistic)


def _crossing(estimate: float, values: Array, statistic: Array, limit: float) -> float | None:
    """Return where the statistic last exceeds a limit, walking away from the estimate."""
    rejected = statistic > limit
    if not len(rejected) or not rejected[-1]:
        return None
    inner = np.flatnonzero(~rejected)
    i = int(inner[-1]) + 1 if len(inner) else 0
    # The root of the statistic is nearly a straight line, the statistic itself a parabola.
    outside = float(np.sqrt(statistic[i]))
    within = float(np.sqrt(statistic[i - 1])) if i else 0.0
    near = float(values[i - 1]) if i else estimate
    if not np.isfinite(outside):
        return near
    return near + (float(np.sqrt(limit)) - within) / (outside - within) * (float(values[i]) - near)


def profile(
    problem: Problem[L],
    phi: Array,
    law: Law,
    name: str,
    values: ArrayLike | None,
    points: int,
) -> Profile[L]:
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
        Where to hold it; None for a wide grid that narrows to the values not rejected.
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
    log = bool(problem.logs[problem.free.index(name)])
    reference = float(problem.solve(phi[None], problem.data.weights[None]).value[0])
    if values is not None:
        held = np.sort(np.atleast_1d(np.asarray(values, dtype=np.float64)))
        _allowed(name, held, log)
        return _at(problem, phi, reference, name, estimate, held)
    if (scale := _unit_of_vanished(problem, law, name)) is not None:
        return _from_zero(problem, phi, reference, name, estimate, scale, points)
    half = max(points // 2, 5)
    offsets = np.linspace(-1, 1, 2 * half + 1)
    scale = 1.0 if log else max(abs(estimate), LEAST_SCALE)
    reach = WIDEST if log else SIGNED_WIDEST
    # From far to near: a second basin far away is then seen, and a narrow one still resolved.
    while True:
        held = estimate * 10 ** (reach * offsets) if log else estimate + scale * reach * offsets
        found = _at(problem, phi, reference, name, estimate, held)
        ends = np.array(found.interval(0.99))
        if not (np.isfinite(ends) & ((ends > 0) | ~np.asarray(log))).all():
            return _noted(found)
        inside = int(((held > ends[0]) & (held < ends[1])).sum())
        if inside >= half // 2 or reach < 1e-12:
            return found
        gaps = np.log10(ends / estimate) if log else (ends - estimate) / scale
        reach = min(1.5 * float(np.abs(gaps).max()), reach / 2)


def _allowed(name: str, held: Array, log: bool) -> None:
    """Refuse values that the field cannot take."""
    for value in held:
        if not np.isfinite(value) or (log and value <= 0):
            raise ArgumentError(
                f"{name} cannot be held at {value}; "
                f"{'positive finite' if log else 'finite'} values are expected."
            )


def _unit_of_vanished(problem: Problem, law: Law, name: str) -> float | None:
    """Return the value at which a term that has vanished would be as large as the response."""
    k = problem.free.index(name)
    if not problem.space.vanishes[k]:
        return None
    with np.errstate(all="ignore"):
        part = np.abs(law.gradient(*problem.data.columns)[name])
        share = part * getattr(law, name) / np.abs(problem.data.response)
        unit = float(np.median(np.abs(problem.data.response) / part))
    return unit if np.all(share < VANISHED) and 0 < unit < np.inf else None


def _from_zero(
    problem: Problem[L],
    phi: Array,
    reference: float,
    name: str,
    estimate: float,
    unit: float,
    points: int,
) -> Profile[L]:
    """Profile a field that has vanished: from zero up to where the data reject it."""
    held = unit * np.geomspace(1e-6, 10.0, max(points, 11))
    found = _at(problem, phi, reference, name, estimate, held[held > estimate])
    high = found.interval(0.99)[1]
    if not np.isfinite(high):
        return _noted(found)
    held = np.linspace(0.0, 1.3 * high, max(points, 11) + 1)[1:]
    return _at(problem, phi, reference, name, estimate, held[held > estimate])


def _noted(found: Profile[L]) -> Profile[L]:
    """Say of a profile searched as far as it goes where it has no end."""
    low, high = found.interval(0.95)
    open_ends = np.array([not np.isfinite(low) or (found.positive and low == 0.0), np.isinf(high)])
    if not open_ends.any():
        return found
    side = {(True, True): "either side", (True, False): "below", (False, True): "above"}
    frame = found.to_frame()[found.name]
    note = Note(
        "unidentified",
        f"{found.name} has no 95 % limit {side[bool(open_ends[0]), bool(open_ends[1])]} "
        f"between {frame.min():.3g} and {frame.max():.3g}.",
        "Fix or tie it, or add runs that vary what it multiplies.",
    )
    return replace(found, notes=(note,))


def _at(
    problem: Problem[L], phi: Array, reference: float, name: str, estimate: float, held: Array
) -> Profile[L]:
    """Refit the other fields at each value, from the fit and from the neighbours' solutions.

    `reference` is the objective of the fit, against which the statistic counts.
    """
    restricted = problem.holding(name, held)
    keep = [problem.free.index(n) for n in restricted.free]
    weights = np.broadcast_to(problem.data.weights, (len(held), problem.data.n)).copy()
    if not keep:
        raise ArgumentError(f"{name} is the only free field; its objective is the profile.")
    best = restricted.solve(np.tile(phi[keep], (len(held), 1)), weights, STEPS)
    ends, value = best.phi, best.value
    gained = np.ones(len(held), bool)
    for round_ in range(len(held)):
        # A better basin found at one value is handed on until nobody gains.
        neighbours = np.roll(ends, 1 if round_ % 2 else -1, axis=0)
        trial = restricted.solve(neighbours, weights, STEPS)
        better = trial.value < value * (1 - 1e-6)
        ends = np.where(better[:, None], trial.phi, ends)
        value = np.where(better, trial.value, value)
        if round_ % 2 and not (better | gained).any():
            break
        gained = better
    laws = problem.law.from_vector(restricted.space.theta(ends))
    threshold = problem.objective.threshold
    n = float(problem.data.weights.sum())
    statistic = deviance(value, n, threshold) - deviance(reference, n, threshold)
    # Rounding may leave the fit a hair above its own profile.
    positive = bool(problem.logs[problem.free.index(name)])
    statistic = np.maximum(statistic, 0.0)
    return Profile(name, estimate, held, value, statistic, laws, positive=positive)
