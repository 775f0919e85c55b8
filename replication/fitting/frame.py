"""The data of a fit: checked columns of a table, and errors that say what is wrong with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import in_reach, named_row, no_number, numbers
from replication.errors import ArgumentError, DataError, listed, shown
from replication.fitting.column_units import refuse_unit, repair, unit_in_name, unit_said
from replication.fitting.tables import as_frame as as_frame
from replication.fitting.tables import in_order
from replication.laws import Law

Array = NDArray[np.float64]


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
    labels : Index or None
        What the table calls its rows, for messages.
    """

    columns: tuple[Array, ...]
    response: Array
    weights: Array
    groups: NDArray[np.intp] | None
    labels: pd.Index | None = None

    @property
    def n(self) -> int:
        """Number of points."""
        return len(self.response)

    def taken(self, rows: NDArray[np.intp]) -> "Data":
        """Return some of the points, in the order of their rows."""
        return Data(
            tuple(column[rows] for column in self.columns),
            self.response[rows],
            self.weights[rows],
            None if self.groups is None else self.groups[rows],
            None if self.labels is None else self.labels[rows],
        )


def read(
    law: type[Law],
    data: pd.DataFrame | Mapping[str, ArrayLike],
    response: str,
    weights: str | ArrayLike | None,
    group: str | None,
    held: bool = False,
    log: bool = True,
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
    log : bool
        Whether residuals are differences of logarithms, so that the response must be positive.

    Returns
    -------
    Data
        All columns as finite floats; those of which the law or the objective takes a logarithm
        are positive.

    Raises
    ------
    DataError
        If a column is missing, empty, text, constant, in bits or perplexity, or holds a value
        that is not finite, or not positive where it must be.

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
    positive = positive_inputs(law)
    columns = tuple(
        column(frame, name, law.__name__, needed, nats, positive=name in positive)
        for name in law.inputs
    )
    target = column(
        frame,
        response,
        law.__name__,
        needed,
        nats,
        positive=log,
        otherwise=", or take objective='huber' or 'lsq', whose residuals are no logarithms",
    )
    if (odd := law.impossible(*columns)) is not None:
        rows, reason = odd
        row = int(np.flatnonzero(rows)[0])
        values = ", ".join(f"{n}={c[row]:g}" for n, c in zip(law.inputs, columns, strict=True))
        raise DataError(f"Row {named_row(frame.index[row])} ({values}) {reason}.")
    if not held:
        refuse_constant(law, law.inputs, columns)
    refuse_constant(law, (response,), (target,))
    return Data(columns, target, _weights(frame, weights), _groups(frame, group), frame.index)


def positive_inputs(law: Law | type[Law]) -> tuple[str, ...]:
    """Return the inputs of a law that must be positive.

    Examples
    --------
    >>> from replication.laws import PowerLaw
    >>> positive_inputs(PowerLaw.of("tokens"))
    ('tokens',)
    """
    which = law.positive_inputs
    return (law.inputs if which else ()) if isinstance(which, bool) else which


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


def column(
    frame: pd.DataFrame,
    name: str,
    reader: str,
    needed: Sequence[str],
    nats: str | None = None,
    *,
    positive: bool = True,
    otherwise: str = "",
) -> Array:
    """Return one column of a table as finite floats.

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
        The column that is in nats per token, to refuse one that is named in another unit.
    positive : bool
        Whether its logarithm is taken.
    otherwise : str
        What else helps where it is not positive, for the message.

    Returns
    -------
    ndarray
        The column as float64.

    Raises
    ------
    DataError
        If the column is missing, text, in bits or perplexity, or holds a value that is not finite,
        or not positive where it must be.

    Examples
    --------
    >>> column(pd.DataFrame({"loss": [3, 2]}), "loss", "isoflop", ["loss"])
    array([3., 2.])
    """
    if not isinstance(name, str):
        raise ArgumentError(f"A column is asked for by its name, a text; got {shown(name)}.")
    if name == nats:
        refuse_unit(name, reader)
    if name not in frame.columns:
        raise DataError(
            f"Column {shown(name)} is missing: {reader} needs {listed(needed)}; the table has "
            f"{listed(frame.columns)}. {_hint(frame, name == nats)}"
        )
    if list(frame.columns).count(name) > 1:
        raise DataError(f"The table has several columns {name!r}. Keep one of them.")
    series = frame[name]
    cells = None if series.dtype.kind in "iufb" else series.to_numpy(dtype=object)
    if cells is not None and (wrong := no_number(cells, [*frame.index])):
        raise DataError(f"Column {name!r} must be numbers, got {wrong}")
    values = series.to_numpy(dtype=np.float64, na_value=np.nan)
    for bad, what, other in (
        (np.isnan(values), "NaN", ""),
        (np.isinf(values), "infinite", ""),
        ((values <= 0) & positive, "not positive", otherwise),
    ):
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            raise DataError(
                f"Column {name!r} is {what} in {int(bad.sum())} of {len(values)} rows, first in "
                f"row {named_row(frame.index[row])} ({series.iloc[row]}); a "
                f"{'positive finite' if positive else 'finite'} number is expected. Drop or "
                f"repair these rows before the fit{other}."
            )
    try:
        return in_reach(f"Column {name!r}", values)
    except ArgumentError as error:
        raise DataError(str(error)) from None


def _hint(frame: pd.DataFrame, loss: bool) -> str:
    """Return what to do about a column that is missing."""
    for name in frame.columns if loss else ():
        if unit := unit_in_name(str(name)):
            return f"Column {shown(name)} is named {unit_said(unit)}: {repair(unit)}."
    return "Rename or add it; counts are plain numbers, loss is in nats per token."


def _weights(frame: pd.DataFrame, weights: str | ArrayLike | None) -> Array:
    """Return the weight of each row."""
    if weights is None:
        return np.ones(len(frame))
    if isinstance(weights, str):
        weights = frame[_only(frame, weights, "Weight column")]
    elif isinstance(weights, pd.Series):
        weights = in_order("weights", weights, frame.index)
    values = numbers("weights", weights)
    if values.shape != (len(frame),):
        raise ArgumentError(
            f"weights have shape {values.shape}; one for each of the {len(frame)} rows is expected."
        )
    with np.errstate(over="ignore"):
        usable = np.all(values >= 0) and 0 < values.sum() < np.inf
    if not usable:
        raise ArgumentError(
            "weights must be finite, not negative, and not all zero; "
            f"the smallest is {np.min(values):g}, the largest {np.max(values):g}."
        )
    return values


def _groups(frame: pd.DataFrame, group: str | None) -> NDArray[np.intp] | None:
    """Return the group number of each row."""
    if group is None:
        return None
    if not isinstance(group, str):
        raise ArgumentError(
            f"group is the name of a column; got {shown(group)}. Put the labels into the table."
        )
    labelled = frame[_only(frame, group, "Group column")]
    try:
        codes, labels = pd.factorize(labelled)
    except TypeError:
        raise DataError(
            f"Group column {group!r} holds {shown(labelled.iloc[0])}; a number or a text that "
            "names the group of the row is expected."
        ) from None
    if (codes < 0).any():
        row = named_row(frame.index[int(np.flatnonzero(codes < 0)[0])])
        raise DataError(
            f"Group column {group!r} is empty in row {row}; name the group of each row, "
            "for example the run it comes from."
        )
    if len(labels) < 2:
        raise DataError(
            f"Group column {group!r} holds one group only ({shown(labels[0])}); resampling groups "
            "needs two or more."
        )
    return np.asarray(codes, dtype=np.intp)


def _only(frame: pd.DataFrame, name: str, kind: str) -> str:
    """Return the name of a column that a table has once."""
    count = list(frame.columns).count(name)
    if not count:
        raise DataError(f"{kind} {shown(name)} is missing; the table has {listed(frame.columns)}.")
    if count > 1:
        raise DataError(f"The table has several columns {shown(name)}. Keep one of them.")
    return name
