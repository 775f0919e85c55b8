"""Capabilities from benchmarks: principal components of a table of scores, gaps filled (ruan2024).

The scores of language models on different benchmarks rise and fall together. A few directions in
the space of all benchmarks hold most of what differs between models; a model's places along them
are its capabilities. Where a score is missing it is filled first, from the single direction that
the standardised scores share.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from replication.counting.numbers import Array, named_row, no_number, whole
from replication.errors import ArgumentError, DataError, Note, listed, shown

ROUNDS = 1000
"""Refits of the filling at most. Each moves the gaps towards their line by a constant factor."""
SETTLED = 1e-10
"""Change of a filled score, in standard deviations, below which the filling is done."""
MANY = 0.1
"""Share of gaps in a benchmark from which on a note is made."""


@dataclass(frozen=True)
class Capabilities:
    """Principal components of benchmark scores, as found on one table; see `capabilities`.

    Attributes
    ----------
    benchmarks : tuple of str
        The columns.
    mean : ndarray, shape (benchmarks,)
        Mean score, gaps filled.
    loadings : ndarray, shape (components, benchmarks)
        The directions, unit vectors; the largest entry of each is positive.
    shares : ndarray, shape (components,)
        Share of the variance that each holds.
    missing : float
        Share of the cells that were filled.
    notes : tuple of Note
        Doubts: ``imputed``, ``unidentified``.
    """

    benchmarks: tuple[str, ...]
    mean: Array
    loadings: Array
    shares: Array
    missing: float
    notes: tuple[Note, ...]
    within: tuple[float, float] | None = field(repr=False)
    common: tuple[Array, Array, Array] = field(repr=False)
    """Mean, standard deviation and direction of the standardised scores, for gaps."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the components: ``pc_1`` and so on."""
        return tuple(f"pc_{k}" for k in range(1, len(self.loadings) + 1))

    def filled(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the scores of models with gaps filled by what was learned on the first table.

        Parameters
        ----------
        table : DataFrame
            Models in rows, with the columns `benchmarks`.

        Returns
        -------
        DataFrame
            The columns `benchmarks`, with the index of `table`.

        Raises
        ------
        DataError
            If a column is missing or no number, a score is out of range, or a model has none.
        """
        scores = _read(table, self.benchmarks, self.within)
        mean, deviation, direction = self.common
        standard = (scores - mean) / deviation
        gaps = np.isnan(standard)
        seen = np.where(gaps, 0.0, direction)
        weight = (seen**2).sum(axis=1)
        # What repeated projection tends to is the least-squares place on the line.
        place = (np.where(gaps, 0.0, standard) @ direction) / np.where(weight > 0, weight, 1.0)
        full = _limited(mean + deviation * place[:, None] * direction, self.within)
        return pd.DataFrame(np.where(gaps, full, scores), table.index, list(self.benchmarks))

    def scores(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the places of models along the components.

        Parameters
        ----------
        table : DataFrame
            Models in rows, with the columns `benchmarks`; these need not be the models of the
            first table.

        Returns
        -------
        DataFrame
            Columns ``pc_1``, ``pc_2`` and so on, with the index of `table`.

        Raises
        ------
        DataError
            As for `filled`.
        """
        centred = self.filled(table).to_numpy() - self.mean
        return pd.DataFrame(centred @ self.loadings.T, table.index, list(self.names))

    def to_frame(self) -> pd.DataFrame:
        """Return the loadings, one row a component, with the share of the variance it holds."""
        frame = pd.DataFrame(self.loadings, list(self.names), list(self.benchmarks))
        return frame.assign(share=self.shares)


def capabilities(
    table: pd.DataFrame,
    benchmarks: Sequence[str],
    components: int = 3,
    within: tuple[float, float] | None = (0.0, 1.0),
) -> Capabilities:
    """Find the principal components of benchmark scores (ruan2024, section 3).

    The scores are centred, not standardised: a benchmark on which models differ more counts for
    more. Gaps are filled before, by the first principal component of the standardised scores,
    fitted again until the filled values stand still.

    Parameters
    ----------
    table : DataFrame
        Models in rows, scores in columns; NaN where a score is missing.
    benchmarks : sequence of str
        Columns to use.
    components : int
        How many directions to keep.
    within : (float, float) or None
        Lowest and highest score that has a meaning, to which filled values are limited; None for
        no limit.

    Returns
    -------
    Capabilities
        Its method ``scores`` places models, also others than these. Notes say where many gaps
        were filled (``imputed``) and which benchmark is the same for all models (``unidentified``).

    Raises
    ------
    DataError
        If a column is missing, empty or no number, a score is out of range, a model has no score,
        or there are fewer models than components and one.
    ArgumentError
        If `benchmarks` or `components` cannot be used.

    Examples
    --------
    >>> import replication as rp
    >>> models = rp.load("ruan2024", "models").query(
    ...     "in_paper_families == 1 and preregistered == 0"
    ... )
    >>> found = capabilities(models, ["mmlu", "arc_c", "hellaswag", "winogrande"], components=2)
    >>> [round(float(share), 2) for share in found.shares]
    [0.9, 0.09]
    >>> found.scores(models).shape
    (77, 2)
    """
    names = _named(benchmarks)
    kept = whole("components", components)
    if kept > len(names):
        raise ArgumentError(
            f"components is {kept}, and there are {len(names)} benchmarks ({listed(names)}): at "
            "most as many components as benchmarks."
        )
    scores = _read(table, names, within)
    gaps = np.isnan(scores)
    for name, empty in zip(names, np.all(gaps, axis=0).tolist(), strict=True):
        if empty:
            raise DataError(
                f"Benchmark {name!r} has no score for any of the {len(scores)} models: there is "
                "nothing to fill it from. Leave it out, or give its scores."
            )
    if len(scores) < kept + 1:
        raise DataError(
            f"{len(scores)} models cannot determine {kept} components; at least {kept + 1} are "
            "needed. Add models, or ask for fewer components."
        )
    full, common = _filling(scores, within)
    mean = full.mean(axis=0)
    _, sizes, directions = np.linalg.svd(full - mean, full_matrices=False)
    whole_variance = float((sizes**2).sum())
    if whole_variance == 0:
        raise DataError(
            f"All {len(scores)} models have the same scores: there is no direction in which they "
            "differ. Give models that do."
        )
    return Capabilities(
        benchmarks=names,
        mean=mean,
        loadings=_signed(directions[:kept]),
        shares=sizes[:kept] ** 2 / whole_variance,
        missing=float(gaps.mean()),
        notes=_doubts(names, gaps, np.ptp(full, axis=0)),
        within=within,
        common=common,
    )


def _named(benchmarks: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the benchmarks, or say what is wrong with them."""
    if isinstance(benchmarks, str) or not all(isinstance(name, str) for name in benchmarks):
        raise ArgumentError(
            f"benchmarks is {shown(benchmarks)}; a list of column names is expected, as in "
            "['mmlu', 'arc_c']."
        )
    names = tuple(benchmarks)
    if not names or len(set(names)) < len(names):
        raise ArgumentError(
            "benchmarks must be at least one name, and each only once, got "
            f"{listed(names) or 'none'}."
        )
    return names


def _read(table: pd.DataFrame, names: tuple[str, ...], within: tuple[float, float] | None) -> Array:
    """Return the scores as floats, NaN for gaps, or say which one cannot be used."""
    if not isinstance(table, pd.DataFrame):
        raise DataError(f"table is {shown(table)}; a DataFrame with models in rows is expected.")
    lacking = [name for name in names if name not in table]
    if lacking:
        raise DataError(
            f"No column {', '.join(map(repr, lacking))}. The table has {listed(table.columns)}."
        )
    for name in names:
        if wrong := no_number(table[name], list(table.index)):
            raise DataError(f"Benchmark {name!r} must hold numbers, got {wrong}")
    scores: Array = table[list(names)].to_numpy(dtype=np.float64, na_value=np.nan)
    low, high = (-np.inf, np.inf) if within is None else within
    bad = np.isinf(scores) | (scores < low) | (scores > high)
    if bad.any():
        row, column = (int(k) for k in np.argwhere(bad)[0])
        where = named_row(table.index[row])
        raise DataError(
            f"Benchmark {names[column]!r} is {scores[row, column]:g} for the model {where}; "
            f"a score from {low:g} to {high:g} is expected. Divide percentages by 100, or set "
            "within."
        )
    silent = np.isnan(scores).all(axis=1)
    if silent.any():
        where = named_row(table.index[int(np.argmax(silent))])
        raise DataError(
            f"The model {where} has no score on any of the benchmarks ({listed(names)}), and so no "
            "place among the others. Leave it out."
        )
    return scores


def _filling(
    scores: Array, within: tuple[float, float] | None
) -> tuple[Array, tuple[Array, Array, Array]]:
    """Fill gaps by the first component of the standardised scores, refitted until still."""
    gaps = np.isnan(scores)
    mean = np.nanmean(scores, axis=0)
    deviation = np.nanstd(scores, axis=0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    standard = np.where(gaps, 0.0, (scores - mean) / deviation)
    for _ in range(ROUNDS):
        centre = standard.mean(axis=0)
        direction = _signed(np.linalg.svd(standard - centre, full_matrices=False)[2][:1])[0]
        line = centre + np.outer((standard - centre) @ direction, direction)
        moved = float(np.abs(line - standard)[gaps].max(initial=0.0))
        standard = np.where(gaps, line, standard)
        if moved < SETTLED:
            break
    full = np.where(gaps, _limited(mean + deviation * standard, within), scores)
    return full, (mean + deviation * centre, deviation, direction)


def _limited(scores: Array, within: tuple[float, float] | None) -> Array:
    """Return scores between the lowest and the highest that have a meaning."""
    return scores if within is None else np.clip(scores, *within)


def _signed(directions: Array) -> Array:
    """Return directions with their signs chosen so that the largest entry of each is positive."""
    largest = np.abs(directions).argmax(axis=1)
    return np.asarray(
        directions * np.sign(directions[np.arange(len(directions)), largest])[:, None]
    )


def _doubts(names: tuple[str, ...], gaps: Array, spread: Array) -> tuple[Note, ...]:
    """Return notes on benchmarks with many gaps, and on those that do not vary."""
    found = []
    for name, share, width in zip(names, gaps.mean(axis=0), spread, strict=True):
        if share > MANY:
            found.append(
                Note(
                    "imputed",
                    f"{name} is missing for {share:.0%} of the models and was filled from their "
                    "other scores, to which it then adds nothing.",
                    "Compare with the components without it.",
                )
            )
        if width == 0:
            found.append(
                Note(
                    "unidentified",
                    f"{name} is the same for all models, so no component has a part of it.",
                    "Leave it out.",
                )
            )
    return tuple(found)
