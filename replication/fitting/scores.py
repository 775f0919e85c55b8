"""Predictions held against runs that a law has not seen."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.fitting.frame import column, positive_inputs
from replication.fitting.tables import as_frame
from replication.laws import Law

Array = NDArray[Any]


def held_out(
    law: Law, runs: pd.DataFrame | Mapping[str, ArrayLike], response: str | None = None
) -> tuple[dict[str, Array], Array]:
    """Return the inputs of a law and what was observed, from a table of runs.

    Parameters
    ----------
    law : Law
        Says what is read.
    runs : DataFrame or mapping
        One row a run, in SI counts and nats per token.
    response : str, optional
        Column of the response; by default what the law predicts.

    Returns
    -------
    inputs : dict of str to ndarray, shape (n,)
        By name.
    observed : ndarray, shape (n,)
        The response.

    Raises
    ------
    DataError
        If a column is missing, or holds what the law cannot read.

    Examples
    --------
    >>> from replication.laws import PowerLaw
    >>> held_out(PowerLaw(A=400.0, alpha=0.12), {"flops": [1e18], "loss": [3.0]})[1].tolist()
    [3.0]
    """
    frame, name = as_frame(runs), type(law).__name__
    target = law.response if response is None else response
    needed, positive = (*law.inputs, target), positive_inputs(law)
    nats = target if law.response == "loss" else None
    inputs = {
        each: column(frame, each, name, needed, nats, positive=each in positive)
        for each in law.inputs
    }
    return inputs, column(frame, target, name, needed, nats, positive=False)


def deviations(estimate: Array, observed: Array) -> dict[str, Array]:
    """Return by how much predictions are too high: as they are, and relative to the observed.

    Parameters
    ----------
    estimate, observed : ndarray, shape (n,)
        In the same unit.

    Returns
    -------
    dict of str to ndarray
        ``off`` = estimate - observed and ``relative`` = estimate / observed - 1, which is NaN or
        infinite where nothing was observed.

    Examples
    --------
    >>> found = deviations(np.array([2.1]), np.array([2.0]))
    >>> {name: values.round(6).tolist() for name, values in found.items()}
    {'off': [0.1], 'relative': [0.05]}
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return {"off": estimate - observed, "relative": estimate / observed - 1}


def score_table(band: pd.DataFrame, observed: Array) -> pd.DataFrame:
    """Return predictions beside what was observed.

    Parameters
    ----------
    band : DataFrame
        Predictions with ``estimate``, ``low`` and ``high``.
    observed : ndarray, shape (n,)
        Of the same points.

    Returns
    -------
    DataFrame
        With ``observed`` before the estimate, and last ``off``, ``relative`` (see `deviations`)
        and ``inside``: whether the interval holds the run, missing where there is none.

    Examples
    --------
    >>> band = pd.DataFrame({"estimate": [2.1, 2.1], "low": [2.0, np.nan], "high": [2.2, np.nan]})
    >>> score_table(band, np.array([2.05, 2.05]))["inside"].tolist()
    [True, <NA>]
    """
    table = band.assign(**deviations(band["estimate"].to_numpy(float), observed))
    table.insert(list(band.columns).index("estimate"), "observed", observed)
    inside = pd.Series(observed, index=band.index).between(band["low"], band["high"])
    return table.assign(inside=inside.astype("boolean").mask(band["low"].isna()))
