"""The law of annealing: a learning curve under any schedule of the learning rate."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from replication.counting.numbers import Array, Number, finite, plain, positive
from replication.laws.base import Law
from replication.laws.declarations import coefficient, exponent, slope


@dataclass(frozen=True)
class Annealing(Law):
    """L = E + A S_1**-alpha - C S_2: progress by the sum of rates, less what annealing gains.

    The law of Tissue, Wang and Wang (arXiv 2408.11029), for one model. S_1 is the sum of the
    learning rates so far, S_2 that of their falls with a fading memory: columns ``lr_area`` and
    ``lr_annealed``, which `replication.RateHistory` computes of any schedule. Their unit is that
    of the learning rate, and so A and C depend on it.

    Parameters
    ----------
    E : float
        Loss that remains at infinite S_1 without annealing, in nats per token.
    A : float
        Scale of the part that falls with S_1, in nats times the learning rate to alpha.
    alpha : float
        Exponent of S_1.
    C : float
        Nats per token gained for each unit of S_2.

    Examples
    --------
    >>> law = Annealing(E=2.5, A=0.6, alpha=0.5, C=0.5)
    >>> law.loss(lr_area=[4.0, 4.0], lr_annealed=[0.0, 0.2]).round(9).tolist()
    [2.8, 2.7]
    """

    E: float = coefficient()
    A: float = coefficient()
    alpha: float = exponent()
    C: float = slope()

    inputs = ("lr_area", "lr_annealed")
    positive_inputs = ("lr_area",)
    link = "identity"

    def loss(self, lr_area: ArrayLike, lr_annealed: ArrayLike) -> Number:
        """Predict the loss.

        Parameters
        ----------
        lr_area : array_like
            S_1, the sum of the learning rates so far; positive.
        lr_annealed : array_like
            S_2, of the same unit; negative where the rate has risen.

        Returns
        -------
        float or ndarray
            Loss in nats per token.

        Raises
        ------
        ArgumentError
            If an area is not positive and finite, or the other not finite.
        """
        value: Number = plain(self._evaluate(*self._checked(lr_area, lr_annealed)))
        return value

    def _checked(self, *columns: ArrayLike) -> tuple[Array, ...]:
        area, annealed = columns
        return positive("lr_area", area), finite("lr_annealed", annealed)

    def _evaluate(self, *columns: Array) -> Array:
        area, annealed = columns
        power = np.asarray(area) ** -np.asarray(self.alpha)
        return np.asarray(self.E + self.A * power - self.C * np.asarray(annealed))

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the loss for every field; see `Law.gradient`."""
        power, log_area, annealed = self._parts(*columns)
        return {
            "E": np.ones_like(power),
            "A": power,
            "alpha": -self.A * power * log_area,
            "C": -annealed,
        }

    def curvature(self, *columns: ArrayLike) -> dict[tuple[str, str], Any]:
        """Return the second partial derivatives of the loss; see `Law.curvature`."""
        power, log_area, _ = self._parts(*columns)
        return {("A", "alpha"): -power * log_area, ("alpha", "alpha"): self.A * power * log_area**2}

    def _parts(self, area: ArrayLike, annealed: ArrayLike) -> tuple[Array, Array, Array]:
        """Return S_1**-alpha, the logarithm of S_1, and S_2, all of one shape."""
        log_area = np.log(np.asarray(area, dtype=np.float64))
        power = np.exp(-np.asarray(self.alpha) * log_area)
        log_area, other = (np.broadcast_to(x, power.shape) for x in (log_area, annealed))
        return power, log_area, np.asarray(other, dtype=np.float64)
