"""The arguments of a fit, checked: which law, which fields of it, from where, at which points."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import common_shape, finite, in_reach, positive, single
from replication.errors import ArgumentError, DataError, listed, shown, unknown
from replication.fitting.frame import positive_inputs
from replication.fitting.of_law import L
from replication.fitting.tables import in_order
from replication.laws import NAMED, Law, by_name

Array = NDArray[np.float64]


def law_class(law: type[L] | str, data: object = None) -> type[L]:
    """Return the law that an argument names or is, or say what is wrong with it.

    Parameters
    ----------
    law : type of Law or str
        What was given as the law.
    data : object
        What was given as the table, to see whether the two are swapped.

    Returns
    -------
    type of Law
        The class.

    Raises
    ------
    ArgumentError
        If law and table are swapped.
    UnknownNameError
        If it is neither a law nor the name of one.

    Examples
    --------
    >>> law_class("PowerLaw").inputs
    ('flops',)
    """
    if isinstance(law, str):
        return cast("type[L]", by_name(law))
    given: object = law
    if inspect.isclass(given) and issubclass(given, Law):
        return law
    if isinstance(given, pd.DataFrame | Mapping) and (
        inspect.isclass(data) or isinstance(data, str)
    ):
        name = data if isinstance(data, str) else data.__name__
        raise ArgumentError(
            f"Law and table are swapped: the law comes first, as in fit({name[:40]}, runs)."
        )
    raise unknown("law", law, NAMED, "Pass a subclass of replication.laws.Law.")


def response_name(law: type[Law], response: object) -> str:
    """Return the column of the response, by default what the law predicts.

    Raises
    ------
    ArgumentError
        If it is not a name.

    Examples
    --------
    >>> response_name(by_name("Chinchilla"), None)
    'loss'
    """
    if response is None:
        return law.response
    if not isinstance(response, str):
        raise ArgumentError(
            f"response is the name of a column; got {shown(response)}. Put the values into the "
            "table."
        )
    return response


def constraints(
    fixed: object, tied: object, bounds: object
) -> tuple[dict[str, float], dict[str, str], dict[str, tuple[float, float]]]:
    """Return fixed, tied and bounded fields as mappings of numbers and names.

    Parameters
    ----------
    fixed : mapping of str to float, or None
        Fields held at a value.
    tied : mapping of str to str, or None
        Fields that share another's value.
    bounds : mapping of str to (float, float), or None
        Lowest and highest value of fields.

    Returns
    -------
    fixed, tied, bounds : dict
        Whether the fields exist is for `build_space` to say, which knows the law.

    Raises
    ------
    ArgumentError
        If one of them is no mapping, or holds something of another kind.

    Examples
    --------
    >>> constraints({"E": 1}, None, {"A": [0, 10]})
    ({'E': 1.0}, {}, {'A': (0.0, 10.0)})
    """
    held = {
        name: single(f"The fixed {name}", value)
        for name, value in _fields("fixed", fixed, "{'E': 1.7}").items()
    }
    followers = _fields("tied", tied, "{'beta': 'alpha'}")
    for name, leader in followers.items():
        if not isinstance(leader, str):
            raise ArgumentError(
                f"{name} is tied to {shown(leader)}; the name of another field is expected, as in "
                "tied={'beta': 'alpha'}."
            )
    limits = {}
    for name, pair in _fields("bounds", bounds, "{'alpha': (0, 1)}").items():
        if isinstance(pair, str | bytes) or np.ndim(pair) == 0 or np.shape(pair) != (2,):
            raise ArgumentError(
                f"bounds of {name} are {shown(pair)}; a pair (low, high) is expected, infinite "
                f"where there is no limit: bounds={{{name!r}: (0, inf)}}."
            )
        low, high = (single(f"The bound of {name}", end) for end in pair)
        limits[name] = (low, high)
    return held, followers, limits


def start_points(law: type[Law], starts: object) -> Array:
    """Return laws to start from as solver coordinates.

    Parameters
    ----------
    law : type of Law
        The law that is fitted.
    starts : iterable of Law
        Instances of it, with one set of coefficients each.

    Returns
    -------
    ndarray, shape (starts, p)
        Coefficients, positive ones as natural logarithms.

    Raises
    ------
    ArgumentError
        If there is none, or one is something else.

    Examples
    --------
    >>> power = by_name("PowerLaw")
    >>> start_points(power, [power(A=1.0, alpha=0.5)])
    array([[0. , 0.5]])
    """
    return np.stack([start.to_vector() for start in start_laws(law, starts)])


def start_laws(law: type[Law], starts: object, least: int = 1) -> list[Law]:
    """Return laws to start from as a list.

    Parameters
    ----------
    law : type of Law
        The law that is fitted.
    starts : iterable of Law
        Instances of it, with one set of coefficients each.
    least : int
        How many there must be.

    Returns
    -------
    list of Law
        The starts.

    Raises
    ------
    ArgumentError
        If there are too few, or one is something else.

    Examples
    --------
    >>> start_laws(by_name("PowerLaw"), [], least=0)
    []
    """
    name = law.__name__
    if isinstance(starts, Law):
        raise ArgumentError("starts is one law; give a list of laws: starts=[law].")
    if isinstance(starts, str) or not isinstance(starts, Iterable):
        raise ArgumentError(f"starts must be a list of {name} laws; got {shown(starts)}.")
    given = list(starts)
    for start in given:
        if not isinstance(start, law):
            raise ArgumentError(f"starts must be one or more of {name}; got {shown(start)}.")
        for field, value in start.to_dict().items():
            if np.ndim(value) or not np.isfinite(single(f"{field} of a start", value)):
                raise ArgumentError(
                    f"{field} of a start is {shown(value)}; starts have one finite set of "
                    "coefficients each."
                )
    if len(given) < least:
        raise ArgumentError(
            f"starts must be one or more of {name}; got none. Leave starts= out to search for them."
        )
    return given


def points_of(law: Law, given: Mapping[str, ArrayLike], asked: str = "predict()") -> list[Array]:
    """Return the inputs of a law at given points, in its order and of one shape.

    Parameters
    ----------
    law : Law
        Says which inputs are read, and which must be positive.
    given : mapping of str to array_like
        The inputs by name, in SI counts.
    asked : str
        Who asks, for the message.

    Returns
    -------
    list of ndarray
        One array for each input, of at least one dimension.

    Raises
    ------
    DataError
        If the inputs are not those of the law.
    ArgumentError
        If a value is not a finite number, or not positive where it must be, or shapes do not fit.

    Examples
    --------
    >>> law = by_name("Chinchilla")(A=482.0, B=2085.0, E=1.82, alpha=0.35, beta=0.37)
    >>> [x.shape for x in points_of(law, {"tokens": 1e9, "params": [1e7, 1e8]})]
    [(2,), (2,)]
    """
    if set(given) != set(law.inputs):
        raise DataError(
            f"{asked} got {listed(given) or 'nothing'}; {type(law).__name__} needs "
            f"{', '.join(law.inputs)}."
        )
    labels = next((v.index for v in given.values() if isinstance(v, pd.Series)), None)
    logged = positive_inputs(law)
    columns = {}
    for name in law.inputs:
        values: Any = given[name]
        if isinstance(values, pd.Series):
            values = in_order(name, values, labels)
        columns[name] = in_reach(name, (positive if name in logged else finite)(name, values))
    shape = common_shape(**columns) or (1,)
    return [np.broadcast_to(values, shape) for values in columns.values()]


def _fields(what: str, given: object, example: str) -> dict[str, Any]:
    """Return a mapping from fields, empty for None."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise ArgumentError(
            f"{what} is {shown(given)}; a mapping of fields is expected, as in {what}={example}."
        )
    for name in given:
        if not isinstance(name, str):
            raise ArgumentError(
                f"{what} names a field {shown(name)}; a text is expected, as in {what}={example}."
            )
    return dict(given)
