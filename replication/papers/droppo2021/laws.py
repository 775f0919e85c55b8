"""The joint form of droppo2021: three limits, size, data and task, under one outer exponent."""

from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from replication.counting.numbers import Array, Number, plain
from replication.laws import Law, Optimum, OuterExponent, exponent, scale

__all__ = ["DroppoJoint"]

FIELDS = ("E", "alpha", "N_c", "beta", "D_c")
"""Fields of the limits; the last is gamma, which joins them."""
LIMIT = {"E": 0, "alpha": 1, "N_c": 1, "beta": 2, "D_c": 2}
"""Which limit each belongs to: of the task, of the size, of the data."""


@dataclass(frozen=True)
class DroppoJoint(Law):
    """L(N, D) = [E**(1/gamma) + (N_c/N)**(alpha/gamma) + (D_c/D)**(beta/gamma)]**gamma.

    The form that is ascribed to droppo2021; its equation was not open to us. With gamma = 1 it is
    Chinchilla's law, with E = 0 and beta = gamma Kaplan's joint law, and near gamma = 0 the loss
    is the largest of the three limits. `replication.laws.OuterExponent` keeps E outside.

    Parameters
    ----------
    E : float
        Irreducible loss, in the unit of the loss.
    alpha, beta : float
        Exponents of parameters and tokens, where they alone limit.
    N_c, D_c : float
        Scales in parameters and tokens, at which each limit alone would be one.
    gamma : float
        Outer exponent.

    Examples
    --------
    >>> law = DroppoJoint(E=1.7, alpha=0.34, beta=0.28, N_c=5e7, D_c=2.4e9, gamma=0.5)
    >>> round(law.loss(params=1e30, tokens=1e30), 3), round(law.loss(1e3, 1e30) / 50e3**0.34, 3)
    (1.7, 1.001)
    >>> one = DroppoJoint(E=1.7, alpha=0.34, beta=0.28, N_c=5e7, D_c=2.4e9, gamma=1.0)
    >>> added = 1.7 + (5e7 / 70e9) ** 0.34 + (2.4e9 / 1.4e12) ** 0.28
    >>> abs(one.loss(70e9, 1.4e12) - added) < 1e-12
    True
    """

    E: float = scale(0.1, 0.3, 1.0, 2.0)
    alpha: float = exponent()
    beta: float = exponent()
    N_c: float = scale(of="params")
    D_c: float = scale(of="tokens")
    gamma: float = scale(0.25, 0.5, 1.0, 2.0)

    inputs = ("params", "tokens")
    positive_inputs = True
    derived = ("a", "b")

    def loss(self, params: ArrayLike, tokens: ArrayLike) -> Number:
        """Predict the loss.

        Parameters
        ----------
        params : array_like
            Parameters N (a count).
        tokens : array_like
            Tokens or frames of the training set D (a count), broadcastable.

        Returns
        -------
        float or ndarray
            Loss, in the unit of E.

        Raises
        ------
        ArgumentError
            If a count is not positive and finite.
        """
        value: Number = plain(self._evaluate(*self._checked(params, tokens)))
        return value

    def shares(self, params: ArrayLike, tokens: ArrayLike) -> Array:
        """Return what each limit gives to the sum in the brackets.

        Parameters
        ----------
        params, tokens : array_like
            As for `loss`.

        Returns
        -------
        ndarray, shape (3, ...)
            Shares of the task, of the size and of the data; they sum to one.

        Raises
        ------
        ArgumentError
            If a count is not positive and finite.

        Examples
        --------
        >>> law = DroppoJoint(E=1.0, alpha=0.3, beta=0.3, N_c=1e6, D_c=1e8, gamma=0.5)
        >>> law.shares(1e6, 1e8).round(3).tolist()
        [0.333, 0.333, 0.333]
        """
        return np.asarray(self._joined(*self._checked(params, tokens))[2])

    def _evaluate(self, *columns: Array) -> Array:
        return np.asarray(np.exp(np.asarray(self.gamma) * self._joined(*columns)[1]))

    def _joined(self, *columns: Array) -> tuple[Array, Array, Array]:
        """Return the logarithms of the three terms, of their sum, and their shares in it."""
        size, data = np.log(self.N_c) - np.log(columns[0]), np.log(self.D_c) - np.log(columns[1])
        limits = (np.log(self.E), self.alpha * size, self.beta * data)
        terms = np.stack(np.broadcast_arrays(*limits)) / np.asarray(self.gamma)
        top = terms.max(axis=0)
        total = np.exp(terms - top)
        added = total.sum(axis=0)
        return terms, top + np.log(added), total / added

    def _moved(self, *columns: Array) -> dict[str, Any]:
        """Return the derivative of each limit's own logarithm in its own fields."""
        return {
            "E": 1 / np.asarray(self.E),
            "alpha": np.log(self.N_c) - np.log(columns[0]),
            "N_c": np.asarray(self.alpha) / np.asarray(self.N_c),
            "beta": np.log(self.D_c) - np.log(columns[1]),
            "D_c": np.asarray(self.beta) / np.asarray(self.D_c),
        }

    def _linked(self, log: bool, *columns: Array) -> tuple[Any, dict[str, Any]]:
        terms, total, shares = self._joined(*columns)
        own = self._moved(*columns)
        gradient = {name: shares[LIMIT[name]] * own[name] for name in FIELDS}
        gradient["gamma"] = total - (shares * terms).sum(axis=0)  # the entropy of the shares
        value = np.asarray(self.gamma) * total
        if log:
            return value, gradient
        return np.exp(value), {name: np.exp(value) * slope for name, slope in gradient.items()}

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the loss for every field; see `Law.gradient`."""
        return self._linked(False, *map(np.asarray, columns))[1]

    def curvature(self, *columns: ArrayLike) -> dict[tuple[str, str], Any]:
        """Return the second partial derivatives of the loss; see `Law.curvature`."""
        checked = tuple(map(np.asarray, columns))
        terms, total, shares = self._joined(*checked)
        own, slopes = self._moved(*checked), self._linked(True, *checked)[1]
        value, gamma = np.exp(np.asarray(self.gamma) * total), np.asarray(self.gamma)
        apart = terms - (shares * terms).sum(axis=0)
        second = {
            (i, j): own[i] * own[j] * shares[LIMIT[i]]
            * ((LIMIT[i] == LIMIT[j]) - shares[LIMIT[j]]) / gamma
            for i, j in combinations_with_replacement(FIELDS, 2)
        }  # fmt: skip
        for limit, (power, place) in enumerate((("alpha", "N_c"), ("beta", "D_c")), start=1):
            at = np.asarray(getattr(self, place))
            second[power, place] = second[power, place] + shares[limit] / at
            bent = shares[limit] * np.asarray(getattr(self, power)) / at**2
            second[place, place] = second[place, place] - bent
        second["E", "E"] = second["E", "E"] - shares[0] / np.asarray(self.E) ** 2
        for i in FIELDS:
            second[i, "gamma"] = -shares[LIMIT[i]] * apart[LIMIT[i]] * own[i] / gamma
        second["gamma", "gamma"] = (shares * apart**2).sum(axis=0) / gamma
        return {(i, j): value * (bent + slopes[i] * slopes[j]) for (i, j), bent in second.items()}

    @property
    def a(self) -> Number:
        """Exponent of N_opt in compute: beta / (alpha + beta), whatever gamma is."""
        return self.beta / (self.alpha + self.beta)

    @property
    def b(self) -> Number:
        """Exponent of D_opt in compute: alpha / (alpha + beta), whatever gamma is."""
        return self.alpha / (self.alpha + self.beta)

    def optimal(self, *, flops: ArrayLike) -> Optimum:
        """Return the compute-optimal allocation in closed form.

        E does not move it, so it is that of `OuterExponent`.

        Parameters
        ----------
        flops : array_like
            Training budget C in FLOPs.

        Returns
        -------
        Optimum
            Parameters, tokens and loss.

        Raises
        ------
        ArgumentError
            If a budget is not positive and finite.
        ReplicationError
            If an exponent is not positive.

        Examples
        --------
        >>> law = DroppoJoint(E=1.7, alpha=0.34, beta=0.28, N_c=5e7, D_c=2.4e9, gamma=0.5)
        >>> best = law.optimal(flops=1e21)
        >>> bool(law.loss(best.params, best.tokens) < law.loss(2 * best.params, best.tokens / 2))
        True
        """
        best = OuterExponent(**self.to_dict()).optimal(flops=flops)
        at = self._evaluate(np.asarray(best.params), np.asarray(best.tokens))
        return replace(best, loss=plain(at))
