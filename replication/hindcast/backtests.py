"""Fits below a cut, held against the runs above it, one row a scored run."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from replication._spreading import Tick, spread_over
from replication.errors import ArgumentError, DataError, ReplicationError
from replication.fitting import Fit, fit
from replication.fitting.tables import as_frame
from replication.hindcast.cuts import Cut, cuts_of
from replication.hindcast.protocol import LEVEL, Protocol, spent
from replication.hindcast.scores import coverage, errors, interval_scores
from replication.hindcast.widening import Drift, drift_of
from replication.laws import Law

COLUMNS = (
    "cut", "n", "edge", "run", "params", "tokens", "spent", "decades", "inside", "observed",
    "predicted", "law_low", "law_high", "run_low", "run_high",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Backtest:
    """What a law said of runs that it had not seen.

    Parameters
    ----------
    rows : DataFrame
        One row a scored run: the cut in decades below the largest run, how many runs were fitted
        (``n``), the largest compute among them (``edge``), the run with its compute ``spent``
        (FLOPs), its distance in ``decades``, whether its params and tokens lie ``inside`` the
        fitted ranges, the ``observed`` and ``predicted`` loss (nats per token), and the ends of
        the intervals of the law and of a run.
    level : float
        Coverage that the intervals claim.
    """

    rows: pd.DataFrame = field(repr=False)
    level: float = LEVEL

    def __repr__(self) -> str:
        """Return how many runs were scored, from how many cuts."""
        return f"Backtest: {len(self.rows)} runs scored from {self.rows['cut'].nunique()} cuts"

    def coverage(self) -> pd.DataFrame:
        """Return by distance how many runs their intervals held; see `coverage`."""
        return coverage(self.rows)

    def errors(self) -> pd.DataFrame:
        """Return by distance how far predictions were off, in percent; see `errors`."""
        return errors(self.rows)

    def scores(self) -> pd.DataFrame:
        """Return by distance the interval score; see `interval_scores`."""
        return interval_scores(self.rows, self.level)

    def drift(self) -> Drift:
        """Return what a decade of extrapolation cost on these runs; see `drift_of`."""
        return drift_of(self.rows, self.level)


def backtest(
    law: type[Law] | str | Fit[Law],
    runs: Any = None,
    *,
    cuts: Sequence[float] | None = None,
    objective: str = "log-huber",
    group: str | None = None,
    level: float = LEVEL,
    resamples: int = 200,
    seed: int = 0,
    workers: int = 1,
    progress: bool | Tick = False,
    **options: Any,
) -> Backtest:
    """Fit a law to the smaller runs of a table, and hold it against the larger ones.

    Parameters
    ----------
    law : type of Law, str or Fit
        The law; or a fit, whose law, data and objective are taken.
    runs : DataFrame or mapping, optional
        ``params``, ``tokens`` and ``loss`` in SI counts and nats per token (or what the law
        reads); not needed with a fit. A column ``budget`` (FLOPs) counts as compute, else it is
        6 params tokens, or ``flops``.
    cuts : sequence of float, optional
        Decades below the largest run; by default every half decade that leaves 15 runs of three
        sizes over .7 decades below, and two runs above.
    objective : str
        As for `replication.fit`.
    group : str, optional
        Column of runs that are not independent: they are resampled together.
    level : float
        Coverage of the intervals.
    resamples, seed : int
        Of the bootstrap behind them.
    workers : int
        Processes over which the cuts are spread, by joblib, which the extra ``study`` installs;
        -1 takes all cores. The numbers do not depend on it.
    progress : bool or callable
        True shows a bar; a callable is called after each cut.
    **options
        What else `replication.fit` takes, such as ``tied``.

    Returns
    -------
    Backtest
        A row a scored run, with coverage, errors and drift by distance.

    Raises
    ------
    DataError
        If no cut leaves enough runs on both sides; the message says what is missing.
    ArgumentError
        If a table is given with a fit, a cut is not positive, or `workers` is neither -1 nor a
        whole number from 1.
    ReplicationError
        If there are several workers, and joblib is not installed.

    Examples
    --------
    >>> import replication as rp
    >>> runs = rp.corpus("kempner-fineweb").query("not held_out")
    >>> found = rp.backtest("Chinchilla", runs, resamples=50, cuts=(1.0,))
    >>> found
    Backtest: 36 runs scored from 1 cuts
    >>> list(found.coverage().columns)
    ['decades', 'runs', 'cuts', 'law', 'run']
    """
    if isinstance(law, Fit):
        if runs is not None:
            raise ArgumentError("A fit has its own runs; give the law alone to use others.")
        runs, objective = law.problem.runs(), law.objective.name
        options = {"tied": law.problem.tied, "fixed": law.problem.fixed} | options
        law = type(law.law)
    table = as_frame(runs)
    table = table.assign(spent=_spent(table))
    protocol = Protocol(resamples=resamples, seed=seed)
    if cuts is None:
        chosen = protocol.cuts(table)
    else:
        if any(not c > 0 for c in cuts):
            raise ArgumentError(
                f"cuts are {list(cuts)}; decades below the largest run are expected."
            )
        chosen = tuple(c for c in cuts_of(table, cuts) if c.n and c.above)
    if not chosen:
        span = np.log10(table["spent"].max() / table["spent"].min())
        raise DataError(
            f"No cut leaves {protocol.runs} runs of {protocol.sizes} sizes over "
            f"{protocol.decades:g} decades below and {protocol.above} runs above; there are "
            f"{len(table)} runs over {span:.2g} decades. Give cuts= of your own, or more runs."
        )
    score = partial(
        scored, law=law, objective=objective, group=group, level=level, resamples=resamples,
        seed=seed, **options,
    )  # fmt: skip
    parts = spread_over(workers, score, chosen, progress=progress)
    return Backtest(pd.concat(parts, ignore_index=True), level)


def scored(
    cut: Cut,
    law: type[Law] | str,
    *,
    objective: str = "log-huber",
    group: str | None = None,
    level: float = LEVEL,
    resamples: int = 200,
    seed: int = 0,
    also: Sequence[float] = (),
    **options: Any,
) -> pd.DataFrame:
    """Fit a law below one cut and return a row a run above it.

    Parameters
    ----------
    cut : Cut
        The two parts of a table.
    law, objective, group, level, resamples, seed, **options
        As for `backtest`.
    also : sequence of float
        Further levels at which the ends of the interval of a run are wanted: 0.95 gives columns
        ``run_low_95`` and ``run_high_95``.

    Returns
    -------
    DataFrame
        The columns of `Backtest.rows`, and those of the further levels; ends are NaN where no
        interval could be given.
    """
    found = fit(law, cut.below, objective=objective, group=group, **options)
    above, response = cut.above_runs, found.law.response
    inputs = {name: above[name].to_numpy(dtype=float) for name in found.law.inputs}
    names = [*COLUMNS[-4:], *(end for other in also for end in ends_at(other))]
    ends: dict[str, Any] = {}
    try:
        evidence = found.bootstrap(resamples, seed).evidence()
    except ReplicationError:
        predicted = np.asarray(found.law.predict(*inputs.values()))
        ends = dict.fromkeys(names, np.nan)
    else:
        for kind in ("law", "run"):
            table = evidence.score(above, level, kind=kind)
            ends |= {f"{kind}_low": table["low"], f"{kind}_high": table["high"]}
        predicted = table["estimate"].to_numpy()
        for other in also:
            table = evidence.score(above, other, kind="run")
            ends |= dict(zip(ends_at(other), (table["low"], table["high"]), strict=True))
    inside = np.all(
        [above[n].between(cut.below[n].min(), cut.below[n].max()) for n in found.law.inputs], axis=0
    )
    rows = {
        "cut": cut.fraction,
        "n": cut.n,
        "edge": cut.edge,
        "run": above["run"].to_numpy() if "run" in above else above.index.to_numpy(),
        "params": above["params"].to_numpy() if "params" in above else np.nan,
        "tokens": above["tokens"].to_numpy() if "tokens" in above else np.nan,
        "spent": above["spent"].to_numpy(),
        "decades": np.log10(above["spent"].to_numpy() / cut.edge),
        "inside": inside,
        "observed": above[response].to_numpy(),
        "predicted": predicted,
    }
    ends = {name: np.asarray(value) for name, value in ends.items()}
    return pd.DataFrame(rows | ends)[[*COLUMNS[:-4], *names]]


def ends_at(level: float) -> tuple[str, str]:
    """Return the columns with the ends of the interval of a run at a further level.

    Examples
    --------
    >>> ends_at(0.95)
    ('run_low_95', 'run_high_95')
    """
    return f"run_low_{100 * level:.0f}", f"run_high_{100 * level:.0f}"


def _spent(table: pd.DataFrame) -> "pd.Series[float]":
    """Return the compute of a user's runs."""
    if {"params", "tokens"} <= set(table.columns):
        return spent(table)
    for name in ("budget", "flops"):
        if name in table:
            return table[name].astype(float)
    raise DataError(
        "A backtest cuts by compute: give params and tokens, or flops, as columns of the runs "
        f"(they have {', '.join(map(str, table.columns))})."
    )
