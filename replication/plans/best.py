"""The best model that one law knows for a budget or a loss, with its demand and its text."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from replication.counting import FLOPS_PER_PARAM_INFERENCE_TOKEN, FLOPS_PER_PARAM_TOKEN
from replication.errors import ReplicationError
from replication.fitting.forecasts import decades_beyond, known_drift, widened
from replication.fitting.intervals import LEVEL
from replication.laws import DataConstrained, Law
from replication.laws.repeats import Effective
from replication.lifetime import lifetime_optimal
from replication.plans.sources import Source

LEAST = 1.0
"""Parameters and tokens below which there is no model."""
NO_MODEL = "no model"
UNREACHED = "loss out of reach"
ONLY_BUDGET = "knows budgets for training only"
NO_PRICE = "reads unique tokens in a form of its own"
"""Why a law gives no answer; more may follow after a colon."""
_WIDEST = (0.0, 460.0)
"""Logarithms of the budgets in FLOPs between which one is sought that reaches a loss."""
_FARTHEST = 120.0
"""Logarithm of the most tokens per parameter, and of the most parameters per token."""
_ENDLESS = 1e300
"""Unique tokens that never run out."""


@dataclass(frozen=True)
class Asked:
    """What every law is asked.

    Parameters
    ----------
    flops, loss : float or None
        The budget for training and serving in FLOPs, or the loss to reach in nats per token; one
        of them.
    demand : float
        Tokens served over the lifetime.
    limit : float
        Unique tokens that there are; infinite where that is not asked.
    level : float
        Coverage of the forecasts.

    Examples
    --------
    >>> Asked(flops=1e22).limit
    inf
    """

    flops: float | None = None
    loss: float | None = None
    demand: float = 0.0
    limit: float = np.inf
    level: float = LEVEL


def best_model(source: Source, asked: Asked) -> tuple[float, float]:
    """Return the params and tokens that a law would train.

    Every law spends 6 N D + 2 N T. One that knows what repeats are worth (muennighoff2023) trains
    D tokens of which no more than the limit are different, and loses what the others are worth
    less; to the others each pass is new text.

    Parameters
    ----------
    source : Source
        The law.
    asked : Asked
        The budget or loss, the demand and the text.

    Returns
    -------
    params, tokens : float
        Of the model.

    Raises
    ------
    ReplicationError
        If the law has no answer; the message says why.

    Examples
    --------
    >>> from replication.plans import answering
    >>> params, tokens = best_model(answering()["Muennighoff"], Asked(1e22, demand=1e12))
    >>> f"{6 * params * tokens + 2 * params * 1e12:.4g}"
    '1e+22'
    """
    params, tokens = _answer(source, asked)
    if not (params >= LEAST and tokens >= LEAST):
        raise ReplicationError(
            f"{NO_MODEL}: the best would have {params:.3g} params on {tokens:.3g} tokens."
        )
    return params, tokens


def _answer(source: Source, asked: Asked) -> tuple[float, float]:
    if source.evidence is None:
        if asked.flops is None or asked.demand > 0 or source.line is None:
            raise ReplicationError(f"{ONLY_BUDGET}.")
        params = float(source.line.predict(asked.flops))
        return params, asked.flops / (FLOPS_PER_PARAM_TOKEN * params)
    law = source.evidence.law
    if not isinstance(law, DataConstrained) and "unique_tokens" in law.inputs:
        raise ReplicationError(
            f"{NO_PRICE} ({type(law).__name__}), whose optimum the planner does not know."
        )
    try:
        if isinstance(law, DataConstrained):
            return _repeating(law, asked)
        best = lifetime_optimal(
            law, flops=asked.flops, loss=asked.loss, inference_tokens=asked.demand
        )
    except ReplicationError as error:
        raise ReplicationError(
            f"{NO_MODEL if asked.loss is None else UNREACHED}: {error}"
        ) from None
    return float(best.params), float(best.tokens)


def loss_of(law: Law, params: float, tokens: float, limit: float) -> float:
    """Return the loss of a model; a law of repeats reads no more than the unique tokens as new.

    Examples
    --------
    >>> import replication as rp
    >>> law = rp.published("muennighoff2023", "decay both")
    >>> loss_of(law, 1e9, 1e11, 1e10) > loss_of(law, 1e9, 1e11, np.inf)
    True
    """
    at = {"params": params, "tokens": tokens, "unique_tokens": min(tokens, limit)}
    return float(np.asarray(law.predict(*(at[name] for name in law.inputs))))


def forecast(
    source: Source, params: float, tokens: float, level: float
) -> tuple[float, float] | None:
    """Return the ends of the forecast of one run, or None where none is known.

    Parameters
    ----------
    source : Source
        A law of the planner.
    params, tokens : float
        Of the run.
    level : float
        Coverage.

    Returns
    -------
    tuple of float or None
        Nats per token.

    Examples
    --------
    >>> from replication.plans import answering
    >>> low, high = forecast(answering()["Besiroglu"], 1e10, 2e11, 0.8)
    >>> bool(low < 2.14 < high)
    True
    """
    evidence = source.evidence
    if evidence is None or evidence.draws is None or evidence.noise is None or not source.flops:
        return None
    measured = np.isclose(level, LEVEL)
    drift = source.drift if measured else known_drift(evidence.noise, level, None)
    if drift is None:
        return None
    run = evidence.predict(level, kind="run", params=params, tokens=tokens).iloc[0]
    spent = np.array([FLOPS_PER_PARAM_TOKEN * params * tokens])
    estimate, low, high = (np.array([run[name]]) for name in ("estimate", "low", "high"))
    ends = widened(estimate, low, high, drift, decades_beyond(spent, np.array(source.flops)))
    return float(ends[0][0]), float(ends[1][0])


def _repeating(law: DataConstrained, asked: Asked) -> tuple[float, float]:
    """Return what the law of repeats would train; a loss is reached by the budget it takes."""
    limit = min(asked.limit, _ENDLESS)
    if asked.flops is not None:
        return _spending(law, float(np.log(asked.flops)), asked.demand, limit)
    goal = float(asked.loss or 0.0)
    if goal <= float(law.floor(limit)):
        raise ReplicationError(f"{goal:g} nats per token is not above what {law!r} can reach.")

    def excess(log_flops: float) -> float:
        params, tokens = _spending(law, log_flops, asked.demand, limit)
        return float(law.loss(params, tokens, min(tokens, limit))) - goal

    log_flops = brentq(excess, *_WIDEST, xtol=1e-12, rtol=1e-14)
    return _spending(law, float(log_flops), asked.demand, limit)


def _spending(
    law: DataConstrained, log_flops: float, demand: float, limit: float
) -> tuple[float, float]:
    """Return the params and tokens of least loss for a budget that pays for serving too.

    Along the models that spend it, by their tokens per parameter, one percent of tokens is worth
    (D + s) / D times one percent of parameters at the best, with s = T/3; all in logarithms, since
    what a thousandth repeat is worth is less than a float can hold.
    """
    if not demand:
        best = law.optimal(flops=float(np.exp(log_flops)), unique_tokens=limit)
        return float(best.params), float(best.tokens)
    pairs = np.exp(log_flops) / FLOPS_PER_PARAM_TOKEN
    extra = demand * FLOPS_PER_PARAM_INFERENCE_TOKEN / FLOPS_PER_PARAM_TOKEN

    def along(ratio: float) -> tuple[float, float]:
        params = pairs / (0.5 * extra + np.hypot(0.5 * extra, np.sqrt(np.exp(ratio) * pairs)))
        return float(params), float(np.exp(ratio) * params)

    def tilt(ratio: float) -> float:
        params, tokens = along(ratio)
        of_params, of_tokens = _log_slopes(law, params, tokens, limit)
        return float(of_tokens - of_params + np.log1p(extra / tokens))

    return along(float(brentq(tilt, -_FARTHEST, _FARTHEST, xtol=1e-12, rtol=1e-14)))


def _log_slopes(
    law: DataConstrained, params: float, tokens: float, limit: float
) -> tuple[float, float]:
    """Return logarithms of what one percent of parameters and of tokens take off the loss."""
    unique = np.asarray(min(tokens, limit))
    matched = np.log(law.matched_params(unique))
    size = Effective(np.log(np.asarray(params)), matched, np.asarray(law.R_N_star))
    data = Effective(np.log(np.asarray(tokens)), np.log(unique), np.asarray(law.R_D_star))
    of_size = np.log(law.A) - law.alpha * size.log
    of_tokens = np.log(law.beta * law.B) - law.beta * data.log + data.log_slope
    if tokens < limit:  # fresh tokens call for a larger model: fewer parameters are in excess
        with np.errstate(divide="ignore"):
            called = np.log(law.beta) + of_size + np.log(size.unique_slope)
        of_tokens = np.logaddexp(of_tokens, called)
    return float(np.log(law.alpha) + of_size + size.log_slope), float(of_tokens)
