"""Downstream error in the loss: an exponential rise to a ceiling (gadre2024)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from replication.counting.numbers import Array, Number, numbers, plain, positive
from replication.errors import ArgumentError
from replication.laws.base import Law
from replication.laws.declarations import coefficient, scale


@dataclass(frozen=True)
class ErrorRate(Law):
    """Err(L) = epsilon - k exp(-gamma L) (gadre2024, Eq. 5).

    In the perplexity exp(L) it is a power law. An error is a share of wrong answers, so the law has
    a meaning down to `lowest_loss` only, where it reaches zero; `error` refuses to go below, while
    `predict`, which the engine uses, is the bare formula.

    Parameters
    ----------
    epsilon : float
        Limit of the error at high loss, as a fraction; not always that of guessing.
    k : float
        Scale of what is learned, as a fraction: epsilon - k is the error at a loss of zero.
    gamma : float
        Rate, per nat.

    Examples
    --------
    >>> law = ErrorRate(epsilon=0.857, k=2.21, gamma=0.715)
    >>> round(law.error(2.43), 3)
    0.468
    >>> round(law.lowest_loss, 2)
    1.32
    >>> law.error(1.0)
    Traceback (most recent call last):
        ...
    replication.errors.ArgumentError: At a loss of 1 nats per token the law predicts an error of
    -0.224, which is no share: it has a meaning above 1.325 nats. Ask for a higher loss.
    """

    epsilon: float = coefficient()
    k: float = coefficient()
    gamma: float = scale(0.1, 0.2, 0.4, 0.8, 1.6, 3.2)

    inputs = ("loss",)
    positive_inputs = True
    response = "error"
    link = "identity"
    response_range = (0.0, 1.0)

    def error(self, loss: ArrayLike) -> Number:
        """Predict the downstream error.

        Parameters
        ----------
        loss : array_like
            Loss L in nats per token.

        Returns
        -------
        float or ndarray
            Share of wrong answers.

        Raises
        ------
        ArgumentError
            If a loss is not positive and finite, or the prediction is not between 0 and 1.
        """
        given = positive("loss", loss)
        predicted = self._evaluate(given)
        bad = (predicted < 0) | (predicted > 1)
        if bad.any():
            where, wrong = np.broadcast_to(given, bad.shape)[bad][0], predicted[bad][0]
            single = np.ndim(self.epsilon - self.k * self.gamma) == 0
            one = single and wrong < 0 < self.epsilon
            advice = (
                f"it has a meaning above {self.lowest_loss:.4g} nats. Ask for a higher loss."
                if one
                else "check epsilon and k."
            )
            raise ArgumentError(
                f"At a loss of {where:g} nats per token the law predicts an error of {wrong:.3g}, "
                f"which is no share: {advice}"
            )
        value: Number = plain(predicted)
        return value

    def predict(self, *columns: ArrayLike) -> Any:
        """Evaluate the bare formula, also where it is no share; see `Law.predict`."""
        return plain(self._evaluate(*self._checked(*columns)))

    def _evaluate(self, *columns: Array) -> Array:
        return np.asarray(self.epsilon - self.k * np.exp(-np.asarray(self.gamma) * columns[0]))

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the error for every field; see `Law.gradient`."""
        loss = np.asarray(columns[0])
        decay = np.exp(-np.asarray(self.gamma) * loss)
        return {"epsilon": np.ones_like(decay), "k": -decay, "gamma": self.k * loss * decay}

    def curvature(self, *columns: ArrayLike) -> dict[tuple[str, str], Any]:
        """Return the second partial derivatives of the error; see `Law.curvature`."""
        loss = np.asarray(columns[0])
        steep = loss * np.exp(-np.asarray(self.gamma) * loss)
        return {("k", "gamma"): steep, ("gamma", "gamma"): -self.k * loss * steep}

    def loss_at(self, error: ArrayLike) -> Number:
        """Return the loss at which the law predicts an error: its inverse.

        Parameters
        ----------
        error : array_like
            Share of wrong answers, below epsilon.

        Returns
        -------
        float or ndarray
            Loss ln(k / (epsilon - error)) / gamma in nats per token; minus infinity where k is
            zero, NaN where it is negative.

        Raises
        ------
        ArgumentError
            If an error is not a share, or not below epsilon.

        Examples
        --------
        >>> law = ErrorRate(epsilon=0.857, k=2.21, gamma=0.715)
        >>> round(law.loss_at(law.error(2.5)), 12)
        2.5
        """
        share = numbers("error", error)
        bad = ~((share >= 0) & (share <= 1) & (share < np.asarray(self.epsilon)))
        if bad.any():
            raise ArgumentError(
                f"error is {np.broadcast_to(share, bad.shape)[bad].flat[0]:g}; a share from 0 to "
                f"below epsilon ({self.epsilon}) is expected: no loss has a higher error."
            )
        ratio = np.asarray(self.k) / (np.asarray(self.epsilon) - share)
        with np.errstate(divide="ignore", invalid="ignore"):
            value: Number = plain(np.asarray(np.log(ratio) / self.gamma))
        return value

    @property
    def lowest_loss(self) -> Number:
        """Loss (nats per token) at which the error is zero; below it the law has no meaning."""
        return self.loss_at(0.0)
