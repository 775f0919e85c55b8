"""The data of a fit: checked columns of a table, and errors that say what is wrong with them."""

from collections.abc import Mapping, Sequence
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
    held: bool = False,
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
    held : bool
        Whether fields of the law are fixed. An input may then be constant: what is left free need
        not depend on it.

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
    frame = as_frame(data)
    if len(frame) == 0:
        raise DataError(
            f"The table is empty: {law.__name__} needs rows with "
            f"{', '.join((*law.inputs, response))}. Check the filter that made it."
        )
    needed = (*law.inputs, response)
    nats = response if law.response == "loss" else None
    columns = tuple(column(frame, name, law.__name__, needed, nats) for name in law.inputs)
    target = column(frame, response, law.__name__, needed, nats)
    if not held:
        refuse_constant(law, law.inputs, columns)
    refuse_constant(law, (response,), (target,))
    return Data(columns, target, _weights(frame, weights), _groups(frame, group))


def refuse_constant(law: type[Law], names: Sequence[str], columns: Sequence[Array]) -> None:
    """Say which column does not vary, so that it cannot identify a law.

    Examples
    --------
    >>> from replication.laws import PowerLaw
    >>> refuse_constant(PowerLaw, ["flops"], [np.array([1e18, 1e18])])
    Traceback (most recent call last):
        ...
    replication.errors.DataError: Column 'flops' is constant (1e+18): it cannot identify PowerLaw.
    Use rows where it varies, or fix the coefficients that need it.
    """
    for name, values in zip(names, columns, strict=True):
        if len(values) > 1 and np.ptp(values) == 0:
            raise DataError(
                f"Column {name!r} is constant ({values[0]:g}): it cannot identify "
                f"{law.__name__}. Use rows where it varies, or fix the coefficients that need it."
            )


def as_frame(data: pd.DataFrame | Mapping[str, ArrayLike]) -> pd.DataFrame:
    """Return a table as it is, turn a mapping into one, or say which columns differ in length.

    Examples
    --------
    >>> as_frame({"params": [1e8, 1e9]}).shape
    (2, 1)
    """
    if isinstance(data, pd.DataFrame):
        return data
    if not isinstance(data, Mapping):
        raise DataError(
            f"A table is expected, a DataFrame or a mapping of columns; got {type(data).__name__}."
        )
    arrays: dict[str, Any] = {str(k): np.atleast_1d(np.asarray(v)) for k, v in data.items()}
    for name, values in arrays.items():
        if values.ndim != 1:
            raise DataError(
                f"Column {name!r} has shape {values.shape}; give one value for each point."
            )
    lengths = {name: len(values) for name, values in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise DataError(f"Columns differ in length: {lengths}. Give one value for each point.")
    return pd.DataFrame(arrays)


def column(
    frame: pd.DataFrame, name: str, reader: str, needed: Sequence[str], nats: str | None = None
) -> Array:
    """Return one column of a table as positive finite floats.

    Parameters
    ----------
    frame : DataFrame
        The table.
    name : str
        The column.
    reader : str
        Who needs it (a law, a method), for the messages.
    needed : sequence of str
        All columns that it needs.
    nats : str, optional
        The column that is in nats per token, to refuse one that is named in bits.

    Returns
    -------
    ndarray
        The column as float64.

    Raises
    ------
    DataError
        If the column is missing, text, in bits, or holds a value that is not finite and positive.

    Examples
    --------
    >>> column(pd.DataFrame({"loss": [3, 2]}), "loss", "isoflop", ["loss"])
    array([3., 2.])
    """
    in_nats = name == nats
    if in_nats and BIT_MARKS & set(name.lower().split("_")):
        raise DataError(
            f"Column {name!r} is named in bits, but {reader} is in nats per token. "
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
            f"Column {name!r} is missing: {reader} needs {', '.join(needed)}; the table has "
            f"{', '.join(map(str, frame.columns))}.{hint}"
        )
    series = frame[name]
    if list(frame.columns).count(name) > 1:
        raise DataError(f"The table has several columns {name!r}. Keep one of them.")
    try:
        if series.dtype.kind in "mM":
            raise TypeError
        if series.dtype.kind not in "iufb" and any(isinstance(v, str) for v in series):
            raise ValueError
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        wrong = next((v for v in series if isinstance(v, str) or not _is_number(v)), series.iloc[0])
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
        weights = frame[weights].to_numpy()
    try:
        values = np.asarray(weights, dtype=np.float64)
    except (TypeError, ValueError):
        first = next(v for v in np.asarray(weights, dtype=object).flat if not _is_number(v))
        raise ArgumentError(f"weights hold {first!r}; numbers are expected.") from None
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
