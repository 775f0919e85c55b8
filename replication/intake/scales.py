"""Units of a user's columns, converted to counts and to nats per token only when asked."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replication.errors import DataError, one_of_names, shown
from replication.units import PF_DAY, nats_from_bits

SIZES = {"K": 1e3, "M": 1e6, "B": 1e9, "G": 1e9, "T": 1e12}
UNITS: dict[str, tuple[str, ...]] = {
    "counts": ("ones", "thousands", "millions", "billions", "trillions", "letters", "pf-days"),
    "loss": ("nats", "bits", "perplexity"),
}
"""What can be asked for. ``letters`` reads texts such as 124M and 1.4B."""
_FACTORS = {
    "ones": 1.0,
    "thousands": 1e3,
    "millions": 1e6,
    "billions": 1e9,
    "trillions": 1e12,
    "pf-days": PF_DAY,
}


def converted(name: str, column: "pd.Series[Any]", unit: str) -> "pd.Series[Any]":
    """Return a column in counts, or a loss in nats per token.

    Parameters
    ----------
    name : str
        What the column is; ``loss`` has the units of a loss, all others those of counts.
    column : Series
        Its values.
    unit : str
        What they are in: a name in `UNITS`.

    Returns
    -------
    Series
        In SI counts, or in nats per token (bits are those of a token).

    Raises
    ------
    UnknownNameError
        If there is no such unit.
    DataError
        If a value cannot be read in it.

    Examples
    --------
    >>> converted("params", pd.Series(["124M", "1.4B"]), "letters").tolist()
    [124000000.0, 1400000000.0]
    >>> converted("loss", pd.Series([8.0, 4.0]), "perplexity").round(3).tolist()
    [2.079, 1.386]
    """
    kind = "loss" if name == "loss" else "counts"
    one_of_names(f"unit of {name}", unit, UNITS[kind])
    if unit == "letters":
        return column.map(lambda text: _lettered(name, text)).astype(float)
    values = pd.to_numeric(column, errors="coerce")
    if (bad := values.isna() & column.notna()).any():
        first = column[bad].iloc[0]
        hint = (
            f" Sizes written with K, M, B or T are read with --{name.replace('_', '-')}-in letters."
            if kind == "counts" and str(first)[-1:].upper() in SIZES
            else ""
        )
        raise DataError(f"The column of {name} must be numbers, got {shown(first)}.{hint}")
    if kind == "counts":
        return values * _FACTORS[unit]
    return pd.Series(_nats(values.to_numpy(np.float64), unit), index=column.index)


def _nats(values: NDArray[np.float64], unit: str) -> NDArray[np.float64]:
    if unit == "nats":
        return values
    if unit == "bits":
        return nats_from_bits(values)
    if (values <= 1).any():
        raise DataError(
            f"A perplexity of {np.min(values):g} is no more than 1, that of a model that is always "
            "right. Look at the column, or leave out --loss-in perplexity."
        )
    return np.log(values)


def _lettered(name: str, text: object) -> float:
    if isinstance(text, int | float):
        return float(text)
    cleaned = str(text).replace(",", "").replace("_", "").strip().upper()
    factor = SIZES.get(cleaned[-1:], 1.0)
    try:
        return float(cleaned[:-1] if cleaned[-1:] in SIZES else cleaned) * factor
    except ValueError:
        raise DataError(
            f"In {name}, {shown(text)} is no number with K, M, B, G or T behind it, as in 124M."
        ) from None
