"""Laws that are sums of powers of their inputs, declared as a tuple of terms.

The logarithm of such a law is a log-sum-exp of functions linear in the solver's coordinates.
The engine uses that structure for exact Hessians at the price of a few matrix products.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from replication.counting.numbers import Array, plain
from replication.errors import ArgumentError
from replication.laws.base import Law


@dataclass(frozen=True)
class Term:
    """One term of a sum of powers: a coefficient times powers of inputs.

    Parameters
    ----------
    coefficient : str
        The field that multiplies the term.
    powers : tuple of (input, exponent field, sign)
        The factors ``input ** (sign * exponent)``.

    Examples
    --------
    ``A / N**alpha``:

    >>> Term("A", (("params", "alpha", -1.0),)).coefficient
    'A'
    """

    coefficient: str
    powers: tuple[tuple[str, str, float], ...] = ()


@dataclass(frozen=True)
class PowerSum(Law):
    """Base of laws that are sums of `Term`; a subclass declares fields and `terms` only.

    The last term is the reference of the log-sum-exp: put the constant there if there is one.

    Examples
    --------
    A power law that goes over into another as its input grows:

    >>> from replication.laws import coefficient, exponent
    >>> @dataclass(frozen=True)
    ... class TwoSlopes(PowerSum):
    ...     A: float = coefficient()
    ...     B: float = coefficient()
    ...     alpha: float = exponent()
    ...     beta: float = exponent()
    ...     inputs = ("tokens",)
    ...     terms = (
    ...         Term("A", (("tokens", "alpha", -1.0),)),
    ...         Term("B", (("tokens", "beta", -1.0),)),
    ...     )
    >>> round(float(TwoSlopes(A=1000.0, B=20.0, alpha=0.5, beta=0.1).loss(1e10)), 4)
    2.01
    """

    terms: ClassVar[tuple[Term, ...]] = ()
    positive_inputs = True

    def loss(self, *columns: Any, **named: Any) -> Any:
        """Predict the response: the sum of the terms.

        Parameters
        ----------
        *columns : array_like
            One array for each name in `inputs`, in SI counts; positive.
        **named : array_like
            The same by name, for those not given by place.

        Returns
        -------
        float or ndarray
            The response (nats per token where it is a loss).

        Raises
        ------
        ArgumentError
            If an input is not positive and finite.
        """
        rest = self.inputs[len(columns) :]
        if set(named) != set(rest) or len(columns) > len(self.inputs):
            given = [*self.inputs[: len(columns)], *named]
            raise ArgumentError(
                f"{type(self).__name__} reads {', '.join(self.inputs)}; "
                f"got {len(columns) + len(named)} inputs ({', '.join(given) or 'none'})."
            )
        return self.total(*columns, *(named[name] for name in rest))

    def total(self, *columns: ArrayLike) -> Any:
        """Return the sum of the terms, for inputs in their order; see `loss`."""
        return plain(self._evaluate(*self._checked(*columns)))

    def _evaluate(self, *columns: Array) -> Array:
        arrays = dict(zip(self.inputs, columns, strict=True))
        total: Any = 0.0
        for term in self.terms:
            value = np.asarray(getattr(self, term.coefficient), dtype=np.float64)
            for column, name, sign in term.powers:
                value = value * arrays[column] ** (sign * np.asarray(getattr(self, name)))
            total = total + value
        return np.asarray(total)

    def _value(self, log: bool, *columns: Array) -> Any:
        # Exponentials of logarithms take half as long as powers.
        units = self._units(columns)[1]
        terms = [getattr(self, t.coefficient) * u for t, u in zip(self.terms, units, strict=True)]
        total = sum(terms[1:], terms[0])
        return np.log(total) if log else total

    def _linked(self, log: bool, *columns: Array) -> tuple[Any, dict[str, Any]]:
        logs, units = self._units(columns)
        total: Any = 0.0
        partial: dict[str, Any] = {}

        def add(name: str, slope: Any) -> None:
            # Few fields stand in two terms, and sums of arrays cost as much as their products.
            partial[name] = partial[name] + slope if name in partial else slope

        for term, unit in zip(self.terms, units, strict=True):
            add(term.coefficient, unit)
            value = getattr(self, term.coefficient) * unit
            total = value + total
            for column, name, sign in term.powers:
                add(name, (sign * logs[column]) * value)
        partial = {name: partial.get(name, 0.0) for name in self.names()}
        if not log:
            return total, partial
        share = 1 / total
        return np.log(total), {name: slope * share for name, slope in partial.items()}

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the prediction for every field.

        Parameters
        ----------
        *columns : array_like
            One array for each name in `inputs`, in SI counts; positive, and not checked again.

        Returns
        -------
        dict of str to ndarray
            One entry a field, each with the shape of the prediction.
        """
        shape = np.broadcast_shapes(*map(np.shape, (*columns, *self.to_dict().values())))
        partial = self._linked(False, *map(np.asarray, columns))[1]
        return {name: np.broadcast_to(value, shape) for name, value in partial.items()}

    def slopes(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative in the logarithm of each input; see `Law.slopes`."""
        columns = self._checked(*columns)
        shape = np.broadcast_shapes(*map(np.shape, (*columns, *self.to_dict().values())))
        slope: dict[str, Any] = {name: np.zeros(shape) for name in self.inputs}
        for term, unit in zip(self.terms, self._units(columns)[1], strict=True):
            value = getattr(self, term.coefficient) * unit
            for column, name, sign in term.powers:
                slope[column] = slope[column] + sign * np.asarray(getattr(self, name)) * value
        return {name: plain(value) for name, value in slope.items()}

    def curvature(self, *columns: ArrayLike) -> dict[tuple[str, str], Any]:
        """Return the second partial derivatives of the prediction; see `Law.curvature`."""
        logs, units = self._units(columns)
        second: dict[tuple[str, str], Any] = {}

        def add(pair: tuple[str, str], value: Any) -> None:
            pair = (pair[1], pair[0]) if (pair[1], pair[0]) in second else pair
            second[pair] = second.get(pair, 0.0) + value

        for term, unit in zip(self.terms, units, strict=True):
            # A field that stands in several powers of a term counts with the sum of their logs.
            steep: dict[str, Any] = {}
            for column, name, sign in term.powers:
                steep[name] = steep.get(name, 0.0) + sign * logs[column]
            value = getattr(self, term.coefficient) * unit
            for name, slope in steep.items():
                add((term.coefficient, name), slope * unit)
            for (name, slope), (other, also) in combinations_with_replacement(steep.items(), 2):
                add((name, other), slope * also * value)
        return second

    def _units(self, columns: Sequence[ArrayLike]) -> tuple[dict[str, Any], list[Any]]:
        """Return the logarithms of the inputs, and each term without its coefficient."""
        logs = {name: np.log(column) for name, column in zip(self.inputs, columns, strict=True)}
        units: list[Any] = []
        for term in self.terms:
            powers = [sign * np.asarray(getattr(self, k)) * logs[c] for c, k, sign in term.powers]
            units.append(np.exp(sum(powers[1:], powers[0])) if powers else 1.0)
        return logs, units

    @classmethod
    def parts(
        cls, values: Mapping[str, Array], linear: Sequence[str], *columns: ArrayLike
    ) -> tuple[Array, Array]:
        """Return what the linear fields multiply, by exponentials rather than powers.

        See `Law.parts`.
        """
        size = max([len(v) for v in values.values()], default=1)
        features = np.stack([np.ones(np.size(columns[0])), *(np.log(c) for c in columns)])
        theta = np.zeros((size, len(cls.names())))
        for i, (name, kind) in enumerate(cls.kinds().items()):
            if name in values:
                theta[:, i] = np.log(values[name]) if kind.log else values[name]
        terms = np.exp(np.einsum("sp,jpk->sjk", theta, cls.design()) @ features)
        places = [term.coefficient for term in cls.terms]
        base = terms[:, [k for k, name in enumerate(places) if name not in linear]].sum(axis=1)
        # A coefficient may stand before several terms.
        own = [[k for k, place in enumerate(places) if place == name] for name in linear]
        return base, np.stack([terms[:, where].sum(axis=1) for where in own], axis=1)

    @classmethod
    def design(cls) -> Array:
        """Return the linear maps behind the log of each term.

        Returns
        -------
        ndarray, shape (terms, p, 1 + inputs)
            ``design[j].T @ theta`` are the weights of (1, log inputs) in the log of term j.
        """
        names = list(cls.names())
        maps = np.zeros((len(cls.terms), len(names), 1 + len(cls.inputs)))
        for j, term in enumerate(cls.terms):
            maps[j, names.index(term.coefficient), 0] = 1.0
            for column, name, sign in term.powers:
                maps[j, names.index(name), 1 + cls.inputs.index(column)] += sign
        return maps
