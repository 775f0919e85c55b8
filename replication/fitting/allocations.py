"""Compute-optimal allocations of many draws of a law at once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.errors import ReplicationError
from replication.laws import Law

Array = NDArray[Any]

ALLOCATED = ("params", "tokens", "tokens_per_param", "loss")
"""What is told of each budget."""


def columns_of(draws: Law, count: int) -> Law:
    """Return draws as a law whose fields broadcast against an array of points.

    Examples
    --------
    >>> import replication as rp
    >>> columns_of(rp.laws.PowerLaw(A=np.array([1.0, 2.0]), alpha=0.0), 2).loss([1.0, 1.0])
    array([[1., 1.],
           [2., 2.]])
    """
    theta = np.broadcast_to(draws.to_vector(), (count, len(draws.names())))
    return draws.from_vector(theta[:, None, :])


def allocations(drawn: Law, budgets: Array, held: dict[str, Any]) -> dict[str, Array]:
    """Return the allocations of each draw, NaN for draws that have no optimum.

    Parameters
    ----------
    drawn : Law
        Its fields have shape (draws, 1), or one value for all.
    budgets : ndarray, shape (k,)
        Training budgets C in FLOPs.
    held : dict of str to object
        What else the law's own `optimal` takes.

    Returns
    -------
    dict of str to ndarray, shape (draws, k)
        For each of `ALLOCATED`.

    Examples
    --------
    >>> from replication.laws import Chinchilla
    >>> exponents = np.array([[0.34], [-0.1]])
    >>> drawn = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=exponents, beta=0.28)
    >>> allocations(drawn, np.array([5.76e23]), {})["params"].round(-9).tolist()
    [[32000000000.0], [nan]]
    """
    try:
        found = drawn.optimal(flops=budgets, **held)
        return {name: np.asarray(getattr(found, name)) for name in ALLOCATED}
    except ReplicationError:
        pass
    fields = {name: np.atleast_2d(value) for name, value in drawn.to_dict().items()}
    size = np.broadcast(*fields.values()).size
    draws = {name: np.full((size, len(budgets)), np.nan) for name in ALLOCATED}
    values = {name: np.broadcast_to(value, (size, 1))[:, 0] for name, value in fields.items()}
    for k in range(size):
        one = type(drawn)(**{name: float(value[k]) for name, value in values.items()})
        try:
            found = one.optimal(flops=budgets, **held)
        except ReplicationError:
            continue
        for name in ALLOCATED:
            draws[name][k] = getattr(found, name)
    return draws
