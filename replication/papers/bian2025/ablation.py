"""The ablation on six runs: all 7,200 selections that the authors' rule allows, as one batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.errors import ArgumentError
from replication.fitting import Bootstrap
from replication.papers.bian2025.data import LARGE, fitted_runs, large_runs, runs
from replication.papers.bian2025.fits import (
    paper_fit,
    predict,
    rank_correlation,
    relative_errors,
    scores,
)

__all__ = ["percentile_of", "selection", "selections", "trials"]

Array = np.ndarray[Any, Any]


@cached
def selections() -> Array:
    """Return every selection of one run a size, and one of the smallest size with more tokens.

    Returns
    -------
    ndarray of int, shape (7200, 6)
        Rows of `fitted_runs`.

    Examples
    --------
    >>> selections().shape
    (7200, 6)
    """
    table = fitted_runs()
    by = ["tokens_per_param_nominal", "tokens"]
    return np.array(list(product(*(part.index for _, part in table.groupby(by)))))


@dataclass(frozen=True)
class Trials:
    """A law fitted to every selection of six runs, and how it scores on all 76.

    Parameters
    ----------
    refits : Bootstrap
        The fits, in the order of `selections`.
    predicted : ndarray, shape (7200, 76)
        Losses in nats per token.
    scores : mapping of str to ndarray, shape (7200,)
        ``mse``, ``r2`` over all runs, ``large_low`` and ``large_high`` (least
        and largest relative error on the four large models) and ``rank`` (Spearman's correlation
        on them).
    """

    refits: Bootstrap
    predicted: Array
    scores: Mapping[str, Array]

    @property
    def table(self) -> pd.DataFrame:
        """Return the scores as a table, one row a selection."""
        return pd.DataFrame(dict(self.scores))

    def matching(self, printed: Sequence[float]) -> pd.Series:
        """Return how far each selection is from printed predictions of the large models.

        Parameters
        ----------
        printed : sequence of float
            Losses of the four large models in the order of `large_runs`, to four digits.

        Returns
        -------
        Series
            Largest difference of the four in nats, the best selection first; the index is a row
            of `selections`.

        Raises
        ------
        ArgumentError
            If there are not four of them.
        """
        if len(printed) != len(large_runs()):
            raise ArgumentError(
                f"printed holds {len(printed)} losses; one for each of the {len(large_runs())} "
                "large models is expected."
            )
        ours = self.predicted[:, runs()["size"].to_numpy() == LARGE]
        apart = np.abs(ours.round(4) - np.asarray(printed)).max(axis=1)
        return pd.Series(apart).sort_values(kind="stable")


@cached
def trials(name: str) -> Trials:
    """Fit a law to every selection of six runs.

    Parameters
    ----------
    name : str
        ``"chinchilla"`` or ``"shape"``.

    Returns
    -------
    Trials
        Fits, predictions and scores.

    Examples
    --------
    >>> round(float(trials("shape").table["mse"].median()), 4)
    0.0013
    """
    refits = paper_fit(name).bootstrap(indices=selections())
    table = runs()
    # One row a selection, to broadcast against the runs.
    law = refits.law.from_vector(refits.law.to_vector()[:, None, :])
    predicted = predict(law, table)
    large = predicted[:, (table["size"] == LARGE).to_numpy()]
    errors = relative_errors(large, large_runs())
    found = scores(predicted, table) | {
        "large_low": errors.min(axis=1),
        "large_high": errors.max(axis=1),
        "rank": rank_correlation(large, large_runs()),
    }
    # One object serves everybody who asks, so nobody may write to it.
    for array in (predicted, *found.values()):
        array.flags.writeable = False
    return Trials(refits, predicted, MappingProxyType(found))


def percentile_of(trial: int, name: str, score: str = "mse") -> float:
    """Return the share of selections that score lower than one of them.

    Parameters
    ----------
    trial : int
        Row of `selections`.
    name : str
        ``"chinchilla"`` or ``"shape"``.
    score : str
        One of `Trials.scores`.

    Returns
    -------
    float
        Between 0 and 1.

    Examples
    --------
    >>> worst = int(trials("shape").table["mse"].idxmax())
    >>> round(percentile_of(worst, "shape"), 3)
    1.0
    """
    values = trials(name).scores[score]
    return float((values < values[trial]).mean())


def selection(trial: int) -> pd.DataFrame:
    """Return the six runs of a selection.

    Examples
    --------
    >>> selection(0)["model"].tolist()
    ['80m_v7', '116m_v6', '164m_v1', '237m_v1', '313m_v1', '80m_v1']
    """
    rows: pd.DataFrame = fitted_runs().iloc[selections()[trial]]
    return rows.reset_index(drop=True)
