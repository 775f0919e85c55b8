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

_MOST_STEPS = 60
"""Five are enough wherever we looked."""
_BLOCK = 8192
"""Points solved together: their arrays fit the cache, which makes it three times as fast."""


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
    alpha, beta = np.asarray(law.alpha), np.asarray(law.beta)
    reducible = loss - law.E
    with np.errstate(over="ignore"):
        params = (law.A * (1.0 + alpha / beta) / reducible) ** (1.0 / alpha)
        tokens = (law.B * (1.0 + beta / alpha) / reducible) ** (1.0 / beta)
    weight = extra / tokens
    tau = np.asarray(law.a * weight)
    growth = np.exp(_in_blocks(_stretch_at_loss, tau, beta))
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
    alpha, beta = np.asarray(law.alpha), np.asarray(law.beta)
    pairs = flops / FLOPS_PER_PARAM_TOKEN
    tokens = pairs**law.b / law.G
    tokens = tokens * np.exp(_in_blocks(_stretch_at_budget, extra / tokens, alpha, beta))
    return pairs / (tokens + extra), tokens


def _stretch_at_loss(tau: Array, beta: Array) -> Array:
    """Solve beta z = ln(1 + tau exp(-z)) for z."""

    def step(z: Array) -> Array:
        # Halley's step: the second derivative costs one product more.
        part = tau * np.exp(-z)
        whole = 1.0 + part
        value = np.log(whole) - beta * z
        share = part / whole
        slope = share + beta
        return value * slope / (slope * slope - 0.5 * value * share * (1.0 - share))

    # Tangents of the right side, at z = 0 and at minus infinity: the root lies beyond both.
    near = np.log1p(tau) / (beta + tau / (1.0 + tau))
    with np.errstate(divide="ignore"):
        far = np.log(tau) / (1.0 + beta)
    return _converged(step, np.maximum(near, far), last=1e-6)


def _stretch_at_budget(weight: Array, alpha: Array, beta: Array) -> Array:
    """Solve (1 + beta) z = (1 - alpha) ln(exp(z) + weight) for z."""
    with np.errstate(divide="ignore"):
        log_weight = np.log(weight)

    def step(z: Array) -> Array:
        total = np.logaddexp(z, log_weight)
        slope = 1.0 + beta - (1.0 - alpha) * np.exp(z - total)
        return ((1.0 - alpha) * total - (1.0 + beta) * z) / slope

    start = (1.0 - alpha) / (1.0 + beta) * np.maximum(log_weight, 0.0)
    return _converged(step, start, last=1e-9)


def _converged(step: Callable[[Array], Array], z: Array, last: float) -> Array:
    """Repeat a step until none is longer than `last`, after which no digit changes.

    What is then left is the square of a Newton step or the cube of Halley's.
    """
    for _ in range(_MOST_STEPS):
        change = step(z)
        z = z + change
        farthest = np.fmax.reduce(np.abs(change), initial=0.0)
        if farthest <= last:
            return z
    raise ReplicationError(
        f"The lifetime optimum did not settle within {_MOST_STEPS} steps: it still moves by "
        f"{farthest:.1e} in log tokens. Report the law and its arguments as a bug."
    )


def _in_blocks(solve: Callable[..., Array], *columns: Array) -> Array:
    """Solve as many points at a time as stay in the processor's cache."""
    grids = np.broadcast_arrays(*columns)
    flat = [grid.ravel() for grid in grids]
    z = np.empty(flat[0].size)
    for first in range(0, z.size, _BLOCK):
        block = slice(first, first + _BLOCK)
        z[block] = solve(*(column[block] for column in flat))
    return z.reshape(grids[0].shape)


def _falling(law: Chinchilla) -> Chinchilla:
    """Return the law with NaN for exponents where one of the two is not positive."""
    falls = (np.asarray(law.alpha) > 0) & (np.asarray(law.beta) > 0)
    exponents: dict[str, Any] = {
        name: np.where(falls, getattr(law, name), np.nan) for name in ("alpha", "beta")
    }
    return replace(law, **exponents)
