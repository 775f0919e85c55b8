"""What to train for a budget and a demand, under every published law side by side."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.counting import inference_flops, training_flops
from replication.counting.numbers import positive, share, single
from replication.errors import ArgumentError, ReplicationError, shown, unknown
from replication.fitting import Bootstrap, Evidence, Fit
from replication.fitting.distance import spent
from replication.fitting.given import LawLike, evidence_of, law_of
from replication.fitting.intervals import LEVEL, beyond
from replication.laws import Law, OverTraining
from replication.lifetime import lifetime_optimal
from replication.units import SECONDS_PER_HOUR

UTILISATION = 0.4
"""Share of the peak speed that training reaches, where nothing else is said."""
PRECISION = "bf16"
HARDWARE = ("sardana2024", "hardware")
"""The dated table of accelerators: key and name."""


@dataclass(frozen=True, eq=False)
class Plan:
    """What each law would train.

    Parameters
    ----------
    table : DataFrame
        One row a law: ``law``, ``params``, ``tokens``, ``tokens_per_param``, ``loss`` (nats per
        token of that law's own text and tokenizer), ``low`` and ``high`` (ends of its forecast,
        NaN for printed laws), ``training_flops``, ``inference_flops``, ``flops``, ``epochs``
        (tokens over unique tokens, NaN if these are not given), ``gpu_hours`` and ``dollars`` (of
        training, NaN without hardware) and ``beyond_data``, the factor by which the training
        compute lies outside the runs behind the law: 1 inside, NaN where they are not known.
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
    >>> plan.table.set_index("law").loc["hoffmann2022 tex", "params"].round(-8)
    np.float64(6300000000.0)
    """

    table: pd.DataFrame = field(repr=False)
    failed: Mapping[str, str] = field(default_factory=dict, repr=False)
    budget: float | None = None
    how: str = ""

    def __repr__(self) -> str:
        """Return the budget and the range of sizes over the laws."""
        low, high = self.table["params"].min(), self.table["params"].max()
        return f"{len(self.table)} laws, {self.how}: {low:.3g} to {high:.3g} params"


@cached
def hardware() -> pd.DataFrame:
    """Return the accelerators with their peak speed and price, from the dated table.

    Returns
    -------
    DataFrame
        One row an accelerator and precision: ``accelerator``, ``precision``,
        ``peak_flops_per_second``, ``dollars_per_hour``, ``date`` and where it is from.

    Examples
    --------
    >>> sorted(hardware()["accelerator"].unique())
    ['A100_40', 'A100_80', 'H100']
    """
    return datasets.load(*HARDWARE)


@cached
def planning_laws() -> dict[str, Law]:
    """Return the published laws that divide a budget: a loss in params and tokens.

    The over-training laws of gadre2024 are in the form of Chinchilla's, which they are another
    way to write.

    Returns
    -------
    dict of str to Law
        By the key of the paper and the name of the set: ``"hoffmann2022 tex"``.

    Examples
    --------
    >>> "kaplan2020 joint" in planning_laws(), "muennighoff2023 rounded" in planning_laws()
    (True, True)
    """
    found: dict[str, Law] = {}
    for table in datasets.tables():
        if table.name != "laws":
            continue
        for name in datasets.load(table.key, "laws")["name"].unique():
            law = datasets.published(table.key, str(name))
            if isinstance(law, OverTraining):
                law = law.to_chinchilla()
            inputs = set(law.inputs) - {"unique_tokens"}
            if law.response == "loss" and inputs == {"params", "tokens"}:
                found[f"{table.key} {name}"] = law
    return found


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
    laws: Mapping[str, LawLike] | None = None,
    published: bool = True,
    level: float = LEVEL,
) -> Plan:
    """Return what to train, under every published law and any of your own.

    The budget C is what training and serving cost together, 6 N D + 2 N T for T tokens served, and
    every law chooses the N and D of least loss; or, with a target loss, the N and D that reach it
    for the least C. Losses of different laws are of different text and tokenizers: compare their
    sizes, not their losses.

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
        Share of the peak speed that training (and here serving) reaches, in (0, 1].
    dollars_per_hour : float, optional
        Price of an accelerator; by default that of the table.
    tokens_served : float
        Demand T in tokens over the lifetime, input and output.
    unique_tokens : float, optional
        Tokens of text that there are. Laws that know of repeats (muennighoff2023) count them as
        such; for the others ``epochs`` says how often they would go through the text as if each
        pass were new.
    laws : mapping of str to Law, Fit, Bootstrap or Evidence, optional
        Laws of your own by name; fits come with a forecast.
    published : bool
        Whether the published laws are asked too.
    level : float
        Coverage of the forecasts.

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
    >>> plan(flops=1e22, dollars=1e6)
    Traceback (most recent call last):
        ...
    replication.errors.ArgumentError: Give one of flops, gpu_hours, dollars and target_loss; got
    flops, dollars.
    """
    level = share("level", level, LEVEL)
    speed, price = _machine(gpu, precision, utilisation, dollars_per_hour)
    asked = {
        "flops": flops,
        "gpu_hours": gpu_hours,
        "dollars": dollars,
        "target_loss": target_loss,
    }
    budget, goal, how = _budget(asked, gpu, speed, price, utilisation)
    served = single("tokens_served", tokens_served)
    if served < 0:
        raise ArgumentError(f"tokens_served is {shown(tokens_served)}; zero or more is expected.")
    unique = None
    if unique_tokens is not None:
        unique = single("unique_tokens", positive("unique_tokens", unique_tokens))
    given: dict[str, Any] = dict(laws or {})
    if published:
        given |= {name: law for name, law in planning_laws().items() if name not in given}
    rows, failed = [], {}
    for name, one in given.items():
        try:
            params, tokens, loss = _best(law_of(one), budget, goal, served, unique)
        except ReplicationError as error:
            failed[name] = str(error)
            continue
        train, serve = training_flops(params, tokens), inference_flops(params, served)
        low, high = _forecast(one, params, tokens, unique, level)
        hours = float(train) / (speed * SECONDS_PER_HOUR) if speed else np.nan
        rows.append(
            {
                "law": name,
                "params": params,
                "tokens": tokens,
                "tokens_per_param": tokens / params,
                "loss": loss,
                "low": low,
                "high": high,
                "training_flops": float(train),
                "inference_flops": float(serve),
                "flops": float(train + serve),
                "epochs": np.nan if unique is None else tokens / unique,
                "gpu_hours": hours,
                "dollars": hours * price,
                "beyond_data": _beyond(name, one, float(train)),
            }
        )
    if not rows:
        raise ReplicationError(
            "No law gives an answer. " + " ".join(f"{name}: {why}" for name, why in failed.items())
        )
    return Plan(pd.DataFrame(rows), failed, budget, how)


def _machine(
    gpu: str | None, precision: str, utilisation: float, dollars_per_hour: float | None
) -> tuple[float, float]:
    """Return the FLOP/s that an accelerator reaches and its price an hour; zeros without one."""
    used = single("utilisation", positive("utilisation", utilisation))
    if used > 1:
        raise ArgumentError(
            f"utilisation is {used:g}; a share of the peak speed in (0, 1] is expected, so 40 % "
            "is 0.4."
        )
    if gpu is None:
        if dollars_per_hour is not None:
            raise ArgumentError("dollars_per_hour is the price of an accelerator; name it: gpu=.")
        return 0.0, 0.0
    table = hardware()
    own = table[table["accelerator"] == gpu]
    if own.empty:
        raise unknown("accelerator", gpu, table["accelerator"].unique())
    rows = own[own["precision"] == precision]
    if rows.empty:
        raise unknown(f"precision of {gpu}", precision, own["precision"])
    row = rows.iloc[0]
    price = float(row["dollars_per_hour"])
    if dollars_per_hour is not None:
        price = single("dollars_per_hour", positive("dollars_per_hour", dollars_per_hour))
    return used * float(row["peak_flops_per_second"]), price


def _budget(
    asked: Mapping[str, float | None],
    gpu: str | None,
    speed: float,
    price: float,
    utilisation: float,
) -> tuple[float | None, float | None, str]:
    """Return the budget in FLOPs or the target loss, and how it was found."""
    given = {name: value for name, value in asked.items() if value is not None}
    if len(given) != 1:
        got = f"; got {', '.join(given)}" if given else ""
        raise ArgumentError(f"Give one of flops, gpu_hours, dollars and target_loss{got}.")
    ((name, raw),) = given.items()
    value = single(name, positive(name, raw))
    if name == "flops":
        return value, None, f"{value:.3g} FLOPs"
    if name == "target_loss":
        return None, value, f"a loss of {value:g} nats"
    if gpu is None:
        known = ", ".join(hardware()["accelerator"].unique())
        raise ArgumentError(f"{name} need an accelerator to become FLOPs: gpu=, one of {known}.")
    hours = value if name == "gpu_hours" else value / price
    flops = hours * SECONDS_PER_HOUR * speed
    paid = "" if name == "gpu_hours" else f"{value:,.0f} dollars at {price:g} an hour = "
    return (
        flops,
        None,
        f"{paid}{hours:.3g} {gpu} hours at {100 * utilisation:g} % of {speed / utilisation:.3g} "
        f"FLOP/s = {flops:.3g} FLOPs",
    )


def _best(
    law: Law, budget: float | None, goal: float | None, served: float, unique: float | None
) -> tuple[float, float, float]:
    """Return params, tokens and loss of the best model."""
    if "unique_tokens" in law.inputs:
        if served or budget is None:
            law = getattr(law, "base", law)
            if unique is not None:
                raise ReplicationError(
                    "This law knows of repeats, for which the package finds the best model of a "
                    "training budget only: leave out tokens_served or target_loss, or "
                    "unique_tokens."
                )
        else:
            held = {} if unique is None else {"unique_tokens": unique}
            best = law.optimal(flops=budget, **held)
            return float(best.params), float(best.tokens), float(best.loss)
    found = lifetime_optimal(law, loss=goal, flops=budget, inference_tokens=served)
    params, tokens, loss = float(found.params), float(found.tokens), float(found.loss)
    if not min(params, tokens) >= 1:
        raise ReplicationError(
            f"The best model would have {params:.3g} params on {tokens:.3g} tokens: there is none."
        )
    return params, tokens, loss


def _forecast(
    given: Any, params: float, tokens: float, unique: float | None, level: float
) -> tuple[float, float]:
    """Return the ends of the forecast of what has runs behind it."""
    if not isinstance(given, Fit | Bootstrap | Evidence):
        return np.nan, np.nan
    inputs: dict[str, Any] = {"params": params, "tokens": tokens, "unique_tokens": unique or tokens}
    law = law_of(given)
    try:
        table = given.predict(level, **{name: inputs[name] for name in law.inputs})
    except (ReplicationError, KeyError):
        return np.nan, np.nan
    return float(table["low"].iloc[0]), float(table["high"].iloc[0])


def _beyond(name: str, given: Any, flops: float) -> float:
    """Return how far a compute lies outside the runs behind a law, NaN if they are not known."""
    if isinstance(given, Law):
        entry = datasets.registry().get(name.replace(" ", "/", 1))
        known = entry.range.get("flops") if entry else None
        return float("nan") if known is None else beyond(flops, np.array(known))
    found = evidence_of(given) if isinstance(given, Evidence) else given
    runs = found.runs if isinstance(found, Evidence) else found.problem.runs()
    if runs is None:
        return float("nan")
    return beyond(flops, spent(law_of(given), runs))
