"""The model that is cheapest over its lifetime, in money."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from replication.counting.numbers import Number, common_shape, in_range, numbers, plain
from replication.errors import ArgumentError, shown
from replication.fitting.given import LawLike
from replication.lifetime.deployment import Deployment
from replication.lifetime.optimum import LifetimeOptimum, lifetime_optimal, one_of


@dataclass(frozen=True, kw_only=True)
class LifetimeCostOptimum(LifetimeOptimum):
    """A model chosen by the money that training and serving take.

    Parameters
    ----------
    params, tokens, loss, inference_tokens, baseline, notes
        As in `LifetimeOptimum`; the demand is input and output together.
    deployment : Deployment
        Prices, speeds and utilisations.
    input_tokens, output_tokens : float or ndarray
        Demand over the lifetime in tokens.

    Examples
    --------
    See `lifetime_cost_optimal`.
    """

    deployment: Deployment
    input_tokens: Number
    output_tokens: Number

    @property
    def training_dollars(self) -> Number:
        """Price of training."""
        return self.deployment.dollars(params=self.params, tokens=self.tokens)

    @property
    def dollars(self) -> Number:
        """Price over the lifetime, training and inference."""
        return self._dollars(self.params, self.tokens)

    @property
    def inference_dollars(self) -> Number:
        """Price of inference."""
        return self.dollars - self.training_dollars

    @property
    def dollars_ratio(self) -> Number:
        """Lifetime price over that of the compute-optimal model of the same loss."""
        return self.dollars / self._dollars(self.baseline.params, self.baseline.tokens)

    def _dollars(self, params: Number, tokens: Number) -> Number:
        return self.deployment.dollars(
            params=params,
            tokens=tokens,
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
        )


def lifetime_cost_optimal(
    law: LawLike,
    deployment: Deployment,
    *,
    loss: ArrayLike | None = None,
    dollars: ArrayLike | None = None,
    input_tokens: ArrayLike,
    output_tokens: ArrayLike,
) -> LifetimeCostOptimum:
    """Return the model that is best once its inference is paid for (sardana2024).

    With `loss`, the params and tokens that reach it for the least money; with `dollars`, those of
    least loss among all whose training and inference cost that much. It is the optimum in FLOPs
    for the demand `Deployment.equivalent_tokens`.

    Parameters
    ----------
    law : Law, Fit, Bootstrap or Evidence
        Predicts a loss from params and tokens; of the others it is the law itself.
    deployment : Deployment
        Prices, speeds and utilisations; arrays in it broadcast too.
    loss : array_like, optional
        Target loss in nats per token.
    dollars : array_like, optional
        Lifetime budget in dollars. Exactly one of `loss` and `dollars` must be given.
    input_tokens, output_tokens : array_like
        Demand in tokens over the lifetime; zero or more.

    Returns
    -------
    LifetimeCostOptimum
        Each part with the shape of the arguments broadcast with the fields of the law.

    Raises
    ------
    ArgumentError, ReplicationError
        As for `lifetime_optimal`.

    Examples
    --------
    Ten billion requests of a thousand tokens in and 250 out, served in int8 on older hardware:

    >>> from replication.laws import Chinchilla
    >>> law = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.336, beta=0.283)
    >>> rented = Deployment(
    ...     train_dollars_per_hour=1.40,
    ...     train_peak_flops_per_second=3.12e14,
    ...     inference_dollars_per_hour=0.60,
    ...     inference_peak_flops_per_second=6.24e14,
    ...     train_utilisation=0.5,
    ...     input_utilisation=0.4,
    ...     output_utilisation=0.2,
    ... )
    >>> demand = {"input_tokens": 1e13, "output_tokens": 2.5e12}
    >>> best = lifetime_cost_optimal(law, rented, loss=1.947, **demand)
    >>> f"{best.params:.3e} {best.tokens:.3e} {best.dollars_ratio:.2%}"
    '2.053e+10 3.302e+12 88.76%'
    >>> back = lifetime_cost_optimal(law, rented, dollars=best.dollars, **demand)
    >>> round(back.loss, 12)
    1.947
    """
    if not isinstance(deployment, Deployment):
        raise ArgumentError(f"deployment must be a Deployment, got {shown(deployment)}.")
    goal = one_of("loss", loss, "dollars", dollars)
    asked = {"input_tokens": input_tokens, "output_tokens": output_tokens}
    weight = deployment.equivalent_tokens(**asked)
    common_shape(**{"dollars" if loss is None else "loss": goal}, **asked, **vars(deployment))
    with np.errstate(over="ignore"):
        flops = np.asarray(goal / deployment.dollars_per_training_flop) if loss is None else None
    if flops is not None:
        in_range("The budget in FLOPs", flops)
    found = lifetime_optimal(law, loss=loss, flops=flops, inference_tokens=weight)
    parts: dict[str, Any] = {field.name: getattr(found, field.name) for field in fields(found)}
    shape = np.shape(found.params)
    read, written = (
        np.broadcast_to(numbers(name, tokens), shape) for name, tokens in asked.items()
    )
    return LifetimeCostOptimum(
        **(parts | {"inference_tokens": plain(read + written)}),
        deployment=deployment,
        input_tokens=plain(read),
        output_tokens=plain(written),
    )
