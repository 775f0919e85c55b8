"""The data of a fit: checked columns of a table, and errors that say what is wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.errors import ArgumentError, DataError
from replication.laws import Law

Array = NDArray[np.float64]
BIT_MARKS = {"bit", "bits", "bpb", "bpc", "bpt", "bpw"}


@dataclass(frozen=True)
class Data:
    """Checked columns of a table.

    Parameters
    ----------
    columns : tuple of ndarray, shape (n,)
        The inputs of the law, in its order, in SI counts.
    response : ndarray, shape (n,)
        What the law predicts; nats per token where it is a loss.
    weights : ndarray, shape (n,)
        A factor for each point.
    groups : ndarray of int, shape (n,), or None
        The group of each point, numbered from 0.
    """

    columns: tuple[Array, ...]
    response: Array
    weights: Array
    groups: NDArray[np.intp] | None

    @property
    def n(self) -> int:
        """Number of points."""
        return len(self.response)


def read(
    law: type[Law],
    data: pd.DataFrame | Mapping[str, ArrayLike],
    response: str,
    weights: str | ArrayLike | None,
    group: str | None,
) -> Data:
    """Take the columns of a fit from a table.

    Parameters
    ----------
    law : type of Law
        Says which inputs are read.
    data : DataFrame or mapping of str to array_like
        The table.
    response : str
        Column of the response, in nats per token where it is a loss.
    weights : str or array_like or None
        Column or values of weights.
    group : str or None
        Column of group labels.

    Returns
    -------
    Data
        All columns as finite positive floats.

    Raises
    ------
    DataError
        If a column is missing, empty, text, constant, in bits, or holds a value that is not
        finite and positive.

    Examples
    --------
    >>> from replication.laws import PowerLaw
    >>> read(PowerLaw, {"flops": [1e18, 1e19], "loss": [3.0, 2.5]}, "loss", None, None).n
    2
    """
    frame = data if isinstance(data, pd.DataFrame) else _frame(data)
    if len(frame) == 0:
        raise DataError(
            f"The table is empty: {law.__name__} needs rows with "
            f"{', '.join((*law.inputs, response))}. Check the filter that made it."
        )
    columns = tuple(_column(frame, name, law, response) for name in law.inputs)
    target = _column(frame, response, law, response)
    for name, values in zip((*law.inputs, response), (*columns, target), strict=True):
        if len(values) > 1 and np.ptp(values) == 0:
            raise DataError(
                f"Column {name!r} is constant ({values[0]:g}): it cannot identify "
                f"{law.__name__}. Use rows where it varies, or fix its coefficients "
                "and fit a smaller law."
            )
    return Data(columns, target, _weights(frame, weights), _groups(frame, group))


def _frame(data: Mapping[str, ArrayLike]) -> pd.DataFrame:
    """Turn a mapping into a table, or say which columns differ in length."""
    arrays: dict[str, Any] = {str(k): np.atleast_1d(np.asarray(v)) for k, v in data.items()}
    lengths = {name: len(values) for name, values in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise DataError(f"Columns differ in length: {lengths}. Give one value for each point.")
    return pd.DataFrame(arrays)


def _column(frame: pd.DataFrame, name: str, law: type[Law], response: str) -> Array:
    """Return one column as positive finite floats."""
    in_nats = name == response and law.response == "loss"
    if in_nats and BIT_MARKS & set(name.lower().split("_")):
        raise DataError(
            f"Column {name!r} is named in bits, but {law.__name__} is in nats per token. "
            "Convert it with replication.units.nats_from_bits and name it 'loss'."
        )
    if name not in frame.columns:
        in_bits = [c for c in frame.columns if BIT_MARKS & set(str(c).lower().split("_"))]
        hint = (
            f" Column {in_bits[0]!r} is named in bits: convert it with "
            "replication.units.nats_from_bits."
            if in_nats and in_bits
            else " Rename or add it; counts are plain numbers, loss is in nats per token."
        )
        raise DataError(
            f"Column {name!r} is missing: {law.__name__} needs "
            f"{', '.join((*law.inputs, response))}; the table has "
            f"{', '.join(map(str, frame.columns))}.{hint}"
        )
    series = frame[name]
    try:
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        wrong = next(v for v in series if not _is_number(v))
        raise DataError(
            f"Column {name!r} holds text ({wrong!r}); numbers are expected. "
            "Convert it, for example with pandas.to_numeric."
        ) from None
    for bad, what in (
        (np.isnan(values), "NaN"),
        (np.isinf(values), "infinite"),
        (values <= 0, "not positive"),
    ):
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            raise DataError(
                f"Column {name!r} is {what} in {int(bad.sum())} of {len(values)} rows, first in "
                f"row {frame.index[row]} ({series.iloc[row]}); a positive finite number is "
                "expected. Drop or repair these rows before the fit."
            )
    return values


def _is_number(value: object) -> bool:
    """Whether a cell converts to a float."""
    try:
        float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False
    return True


def _weights(frame: pd.DataFrame, weights: str | ArrayLike | None) -> Array:
    """Return the weight of each row."""
    if weights is None:
        return np.ones(len(frame))
    if isinstance(weights, str):
        if weights not in frame.columns:
            raise DataError(
                f"Weight column {weights!r} is missing; the table has "
                f"{', '.join(map(str, frame.columns))}."
            )
        weights = frame[weights].to_numpy(dtype=np.float64, na_value=np.nan)
    values = np.asarray(weights, dtype=np.float64)
    if values.shape != (len(frame),):
        raise ArgumentError(
            f"weights have shape {values.shape}; one for each of the {len(frame)} rows is expected."
        )
    if not np.all(np.isfinite(values) & (values >= 0)) or not np.any(values > 0):
        raise ArgumentError(
            "weights must be finite, not negative, and not all zero; "
            f"the smallest is {np.min(values):g}."
        )
    return values


def _groups(frame: pd.DataFrame, group: str | None) -> NDArray[np.intp] | None:
    """Return the group number of each row."""
    if group is None:
        return None
    if group not in frame.columns:
        raise DataError(
            f"Group column {group!r} is missing; the table has "
            f"{', '.join(map(str, frame.columns))}."
        )
    codes, labels = pd.factorize(frame[group])
    if (codes < 0).any():
        row = frame.index[int(np.flatnonzero(codes < 0)[0])]
        raise DataError(
            f"Group column {group!r} is empty in row {row}; name the group of each row, "
            "for example the run it comes from."
        )
    if len(labels) < 2:
        raise DataError(
            f"Group column {group!r} holds one group only ({labels[0]!r}); resampling groups "
            "needs two or more."
        )
    return np.asarray(codes, dtype=np.intp)
