"""The paper's examples: models of one quality, trained and served in different ways."""

from typing import Any

from numpy.typing import ArrayLike

from replication.counting import inference_flops, training_flops
from replication.counting.numbers import Number
from replication.datasets import published
from replication.errors import ArgumentError
from replication.laws import Chinchilla, Optimum
from replication.lifetime import (
    LifetimeCostOptimum,
    LifetimeOptimum,
    lifetime_cost_optimal,
    lifetime_optimal,
)
from replication.papers.sardana2024.data import demand, deployment

__all__ = [
    "README_LOSS",
    "TOKENS",
    "chinchilla",
    "cost_optimum",
    "figure_1",
    "half_size",
    "law",
    "optimum",
]

TOKENS = 2e12
"""Inference tokens of the examples in FLOPs."""
README_LOSS = 1.947
"""Target loss of the examples in the README: that of 70B on a trillion tokens, rounded."""
ABSTRACT_REQUESTS = 1e9
"""Requests from which on, says the abstract, models should be smaller and trained longer."""


def law() -> Chinchilla:
    """Return the law with the coefficients that the authors' scripts use.

    Examples
    --------
    >>> round(law().loss(70e9, 1e12), 3)
    1.947
    """
    return published("sardana2024", "repository")  # type: ignore[return-value]  # as its table says


def chinchilla(params: ArrayLike, surface: Chinchilla | None = None) -> Optimum:
    """Return the compute-optimal model of a size.

    Parameters
    ----------
    params : array_like
        Parameters N (a count).
    surface : Chinchilla, optional
        Another law than that of the paper.

    Returns
    -------
    Optimum
        Its training FLOPs, tokens and loss.

    Examples
    --------
    >>> round(chinchilla(30e9).tokens / 1e12, 3)
    1.556
    """
    surface = surface or law()
    return surface.optimal(flops=surface.flops_at(params))


def optimum(params: ArrayLike, inference_tokens: ArrayLike) -> LifetimeOptimum:
    """Return the model of the quality of a compute-optimal one with the fewest lifetime FLOPs.

    Parameters
    ----------
    params : array_like
        Parameters of the compute-optimal model (a count).
    inference_tokens : array_like
        Demand in tokens.

    Returns
    -------
    LifetimeOptimum

    Examples
    --------
    >>> round(optimum(70e9, 1e13).params_ratio, 3)
    0.594
    """
    return lifetime_optimal(law(), loss=chinchilla(params).loss, inference_tokens=inference_tokens)


def cost_optimum(
    params: ArrayLike, requests: Any, name: str = "default", **changes: Any
) -> LifetimeCostOptimum:
    """Return the cheapest model of the quality of a compute-optimal one.

    Parameters
    ----------
    params : array_like
        Parameters of the compute-optimal model (a count).
    requests : array_like
        Requests over the lifetime.
    name, **changes
        As for `deployment`.

    Returns
    -------
    LifetimeCostOptimum

    Examples
    --------
    >>> best = cost_optimum(70e9, 2e12 / 285)
    >>> round(best.params_ratio, 3), round(best.dollars_ratio, 2)
    (0.415, 0.66)
    """
    return lifetime_cost_optimal(
        law(),
        deployment(name, **changes),
        loss=chinchilla(params).loss,
        **demand(requests, name),
    )


def half_size(surface: Chinchilla) -> float:
    """Return the demand that halves the parameters, over the compute-optimal training tokens.

    In closed form: with half of the parameters, the loss says how many tokens it takes, and
    those tokens are optimal at one demand only.

    Parameters
    ----------
    surface : Chinchilla
        Half of the parameters must suffice at all: 2**alpha below 1 + alpha / beta.

    Returns
    -------
    float
        T / D_0.

    Raises
    ------
    ArgumentError
        If no demand halves the parameters of this law.

    Examples
    --------
    >>> times = half_size(law())
    >>> round(optimum(13e9, times * chinchilla(13e9).tokens).params_ratio, 12)
    0.5
    """
    # A / N**alpha and B / D**beta in units of L - E, at half of the parameters.
    size = 2**surface.alpha * surface.a
    if size >= 1:
        least = surface.a ** (1.0 / surface.alpha)
        raise ArgumentError(
            f"By {surface} a model needs {least:.0%} of its parameters at any demand: none halves "
            "them. Ask of a law with 2**alpha below 1 + alpha / beta."
        )
    growth = (surface.b / (1.0 - size)) ** (1.0 / surface.beta)
    weight = growth * (surface.alpha * size / (surface.beta * (1.0 - size)) - 1.0)
    return float(3.0 * weight)


def lifetime_flops(params: Any, tokens: Any, inference_tokens: Any) -> Number:
    """Return 6 N D + 2 N T of any model.

    Examples
    --------
    >>> float(lifetime_flops(1e9, 2e10, 1e12))
    2.12e+21
    """
    return training_flops(params, tokens) + inference_flops(params, inference_tokens)


def figure_1(inference_tokens: Any = TOKENS) -> dict[str, Any]:
    """Return the example of Figure 1: 13B as Chinchilla would train it, or 7B for longer.

    Parameters
    ----------
    inference_tokens : array_like
        Demand in tokens.

    Returns
    -------
    dict
        ``loss`` of both, their ``tokens``, lifetime FLOPs ``large`` and ``small``, ``saving`` of
        the small one in FLOPs, and the demand ``even`` from which on it pays.

    Examples
    --------
    >>> example = figure_1()
    >>> f"{example['saving']:.2e} of {example['large']:.3e}"
    '1.69e+22 of 9.697e+22'
    """
    large = chinchilla(13e9)
    tokens = law().tokens_for(loss=large.loss, params=7e9)
    flops = {
        "large": lifetime_flops(large.params, large.tokens, inference_tokens),
        "small": lifetime_flops(7e9, tokens, inference_tokens),
    }
    extra_training = training_flops(7e9, tokens) - large.flops
    return {
        "loss": large.loss,
        "tokens": {"large": large.tokens, "small": tokens},
        **flops,
        "saving": flops["large"] - flops["small"],
        "even": float(extra_training / inference_flops(large.params - 7e9, 1.0)),
    }
