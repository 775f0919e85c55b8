"""What to train for a budget and a demand, under every law of the planner side by side."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from replication.counting import inference_flops, training_flops
from replication.counting.numbers import positive, share, single
from replication.datasets.registered import Entry
from replication.errors import ArgumentError, ReplicationError, shown
from replication.fitting import Evidence
from replication.fitting.distance import column_of, spent
from replication.fitting.given import LawLike, law_of
from replication.fitting.intervals import LEVEL, beyond
from replication.laws import Law, OverTraining
from replication.plans.best import Asked, best_model, forecast, loss_of
from replication.plans.machines import PRECISION, UTILISATION, budget_of, machine
from replication.plans.sources import Source, answering
from replication.units import SECONDS_PER_HOUR


@dataclass(frozen=True, eq=False)
class Plan:
    """What each law would train.

    Parameters
    ----------
    table : DataFrame
        One row a law: ``law``; ``params``, ``tokens`` and ``tokens_per_param``; ``loss`` (nats per
        token of that law's own text and tokenizer; NaN for lines) with the ends ``low`` and
        ``high`` of its interval and the ``kind`` of that: ``"forecast"``, ``"law"`` or ``"none"``;
        ``training_flops``, ``inference_flops`` and their sum ``flops``; ``epochs``, tokens over
        unique tokens, NaN if these are not given; ``gpu_hours`` and ``dollars`` of training, NaN
        without an accelerator; and the factors ``flops_beyond`` and ``ratio_beyond`` by which the
        training compute and the tokens per parameter lie outside the runs behind the law: 1
        inside, NaN where they are not known.
    failed : mapping of str to str
        Laws that give no answer, and why.
    budget : float or None
        The budget in FLOPs, for training and serving together; None if a loss was asked for.
    how : str
        How the budget was found.

    Examples
    --------
    >>> import replication as rp
    >>> plan = rp.plan(flops=1e22)
    >>> plan.table.set_index("law").loc["Besiroglu", "params"].round(-8)
    np.float64(9100000000.0)
    """

    table: pd.DataFrame = field(repr=False)
    failed: Mapping[str, str] = field(default_factory=dict, repr=False)
    budget: float | None = None
    how: str = ""

    def __repr__(self) -> str:
        """Return the budget and the range of sizes over the laws."""
        low, high = self.table["params"].min(), self.table["params"].max()
        return f"{len(self.table)} laws, {self.how}: {low:.3g} to {high:.3g} params"


def plan(
    *,
    flops: float | None = None,
    gpu_hours: float | None = None,
    dollars: float | None = None,
    target_loss: float | None = None,
    gpu: str | None = None,
    precision: str = PRECISION,
    utilisation: float = UTILISATION,
    dollars_per_hour: float | None = None,
    tokens_served: float = 0.0,
    unique_tokens: float | None = None,
    laws: Mapping[str, LawLike | Entry] | None = None,
    published: bool = True,
    level: float = LEVEL,
) -> Plan:
    """Return what to train, under the laws of the planner and any of your own.

    The budget C is what training and serving cost together, 6 N D + 2 N T for T tokens served, and
    every law chooses the N and D of least loss; or, with a target loss, the N and D that reach it
    for the least C. Losses of different laws are of different text and tokenizers: compare their
    sizes, not their losses.

    The laws are those of `replication.plans.answering`, the same as on the page *Plan your own*:
    surfaces as they were fitted in this book, with forecasts and the range of their runs, and
    lines, which divide a budget of training and know nothing else. Every other law that papers
    have printed, or that was fitted to the public corpus, stands in `replication.registry` and
    can be given as one of `laws`.

    Parameters
    ----------
    flops : float, optional
        The budget in FLOPs. Exactly one of `flops`, `gpu_hours`, `dollars` and `target_loss` must
        be given.
    gpu_hours : float, optional
        Accelerators times hours; needs `gpu`.
    dollars : float, optional
        Money; needs `gpu`.
    target_loss : float, optional
        Loss to reach, nats per token.
    gpu : str, optional
        An accelerator of `replication.plans.hardware`, such as ``"H100"``; with it hours and
        dollars of training are in the table.
    precision : str
        In which it computes, as in that table.
    utilisation : float
        Share of the peak speed that training (and here serving) reaches, in (0, 1]. Where serving
        has a price of its own, give `flops` as dollars over
        `Deployment.dollars_per_training_flop`, and `tokens_served` as
        `Deployment.equivalent_tokens`.
    dollars_per_hour : float, optional
        Price of an accelerator; by default that of the table.
    tokens_served : float
        Demand T in tokens over the lifetime, input and output.
    unique_tokens : float, optional
        Tokens U of different text that there are; by default as many as a law asks for. The law
        of repeats (muennighoff2023) then minimises L(N, D, min(D, U)) over the models that spend
        the budget, with the demand in it: 6 N D + 2 N T = C. The others do not know what a
        repeat is worth and take each pass for new text; ``epochs`` says how often they would read
        it. A law of another form that reads unique tokens is refused by name.
    laws : mapping of str to Law, Fit, Bootstrap, Evidence or Entry, optional
        Laws of your own by name; fits come with a forecast. Entries of `replication.registry`
        come with the range of their runs.
    published : bool
        Whether the laws of the planner are asked too.
    level : float
        Coverage of the intervals.

    Returns
    -------
    Plan
        One row a law.

    Raises
    ------
    ArgumentError
        If none or several budgets are given, a number is not positive, or hours or dollars come
        without an accelerator.
    UnknownNameError
        If the accelerator or its precision is not in the table.
    ReplicationError
        If no law gives an answer; the message says why.

    Examples
    --------
    >>> found = plan(gpu_hours=1e6, gpu="H100", utilisation=0.4, tokens_served=1e12)
    >>> found.how
    '1e+06 H100 hours at 40 % of 9.89e+14 FLOP/s = 1.42e+24 FLOPs'
    >>> found.failed["Kaplan"]
    'knows budgets for training only.'
    >>> import replication as rp
    >>> own = {"llama3": rp.registry()["corpus/llama3"]}
    >>> plan(flops=1e22, laws=own, published=False).table["kind"].tolist()
    ['law']
    >>> plan(flops=1e22, dollars=1e6)
    Traceback (most recent call last):
        ...
    replication.errors.ArgumentError: Give one of flops, gpu_hours, dollars and target_loss; got
    flops, dollars.
    """
    level = share("level", level, LEVEL)
    speed, price = machine(gpu, precision, utilisation, dollars_per_hour)
    budgets = {
        "flops": flops,
        "gpu_hours": gpu_hours,
        "dollars": dollars,
        "target_loss": target_loss,
    }
    budget, goal, how = budget_of(budgets, gpu, speed, price, utilisation)
    served = single("tokens_served", tokens_served)
    if served < 0:
        raise ArgumentError(f"tokens_served is {shown(tokens_served)}; zero or more is expected.")
    limit = np.inf
    if unique_tokens is not None:
        limit = single("unique_tokens", positive("unique_tokens", unique_tokens))
    asked = Asked(budget, goal, served, limit, level)
    if laws is not None and not isinstance(laws, Mapping):
        raise ArgumentError(f"laws is {shown(laws)}; laws by name are expected: {{'mine': fit}}.")
    given: dict[str, tuple[Any, Source]] = {
        str(name): (one, _source(str(name), one)) for name, one in (laws or {}).items()
    }
    if published:
        given |= {name: (one, one) for name, one in answering().items() if name not in given}
    rows, failed = [], {}
    for name, (one, source) in given.items():
        try:
            row = _row(name, one, source, asked)
        except ReplicationError as error:
            failed[name] = str(error)
            continue
        hours = row["training_flops"] / (speed * SECONDS_PER_HOUR) if speed else np.nan
        rows.append(row | {"gpu_hours": hours, "dollars": hours * price})
    if not rows:
        raise ReplicationError(_nobody(failed))
    return Plan(pd.DataFrame(rows), failed, budget, how)


def _nobody(failed: Mapping[str, str]) -> str:
    """Say why no law gives an answer: of one in full, of several in short."""
    if len(failed) == 1:
        return "No law gives an answer. " + "".join(f"{k}: {why}" for k, why in failed.items())
    short: dict[str, list[str]] = {}
    for name, why in failed.items():
        short.setdefault(why.partition(":")[0].rstrip("."), []).append(name)
    said = (f"{why} ({len(own)}, such as {own[0]})" for why, own in short.items())
    return f"No law gives an answer: {'; '.join(said) or 'there is none to ask'}."


def _row(name: str, given: Any, source: Source, asked: Asked) -> dict[str, Any]:
    """Return what one law would train."""
    params, tokens = best_model(source, asked)
    train, serve = (
        float(x) for x in (training_flops(params, tokens), inference_flops(params, asked.demand))
    )
    loss, low, high, kind = _loss(given, source, params, tokens, asked)
    return {
        "law": name,
        "params": params,
        "tokens": tokens,
        "tokens_per_param": tokens / params,
        "loss": loss,
        "low": low,
        "high": high,
        "kind": kind,
        "training_flops": train,
        "inference_flops": serve,
        "flops": train + serve,
        "epochs": tokens / asked.limit if np.isfinite(asked.limit) else np.nan,
        "flops_beyond": _beyond(train, source.flops),
        "ratio_beyond": _beyond(tokens / params, source.ratio),
    }


def _source(name: str, given: Any) -> Source:
    """Return a law of the reader's as one of the planner's, with the range of its runs."""
    if isinstance(given, Entry):
        law, flops, ratio = given.law, given.range.get("flops"), None
    else:
        law = law_of(given)
        runs = given.runs if isinstance(given, Evidence) else None
        if not isinstance(given, Law | Evidence):
            runs = given.problem.runs()
        flops = _ends(spent(law, runs))
        ratio = _ends(column_of(runs, "tokens") / column_of(runs, "params"))
    if isinstance(law, OverTraining):
        law = law.to_chinchilla()
    return Source(name, "", Evidence(law), None, None, flops, ratio)


def _ends(values: Any) -> tuple[float, float] | None:
    return None if np.isnan(values).any() else (float(values.min()), float(values.max()))


def _beyond(value: float, ends: tuple[float, float] | None) -> float:
    return float("nan") if ends is None else beyond(value, np.array(ends))


def _loss(
    given: Any, source: Source, params: float, tokens: float, asked: Asked
) -> tuple[float, float, float, str]:
    """Return the loss of a model, the ends of its interval, and what that is of."""
    none = float("nan"), float("nan"), "none"
    if source.evidence is None:
        return float("nan"), *none
    loss = loss_of(source.evidence.law, params, tokens, asked.limit)
    if isinstance(given, Source):
        ends = forecast(given, params, tokens, asked.level)
        return (loss, *none) if ends is None else (loss, *ends, "forecast")
    if isinstance(given, Entry):
        given = given.evidence()
    if isinstance(given, Law) or (isinstance(given, Evidence) and given.draws is None):
        return loss, *none
    inputs = {
        "params": params,
        "tokens": tokens,
        "unique_tokens": min(tokens, asked.limit),
        "flops": float(training_flops(params, tokens)),
        "token_multiplier": tokens / params,
    }
    try:
        table = given.predict(asked.level, **{name: inputs[name] for name in law_of(given).inputs})
    except (ReplicationError, KeyError):
        return loss, *none
    low, high = (float(table[end].iloc[0]) for end in ("low", "high"))
    return loss, low, high, str(table["kind"].iloc[0])
