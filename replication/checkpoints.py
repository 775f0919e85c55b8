"""Checkpoints of several runs: fit a law to the smaller sizes, predict the largest.

This is how choshen2024 estimates scaling laws: every checkpoint of a run is a point of the law, the
first part of each run is dropped, the largest size is held out, and the error is measured over the
end of its run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import numbers, quantity, whole
from replication.errors import ArgumentError, DataError, Note, listed, shown
from replication.fitting import Fit, fit
from replication.fitting.arguments import law_class
from replication.fitting.frame import column
from replication.fitting.tables import as_frame
from replication.laws import Law

Array = NDArray[np.float64]

SPIKE = 2.0
"""A checkpoint is out of place if its loss is so many times the median of its run."""
FEWEST = 3
"""Sizes below the largest, under which size and tokens are hardly told apart."""
_SLACK = 1e-9  # a checkpoint that lies on an edge by its digits is inside


@dataclass(frozen=True, eq=False)
class LargestPrediction:
    """What a law fitted to the checkpoints of smaller models says of the largest.

    Parameters
    ----------
    fit : Fit
        The law, fitted to the checkpoints that were kept.
    fitted : DataFrame
        Those checkpoints: ``run``, ``params``, ``tokens``, ``share`` (of its run's tokens), the
        loss.
    rows : DataFrame
        A row a checkpoint that is scored: the same columns and ``predicted``.
    notes : tuple of Note
        Doubts about the checkpoints, the split and the fit.
    """

    fit: Fit[Law]
    fitted: pd.DataFrame = field(repr=False)
    rows: pd.DataFrame = field(repr=False)
    notes: tuple[Note, ...] = field(repr=False)

    def __repr__(self) -> str:
        """Return the error, what it was measured on, and the codes of the notes."""
        doubts = "".join(f" | {code}" for code in dict.fromkeys(n.code for n in self.notes))
        return (
            f"ARE {self.are:.2%} on {len(self.rows)} checkpoints at {self.scale_up:.1f} times the "
            f"size, from {len(self.fitted)} of {self.sizes} sizes{doubts}"
        )

    @property
    def are(self) -> float:
        """Absolute relative error: mean of abs(observed - predicted) / observed (a fraction)."""
        return float(np.abs(self._off()).mean())

    @property
    def signed(self) -> float:
        """Mean of (predicted - observed) / observed: positive if the loss is predicted too high."""
        return float(self._off().mean())

    @property
    def sizes(self) -> int:
        """Number of different sizes among the fitted checkpoints."""
        return int(self.fitted["params"].nunique())

    @property
    def scale_up(self) -> float:
        """How many times larger the predicted model is than the largest one below it."""
        target = float(self.rows["params"].iloc[0])
        below = self.fitted.loc[self.fitted["params"] < target, "params"]
        return float(target / below.max())

    def baselines(self) -> dict[str, float]:
        """Return the ARE of two predictions that need no law.

        Returns
        -------
        dict of str to float
            ``best``, if the lowest fitted loss is the prediction; ``most_trained``, if it is the
            last loss of the run with the largest product of params and tokens. Fractions.

        Examples
        --------
        >>> found = predict_largest(_example())
        >>> {name: round(are, 3) for name, are in found.baselines().items()}
        {'best': 0.034, 'most_trained': 0.034}
        """
        loss = self.fitted[self.fit.law.response].to_numpy()
        most = (self.fitted["params"] * self.fitted["tokens"]).to_numpy().argmax()
        seen = self.rows[self.fit.law.response]
        guesses = {"best": loss.min(), "most_trained": loss[most]}
        return {name: float(((seen - one) / seen).abs().mean()) for name, one in guesses.items()}

    def _off(self) -> "pd.Series[float]":
        return self.rows["predicted"] / self.rows[self.fit.law.response] - 1


def predict_largest(
    checkpoints: pd.DataFrame | Mapping[str, ArrayLike],
    law: type[Law] | str = "Chinchilla",
    *,
    run: str = "run",
    sizes: int | None = None,
    keep: tuple[float, float] = (0.1, 1.0),
    least_tokens: float = 0.0,
    target: float = 0.3,
    seen: float = 0.0,
    objective: str = "lsq",
    bounds: Mapping[str, tuple[float, float]] | None = None,
    **options: Any,
) -> LargestPrediction:
    """Fit a law to the checkpoints of the smaller models, and predict the largest.

    The recipe of choshen2024 (sections 3 and 4): L = E + A/N**alpha + B/D**beta by least squares on
    the loss, with exponents that are not negative, on every checkpoint kept of every size but the
    largest. The score is the absolute relative error over the last checkpoints of the largest.

    Parameters
    ----------
    checkpoints : DataFrame or mapping of str to array_like
        One row a checkpoint: ``run``, ``params`` and ``tokens`` seen so far (SI counts), ``loss``
        (nats per token), or what the law reads. The order of rows is of no importance.
    law : type of Law or str
        The law.
    run : str
        Column that names the run.
    sizes : int, optional
        How many of the smaller sizes are fitted, from the smallest up; all by default.
    keep : (float, float)
        Which part of each run is fitted, in shares of its tokens. ``(0.1, 1)``, the default, drops
        the first tenth; ``(1, 1)`` keeps final checkpoints only.
    least_tokens : float
        Checkpoints with fewer tokens are not fitted either (choshen2024: 10 billion).
    target : float
        Share of the tokens of the largest size, from the end, over which the error is measured.
    seen : float
        Up to which share of its tokens the largest size is fitted as well; of its beginning as much
        is dropped as of the others.
    objective : str
        As for `replication.fit`.
    bounds : mapping of str to (float, float), optional
        As for `replication.fit`; by default exponents are not negative.
    **options
        What else `replication.fit` takes, such as ``fixed`` or ``tied``.

    Returns
    -------
    LargestPrediction
        The fit, the scored checkpoints, and the error.

    Raises
    ------
    DataError
        If a column is missing or unusable, a run holds a number of tokens twice or has two sizes,
        there is one size only, or a part of the split has no checkpoint; or what
        `replication.fit` refuses.
    ArgumentError
        If a share does not lie between 0 and 1, or the part that is fitted overlaps the scored.

    See Also
    --------
    replication.backtest : The same question for final runs, with intervals.

    Examples
    --------
    >>> found = predict_largest(_example())
    >>> found.sizes, round(found.scale_up, 1), bool(found.are < 1e-6)
    (4, 2.5, True)
    >>> finals = predict_largest(_example(), sizes=3, keep=(0.7, 1.0))
    >>> [note.code for note in finals.notes if note.code == "extrapolates"]
    ['extrapolates']
    """
    kind = law_class(law, as_frame(checkpoints))
    low, high, last, first = _shares(keep, target, seen)
    table, notes = _family(checkpoints, kind, run)
    table["share"] = table["tokens"] / table.groupby("run")["tokens"].transform("max")
    largest = table["params"].max()
    below = table[table["params"] < largest]
    above = table[table["params"] == largest]
    if below.empty:
        raise DataError(
            f"All checkpoints have {largest:g} params: to predict the largest size, a smaller one "
            "is needed. Give runs of two or more sizes, best five."
        )
    if sizes is not None:
        chosen = np.sort(below["params"].unique())
        if whole("sizes", sizes) > len(chosen):
            raise ArgumentError(
                f"sizes is {sizes}; there are {len(chosen)} sizes below the largest, "
                f"{chosen[0]:g} to {chosen[-1]:g} params."
            )
        below = below[below["params"] <= chosen[sizes - 1]]
    least = float(quantity("least_tokens", least_tokens))
    kept = _part(below, low, high, least)
    if kept.empty:
        raise DataError(
            f"No checkpoint below the largest size lies in the shares {low:g} to {high:g} of its "
            f"run with at least {least:g} tokens. Widen keep or lower least_tokens; the runs end "
            f"at {below['tokens'].max():g} tokens or before."
        )
    if lost := [str(name) for name in below["run"].unique() if name not in set(kept["run"])]:
        notes.append(_lost(lost))
    if kept["params"].nunique() < FEWEST:
        notes.append(_few(kept["params"].nunique()))
    scored = above[above["share"] >= 1 - last - _SLACK]
    early = _part(above, low, first, least) if first else above[:0]
    if first and early.empty:
        raise DataError(
            f"No checkpoint of the largest size lies in the shares {low:g} to {first:g} of its run "
            f"with at least {least:g} tokens; the first is at {above['share'].min():.3g}. Give a "
            "larger seen, or none."
        )
    fitted = pd.concat([kept, early]) if first else kept
    if bounds is None:
        free = set(kind.names()) - set(options.get("fixed") or ()) - set(options.get("tied") or ())
        bounds = {name: (0.0, np.inf) for name in ("alpha", "beta") if name in free}
    found = fit(kind, fitted, objective=objective, bounds=bounds, **options)
    inputs = {name: scored[name].to_numpy(dtype=float) for name in found.law.inputs}
    far = found.extrapolation(**inputs)
    rows = scored.assign(predicted=np.asarray(found.law.predict(*inputs.values())))
    notes += [*found.notes, *([far] if far else [])]
    return LargestPrediction(
        found,
        fitted.sort_values(["params", "run", "tokens"], ignore_index=True),
        rows.sort_values(["run", "tokens"], ignore_index=True),
        tuple(notes),
    )


def _part(table: pd.DataFrame, low: float, high: float, least: float) -> pd.DataFrame:
    """Return the checkpoints in some shares of their runs, with enough tokens."""
    inside = table["share"].between(low - _SLACK, high + _SLACK)
    return table[inside & (table["tokens"] >= least)]


def _shares(
    keep: tuple[float, float], target: float, seen: float
) -> tuple[float, float, float, float]:
    """Return the shares of runs, or say which has no meaning."""
    ends = numbers("keep", keep)
    if ends.shape != (2,):
        raise ArgumentError(
            f"keep is {shown(keep)}; two shares of a run are expected, as in keep=(0.1, 1.0)."
        )
    low, high = (float(end) for end in ends)
    if not 0 <= low <= high <= 1:
        raise ArgumentError(
            f"keep is ({low:g}, {high:g}); two shares from 0 to 1 in rising order are expected, as "
            "in keep=(0.1, 1.0)."
        )
    last, first = float(quantity("target", target)), float(quantity("seen", seen))
    if not 0 <= last <= 1:
        raise ArgumentError(f"target is {last:g}; a share of the largest run, 0 to 1, is expected.")
    if not 0 <= first < 1 - last + _SLACK:
        raise ArgumentError(
            f"seen is {first:g} and target {last:g}; what is fitted of the largest run and what is "
            f"scored must not overlap: give seen below {1 - last:g}, or a smaller target."
        )
    return low, high, last, first


def _family(
    checkpoints: pd.DataFrame | Mapping[str, ArrayLike], law: type[Law], run: str
) -> tuple[pd.DataFrame, list[Note]]:
    """Return checked checkpoints as a table of our own, and doubts about them."""
    frame = as_frame(checkpoints)
    numeric = list(dict.fromkeys(("params", "tokens", *law.inputs, law.response)))
    needed = [run, *numeric]
    if run not in frame.columns:
        raise DataError(
            f"Column {shown(run)} is missing: predict_largest needs {listed(needed)}; the table "
            f"has {listed(frame.columns)}. Name the run of each checkpoint, or give run=."
        )
    if not len(frame):
        raise DataError("The table is empty: give the checkpoints of two or more sizes.")
    nats = law.response if law.response == "loss" else None
    table = pd.DataFrame({"run": frame[run].to_numpy()})
    if (empty := table["run"].isna()).any():
        raise DataError(f"Column {run!r} is empty in {int(empty.sum())} rows; name each run.")
    for name in numeric:
        table[name] = column(frame, name, "predict_largest", needed, nats)
    notes: list[Note] = []
    fell: list[str] = []
    spikes: list[str] = []
    for called, part in table.groupby("run", sort=False):
        if (counts := part["params"].unique()).size > 1:
            raise DataError(
                f"Run {shown(called)} has {len(counts)} sizes ({counts[0]:g}, {counts[1]:g}, ...); "
                "one run has one number of params. Name its parts as runs of their own."
            )
        twice = part["tokens"].duplicated()
        if twice.any():
            raise DataError(
                f"Run {shown(called)} has {part['tokens'][twice].iloc[0]:g} tokens more than once, "
                "as a log with restarts does. Keep one of them: LearningCurve.from_log does so."
            )
        if not part["tokens"].is_monotonic_increasing:
            fell.append(str(called))
        far = part[law.response] > SPIKE * part[law.response].median()
        if far.any():
            spikes.append(f"{called} ({int(far.sum())})")
    if fell:
        notes.append(_disordered(fell))
    if spikes:
        notes.append(_spiked(spikes))
    return table, notes


def _disordered(runs: Sequence[str]) -> Note:
    return Note(
        "out_of_order",
        f"The tokens of {listed(runs)} fall from a row to the next, as after a restart.",
        "If it is one, drop what the run did not go on from; if only rows were mixed, all is well.",
    )


def _spiked(runs: Sequence[str]) -> Note:
    return Note(
        "outlier",
        f"Checkpoints with more than {SPIKE:g} times the median loss of their run: {listed(runs)}.",
        "Least squares follows them: drop the beginning of runs (keep=, least_tokens=) and spikes.",
    )


def _lost(runs: Sequence[str]) -> Note:
    return Note(
        "too_few_points",
        f"No checkpoint of {listed(runs)} is left after keep and least_tokens.",
        "The law is fitted without these runs; widen keep if they should count.",
    )


def _few(sizes: int) -> Note:
    return Note(
        "too_few_points",
        f"{sizes} size{'s' * (sizes > 1)} below the largest: the exponent of params rests on "
        f"{'two points' if sizes == 2 else 'what is fixed'}.",
        "Train a further small model before you trust the prediction; choshen2024 asks for five.",
    )


def _example() -> pd.DataFrame:
    """Return checkpoints of five sizes without noise, for the examples."""
    grid = [(n, d) for n in (1e8, 2e8, 4e8, 8e8, 2e9) for d in np.linspace(1e9, 4e10, 12)]
    table = pd.DataFrame(grid, columns=["params", "tokens"])
    law = {"A": 400.0, "alpha": 0.34, "B": 410.0, "beta": 0.28}
    size, data = (
        law["A"] / table["params"] ** law["alpha"],
        law["B"] / table["tokens"] ** law["beta"],
    )
    return table.assign(run=table["params"].map("{:.1g}".format), loss=1.7 + size + data)
