"""The model that is cheapest over its lifetime, in FLOPs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from replication.counting import (
    FLOPS_PER_PARAM_INFERENCE_TOKEN,
    FLOPS_PER_PARAM_TOKEN,
    inference_flops,
    training_flops,
)
from replication.counting.numbers import (
    Array,
    Number,
    common_shape,
    nonnegative,
    plain,
    positive,
)
from replication.errors import ArgumentError, Note, ReplicationError, shown
from replication.fitting.given import LawLike, law_of
from replication.laws import Chinchilla, Law, Optimum
from replication.lifetime import reduced, search

WEIGHT = FLOPS_PER_PARAM_INFERENCE_TOKEN / FLOPS_PER_PARAM_TOKEN
"""FLOPs of an inference token in units of those of a training token."""
LEAST = 1e-50
"""Parameters and tokens, in whatever unit the law has, below which there is no model."""


@dataclass(frozen=True)
class LifetimeOptimum:
    """A model chosen for training and inference together, beside one chosen for training alone.

    Parameters
    ----------
    params : float or ndarray
        Parameters N.
    tokens : float or ndarray
        Training tokens D.
    loss : float or ndarray
        Predicted loss in nats per token.
    inference_tokens : float or ndarray
        Tokens T that the model reads and writes over its lifetime.
    baseline : Optimum
        The compute-optimal model of the same loss: what one would train without a thought of
        inference.
    notes : tuple of Note
        Doubts: draws of a law that have no such optimum, and are NaN.

    Examples
    --------
    >>> baseline = Optimum(flops=2e23, params=3e10, tokens=1.1e12, loss=2.0)
    >>> best = LifetimeOptimum(
    ...     params=1.5e10, tokens=3e12, loss=2.0, inference_tokens=3e12, baseline=baseline
    ... )
    >>> best.params_ratio, best.flops, best.tokens_per_param
    (0.5, 3.6e+23, 200.0)
    """

    params: Number
    tokens: Number
    loss: Number
    inference_tokens: Number
    baseline: Optimum
    notes: tuple[Note, ...] = ()

    @property
    def training_flops(self) -> Number:
        """Compute of training, 6 N D."""
        flops: Number = plain(training_flops(self.params, self.tokens))
        return flops

    @property
    def inference_flops(self) -> Number:
        """Compute of inference, 2 N T."""
        flops: Number = plain(inference_flops(self.params, self.inference_tokens))
        return flops

    @property
    def flops(self) -> Number:
        """Compute over the lifetime, 6 N D + 2 N T."""
        return self.training_flops + self.inference_flops

    @property
    def tokens_per_param(self) -> Number:
        """Training tokens per parameter, D/N."""
        return self.tokens / self.params

    @property
    def params_ratio(self) -> Number:
        """Parameters over those of the compute-optimal model of the same loss; at most one."""
        return self.params / self.baseline.params

    @property
    def tokens_ratio(self) -> Number:
        """Training tokens over those of the compute-optimal model of the same loss."""
        return self.tokens / self.baseline.tokens

    @property
    def flops_ratio(self) -> Number:
        """Lifetime compute over that of the compute-optimal model of the same loss."""
        served = inference_flops(self.baseline.params, self.inference_tokens)
        ratio: Number = plain(self.flops / (self.baseline.flops + served))
        return ratio


def lifetime_optimal(
    law: LawLike,
    *,
    loss: ArrayLike | None = None,
    flops: ArrayLike | None = None,
    inference_tokens: ArrayLike,
) -> LifetimeOptimum:
    """Return the model that is best once its inference is counted (sardana2024).

    With `loss`, the params N and tokens D of least 6 N D + 2 N T among all that reach the loss;
    with `flops`, those of least loss among all whose 6 N D + 2 N T is the budget.

    Parameters
    ----------
    law : Law, Fit, Bootstrap or Evidence
        Predicts a loss from params and tokens; of the others it is the law itself, not its draws,
        for which see `replication.advise`. For `Chinchilla` one equation is solved for all
        points at once; for any other law a root is searched point by point, from its `slopes`.
        A frontier that folds has two such roots, of which one is returned; `law.optimal` of
        `NonEmbeddingChinchilla` says whether it does.
    loss : array_like, optional
        Target loss in nats per token.
    flops : array_like, optional
        Lifetime budget in FLOPs. Exactly one of `loss` and `flops` must be given.
    inference_tokens : array_like
        Demand T in tokens, input and output over the lifetime; zero or more.

    Returns
    -------
    LifetimeOptimum
        Each part with the shape of the arguments broadcast with the fields of the law. Where only
        some draws of a law of arrays have no optimum, they are NaN and a note says so.

    Raises
    ------
    ArgumentError
        If the law does not reach a loss (the message says what it reaches), if a demand is
        negative, a budget not positive, if shapes do not fit together, if both or neither of
        `loss` and `flops` are given, or if `law` is no law.
    ReplicationError
        If the law does not predict a loss from params and tokens, or has no optimum.

    Examples
    --------
    The quality of a Chinchilla model of 7B, for a demand of two trillion tokens:

    >>> law = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.336, beta=0.283)
    >>> goal = law.optimal(flops=law.flops_at(7e9)).loss
    >>> best = lifetime_optimal(law, loss=goal, inference_tokens=2e12)
    >>> round(best.params / 1e9, 2), round(best.tokens_ratio, 2), round(best.flops_ratio, 3)
    (3.08, 3.01, 0.699)

    The same by the budget it takes, and grids by broadcasting:

    >>> round(lifetime_optimal(law, flops=best.flops, inference_tokens=2e12).params / 1e9, 2)
    3.08
    >>> losses, demands = np.linspace(1.9, 2.4, 3)[:, None], [0, 1e12, 1e13, 1e14]
    >>> lifetime_optimal(law, loss=losses, inference_tokens=demands).params_ratio.shape
    (3, 4)
    >>> lifetime_optimal(law, loss=1.6, inference_tokens=2e12)
    Traceback (most recent call last):
        ...
    replication.errors.ArgumentError: loss is 1.6, but Chinchilla reaches only losses above its
    irreducible 1.69: any number from there up, not included. Give a higher loss.
    """
    law = law_of(law)
    goal = one_of("loss", loss, "flops", flops)
    demand = nonnegative("inference_tokens", inference_tokens)
    by_loss = flops is None
    if law.response != "loss" or set(law.inputs) != {"params", "tokens"}:
        raise ReplicationError(
            f"{type(law).__name__} predicts {law.response} from {', '.join(law.inputs)}; a "
            "lifetime optimum needs a loss in params and tokens. Give a law of these two."
        )
    asked = {"loss" if by_loss else "flops": goal, "inference_tokens": demand}
    common_shape(**asked, **law.to_dict())
    if by_loss:
        goal = _reachable(law, goal)
    extra = WEIGHT * demand
    solver = reduced if isinstance(law, Chinchilla) else search
    with np.errstate(all="ignore"):
        if by_loss:
            params, tokens = solver.at_loss(law, goal, extra)
            loss = goal
        else:
            params, tokens = solver.at_budget(law, goal, extra)
            loss = search.predicted(law, params, tokens)
        base, length = solver.at_loss(law, loss, np.zeros(()))
        known = _exist(params, tokens, demand, LEAST) & _exist(base, length, demand, 0.0)
    parts: tuple[Array, ...] = (
        params,
        tokens,
        loss,
        base,
        length,
        FLOPS_PER_PARAM_TOKEN * (base * length),
    )
    notes: tuple[Note, ...] = ()
    if not np.all(known):
        if not (np.any(known) and _has_draws(law)):
            first = int(np.argmin(known))
            goals, sizes = (np.broadcast_to(x, known.shape).flat[first] for x in (goal, params))
            raise _no_optimum(law, by_loss, goals, sizes, demand)
        parts = tuple(np.where(known, part, np.nan) for part in parts)
        notes = (
            Note(
                "no_optimum",
                f"{known.size - np.count_nonzero(known)} of {known.size} optima do not exist.",
                "They are NaN; say how many draws an interval leaves out.",
            ),
        )
    n, d, reached, base_n, base_d, spent = (
        plain(np.broadcast_to(part, params.shape)) for part in parts
    )
    return LifetimeOptimum(
        params=n,
        tokens=d,
        loss=reached,
        inference_tokens=plain(np.broadcast_to(demand, params.shape)),
        baseline=Optimum(flops=spent, params=base_n, tokens=base_d, loss=reached),
        notes=notes,
    )


def _exist(params: Array, tokens: Array, demand: Array, least: float) -> NDArray[np.bool_]:
    """Return which models are larger than a least size, and take what a float can hold."""
    spent = FLOPS_PER_PARAM_TOKEN * (params * tokens)
    served = FLOPS_PER_PARAM_INFERENCE_TOKEN * (params * demand)
    return np.asarray(np.isfinite(spent + served) & (np.minimum(params, tokens) > least))


def one_of(first: str, one: ArrayLike | None, second: str, other: ArrayLike | None) -> Array:
    """Return the one of two goals that is given, or say that it must be one.

    Examples
    --------
    >>> one_of("loss", 2.0, "flops", None)
    array(2.)
    """
    if (one is None) == (other is None):
        raise ArgumentError(
            f"Got {'neither' if one is None else 'both'} of {first} and {second}; give exactly "
            f"one: {first}= for the cheapest model of a loss, {second}= for the best of a budget."
        )
    return positive(second, other) if one is None else positive(first, one)  # type: ignore[arg-type]  # not None: the other is


def _has_draws(law: Law) -> bool:
    return any(np.ndim(value) for value in law.to_dict().values())


def _reachable(law: Law, loss: Array) -> Array:
    """Return the losses, NaN where a draw of the law does not reach one."""
    least = np.asarray(law.irreducible)
    above = loss > least
    if not above.all() and not (above.any() and _has_draws(law)):
        low = np.broadcast_to(loss, above.shape)[~above].flat[0]
        raise ArgumentError(
            f"loss is {low:g}, but {type(law).__name__} reaches only losses above its irreducible "
            f"{np.min(least):g}: any number from there up, not included. Give a higher loss."
        )
    return np.where(above, loss, np.nan)


def _no_optimum(
    law: Law, by_loss: bool, goal: float, params: float, demand: Array
) -> ReplicationError:
    name, unit = ("loss", "nats per token") if by_loss else ("budget", "FLOPs")
    said = shown(law)
    asked = (
        f"{said[0].upper()}{said[1:]} has no lifetime optimum for a {name} of {goal:g} {unit} and "
        f"a demand of up to {np.max(demand):g} tokens: "
    )
    if params <= LEAST:
        return ReplicationError(
            f"{asked}the model would have {params:.2g} parameters. Ask for less demand, or give a "
            f"{'lower loss' if by_loss else 'larger budget'}."
        )
    return ReplicationError(
        f"{asked}its loss falls without end towards all parameters or all tokens, or it takes "
        "more FLOPs than a float holds. Check the signs of the exponents, and how near the loss "
        f"is to the irreducible {np.max(law.irreducible):g}."
    )
