"""The whole account of kaplan2020: loss from size, steps and batch, and the best use of compute."""

from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import elementwise

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.counting.numbers import Array, Number, plain, positive
from replication.errors import ArgumentError
from replication.laws.base import Law
from replication.laws.critical_batch import CriticalBatch
from replication.laws.declarations import exponent, scale
from replication.laws.kaplan import KaplanFlops, scaled_curvature
from replication.laws.kaplan_steps import KaplanSteps
from replication.laws.optimum import Optimum, every_pair, no_minimum

MOST_STEPS = 50
"""Newton steps after which the equation of the loss is given up; five to eight are usual."""


@dataclass(frozen=True)
class TrainingOptimum(Optimum):
    """A compute-optimal allocation, with the steps and the critical batch that go with it.

    Parameters
    ----------
    min_steps : float or ndarray
        Steps S_min.
    critical_batch : float or ndarray
        B_crit at the loss, in tokens.

    Examples
    --------
    >>> best = TrainingOptimum(6e19, 1e9, 1e10, 2.7, min_steps=5e3, critical_batch=2e6)
    >>> best.tokens_per_param
    10.0
    """

    min_steps: Number
    critical_batch: Number


@dataclass(frozen=True)
class KaplanTraining(Law):
    """L = (N_c/N)**alpha_N + (S_c/S_min)**alpha_S with S_min = S / (1 + B_crit(L)/B).

    `KaplanSteps` and `CriticalBatch` in one (kaplan2020, Eq. 1.6, 5.4 and 5.3). The loss stands on
    both sides, and the equation is solved for it.

    Parameters
    ----------
    alpha_N, alpha_S : float
        Exponents in parameters and steps.
    N_c, S_c : float
        Scales in parameters (embeddings left out) and steps.
    B_star, alpha_B : float
        Critical batch in tokens at a loss of one nat per token, and its exponent.

    Examples
    --------
    >>> law = KaplanTraining.join(
    ...     KaplanSteps(alpha_N=0.077, alpha_S=0.76, N_c=6.5e13, S_c=2.1e3),
    ...     CriticalBatch(B_star=2e8, alpha_B=0.21),
    ... )
    >>> round(law.loss(params=1e9, steps=2.5e5, batch=2**19), 3)
    2.455
    >>> round(law.alpha_C, 4), round(law.a, 3)
    (0.0525, 0.681)
    """

    alpha_N: float = exponent(0.05, 0.1, 0.3)
    alpha_S: float = exponent(0.3, 0.8)
    N_c: float = scale(of="params")
    S_c: float = scale(0.01, 0.1, 1.0, of="steps")
    B_star: float = scale(0.1, 10.0, 1e3, of="batch")
    alpha_B: float = exponent(0.15, 0.3)

    inputs = ("params", "steps", "batch")
    positive_inputs = True
    derived = ("alpha_C", "a")

    @classmethod
    def join(cls, steps: KaplanSteps, batch: CriticalBatch) -> Self:
        """Put the law of the loss and that of the critical batch together.

        Parameters
        ----------
        steps : KaplanSteps
            The loss in parameters and steps.
        batch : CriticalBatch
            The critical batch in the loss.

        Returns
        -------
        KaplanTraining
            Both in one.
        """
        return cls(**steps.to_dict(), **batch.to_dict())

    @property
    def steps_law(self) -> KaplanSteps:
        """The loss in parameters and steps S_min."""
        return KaplanSteps(self.alpha_N, self.alpha_S, self.N_c, self.S_c)

    @property
    def batch_law(self) -> CriticalBatch:
        """The critical batch in the loss."""
        return CriticalBatch(self.B_star, self.alpha_B)

    def loss(self, params: ArrayLike, steps: ArrayLike, batch: ArrayLike) -> Number:
        """Predict the loss.

        Parameters
        ----------
        params : array_like
            Parameters N without embeddings (a count).
        steps : array_like
            Steps S taken (a count).
        batch : array_like
            Batch B in tokens. All three broadcast.

        Returns
        -------
        float or ndarray
            Loss in nats per token.

        Raises
        ------
        ArgumentError
            If an argument is not positive and finite.
        """
        value: Number = plain(self._evaluate(*self._checked(params, steps, batch)))
        return value

    def _evaluate(self, *columns: Array) -> Array:
        return self._solve(*columns)[0]

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the loss for every field; see `Law.gradient`."""
        loss, size, time, share = self._solve(*columns)
        # What the equation gains on its left when the loss moves (implicit function theorem).
        inner = self.alpha_S * time * share
        give = 1 + inner / (self.alpha_B * loss)
        return {
            "alpha_N": size * (np.log(self.N_c) - np.log(columns[0])) / give,
            "alpha_S": time * np.log(time) / self.alpha_S / give,
            "N_c": self.alpha_N * size / self.N_c / give,
            "S_c": self.alpha_S * time / self.S_c / give,
            "B_star": inner / self.B_star / give,
            "alpha_B": inner * np.log(loss) / np.asarray(self.alpha_B) ** 2 / give,
        }

    def curvature(self, *columns: ArrayLike) -> dict[tuple[str, str], Any]:
        """Return the second partial derivatives of the loss; see `Law.curvature`.

        With the term in steps a function T of fields and loss, and the term in N one of fields
        only, the loss L = N + T moves by L_i = (N_i + T_i) / (1 - T_L), and that again by
        (N_ij + T_ij + T_iL L_j + T_jL L_i + T_LL L_i L_j) / (1 - T_L).
        """
        loss, _, time, share = self._solve(*columns)
        moved = self.gradient(*columns)
        first, second = self._log_time(loss, time, share)
        give = 1 - time * first["loss"]
        size = scaled_curvature(columns[0], {"alpha_N": self.alpha_N, "N_c": self.N_c})

        def bend(i: str, j: str) -> Any:
            if i not in first or j not in first:
                return 0.0
            pair = second.get((i, j), second.get((j, i), 0.0))
            return time * (pair + first[i] * first[j])

        return {
            (i, j): (
                size.get((i, j), 0.0)
                + bend(i, j)
                + bend(i, "loss") * moved[j]
                + bend(j, "loss") * moved[i]
                + bend("loss", "loss") * moved[i] * moved[j]
            )
            / give
            for i, j in combinations_with_replacement(self.names(), 2)
        }

    def _log_time(
        self, loss: Array, time: Array, share: Array
    ) -> tuple[dict[str, Any], dict[tuple[str, str], Any]]:
        """Return first and second derivatives of the log term in steps, in fields and loss."""
        s, b, star = (np.asarray(v) for v in (self.alpha_S, self.alpha_B, self.B_star))
        log_loss = np.log(loss)
        # Of log B_crit, through which the batch, its exponent and the loss act.
        inner = {"B_star": 1 / star, "alpha_B": log_loss / b**2, "loss": -1 / (b * loss)}
        inner_pairs = {
            ("B_star", "B_star"): -1 / star**2,
            ("alpha_B", "alpha_B"): -2 * log_loss / b**3,
            ("alpha_B", "loss"): 1 / (b**2 * loss),
            ("loss", "loss"): 1 / (b * loss**2),
        }
        first: dict[str, Any] = {"alpha_S": np.log(time) / s, "S_c": s / np.asarray(self.S_c)}
        first |= {k: s * share * slope for k, slope in inner.items()}
        second: dict[tuple[str, str], Any] = {
            ("alpha_S", "S_c"): 1 / np.asarray(self.S_c),
            ("S_c", "S_c"): -s / np.asarray(self.S_c) ** 2,
        }
        second |= {("alpha_S", k): share * slope for k, slope in inner.items()}
        for k, m in combinations_with_replacement(inner, 2):
            bent = (1 - share) * inner[k] * inner[m] + inner_pairs.get((k, m), 0.0)
            second[k, m] = s * share * bent
        return first, second

    @property
    def alpha_C(self) -> Number:  # noqa: N802 - the paper's symbol
        """Exponent of the loss in C_min: 1/(1/alpha_S + 1/alpha_B + 1/alpha_N) (Eq. B.7)."""
        return 1 / (1 / self.alpha_S + 1 / self.alpha_B + 1 / self.alpha_N)

    @property
    def a(self) -> Number:
        """Exponent of the best size in C_min: alpha_C / alpha_N (kaplan2020, Eq. B.9)."""
        return self.alpha_C / self.alpha_N

    @property
    def flops_law(self) -> KaplanFlops:
        """L(C_min) of the best sizes: (C_c/C_min)**alpha_C, C_c in FLOPs (kaplan2020, Eq. B.8)."""
        f, in_steps = np.asarray(self.steps_law.best_excess), 1 / np.asarray(self.alpha_S)
        best = (1 + f) ** (in_steps + 1 / np.asarray(self.alpha_N)) * f**-in_steps
        C_c = FLOPS_PER_PARAM_TOKEN * np.asarray(self.N_c) * self.B_star * self.S_c * best
        return KaplanFlops(*map(plain, (self.alpha_C, C_c)))

    def optimal_for(self, loss: ArrayLike, batch: ArrayLike = 0.0) -> TrainingOptimum:
        """Return the run that reaches a loss with least compute (kaplan2020, section B.2).

        At a given loss the best size ends the `KaplanSteps.best_excess` above its limit, whatever
        the batch. So everything is known in closed form as soon as the loss is.

        Parameters
        ----------
        loss : array_like
            Loss in nats per token.
        batch : array_like
            Batch B in tokens that all runs share; 0 for one far below the critical batch, which
            makes the compute C_min.

        Returns
        -------
        TrainingOptimum
            ``flops`` is C = 6 N S B, ``tokens`` S B; without a batch the limits for small B.

        Raises
        ------
        ArgumentError
            If a loss is not positive, or a batch negative.
        """
        given = np.asarray(batch, dtype=np.float64)
        if not np.all(np.isfinite(given) & (given >= 0)):
            raise ArgumentError(
                f"batch is {batch!r}; a number of tokens from 0 is expected, 0 for C_min."
            )
        law = self.steps_law
        params, min_steps = law.reach(loss, law.best_excess)
        critical = self.batch_law.batch(loss)
        # S B = S_min (1 + B_crit/B) B: both batches are paid for.
        tokens = np.asarray(min_steps) * (critical + given)
        return TrainingOptimum(
            flops=plain(FLOPS_PER_PARAM_TOKEN * params * tokens),
            params=params,
            tokens=plain(tokens),
            loss=plain(positive("loss", loss)),
            min_steps=min_steps,
            critical_batch=critical,
        )

    def optimal(self, *, flops: ArrayLike, batch: float = 0.0) -> TrainingOptimum:
        """Return the compute-optimal allocation (kaplan2020, Eq. B.8 to B.10).

        In closed form for C_min; at a fixed batch the equation for the loss is solved.

        Parameters
        ----------
        flops : array_like
            Compute in FLOPs: C_min, or C = 6 N S B if a batch is given.
        batch : float
            Batch B in tokens, as in `optimal_for`.

        Returns
        -------
        TrainingOptimum
            Size, steps, tokens, batch and loss.

        Raises
        ------
        ArgumentError
            If a budget is not positive, or the batch negative.
        ReplicationError
            If an exponent is not positive, so that there is no interior minimum.

        Examples
        --------
        >>> law = KaplanTraining(0.077, 0.76, 6.5e13, 2.1e3, 2e8, 0.21)
        >>> best = law.optimal(flops=8.64e19)
        >>> round(best.params / 1e6), round(best.min_steps), round(best.loss, 3)
        (604, 13205, 2.688)
        """
        budget = positive("flops", flops)
        exponents = (self.alpha_N, self.alpha_S, self.alpha_B)
        if np.any([np.any(np.asarray(value) <= 0) for value in exponents]):
            raise no_minimum(self, float(np.min(budget)))
        least = np.asarray(self.flops_law.loss(budget))
        if np.all(np.asarray(batch) == 0):
            return self.optimal_for(least)

        shape, budgets, thetas = every_pair(self, budget)
        targets = np.log(budgets)

        def surplus(log_loss: Array, row: NDArray[np.intp]) -> Array:
            spent = self.from_vector(thetas[row]).optimal_for(np.exp(log_loss), batch).flops
            return np.asarray(np.log(spent) - targets[row])

        low, rows = np.log(np.broadcast_to(least, shape)).ravel(), np.arange(targets.size)
        # Compute falls at least as fast as this power of the loss, which bounds the root above.
        power = np.broadcast_to(1 / np.asarray(self.alpha_N) + 1 / np.asarray(self.alpha_S), shape)
        high = low + surplus(low, rows) / power.ravel() + 1e-9
        found = elementwise.find_root(surplus, (low - 1e-9, high), args=(rows,))
        return self.optimal_for(plain(np.exp(found.x).reshape(shape)), batch)

    def _solve(self, *columns: ArrayLike) -> tuple[Array, Array, Array, Array]:
        """Return the loss, its two terms, and the share of S that the batch adds to S_min.

        Newton steps on ``u = log(size + time(u))``, u the log loss. The right side is a convex
        and falling function of u, so they rise to the root from any start below it.
        """
        params, steps, batch = columns
        size = (np.asarray(self.N_c) / params) ** self.alpha_N
        steps_over = np.asarray(self.S_c) / steps
        batch_over = np.asarray(self.B_star) / batch
        u = np.log(size + steps_over**self.alpha_S)
        for _ in range(MOST_STEPS):
            need = batch_over * np.exp(-u / self.alpha_B)
            time = (steps_over * (1 + need)) ** self.alpha_S
            share = need / (1 + need)
            slope = time / (size + time) * self.alpha_S * share / self.alpha_B
            move = (np.log(size + time) - u) / (1 + slope)
            u = u + move
            if not np.any(np.abs(move) > 1e-13):
                break
        return np.exp(u), np.asarray(size), np.asarray(time), np.asarray(share)
