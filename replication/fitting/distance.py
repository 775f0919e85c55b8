"""How far a point lies from the runs behind a law, and what follows for a forecast."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.counting import training_flops
from replication.counting.numbers import finite, positive
from replication.errors import ArgumentError, Note, unknown
from replication.fitting.forecasts import decades_beyond, widened
from replication.fitting.frame import positive_inputs
from replication.fitting.intervals import beyond
from replication.laws import Law

Array = NDArray[Any]


def column_of(table: pd.DataFrame | None, name: str) -> Array:
    """Return a column as floats; NaN where there is none.

    Examples
    --------
    >>> column_of(None, "params")
    array([nan])
    """
    if table is None or name not in table:
        return np.array([np.nan])
    return table[name].to_numpy(dtype=np.float64)


def spent(law: Law, table: pd.DataFrame | None) -> Array:
    """Return the training FLOPs of runs or points: an input of the law, or 6 N D.

    Examples
    --------
    >>> from replication.laws import PowerLaw
    >>> spent(PowerLaw(A=1.0, alpha=0.1), pd.DataFrame({"flops": [1e18]})).tolist()
    [1e+18]
    """
    if "flops" in law.inputs:
        return column_of(table, "flops")
    params, tokens = column_of(table, "params"), column_of(table, "tokens")
    if np.isnan(params[0]) or np.isnan(tokens[0]):
        return np.array([np.nan])
    return training_flops(params, tokens)


def forecast_table(
    law: Law, table: pd.DataFrame, runs: pd.DataFrame | None, drift: float | None
) -> pd.DataFrame:
    """Return a table of intervals of runs as forecasts: wider with the distance.

    Parameters
    ----------
    law : Law
        Says how compute is read.
    table : DataFrame
        The inputs of the law, ``estimate``, ``low`` and ``high``.
    runs : DataFrame or None
        What the law was fitted to.
    drift : float
        Relative error per decade beyond the largest compute of the runs.

    Returns
    -------
    DataFrame
        With wider ends and ``kind``.

    Raises
    ------
    ArgumentError
        If the compute of the points or of the runs is not known, or a response is not positive.

    Examples
    --------
    >>> from replication.laws import PowerLaw
    >>> runs = pd.DataFrame({"flops": [1e18, 1e20]})
    >>> far = pd.DataFrame({"flops": [1e22], "estimate": [2.0], "low": [2.0], "high": [2.0]})
    >>> forecast_table(PowerLaw(A=1.0, alpha=0.1), far, runs, 0.02)["high"].round(3).tolist()
    [2.082]
    """
    decades = decades_beyond(spent(law, table), spent(law, runs))
    if np.isnan(decades).any():
        raise ArgumentError(
            f"How far a point lies beyond the runs is not known: {type(law).__name__} "
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


def outside(law: Law, runs: pd.DataFrame | None, inputs: Mapping[str, ArrayLike]) -> Note | None:
    """Return a note if inputs lie outside the range of the runs, with how far.

    Parameters
    ----------
    law : Law
        Whose inputs they are.
    runs : DataFrame or None
        What it was fitted to.
    inputs : mapping of str to array_like
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

    Examples
    --------
    >>> from replication.laws import PowerLaw
    >>> runs = pd.DataFrame({"flops": [1e18, 1e20]})
    >>> outside(PowerLaw(A=1.0, alpha=0.1), runs, {"flops": 2e20}).message
    'flops lies a factor of 2 outside the data.'
    """
    factor, worst = 1.0, ""
    for name, values in inputs.items():
        if name not in law.inputs:
            raise unknown("input", name, law.inputs)
        v = (positive if name in positive_inputs(law) else finite)(name, values)
        if not v.size:
            raise ArgumentError(f"{name} has no values; give one or more.")
        column = column_of(runs, name)
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
