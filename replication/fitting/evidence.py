"""A law with what stands behind it: its draws, its runs, and answers that say how sure they are."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.counting import training_flops
from replication.counting.numbers import finite, in_reach, positive, share, whole
from replication.errors import ArgumentError, Note, ReplicationError, shown, unknown
from replication.fitting.arguments import points_of
from replication.fitting.forecasts import (
    Noise,
    checked_kind,
    decades_beyond,
    known_drift,
    widened,
)
from replication.fitting.frame import positive_inputs
from replication.fitting.intervals import BANDED, LEVEL, allocation_table, beyond, spread
from replication.fitting.of_law import K, L
from replication.laws import Law

Array = NDArray[Any]

ALLOCATED = ("params", "tokens", "tokens_per_param", "loss")
"""What `Evidence.optimal` tells of each budget."""
MOST_DRAWS = 1_000_000
"""Draws beyond which an interval does not change."""


@dataclass(frozen=True, eq=False)
class Evidence(Generic[L]):
    """A law with what stands behind it.

    `Fit.evidence`, `Bootstrap.evidence` and `Frontier.evidence` give one; for a published law it
    is made by hand, with as much as is known.

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

    def __post_init__(self) -> None:
        """Refuse what is no law, and draws that are not of it."""
        if not isinstance(self.law, Law):
            raise ArgumentError(
                f"law must be a law, got {shown(self.law)}. Give a fit's .law, or published()."
            )
        for name, values in self.law.to_dict().items():
            if np.ndim(values):
                raise ArgumentError(
                    f"{name} of the law holds {np.size(values)} values; give one law, and its "
                    "resamples as draws=."
                )
        if self.draws is not None and not (
            type(self.draws) is type(self.law) and any(map(np.ndim, self.draws.to_dict().values()))
        ):
            raise ArgumentError(
                f"draws is a {type(self.draws).__name__}; a {type(self.law).__name__} whose fields "
                "hold arrays is expected, as the law of a bootstrap is."
            )

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
        count = whole("draws", draws, 1, MOST_DRAWS)
        names = [name for name in law.names() if name in getattr(covariance, "columns", ())]
        if not names or not set(names) <= set(covariance.index):
            raise ArgumentError(
                f"The covariance names no field of {type(law).__name__} in both its index and its "
                f"columns; these are {', '.join(law.names())}."
            )
        matrix = finite("The covariance", covariance.loc[names, names].to_numpy())
        scale = float(np.abs(matrix).max())
        if not np.allclose(matrix, matrix.T, atol=1e-9 * scale) or (
            np.linalg.eigvalsh(matrix).min() < -1e-9 * scale
        ):
            raise ArgumentError(
                "The covariance is not symmetric, or has a negative variance in some direction. "
                "Check that rows and columns are in the same order, and that it is no correlation."
            )
        centre = [float(getattr(law, name)) for name in names]
        drawn = np.random.default_rng(seed).multivariate_normal(centre, matrix, size=count).T
        values = law.to_dict() | dict(zip(names, drawn, strict=True))
        kinds = law.kinds()
        for name, column in zip(names, drawn, strict=True):
            if kinds[name].log and (bad := int((column <= 0).sum())):
                raise ArgumentError(
                    f"{bad} of {count} draws of {name} are not positive: its error is too large "
                    "for a normal distribution. Give draws of your own: Evidence(law, draws)."
                )
        return Evidence(law, type(law)(**values), runs, text)

    @property
    def count(self) -> int:
        """Number of draws."""
        if self.draws is None:
            return 0
        return int(np.broadcast(*self.draws.to_dict().values()).size)

    def optimal(self, *, flops: ArrayLike, level: float = LEVEL, **held: Any) -> pd.DataFrame:
        """Return compute-optimal allocations with intervals.

        Parameters
        ----------
        flops : array_like
            Training budgets C in FLOPs.
        level : float
            Share of the draws inside each interval.
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
            If a budget is not positive or `level` is outside (0, 1).
        ReplicationError
            If the law has no optimum.
        """
        level = share("level", level, LEVEL)
        budgets = np.ravel(in_reach("flops", positive("flops", flops)))
        best = self.law.optimal(flops=budgets, **held)
        draws = {name: np.full((1, len(budgets)), np.nan) for name in ALLOCATED}
        if self.draws is not None:
            draws = allocations(columns_of(self.draws, self.count), budgets, held)
        return allocation_table(budgets, best, draws, self._spent(self.runs), level)

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
        kind = checked_kind(kind, rate, self.noise, self.draws is not None)
        arrays = [np.ravel(values) for values in points_of(self.law, inputs)]
        shape = arrays[0].shape
        best = np.broadcast_to(self.law.predict(*arrays), shape)
        drawn = np.full((1, *shape), np.nan)
        if self.draws is not None:
            drawn = np.asarray(columns_of(self.draws, self.count).predict(*arrays))
            drawn = np.broadcast_to(drawn, (self.count, *shape))
        if kind != "law" and self.noise is not None:
            drawn = self.noise.added(drawn)
        known = [self._run_column(name) for name in self.law.inputs]
        rows = []
        for i in range(arrays[0].size):
            point = [float(a.flat[i]) for a in arrays]
            far = max(beyond(v, c) for v, c in zip(point, known, strict=True))
            rows.append((*point, best.flat[i], *spread(drawn[:, i], level)[1:], far))
        table = pd.DataFrame(rows, columns=[*self.law.inputs, *BANDED])
        return self.forecast(table, rate) if kind == "forecast" else table.assign(kind=kind)

    def forecast(self, table: pd.DataFrame, drift: float | None) -> pd.DataFrame:
        """Return a table of intervals of runs as forecasts: wider with the distance.

        Parameters
        ----------
        table : DataFrame
            The inputs of the law, ``estimate``, ``low`` and ``high``.
        drift : float
            Relative error per decade beyond the largest compute of the runs.

        Returns
        -------
        DataFrame
            With wider ends and ``kind``.

        Raises
        ------
        ArgumentError
            If the compute of the points or of the runs is not known, or a response is not
            positive.
        """
        decades = decades_beyond(self._spent(table), self._spent(self.runs))
        if np.isnan(decades).any():
            raise ArgumentError(
                f"How far a point lies beyond the runs is not known: {type(self.law).__name__} "
                "reads neither flops nor params and tokens, or there are no runs. Ask for "
                "kind='run'."
            )
        estimate, low, high = (table[name].to_numpy(float) for name in ("estimate", "low", "high"))
        if (estimate <= 0).any():
            raise ArgumentError(
                f"A forecast is a factor around the prediction, which is {estimate.min():g} "
                "somewhere; it must be positive. Ask for kind='run'."
            )
        low, high = widened(estimate, low, high, float(drift or 0.0), decades)
        return table.assign(low=low, high=high, kind="forecast")

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
        factor, worst = 1.0, ""
        for name, values in inputs.items():
            if name not in self.law.inputs:
                raise unknown("input", name, self.law.inputs)
            v = (positive if name in positive_inputs(self.law) else finite)(name, values)
            if not v.size:
                raise ArgumentError(f"{name} has no values; give one or more.")
            column = self._run_column(name)
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

    def _run_column(self, name: str) -> Array:
        """Return a column of the runs; NaN where it is not known."""
        return _column(self.runs, name)

    def _spent(self, table: pd.DataFrame | None) -> Array:
        """Return the training FLOPs of runs or points: an input of the law, or 6 N D."""
        if "flops" in self.law.inputs:
            return _column(table, "flops")
        params, tokens = _column(table, "params"), _column(table, "tokens")
        if np.isnan(params[0]) or np.isnan(tokens[0]):
            return np.array([np.nan])
        return training_flops(params, tokens)


