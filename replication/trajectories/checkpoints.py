"""A table of checkpoints: what is accepted as one, and a column of it."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replication.counting.numbers import positive
from replication.errors import DataError, one_of_names, shown
from replication.fitting.tables import as_frame
from replication.learning_curve import check_rising

Array = NDArray[np.float64]

RESTARTS = (
    "Sort a shuffled table by run and step; of a log with restarts keep one row a step, as "
    "drop_duplicates([run, step], keep='last') does."
)


def read(data: Any, names: tuple[str, ...]) -> pd.DataFrame:
    """Return a table of checkpoints with rows numbered from 0, or say why it is none.

    Parameters
    ----------
    data : DataFrame or mapping of str to array_like
        The table.
    names : tuple of str
        Columns that it must have.

    Returns
    -------
    DataFrame
        A copy.

    Raises
    ------
    DataError
        If it is no table, has no row, or two columns of one name.
    UnknownNameError
        If a column is missing.

    Examples
    --------
    >>> len(read({"run": ["a", "a"], "step": [1, 2]}, ("run", "step")))
    2
    """
    table = as_frame(data).reset_index(drop=True)
    for name in names:
        column(table, name)
    if table.empty:
        raise DataError(
            "There is no checkpoint in the table: the condition that chose its rows left none."
        )
    return table


def column(table: pd.DataFrame, name: str) -> "pd.Series[Any]":
    """Return a column by its name, or say that there is none, or several.

    Raises
    ------
    DataError
        If several columns have the name.
    UnknownNameError
        If none has.

    Examples
    --------
    >>> column(pd.DataFrame({"step": [1, 2]}), "step").tolist()
    [1, 2]
    """
    names = [str(known) for known in table.columns]
    one_of_names("column of the checkpoints", name, names)
    if names.count(name) > 1:
        raise DataError(f"The table has several columns {name!r}. Keep one of them.")
    found: pd.Series[Any] = table.iloc[:, names.index(name)]
    return found


def rising(table: pd.DataFrame, run: str, steps: Array) -> None:
    """Refuse runs whose steps do not rise, such as those of a log with restarts.

    Raises
    ------
    DataError
        If the steps of a run fall, or one comes twice.

    Examples
    --------
    >>> rising(pd.DataFrame({"run": ["a", "b", "a"]}), "run", np.array([1.0, 1.0, 2.0]))
    """
    codes, labels = pd.factorize(column(table, run))
    for number, label in enumerate(labels):
        check_rising(steps[codes == number], f"run {shown(label)}", RESTARTS)


def labelled(table: pd.DataFrame, name: str) -> tuple[NDArray[np.intp], tuple[Any, ...]]:
    """Return a number for each row, and the labels that they stand for, as they come.

    Raises
    ------
    DataError
        If a label is missing, or cannot be compared with others.

    Examples
    --------
    >>> numbered, labels = labelled(pd.DataFrame({"run": ["b", "a", "b"]}), "run")
    >>> numbered.tolist(), labels
    ([0, 1, 0], ('b', 'a'))
    """
    values = column(table, name)
    try:
        codes, labels = pd.factorize(values)
    except TypeError:
        raise DataError(
            f"Column {name!r} holds {shown(values.iloc[0])}; labels are text or numbers."
        ) from None
    if (codes < 0).any():
        raise DataError(f"Column {name!r} has no label in row {int((codes < 0).argmax())}.")
    return codes, tuple(labels)


def one_size(codes: NDArray[np.intp], labels: tuple[Any, ...], name: str, values: Any) -> Array:
    """Return the size of each unit, or say that one has several.

    Raises
    ------
    ArgumentError
        If a size is not positive.
    DataError
        If a unit has several sizes.

    Examples
    --------
    >>> one_size(np.array([0, 0, 1]), ("a", "b"), "params", [1e8, 1e8, 1e9]).tolist()
    [100000000.0, 1000000000.0]
    """
    sizes = positive(name, values)
    firsts = sizes[np.unique(codes, return_index=True)[1]]
    if (differs := sizes != firsts[codes]).any():
        row = int(differs.argmax())
        raise DataError(
            f"{shown(labels[codes[row]])} has {name} {firsts[codes[row]]:g} first and "
            f"{sizes[row]:g} in row {row}; a run, or a unit of runs, has one size."
        )
    return firsts
