"""What is accepted as a table: a DataFrame, or a mapping of columns that fit together."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from replication.errors import DataError, shown


def as_frame(data: pd.DataFrame | Mapping[str, ArrayLike]) -> pd.DataFrame:
    """Return a table as it is, turn a mapping into one, or say why it is none.

    Series in a mapping belong together by their labels, as the columns of a DataFrame do: one
    that has the same labels in another order is put in the order of the first.

    Parameters
    ----------
    data : DataFrame or mapping of str to array_like
        The table.

    Returns
    -------
    DataFrame
        Its columns have one name each.

    Raises
    ------
    DataError
        If it is no table, its columns differ in length or in labels, hold masked entries or more
        than one value a row, or their names have several levels.

    Examples
    --------
    >>> as_frame({"params": [1e8, 1e9]}).shape
    (2, 1)
    >>> mixed = {"params": pd.Series([1e8, 1e9]), "loss": pd.Series([2.5, 3.0], index=[1, 0])}
    >>> as_frame(mixed)["loss"].tolist()
    [3.0, 2.5]
    """
    if isinstance(data, pd.DataFrame):
        if data.columns.nlevels > 1:
            raise DataError(
                f"The columns of the table have names of {data.columns.nlevels} levels. Take one, "
                "as in table.droplevel(0, axis=1), or join them: table.columns.map('_'.join)."
            )
        return data
    if not isinstance(data, Mapping):
        raise DataError(_no_table(data))
    columns: dict[str, Any] = {}
    for name, values in data.items():
        if str(name) in columns:
            raise DataError(f"The table has several columns {str(name)!r}. Keep one of them.")
        columns[str(name)] = _one_dimension(str(name), values)
    lengths = {name: len(values) for name, values in columns.items()}
    for name, length in lengths.items():
        first = next(iter(lengths))
        if length != lengths[first]:
            told = {first: lengths[first], name: length}
            raise DataError(
                f"Columns differ in length: {str(told)[1:-1]}. Give one value for each point."
            )
    labels = next((v.index for v in columns.values() if isinstance(v, pd.Series)), None)
    aligned = {
        name: in_order(name, values, labels) if isinstance(values, pd.Series) else values
        for name, values in columns.items()
    }
    return pd.DataFrame(aligned, index=labels)


def in_order(name: str, values: pd.Series, labels: pd.Index | None) -> pd.Series:
    """Return a Series in the order of labels, or say that it has others.

    Examples
    --------
    >>> in_order("loss", pd.Series([2.5, 3.0], index=["b", "a"]), pd.Index(["a", "b"])).tolist()
    [3.0, 2.5]
    """
    if labels is None or values.index.equals(labels):
        return values
    same = values.index.is_unique and labels.is_unique and len(values) == len(labels)
    if same and labels.isin(values.index).all():
        return values.loc[labels]
    raise DataError(
        f"{name!r} has another index than the rest of the table. Put all into one DataFrame to "
        "pair them by label, or give .to_numpy() of each to pair them by position."
    )


def _one_dimension(name: str, values: Any) -> Any:
    """Return a Series as it is, anything else as an array with one value for each point."""
    if isinstance(values, pd.Series):
        return values
    if isinstance(values, np.ma.MaskedArray):
        if (masked := np.ma.getmaskarray(values)).any():
            raise DataError(
                f"Column {name!r} has {int(masked.sum())} masked of {masked.size} entries, first "
                f"in row {int(np.flatnonzero(masked)[0])}. Leave out these rows of every column: "
                "a mask is not a value."
            )
        values = np.ma.getdata(values)
    try:
        array = np.atleast_1d(np.asarray(values))
    except ValueError:
        raise DataError(
            f"Column {name!r} holds lists that differ in length; give one value for each point."
        ) from None
    if array.ndim != 1:
        raise DataError(f"Column {name!r} has shape {array.shape}; give one value for each point.")
    return array


def _no_table(data: object) -> str:
    """Say what was given instead of a table, and how it becomes one."""
    module = type(data).__module__.partition(".")[0]
    expected = "A table is expected, a pandas DataFrame or a mapping of columns; got"
    name = type(data).__name__
    if hasattr(data, "to_pandas"):
        return f"{expected} a {module} {name}. Give its .to_pandas()."
    if hasattr(data, "collect") and module == "polars":
        return f"{expected} a {module} {name}. Give its .collect().to_pandas()."
    if isinstance(data, pd.Series):
        return f"{expected} a Series, which is one column. Give all columns that are read."
    return f"{expected} {shown(data)}."
