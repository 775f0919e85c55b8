"""A score that rises as a sigmoid of one or several measures of capability (ruan2024)."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from replication.counting.numbers import Array, Number, finite, numbers, plain
from replication.errors import ArgumentError
from replication.laws.base import Law
from replication.laws.columns import in_columns
from replication.laws.declarations import exponent, slope

LEVELS = (-8.0, -5.0, -3.0, -1.0, 1.0, 3.0)
"""Where the search looks for alpha, the logit at the origin."""
MOST = 8
"""Columns that the law reads at most: the search for its start has a grid of this dimension."""


def _weights(count: int) -> tuple[float, ...]:
    """Return where the search looks for each weight, in units of one over the size of its column.

    Of either sign, and fewer of them the more columns there are.
    """
    if count == 1:
        return (-10.0, -3.0, -1.0, -0.3, 0.3, 1.0, 3.0, 10.0)
    return (-3.0, -0.6, 0.0, 0.6, 3.0) if count <= 3 else (-1.0, 0.0, 1.0)


@dataclass(frozen=True)
class Sigmoid(Law):
    """y(S) = floor + (1 - floor) / (1 + exp(-(alpha + beta_1 S_1 + ...))) (ruan2024, Eq. 3).

    ``Sigmoid.of("pc_1", "pc_2", "pc_3")`` is the law in three columns, with the fields beta_1 to
    beta_3. The columns may have either sign; they should be of a few units at most and have their
    zero near the data, as principal components and logarithms of compute in a suitable unit have.
    A score is a share. One from which the score of guessing was taken off may be negative: hold
    ``fixed={"floor": 0.0}`` for it. Else, ``bounds={"floor": (0.0, 0.2)}`` lets the fit find it.

    Parameters
    ----------
    alpha : float
        Logit of the score, above its floor, where all columns are zero.
    floor : float
        Score of a model without any capability, as a fraction.
    beta_1 : float
        Weight of the first column: logits per unit; beta_2 and so on are those of the others.

    Examples
    --------
    >>> law = Sigmoid.of("pc_1", "pc_2")(alpha=-3.0, floor=0.0, beta_1=4.0, beta_2=-1.0)
    >>> round(law.score(1.0, 0.5), 3), round(law.logit(1.0, 0.5), 1)
    (0.622, 0.5)
    >>> Sigmoid.of("pc_1", response="gpqa").names()
    ('alpha', 'floor', 'beta_1')
    """

    alpha: float = exponent(*LEVELS)
    floor: float = slope()
    beta_1: float = exponent(*_weights(1), of="capability", power=-1)

    inputs = ("capability",)
    response = "score"
    link = "identity"
    response_range = (-1.0, 1.0)

    @classmethod
    def of(cls, *columns: str, response: str = "score") -> type[Self]:
        """Return the law in these columns.

        Parameters
        ----------
        *columns : str
            Measures of capability, one to eight.
        response : str
            What is predicted: a share.

        Returns
        -------
        type
            A law class with a weight for each column.

        Raises
        ------
        ArgumentError
            If there is no column, too many, one twice, or one that is not a name.
        """
        if not 1 <= len(columns) <= MOST or len(set(columns)) < len(columns):
            raise ArgumentError(
                f"Sigmoid reads one to {MOST} different columns, got {len(columns)} "
                f"({', '.join(map(str, columns)) or 'none'}). Of many benchmarks, take principal "
                "components first: rp.capabilities."
            )
        law: type[Self] = in_columns(cls, columns, response)  # type: ignore[arg-type]
        return law

    @classmethod
    def reading(cls, *columns: str) -> dict[str, Any]:
        """Return the fields of a law in these columns, one weight each."""
        weights = _weights(len(columns))
        names = [f"beta_{k}" for k in range(1, len(columns) + 1)]
        declared = {
            n: exponent(*weights, of=c, power=-1) for n, c in zip(names, columns, strict=True)
        }
        return {"__annotations__": dict.fromkeys(names, float), **declared}

    def predict(self, *columns: ArrayLike) -> Any:
        """Predict the score from the columns, in the order of `inputs`; see `score`."""
        return self.score(*columns)

    def score(self, *columns: ArrayLike) -> Number:
        """Predict the score.

        Parameters
        ----------
        *columns : array_like
            One array for each name in `inputs`; of either sign.

        Returns
        -------
        float or ndarray
            A share.

        Raises
        ------
        ArgumentError
            If a value is not finite.
        """
        value: Number = plain(self._evaluate(*self._checked(*columns)))
        return value

    def logit(self, *columns: ArrayLike) -> Number:
        """Return the one number that the law makes of the columns: alpha + beta_1 S_1 + ....

        Parameters
        ----------
        *columns : array_like
            As for `score`.

        Returns
        -------
        float or ndarray
            The logit of the score above its floor.

        Raises
        ------
        ArgumentError
            If a value is not finite.
        """
        value: Number = plain(self._sum(*self._checked(*columns)))
        return value

    def logit_at(self, score: ArrayLike) -> Number:
        """Return the logit at which the law predicts a score.

        Parameters
        ----------
        score : array_like
            A share, between the floor and one.

        Returns
        -------
        float or ndarray
            What `logit` has to be.

        Raises
        ------
        ArgumentError
            If a score is not between the floor and one: no logit has it.

        Examples
        --------
        >>> law = Sigmoid(alpha=-3.0, floor=0.25, beta_1=2.0)
        >>> round(law.logit_at(law.score(1.2)), 9), round(law.logit(1.2), 9)
        (-0.6, -0.6)
        """
        share = numbers("score", score)
        above = (share - self.floor) / (1 - np.asarray(self.floor))
        bad = ~((above > 0) & (above < 1))
        if bad.any():
            raise ArgumentError(
                f"score is {np.broadcast_to(share, bad.shape)[bad].flat[0]:g}; one between the "
                f"floor ({self.floor}) and 1 is expected: no capability gives another."
            )
        value: Number = plain(np.log(above / (1 - above)))
        return value

    def _checked(self, *columns: ArrayLike) -> tuple[Array, ...]:
        return tuple(finite(n, c) for n, c in zip(self.inputs, columns, strict=True))

    def _sum(self, *columns: Array) -> Array:
        total: Any = np.asarray(self.alpha)
        for k, column in enumerate(columns, 1):
            total = total + np.asarray(getattr(self, f"beta_{k}")) * column
        return np.asarray(total)

    def _evaluate(self, *columns: Array) -> Array:
        # The share below is expit(-z), not 1 - expit(z), which has no digits left where z is large.
        total = self._sum(*columns)
        return np.asarray(expit(total) + np.asarray(self.floor) * expit(-total))

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the score for every field; see `Law.gradient`."""
        arrays = [np.asarray(c, dtype=np.float64) for c in columns]
        total = self._sum(*arrays)
        rest = expit(-total)
        steep = (1 - np.asarray(self.floor)) * expit(total) * rest
        weights = {f"beta_{k}": steep * column for k, column in enumerate(arrays, 1)}
        return {"alpha": steep, "floor": rest, **weights}

    def slopes(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the derivative in the logarithm of each input, S dy/dS; see `Law.slopes`."""
        arrays = self._checked(*columns)
        steep = self.gradient(*arrays)["alpha"]
        weights = [np.asarray(getattr(self, f"beta_{k}")) for k in range(1, len(arrays) + 1)]
        parts = zip(self.inputs, weights, arrays, strict=True)
        return {name: plain(steep * weight * column) for name, weight, column in parts}

    def curvature(self, *columns: ArrayLike) -> dict[tuple[str, str], Any]:
        """Return the second partial derivatives of the score; see `Law.curvature`."""
        arrays = [np.asarray(c, dtype=np.float64) for c in columns]
        total = self._sum(*arrays)
        share, rest = expit(total), expit(-total)
        steep = share * rest
        bent = (1 - np.asarray(self.floor)) * steep * (rest - share)
        by = {"alpha": np.ones_like(share)} | {f"beta_{k}": c for k, c in enumerate(arrays, 1)}
        names = list(by)
        pairs = {(a, b): bent * by[a] * by[b] for i, a in enumerate(names) for b in names[i:]}
        return pairs | {("floor", name): -steep * by[name] for name in names}
