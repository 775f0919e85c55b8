"""One budget, one demand, one heap of text: what every law would train."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from replication.counting import FLOPS_PER_PARAM_INFERENCE_TOKEN, FLOPS_PER_PARAM_TOKEN
from replication.counting.numbers import nonnegative, positive
from replication.errors import ArgumentError, ReplicationError
from replication.fitting.forecasts import decades_beyond, widened
from replication.fitting.intervals import LEVEL, beyond
from replication.instruments.sources import Source, answering
from replication.laws import DataConstrained
from replication.laws.repeats import Effective
from replication.lifetime import lifetime_optimal

COLUMNS = (
    *("law", "params", "tokens", "tokens_per_param", "loss", "low", "high", "kind"),
    *("training_flops", "inference_flops", "flops_beyond", "ratio_beyond", "epochs", "refusal"),
)
LEAST = 1.0
"""Parameters and tokens below which there is no model."""
NO_MODEL = "no model"
UNREACHED = "loss out of reach"
ONLY_BUDGET = "knows budgets for training only"
_WIDEST = (0.0, 460.0)
"""Logarithms of the budgets in FLOPs between which one is sought that reaches a loss."""
_FARTHEST = 120.0
"""Logarithm of the most tokens per parameter, and of the most parameters per token."""
_ENDLESS = 1e300
"""Unique tokens that never run out."""


def plan(
    *,
    flops: float | None = None,
    loss: float | None = None,
    inference_tokens: float = 0.0,
    unique_tokens: float | None = None,
) -> pd.DataFrame:
    """Return what every law would train for a budget, or for a loss.

    A budget pays for training and for serving: 6 N D + 2 N T. With `loss` it is the least budget
    that reaches it. For a budget in dollars give `flops` as dollars over
    `Deployment.dollars_per_training_flop`, and `inference_tokens` as
    `Deployment.equivalent_tokens`.

    Parameters
    ----------
    flops : float, optional
        Lifetime budget C in FLOPs.
    loss : float, optional
        Loss to reach, in nats per token of the text on which a law's loss is measured. Exactly one
        of `flops` and `loss` must be given.
    inference_tokens : float
        Demand T in tokens, input and output over the lifetime.
    unique_tokens : float, optional
        Tokens U of different text that there are; by default as many as a law asks for. Only the
        law of muennighoff2023 knows what repeating them is worth; of the others the column
        ``epochs`` says how often they would.

    Returns
    -------
    DataFrame
        One row a law: ``params`` and ``tokens`` (counts), ``tokens_per_param``, ``loss`` with the
        ends ``low`` and ``high`` of an 80 % interval (nats per token) and its ``kind``:
        ``"forecast"``, or ``"none"``; ``training_flops`` and ``inference_flops``; the factors
        ``flops_beyond`` and ``ratio_beyond`` by which training compute and tokens per parameter
        lie outside the runs of the law, NaN where those are not public; ``epochs``; and
        ``refusal``, why a law gives no answer, else empty.

    Raises
    ------
    ArgumentError
        If both or neither of `flops` and `loss` are given, or one of the numbers is none.

    Examples
    --------
    >>> found = plan(flops=1e22, inference_tokens=1e12).set_index("law")
    >>> float(found.loc["Besiroglu", "params"].round(-7)), found.loc["Kaplan", "refusal"]
    (2470000000.0, 'knows budgets for training only')
    """
    if (flops is None) == (loss is None):
        raise ArgumentError("Give either flops, a budget, or loss, the loss to reach.")
    goal = {
        name: float(positive(name, value))
        for name, value in {"flops": flops, "loss": loss}.items()
        if value is not None
    }
    demand = float(nonnegative("inference_tokens", inference_tokens))
    limit = np.inf if unique_tokens is None else float(positive("unique_tokens", unique_tokens))
    asked = _Asked(goal.get("flops"), goal.get("loss"), demand, limit)
    rows = [_row(source, asked) for source in answering().values()]
    return pd.DataFrame(rows, columns=list(COLUMNS))


@dataclass(frozen=True)
class _Asked:
    flops: float | None
    loss: float | None
    demand: float
    limit: float


def _row(source: Source, asked: _Asked) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS, np.nan) | {
        "law": source.name,
        "kind": "none",
        "refusal": "",
    }
    try:
        params, tokens = _model(source, asked)
    except ReplicationError:
        return row | {"refusal": NO_MODEL if asked.loss is None else UNREACHED}
    if params is None or tokens is None:
        return row | {"refusal": ONLY_BUDGET}
    if not (params >= LEAST and tokens >= LEAST):
        return row | {"refusal": NO_MODEL}
    training = FLOPS_PER_PARAM_TOKEN * params * tokens
    row |= {
        "params": params,
        "tokens": tokens,
        "tokens_per_param": tokens / params,
        "training_flops": training,
        "inference_flops": FLOPS_PER_PARAM_INFERENCE_TOKEN * params * asked.demand,
        "flops_beyond": _factor(training, source.flops),
        "ratio_beyond": _factor(tokens / params, source.ratio),
        "epochs": max(1.0, tokens / asked.limit),
    }
    return row | _loss(source, params, tokens, asked.limit)


def _model(source: Source, asked: _Asked) -> tuple[float | None, float | None]:
    """Return the params and tokens that a law would train."""
    if source.evidence is None or source.line is not None:
        if asked.flops is None or asked.demand > 0 or source.line is None:
            return None, None
        params = float(source.line.predict(asked.flops))
        return params, asked.flops / (FLOPS_PER_PARAM_TOKEN * params)
    law = source.evidence.law
    if isinstance(law, DataConstrained):
        return _repeating(law, asked)
    best = lifetime_optimal(law, flops=asked.flops, loss=asked.loss, inference_tokens=asked.demand)
    return float(best.params), float(best.tokens)


def _repeating(law: DataConstrained, asked: _Asked) -> tuple[float, float]:
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


def _factor(value: float, ends: tuple[float, float] | None) -> float:
    return np.nan if ends is None else beyond(value, np.array(ends))


def _loss(source: Source, params: float, tokens: float, limit: float) -> dict[str, Any]:
    """Return the loss of a model with the ends of a forecast, as far as the law knows them."""
    if source.evidence is None:
        return {}
    law = source.evidence.law
    if isinstance(law, DataConstrained):
        return {"loss": float(law.loss(params, tokens, min(tokens, limit)))}
    at = {"params": params, "tokens": tokens}
    known = {"loss": float(law.loss(**at))}
    if source.drift is None or source.evidence.draws is None or source.flops is None:
        return known
    run = source.evidence.predict(LEVEL, kind="run", **at).iloc[0]
    spent = FLOPS_PER_PARAM_TOKEN * params * tokens
    estimate, low, high = (np.array([run[name]]) for name in ("estimate", "low", "high"))
    decades = decades_beyond(np.array([spent]), np.array(source.flops))
    ends = widened(estimate, low, high, source.drift, decades)
    return known | {"low": float(ends[0][0]), "high": float(ends[1][0]), "kind": "forecast"}
