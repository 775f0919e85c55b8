"""Lifetime optima of a Chinchilla law: one equation in one unknown, solved for all points at once.

Over its lifetime a model costs N (D + s) in units of 6 FLOPs, where s = T/3 are the inference
tokens T weighed against training tokens. Divide by the model that is optimal without inference,
N_0 and D_0, and little is left: with y = D / D_0 = exp(z) the optimum of given loss solves

    beta z = ln(1 + tau exp(-z)),    tau = beta / (alpha + beta) * s / D_0,

and the optimum of given lifetime budget

    (1 + beta) z = (1 - alpha) ln(exp(z) + s / D_0).

Both sides are monotone and their difference is convex or concave, so Newton's method needs no
bracket. Without inference z is zero, exactly.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.counting.numbers import Array
from replication.errors import ReplicationError
from replication.laws import Chinchilla

_TOLERANCE = 1e-15
"""Of the steps in z, absolute where z is below one."""
_MOST_STEPS = 60
"""Five are enough wherever we looked."""


def at_loss(law: Chinchilla, loss: Array, extra: Array) -> tuple[Array, Array]:
    """Return the cheapest params and tokens that reach a loss.

    Parameters
    ----------
    law : Chinchilla
        Its fields may hold arrays; NaN comes out where an exponent is not positive.
    loss : ndarray
        Target loss in nats per token, above E.
    extra : ndarray
        Inference tokens in units of training tokens, s = T/3.

    Returns
    -------
    params, tokens : ndarray
        Shapes of all arguments broadcast.

    Examples
    --------
    >>> law = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.336, beta=0.283)
    >>> N, D = at_loss(law, np.array(1.947), np.array(2e12 / 3))
    >>> f"{N:.3e} {D:.3e}"
    '2.418e+10 2.657e+12'
    """
    law = _falling(law)
    alpha, beta = law.alpha, law.beta
    reducible = loss - law.E
    with np.errstate(over="ignore"):
        params = (law.A * (1.0 + alpha / beta) / reducible) ** (1.0 / alpha)
        tokens = (law.B * (1.0 + beta / alpha) / reducible) ** (1.0 / beta)
    weight = extra / tokens
    tau = law.a * weight
    inner = np.log1p(tau)

    def step(z: Array) -> Array:
        # Halley's step: the second derivative costs one product more.
        part = tau * np.exp(-z)
        whole = 1.0 + part
        value = np.log(whole) - beta * z
        share = part / whole
        slope = share + beta
        return value * slope / (slope * slope - 0.5 * value * share * (1.0 - share))

    # Both are tangents of the left side, so the root lies beyond them: at z = 0, at minus infinity.
    near = inner / (beta + tau / (1.0 + tau))
    with np.errstate(divide="ignore"):
        z = _converged(step, np.maximum(near, np.log(tau) / (1.0 + beta)))
    growth = np.exp(z)
    # A / N**alpha and B / D**beta are what they were at y = 1, each with its own factor.
    shrink = np.log((growth + tau) / (growth + weight)) / alpha
    return params * np.exp(shrink), tokens * growth


def at_budget(law: Chinchilla, flops: Array, extra: Array) -> tuple[Array, Array]:
    """Return the params and tokens of least loss for a lifetime budget 6 N (D + s).

    Parameters
    ----------
    law : Chinchilla
        Its fields may hold arrays; NaN comes out where an exponent is not positive.
    flops : ndarray
        Lifetime budget in FLOPs.
    extra : ndarray
        Inference tokens in units of training tokens, s = T/3.

    Returns
    -------
    params, tokens : ndarray
        Shapes of all arguments broadcast.

    Examples
    --------
    >>> law = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.336, beta=0.283)
    >>> N, D = at_budget(law, np.array(1e24), np.array(2e12 / 3))
    >>> f"{6 * N * (D + 2e12 / 3):.6g}"
    '1e+24'
    """
    law = _falling(law)
    alpha, beta = law.alpha, law.beta
    pairs = flops / FLOPS_PER_PARAM_TOKEN
    tokens = pairs**law.b / law.G
    with np.errstate(divide="ignore"):
        log_weight = np.log(extra / tokens)

    def step(z: Array) -> Array:
        total = np.logaddexp(z, log_weight)
        slope = 1.0 + beta - (1.0 - alpha) * np.exp(z - total)
        return ((1.0 - alpha) * total - (1.0 + beta) * z) / slope

    z = _converged(step, (1.0 - alpha) / (1.0 + beta) * np.maximum(log_weight, 0.0))
    tokens = tokens * np.exp(z)
    return pairs / (tokens + extra), tokens


def _falling(law: Chinchilla) -> Chinchilla:
    """Return the law with NaN for exponents where one of the two is not positive."""
    falls = (np.asarray(law.alpha) > 0) & (np.asarray(law.beta) > 0)
    exponents: dict[str, Any] = {
        name: np.where(falls, getattr(law, name), np.nan) for name in ("alpha", "beta")
    }
    return replace(law, **exponents)


def _converged(step: Callable[[Array], Array], start: Array) -> Array:
    """Repeat a step at all points until the farthest stands still."""
    z = np.asarray(start)
    farthest, previous = np.inf, np.inf
    for _ in range(_MOST_STEPS):
        change = step(z)
        z = z + change
        farthest = np.fmax.reduce(np.abs(change) / (1.0 + np.abs(z)), axis=None, initial=0.0)
        # At the last digit a point may go to and fro for ever.
        if farthest <= _TOLERANCE or previous < 1e-12:
            return z
        previous = farthest
    raise ReplicationError(
        f"The lifetime optimum did not settle within {_MOST_STEPS} steps: it still moves by "
        f"{farthest:.1e} in log tokens. Report the law and its arguments as a bug."
    )