def _column(table: pd.DataFrame | None, name: str) -> Array:
    """Return a column as floats; NaN where there is none."""
    if table is None or name not in table:
        return np.array([np.nan])
    return table[name].to_numpy(dtype=np.float64)


def columns_of(draws: Law, count: int) -> Law:
    """Return draws as a law whose fields broadcast against an array of points.

    Examples
    --------
    >>> import replication as rp
    >>> columns_of(rp.laws.PowerLaw(A=np.array([1.0, 2.0]), alpha=0.0), 2).loss([1.0, 1.0])
    array([[1., 1.],
           [2., 2.]])
    """
    theta = np.broadcast_to(draws.to_vector(), (count, len(draws.names())))
    return draws.from_vector(theta[:, None, :])


def allocations(drawn: Law, budgets: Array, held: dict[str, Any]) -> dict[str, Array]:
    """Return the allocations of each draw, NaN for draws that have no optimum.

    Parameters
    ----------
    drawn : Law
        Its fields have shape (draws, 1), or one value for all.
    budgets : ndarray, shape (k,)
        Training budgets C in FLOPs.
    held : dict of str to object
        What else the law's own `optimal` takes.

    Returns
    -------
    dict of str to ndarray, shape (draws, k)
        For each of `ALLOCATED`.

    Examples
    --------
    >>> from replication.laws import Chinchilla
    >>> exponents = np.array([[0.34], [-0.1]])
    >>> drawn = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=exponents, beta=0.28)
    >>> allocations(drawn, np.array([5.76e23]), {})["params"].round(-9).tolist()
    [[32000000000.0], [nan]]
    """
    try:
        found = drawn.optimal(flops=budgets, **held)
        return {name: np.asarray(getattr(found, name)) for name in ALLOCATED}
    except ReplicationError:
        pass
    fields = {name: np.atleast_2d(value) for name, value in drawn.to_dict().items()}
    size = np.broadcast(*fields.values()).size
    draws = {name: np.full((size, len(budgets)), np.nan) for name in ALLOCATED}
    values = {name: np.broadcast_to(value, (size, 1))[:, 0] for name, value in fields.items()}
    for k in range(size):
        one = type(drawn)(**{name: float(value[k]) for name, value in values.items()})
        try:
            found = one.optimal(flops=budgets, **held)
        except ReplicationError:
            continue
        for name in ALLOCATED:
            draws[name][k] = getattr(found, name)
    return draws
