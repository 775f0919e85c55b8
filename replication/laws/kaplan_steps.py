"""The law of kaplan2020 in parameters and steps: learning curves, and the price of a wrong size."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import elementwise

from replication.counting.numbers import Array, Number, plain, positive
from replication.errors import ArgumentError
from replication.laws.base import Law
from replication.laws.declarations import exponent, scale
from replication.laws.kaplan import KaplanParams, scaled_curvature, scaled_gradient


@dataclass(frozen=True)
class KaplanSteps(Law):
    """L(N, S_min) = (N_c/N)**alpha_N + (S_c/S_min)**alpha_S (kaplan2020, Eq. 1.6).

    The loss after a warm-up, with data without end. S_min is the number of steps that a very
    large batch would have needed: `CriticalBatch.min_steps`.

    Parameters
    ----------
    alpha_N, alpha_S : float
        Exponents in parameters and steps.
    N_c, S_c : float
        Scales in parameters (embeddings left out) and steps.

    Examples
    --------
    >>> law = KaplanSteps(alpha_N=0.077, alpha_S=0.76, N_c=6.5e13, S_c=2.1e3)
    >>> round(law.loss(params=1e9, min_steps=5e4), 3)
    2.437
    """

    alpha_N: float = exponent(0.04, 0.08, 0.15, 0.3)
    alpha_S: float = exponent(0.25, 0.5, 1.0)
    N_c: float = scale(of="params")
    S_c: float = scale(0.01, 0.1, 1.0, 10.0, of="min_steps")

    inputs = ("params", "min_steps")
    positive_inputs = True

    def loss(self, params: ArrayLike, min_steps: ArrayLike) -> Number:
        """Predict the loss.

        Parameters
        ----------
        params : array_like
            Parameters N without embeddings (a count).
        min_steps : array_like
            Steps S_min (a count), same shape or broadcastable.

        Returns
        -------
        float or ndarray
            Loss in nats per token.

        Raises
        ------
        ArgumentError
            If a count is not positive and finite.
        """
        value: Number = plain(self._evaluate(*self._checked(params, min_steps)))
        return value

    def _evaluate(self, *columns: Array) -> Array:
        size = (np.asarray(self.N_c) / columns[0]) ** self.alpha_N
        return np.asarray(size + (np.asarray(self.S_c) / columns[1]) ** self.alpha_S)

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the loss for every field; see `Law.gradient`."""
        params, min_steps = columns
        shape = np.broadcast_shapes(*map(np.shape, (*columns, *self.to_dict().values())))
        partial = scaled_gradient(params, self._in_params) | scaled_gradient(
            min_steps, self._in_steps
        )
        return {name: np.broadcast_to(value, shape) for name, value in partial.items()}

    def curvature(self, *columns: ArrayLike) -> dict[tuple[str, str], Any]:
        """Return the second partial derivatives of the loss; see `Law.curvature`."""
        params, min_steps = columns
        return scaled_curvature(params, self._in_params) | scaled_curvature(
            min_steps, self._in_steps
        )

    def enough_steps(self) -> KaplanParams:
        """Return L(N, infinity), the law of models trained to convergence."""
        return KaplanParams(alpha_N=self.alpha_N, N_c=self.N_c)

    @property
    def best_excess(self) -> Number:
        """Excess over L(N, infinity) at which to stop: alpha_N / alpha_S (kaplan2020, Eq. B.5)."""
        return self.alpha_N / self.alpha_S

    @property
    def least_ratio(self) -> Number:
        """Least size, over the best one, that can reach the loss of the best one at all."""
        value: Number = plain((1 + np.asarray(self.best_excess)) ** (-1 / np.asarray(self.alpha_N)))
        return value

    def reach(self, loss: ArrayLike, excess: ArrayLike) -> tuple[Number, Number]:
        """Return size and steps of a run that ends at a loss (kaplan2020, section B.3).

        Parameters
        ----------
        loss : array_like
            Loss at the end in nats per token.
        excess : array_like
            How far above L(N, infinity) that is, as a fraction: .02 is near convergence.

        Returns
        -------
        params : float or ndarray
            Parameters N.
        min_steps : float or ndarray
            Steps S_min.

        Raises
        ------
        ArgumentError
            If an argument is not positive and finite.

        Examples
        --------
        >>> law = KaplanSteps(alpha_N=0.077, alpha_S=0.76, N_c=6.5e13, S_c=2.1e3)
        >>> best, patient = law.reach(3.0, law.best_excess), law.reach(3.0, 0.02)
        >>> round(best[0] / patient[0], 1), round(best[1] / patient[1], 2)
        (2.7, 0.13)
        """
        end, f = positive("loss", loss), positive("excess", excess)
        params = np.asarray(self.N_c) * ((1 + f) / end) ** (1 / np.asarray(self.alpha_N))
        steps = np.asarray(self.S_c) * ((1 + f) / (f * end)) ** (1 / np.asarray(self.alpha_S))
        return plain(params), plain(steps)

    def steps_to(self, loss: ArrayLike, params: ArrayLike) -> Number:
        """Return the fewest steps that bring a size to a loss: the law, solved for S_min.

        Parameters
        ----------
        loss : array_like
            Loss in nats per token, above what the size reaches at all.
        params : array_like
            Parameters N without embeddings (a count), same shape or broadcastable.

        Returns
        -------
        float or ndarray
            Steps S_min; `CriticalBatch.steps` says how many a batch takes.

        Raises
        ------
        ArgumentError
            If a loss is at or below L(N, infinity), or an argument is not positive and finite.

        Examples
        --------
        >>> law = KaplanSteps(alpha_N=0.077, alpha_S=0.76, N_c=6.5e13, S_c=2.1e3)
        >>> round(law.steps_to(2.437, params=1e9))
        50235
        """
        target, size = positive("loss", loss), positive("params", params)
        floor = np.asarray(self.enough_steps().loss(size))
        if np.any(short := target <= floor):
            low, N = (np.broadcast_to(v, short.shape)[short].flat[0] for v in (target, size))
            raise ArgumentError(
                f"loss is {low:g}, which {N:.4g} parameters never reach by this law: with steps "
                f"without end they come to {self.enough_steps().loss(N):.4g}. Ask for a higher "
                "loss or a larger model."
            )
        return self.early_stop(target - floor)

    def early_stop(self, gap: ArrayLike) -> Number:
        """Return a lower bound of the step at which too little data stops a run (Eq. 5.7).

        Until then the run on all the data there is would be above the same loss, too.

        Parameters
        ----------
        gap : array_like
            L(N, D) - L(N, infinity) in nats per token: `KaplanJoint`.

        Returns
        -------
        float or ndarray
            Steps S_stop = S_c / gap**(1/alpha_S).

        Raises
        ------
        ArgumentError
            If a gap is not positive and finite.

        Examples
        --------
        >>> law = KaplanSteps(alpha_N=0.077, alpha_S=0.76, N_c=6.5e13, S_c=2.1e3)
        >>> round(law.early_stop(0.1))
        43452
        """
        power = positive("gap", gap) ** (-1 / np.asarray(self.alpha_S))
        value: Number = plain(np.asarray(self.S_c) * power)
        return value

    def steps_ratio(self, size_ratio: ArrayLike) -> Number:
        """Return the steps that another size takes to the same loss (kaplan2020, Eq. B.17).

        Parameters
        ----------
        size_ratio : array_like
            Size over the compute-optimal size; above `least_ratio`.

        Returns
        -------
        float or ndarray
            Steps over those of the best size: ``[1 + (1 - r**-alpha_N)/f]**(-1/alpha_S)``, with
            f the `best_excess`.

        Raises
        ------
        ArgumentError
            If a size is too small to reach the loss at all.

        Examples
        --------
        >>> law = KaplanSteps(alpha_N=0.077, alpha_S=0.76, N_c=6.5e13, S_c=2.1e3)
        >>> round(law.steps_ratio(2.2), 3), round(law.flops_ratio(2.2), 3)
        (0.547, 1.204)
        """
        r = positive("size_ratio", size_ratio)
        if np.any(r <= self.least_ratio):
            raise ArgumentError(
                f"size_ratio is {np.min(r):g}: a model of {np.max(self.least_ratio):.4g} times the "
                "best size or less never reaches the loss, however long it is trained. Take a "
                "larger one."
            )
        value: Number = plain(self._steps_ratio(r))
        return value

    def flops_ratio(self, size_ratio: ArrayLike) -> Number:
        """Return the compute that another size takes to the same loss (kaplan2020, Eq. B.16).

        Parameters
        ----------
        size_ratio : array_like
            Size over the compute-optimal size; above `least_ratio`.

        Returns
        -------
        float or ndarray
            Compute over the least compute: the size ratio times `steps_ratio`.

        Raises
        ------
        ArgumentError
            If a size is too small to reach the loss at all.
        """
        value: Number = plain(np.asarray(size_ratio) * self.steps_ratio(size_ratio))
        return value

    def size_window(self, extra: float) -> tuple[float, float]:
        """Return the sizes that cost no more than some extra compute (kaplan2020, section B.4).

        Parameters
        ----------
        extra : float
            Extra compute as a fraction of the least: .2 in the paper.

        Returns
        -------
        low, high : float
            Size over the compute-optimal size.

        Raises
        ------
        ArgumentError
            If `extra` is not positive and finite.

        Examples
        --------
        >>> law = KaplanSteps(alpha_N=0.077, alpha_S=0.76, N_c=6.5e13, S_c=2.1e3)
        >>> low, high = law.size_window(0.2)
        >>> round(low, 2), round(high, 2)
        (0.58, 2.18)
        """
        limit = 1 + float(positive("extra", extra))
        # Beyond this size even the fewest steps of all cost too much.
        top = limit * (1 + 1 / np.asarray(self.best_excess)) ** (1 / np.asarray(self.alpha_S))
        edge = np.log(self.least_ratio) * (1 - 1e-12)
        found = elementwise.find_root(
            lambda log_r: np.log(np.exp(log_r) * self._steps_ratio(np.exp(log_r)) / limit),
            (np.array([edge, 0.0]), np.array([0.0, np.log(top)])),
        )
        low, high = np.exp(found.x)
        return float(low), float(high)

    def _steps_ratio(self, r: Array) -> Array:
        """Return `steps_ratio` of sizes known to be large enough."""
        spared = (1 - r ** -np.asarray(self.alpha_N)) / self.best_excess
        return np.asarray((1 + spared) ** (-1 / np.asarray(self.alpha_S)))

    @property
    def _in_params(self) -> dict[str, Any]:
        """The fields of the term in N."""
        return {"alpha_N": self.alpha_N, "N_c": self.N_c}

    @property
    def _in_steps(self) -> dict[str, Any]:
        """The fields of the term in S_min."""
        return {"alpha_S": self.alpha_S, "S_c": self.S_c}
