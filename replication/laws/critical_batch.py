"""The critical batch size of kaplan2020, and what another batch costs in steps and in compute."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from replication.counting.numbers import Array, Number, plain, positive
from replication.laws.base import Law
from replication.laws.declarations import coefficient, exponent


@dataclass(frozen=True)
class CriticalBatch(Law):
    """B_crit(L) = B_star / L**(1/alpha_B), a batch in tokens (kaplan2020, Eq. 1.4 and 5.3).

    A run that reaches a loss in S steps of B tokens could have reached it in no fewer than
    ``S_min`` steps (with large batches) and with no fewer than ``E_min`` tokens (with small ones);
    ``(S/S_min - 1) (E/E_min - 1) = 1`` with E = B S, and B_crit = E_min / S_min (Eq. 5.1 and 5.2).

    Parameters
    ----------
    B_star : float
        Batch in tokens at a loss of one nat per token.
    alpha_B : float
        Exponent of the loss in the batch.

    Examples
    --------
    >>> law = CriticalBatch(B_star=2.1e8, alpha_B=0.21)
    >>> round(law.batch(loss=2.658) / 1e6, 2)
    2.0
    >>> round(law.min_steps(steps=2.5e5, batch=2**19, loss=2.658))
    51972
    """

    B_star: float = coefficient()
    alpha_B: float = exponent(0.1, 0.2, 0.4, 0.8)

    inputs = ("loss",)
    positive_inputs = True
    response = "batch"

    def batch(self, loss: ArrayLike) -> Number:
        """Predict the critical batch.

        Parameters
        ----------
        loss : array_like
            Loss in nats per token; positive.

        Returns
        -------
        float or ndarray
            Tokens in a batch.

        Raises
        ------
        ArgumentError
            If a loss is not positive and finite.
        """
        value: Number = plain(self._evaluate(*self._checked(loss)))
        return value

    def _evaluate(self, *columns: Array) -> Array:
        return np.asarray(self.B_star * columns[0] ** (-1 / np.asarray(self.alpha_B)))

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the batch for both fields; see `Law.gradient`."""
        power, slope = self._power(columns[0])
        return {"B_star": power, "alpha_B": self.B_star * power * slope}

    def curvature(self, *columns: ArrayLike) -> dict[tuple[str, str], Any]:
        """Return the second partial derivatives of the batch; see `Law.curvature`."""
        power, slope = self._power(columns[0])
        steep = power * slope
        return {
            ("B_star", "alpha_B"): steep,
            ("alpha_B", "alpha_B"): self.B_star * steep * (slope - 2 / np.asarray(self.alpha_B)),
        }

    def min_steps(self, steps: ArrayLike, batch: ArrayLike, loss: ArrayLike) -> Number:
        """Return the fewest steps that reach a loss: S / (1 + B_crit/B) (kaplan2020, Eq. 5.4).

        Parameters
        ----------
        steps : array_like
            Steps S in which a run reached the loss.
        batch : array_like
            Its batch B in tokens.
        loss : array_like
            The loss in nats per token.

        Returns
        -------
        float or ndarray
            Steps S_min, which a batch far above the critical one would need.

        Raises
        ------
        ArgumentError
            If an argument is not positive and finite.
        """
        value: Number = plain(positive("steps", steps) / (1 + self._share(batch, loss)))
        return value

    def steps(self, min_steps: ArrayLike, batch: ArrayLike, loss: ArrayLike) -> Number:
        """Return the steps that a batch takes to a loss: the inverse of `min_steps`.

        Parameters
        ----------
        min_steps : array_like
            Fewest steps S_min to the loss.
        batch : array_like
            Batch B in tokens.
        loss : array_like
            The loss in nats per token.

        Returns
        -------
        float or ndarray
            Steps S = S_min (1 + B_crit/B).

        Raises
        ------
        ArgumentError
            If an argument is not positive and finite.

        Examples
        --------
        At the critical batch a run takes twice the fewest steps:

        >>> law = CriticalBatch(B_star=2.1e8, alpha_B=0.21)
        >>> law.steps(1e4, batch=law.batch(3.0), loss=3.0)
        20000.0
        """
        value: Number = plain(positive("min_steps", min_steps) * (1 + self._share(batch, loss)))
        return value

    def min_flops(self, flops: ArrayLike, batch: ArrayLike, loss: ArrayLike) -> Number:
        """Return the least compute that reaches a loss: C / (1 + B/B_crit) (kaplan2020, Eq. 5.5).

        Parameters
        ----------
        flops : array_like
            Compute C with which a run reached the loss, in FLOPs.
        batch : array_like
            Its batch B in tokens.
        loss : array_like
            The loss in nats per token.

        Returns
        -------
        float or ndarray
            Compute C_min in FLOPs, which a batch far below the critical one would need.

        Raises
        ------
        ArgumentError
            If an argument is not positive and finite.

        Examples
        --------
        >>> law = CriticalBatch(B_star=2.1e8, alpha_B=0.21)
        >>> law.min_flops(1e20, batch=law.batch(3.0), loss=3.0)
        5e+19
        """
        value: Number = plain(positive("flops", flops) / (1 + 1 / self._share(batch, loss)))
        return value

    def _power(self, loss: ArrayLike) -> tuple[Array, Array]:
        """Return loss**(-1/alpha_B), and the derivative of its logarithm in alpha_B."""
        alpha, log_loss = np.asarray(self.alpha_B), np.log(loss)
        return np.exp(-log_loss / alpha), np.asarray(log_loss / alpha**2)

    def _share(self, batch: ArrayLike, loss: ArrayLike) -> Array:
        """Return B_crit / B."""
        return np.asarray(np.asarray(self.batch(loss)) / positive("batch", batch))
