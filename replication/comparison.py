"""Two recipes by their runs: which is better at a budget, by how much, and how sure that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from replication.counting.numbers import positive, share, single, whole
from replication.errors import ArgumentError, DataError, Note, ReplicationError, shown
from replication.fitting import Bootstrap, Fit, fit
from replication.fitting.allocations import allocations, columns_of
from replication.fitting.arguments import law_class
from replication.fitting.distance import spent
from replication.fitting.frame import as_frame
from replication.fitting.intervals import LEVEL, beyond, spread
from replication.laws import Law

Array = NDArray[Any]

MOST_GAIN = 1e4
"""Factor of compute beyond which a gain is not searched."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two recipes at one budget.

    Parameters
    ----------
    table : DataFrame
        Index ``quantity``: ``loss_a``, ``loss_b`` (nats per token), ``difference`` (a less b:
        negative where a is better) and ``compute_gain`` (the factor of compute that b needs to
        reach the loss of a; below 1 where b is better); columns ``estimate``, ``low``, ``high``.
    verdict : str
        ``"a"``, ``"b"`` or ``"undecided"``: which is better, if the interval leaves out zero.
    flops : float
        The budget in FLOPs.
    pairs : int
        Runs of a that have a partner in b, which are resampled together.
    fits : tuple of Fit
        Those of a and b.
    level : float
        Share of the draws inside the intervals.
    notes : tuple of Note
        What is doubtful.

    Examples
    --------
    >>> import replication as rp
    >>> law = rp.published("hoffmann2022", "tex")
    >>> plan = rp.layout("isoflop", flops=1e21)
    >>> a = rp.simulate(law, plan, seed=1)
    >>> b = a.assign(loss=1.01 * rp.simulate(law, plan, seed=2)["loss"])
    >>> rp.compare(a, b, flops=1e22, resamples=200).verdict
    'a'
    """

    table: pd.DataFrame = field(repr=False)
    verdict: str
    flops: float
    pairs: int
    fits: tuple[Fit[Any], Fit[Any]] = field(repr=False)
    level: float = LEVEL
    notes: tuple[Note, ...] = ()

    def __repr__(self) -> str:
        """Return the verdict with the difference and its interval."""
        row = self.table.loc["difference"]
        notes = f"; notes: {', '.join(n.code for n in self.notes)}" if self.notes else ""
        return (
            f"{self.verdict} at {self.flops:.3g} FLOPs: loss a - b = {row.estimate:+.4f} "
            f"({row.low:+.4f} to {row.high:+.4f}), {self.pairs} pairs{notes}"
        )


def compare(
    a: pd.DataFrame | Mapping[str, ArrayLike] | Fit[Any],
    b: pd.DataFrame | Mapping[str, ArrayLike] | Fit[Any],
    *,
    flops: float,
    law: type[Law] | str = "Chinchilla",
    on: Sequence[str] | None = None,
    resamples: int = 1000,
    seed: int = 0,
    level: float = LEVEL,
    **options: Any,
) -> Comparison:
    """Say which of two recipes is better at a budget, from the runs of both.

    The law is fitted to each. Where a run of one has a partner in the other, with the same inputs
    of the law, both are resampled together: what the two have in common then cancels, and the
    interval of the difference is as narrow as the design allows. The rest is resampled apart.

    At the budget each recipe is taken at its own best size (laws in compute alone: at that
    compute). The interval is one of the law: where the difference would lie with other runs of
    the same kind. It does not hold what extrapolating costs, which both recipes share in part.

    Parameters
    ----------
    a, b : DataFrame, mapping or Fit
        Runs of the two recipes: the inputs of the law in SI counts and the loss in nats per token,
        on the same text with the same tokenizer. Of fits the runs are taken, and the law must be
        one.
    flops : float
        The budget in FLOPs.
    law : type of Law or str
        A loss in params and tokens with an optimum, or in flops.
    on : sequence of str, optional
        Columns that make two runs partners; by default the inputs of the law.
    resamples, seed : int
        Of the bootstrap.
    level : float
        Share of the draws inside the intervals, in (0, 1).
    **options
        What else `replication.fit` takes, such as ``objective``.

    Returns
    -------
    Comparison
        A table with intervals and the verdict.

    Raises
    ------
    ArgumentError
        If the budget is not positive, or the two fits are of different laws.
    DataError
        If a column is missing or unusable.
    ReplicationError
        If the law has no optimum.

    Examples
    --------
    >>> import replication as rp
    >>> runs = rp.runs("gadre2024")
    >>> a, b = (runs[runs["train_set"] == name] for name in ("refinedweb", "c4"))
    >>> found = compare(a, b, flops=1e21, resamples=200)
    >>> len(a), len(b), found.pairs, found.verdict
    (35, 34, 33, 'b')
    """
    budget = single("flops", positive("flops", flops))
    level = share("level", level, LEVEL)
    count, seed = whole("resamples", resamples, 2), whole("seed", seed, 0)
    fits = tuple(_fitted(given, law, options) for given in (a, b))
    first, second = fits
    if type(first.law) is not type(second.law):
        raise ArgumentError(
            f"a is fitted by {type(first.law).__name__}, b by {type(second.law).__name__}; fit one "
            "law to both."
        )
    rows = _partners(_keys(a, first, on), _keys(b, second, on))
    draws = [
        one.bootstrap(indices=chosen)
        for one, chosen in zip(fits, _indices(rows, first.n, second.n, count, seed), strict=True)
    ]
    losses = np.array([_loss(one.law, budget) for one in fits])
    drawn = [_drawn(one, budget) for one in draws]
    size = min(len(x) for x in drawn)
    difference = drawn[0][:size] - drawn[1][:size]
    gains = _gains(draws, size, drawn[0], budget)
    table = pd.DataFrame.from_dict(
        {
            "loss_a": (losses[0], *_ends(drawn[0], level)),
            "loss_b": (losses[1], *_ends(drawn[1], level)),
            "difference": (losses[0] - losses[1], *_ends(difference, level)),
            "compute_gain": (_gain(second.law, float(losses[0]), budget), *_ends(gains, level)),
        },
        orient="index",
        columns=["estimate", "low", "high"],
    ).rename_axis("quantity")
    low, high = (float(end) for end in table.loc["difference", ["low", "high"]].to_numpy())
    verdict = "a" if high < 0 else "b" if low > 0 else "undecided"
    notes = _notes(fits, budget, draws)
    return Comparison(table, verdict, budget, len(rows), (first, second), level, notes)


def _fitted(given: Any, law: type[Law] | str, options: Mapping[str, Any]) -> Fit[Any]:
    return given if isinstance(given, Fit) else fit(law_class(law, given), given, **options)


def _keys(given: Any, one: Fit[Any], on: Sequence[str] | None) -> list[tuple[Any, ...]]:
    """Return by what each run is known: rounded, as tables write one number differently."""
    if on is None:
        columns = [np.round(np.log(column), 6) for column in one.problem.data.columns]
        return list(zip(*(column.tolist() for column in columns), strict=True))
    if isinstance(given, Fit):
        raise ArgumentError("on= names columns of a table; a fit keeps only what its law reads.")
    named: object = on
    listed = isinstance(named, Sequence) and not isinstance(named, str)
    if not listed or not all(isinstance(name, str) for name in on):
        raise ArgumentError(f"on is {shown(on)}; a list of names of columns is expected.")
    frame = as_frame(given)
    if missing := [name for name in on if name not in frame]:
        raise DataError(f"There is no column {missing[0]!r} to pair runs by.")
    return list(zip(*(frame[name].tolist() for name in on), strict=True))


def _partners(a: list[tuple[Any, ...]], b: list[tuple[Any, ...]]) -> Array:
    """Return the rows of a and b that belong together, shape (pairs, 2)."""
    waiting: dict[tuple[Any, ...], list[int]] = {}
    for row, key in enumerate(b):
        waiting.setdefault(key, []).append(row)
    found = [(row, waiting[key].pop(0)) for row, key in enumerate(a) if waiting.get(key)]
    return np.array(found, dtype=np.intp).reshape(-1, 2)


def _indices(rows: Array, n_a: int, n_b: int, count: int, seed: int) -> tuple[Array, Array]:
    """Return rows to draw: partners together, the rest of each table by itself."""
    rng = np.random.default_rng(seed)
    together = rng.integers(0, max(len(rows), 1), (count, len(rows)))
    found = []
    for k, n in enumerate((n_a, n_b)):
        alone = np.setdiff1d(np.arange(n), rows[:, k])
        own = alone[rng.integers(0, max(len(alone), 1), (count, len(alone)))]
        found.append(np.hstack([rows[:, k][together], own]) if len(rows) else own)
    return found[0], found[1]


def _loss(law: Law, budget: float) -> float:
    """Return the loss of a recipe at its best for a budget."""
    if law.inputs == ("flops",):
        return float(np.asarray(law.predict(budget)))
    return float(np.asarray(law.optimal(flops=budget).loss))


def _drawn(boot: Bootstrap[Any], budget: float) -> Array:
    law = columns_of(boot.law, boot.count)
    if law.inputs == ("flops",):
        return np.asarray(law.predict(np.array([budget])))[:, 0]
    return np.asarray(allocations(law, np.array([budget]), {})["loss"])[:, 0]


def _gain(law: Law, loss: float, budget: float) -> float:
    """Return the factor of compute at which a law reaches a loss, NaN beyond `MOST_GAIN`."""

    def short(log_factor: float) -> float:
        return _loss(law, budget * float(np.exp(log_factor))) - loss

    end = float(np.log(MOST_GAIN))
    try:
        if short(-end) < 0 or short(end) > 0:
            return float("nan")
        return float(np.exp(brentq(short, -end, end, xtol=1e-6)))
    except (ReplicationError, ValueError):
        return float("nan")


def _gains(draws: list[Bootstrap[Any]], size: int, losses: Array, budget: float) -> Array:
    """Return the gain of each draw, read off a grid of budgets."""
    factors = np.geomspace(1 / MOST_GAIN, MOST_GAIN, 81)
    law = columns_of(draws[1].law, draws[1].count)
    if law.inputs == ("flops",):
        grid = np.asarray(law.predict(budget * factors))
    else:
        grid = np.asarray(allocations(law, budget * factors, {})["loss"])
    found = np.full(size, np.nan)
    for k in range(size):
        line = grid[k]
        if np.isfinite(line).all() and line[-1] <= losses[k] <= line[0]:
            found[k] = np.exp(np.interp(-losses[k], -line, np.log(factors)))
    return found


def _ends(values: Array, level: float) -> tuple[float, float]:
    kept = values[np.isfinite(values)]
    if len(kept) < 2 or len(kept) < len(values) / 2:
        return float("nan"), float("nan")
    low, high = spread(kept, level)[2:]
    return float(low), float(high)


def _notes(
    fits: Sequence[Fit[Any]], budget: float, draws: Sequence[Bootstrap[Any]]
) -> tuple[Note, ...]:
    notes = []
    for name, one, boot in zip("ab", fits, draws, strict=True):
        far = beyond(budget, spent(one.law, one.problem.runs()))
        if far > 1:
            notes.append(
                Note(
                    "extrapolates",
                    f"flops lies a factor of {far:.3g} outside the runs of {name}.",
                    "The interval is of the law; it does not hold what extrapolating costs.",
                )
            )
        kept = [note for note in boot.notes if note.code in ("unidentified", "not_converged")]
        notes += [Note(n.code, f"{name}: {n.message}", n.advice) for n in kept]
    return tuple(notes)
