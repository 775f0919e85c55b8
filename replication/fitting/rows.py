"""Rows at which a law predicts nothing, named before a solver meets them."""

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.counting.numbers import named_row
from replication.errors import DataError
from replication.fitting.frame import Data
from replication.laws import Law

Array = NDArray[Any]


NEAR = 0.0123
"""How far beside a start one looks: at an exponent of exactly 2, a negative base goes unseen."""


def refuse_rows(law: type[Law], data: Data, starts: Array, fixed: Collection[str] = ()) -> None:
    """Say at which row a law has no finite prediction, wherever the search would start.

    Where no row has one it is not the rows' fault, and nothing is said.

    Parameters
    ----------
    law : type of Law
        The law that is fitted.
    data : Data
        Checked columns.
    starts : ndarray, shape (S, p)
        Where the search would start; with none, a typical set of coefficients is tried.
    fixed : collection of str
        Fields that do not move.

    Raises
    ------
    DataError
        If some rows have no finite prediction from any start, while others have.

    Examples
    --------
    >>> from replication.laws import PowerLaw
    >>> data = Data((np.array([1e18, 1e19]),), np.array([3.0, 2.5]), np.ones(2), None)
    >>> refuse_rows(PowerLaw, data, np.array([[0.0, 0.1]]))
    """
    tried = starts if len(starts) else _typical(law, data)
    tried = tried + NEAR * np.array([name not in fixed for name in law.names()])
    never = np.ones(data.n, dtype=bool)
    for theta in tried:
        with np.errstate(all="ignore"):
            predicted = np.asarray(law.from_vector(theta).predict(*data.columns), dtype=np.float64)
        never &= ~np.isfinite(np.broadcast_to(predicted, data.n))
        if not never.any():
            return
    if never.all():
        return
    row = int(np.flatnonzero(never)[0])
    values = ", ".join(f"{n}={c[row]:g}" for n, c in zip(law.inputs, data.columns, strict=True))
    raise DataError(
        f"{law.__name__} has no finite prediction in {int(never.sum())} of {data.n} rows, first in "
        f"row {named_row(row if data.labels is None else data.labels[row])} ({values}). Leave "
        "these rows out, or, if an input must be positive, list it in positive_inputs of the law."
    )


def _typical(law: type[Law], data: Data) -> Array:
    """Return one set of coefficients of the size that the declarations of a law suggest."""
    theta = []
    for kind in law.kinds().values():
        seeds = kind.seeds or ((1.0,) if kind.linear else (0.5,))
        value = float(seeds[len(seeds) // 2])
        if kind.of:
            column = np.abs(data.columns[law.inputs.index(kind.of)])
            value *= float(np.median(column)) ** kind.power
        theta.append(np.log(value) if kind.log else value)
    return np.array([theta])
