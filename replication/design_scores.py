"""Which design of small runs predicts a large one best, tried out by simulation before paying."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replication._spreading import Tick, spread_over
from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.counting.numbers import positive, single, whole
from replication.errors import ArgumentError, ReplicationError, one_of_names, shown
from replication.fitting import fit
from replication.fitting.given import LawLike, law_of
from replication.frontier import isoflop
from replication.laws import Law
from replication.simulation import DESIGNS, NOISE, RATIO, layout, simulate

Array = NDArray[Any]
Answer = tuple[float, float]
"""What an analysis says of the target: the size to train, and the loss it forecasts for it."""

TAIL = 0.9


@dataclass(frozen=True, eq=False)
class DesignScores:
    """Designs of small runs, the best forecaster of the target first.

    Parameters
    ----------
    table : DataFrame
        One row a design and analysis: ``design``, ``analysis``, ``runs``, ``largest`` (compute of
        the largest run in FLOPs), ``off`` (root mean square of the relative error of the
        forecast), ``bias`` (its mean), ``regret`` (mean excess loss of the recommended size over
        the best, nats per token), ``regret_high`` (its 90th percentile) and ``failed``.
    rows : DataFrame
        One row a simulated study: ``design``, ``analysis``, ``repeat``, ``params`` (the size that
        is recommended), ``forecast``, ``loss`` (what that size would have) and ``regret``.
    target, flops : float
        Compute of the large run, and of all small runs together, in FLOPs.
    noise : float
        Standard deviation of the log loss.

    Examples
    --------
    >>> import replication as rp
    >>> law = rp.published("hoffmann2022", "tex")
    >>> rp.score_designs(law, flops=1e20, target=1e22, repeats=5).table["design"].nunique()
    3
    """

    table: pd.DataFrame = field(repr=False)
    rows: pd.DataFrame = field(repr=False)
    target: float
    flops: float
    noise: float

    @property
    def best(self) -> str:
        """Name of the design that forecasts best, with its analysis."""
        first = self.table.iloc[0]
        return f"{first.design} ({first.analysis})"

    def __repr__(self) -> str:
        """Return the designs in order with the errors of their forecasts."""
        rows = (
            f"{r['design']} ({r['analysis']}) {100 * r['off']:.2g} %"
            for r in self.table.to_dict("records")
        )
        return f"Forecasts of {self.target:.3g} FLOPs off by: " + ", ".join(rows)


def score_designs(
    law: LawLike,
    *,
    flops: float,
    target: float,
    designs: Sequence[str] = tuple(DESIGNS),
    runs: int = 25,
    span: float = 100.0,
    tokens_per_param: float = RATIO,
    noise: float = NOISE,
    repeats: int = 50,
    seed: int = 0,
    objective: str | None = None,
    workers: int = 1,
    progress: bool | Tick = False,
) -> DesignScores:
    """Simulate studies of small runs, and score what each says of a large run.

    A law that is taken to hold gives the losses; noise is added; the runs are analysed as such
    designs are; and the size that is recommended for the target, with the loss that is forecast
    for it, is held against what the law says of that size. isoFLOP runs are analysed both by
    fitting Chinchilla's law (Approach 3 of hoffmann2022) and by parabolas (Approach 2), factorial
    ones by the fit, a ladder by a power law with offset in compute, which recommends its own ratio
    of tokens to parameters. All designs cost the same.

    The scores are those of the noise alone: the analyses know the form of the law, which in
    earnest nobody does, so real forecasts are further off. They rank designs; how far a forecast
    can be trusted is what `replication.backtest` measures.

    Parameters
    ----------
    law : Law, Fit, Bootstrap or Evidence
        What is taken to hold: a loss in params and tokens with an optimum.
    flops : float
        Compute of all small runs together, in FLOPs.
    target : float
        Compute of the large run.
    designs : sequence of str
        Names in `replication.simulation.DESIGNS`.
    runs, span, tokens_per_param
        As for `replication.layout`.
    noise : float
        Standard deviation of the log loss between repeated runs.
    repeats : int
        Simulated studies a design.
    seed : int
        Seed of the first one; the others follow.
    objective : str, optional
        Of the fits, as for `replication.fit`.
    workers : int
        Processes over which the studies are spread, by joblib, which the extra ``study`` installs;
        -1 takes all cores. The numbers do not depend on it.
    progress : bool or callable
        True shows a bar; a callable is called after each study.

    Returns
    -------
    DesignScores
        A table, best first, and the studies behind it.

    Raises
    ------
    UnknownNameError
        If there is no such design.
    ArgumentError
        If a number is not positive, or no design is named.
    ReplicationError
        If the law has no compute-optimal allocation, or there are several workers and joblib is
        not installed.

    Examples
    --------
    >>> import replication as rp
    >>> law = rp.published("hoffmann2022", "tex")
    >>> found = score_designs(law, flops=1e20, target=1e22, designs=["factorial"], repeats=5)
    >>> bool(found.table["off"].iloc[0] < 0.1)
    True
    """
    truth = law_of(law)
    goal = single("target", positive("target", target))
    count = whole("repeats", repeats, 1)
    first = whole("seed", seed, 0)
    named: object = designs
    if isinstance(named, str) or not isinstance(named, Sequence) or not named:
        raise ArgumentError(
            f"designs is {shown(designs)}; a list of names is expected, of {', '.join(DESIGNS)}."
        )
    best = float(truth.optimal(flops=goal).loss)
    plans = {
        one_of_names("design", design, DESIGNS): layout(
            design, flops=flops, runs=runs, span=span, tokens_per_param=tokens_per_param
        )
        for design in designs
    }
    study = partial(
        _study, plans=plans, truth=truth, goal=goal, best=best, ratio=tokens_per_param,
        noise=noise, seed=first, objective=objective,
    )  # fmt: skip
    studies = [(design, repeat) for design in designs for repeat in range(count)]
    found = spread_over(workers, study, studies, progress=progress)
    rows = pd.DataFrame([row for part in found for row in part])
    keys = ["design", "analysis", "runs", "largest"]
    scored = [dict(zip(keys, key, strict=True)) | _score(g) for key, g in rows.groupby(keys)]
    table = pd.DataFrame(scored).sort_values(["off", "regret"], kind="stable")
    return DesignScores(table.reset_index(drop=True), rows, goal, float(flops), float(noise))


def _study(
    of: tuple[str, int],
    *,
    plans: Mapping[str, pd.DataFrame],
    truth: Law,
    goal: float,
    best: float,
    ratio: float,
    noise: float,
    seed: int,
    objective: str | None,
) -> list[dict[str, Any]]:
    """Return what one simulated study says of the large run, a row an analysis."""
    design, repeat = of
    plan = plans[design]
    table = simulate(truth, plan, noise=noise, seed=seed + repeat)
    about = {"repeat": repeat, "runs": len(plan), "largest": float(plan["flops"].max())}
    return [
        {"design": design, "analysis": analysis} | about | _outcome(ask, table, goal, truth, best)
        for analysis, ask in _analyses(design, truth, ratio, objective).items()
    ]


def _analyses(
    design: str, truth: Law, ratio: float, objective: str | None
) -> Mapping[str, Callable[[pd.DataFrame, float], Answer]]:
    """Return what is done with the runs of a design."""

    def fitted(table: pd.DataFrame, goal: float) -> Answer:
        # The truth is where the search would end without noise, and saves it the way there.
        starts = [truth] if type(truth).__name__ == "Chinchilla" else None
        best = fit("Chinchilla", table, objective=objective, starts=starts).law.optimal(flops=goal)
        return float(best.params), float(best.loss)

    def parabolas(table: pd.DataFrame, goal: float) -> Answer:
        best = isoflop(table, "budget").optimal(flops=goal)
        return float(best.params), float(best.loss)

    def in_compute(table: pd.DataFrame, goal: float) -> Answer:
        curve = fit("PowerLawOffset", table, objective=objective).law
        return float(np.sqrt(goal / (FLOPS_PER_PARAM_TOKEN * ratio))), float(curve.predict(goal))

    if design == "ladder":
        return {"power law in compute": in_compute}
    if design == "isoflop":
        return {"law in N and D": fitted, "parabolas": parabolas}
    return {"law in N and D": fitted}


def _outcome(
    ask: Callable[[pd.DataFrame, float], Answer],
    table: pd.DataFrame,
    goal: float,
    truth: Law,
    best: float,
) -> dict[str, float]:
    """Return what a study recommends and forecasts, and what that size would have had."""
    try:
        params, forecast = ask(table, goal)
        tokens = goal / (FLOPS_PER_PARAM_TOKEN * params)
        given = {"params": params, "tokens": tokens}
        loss = float(np.asarray(truth.predict(*(given[name] for name in truth.inputs))))
    except ReplicationError:
        params = forecast = loss = np.nan
    return {"params": params, "forecast": forecast, "loss": loss, "regret": loss - best}


def _score(group: pd.DataFrame) -> dict[str, float]:
    good = group.dropna()
    if good.empty:
        return dict.fromkeys(("off", "bias", "regret", "regret_high"), np.nan) | {
            "failed": float(len(group))
        }
    off = good["forecast"] / good["loss"] - 1
    return {
        "off": float(np.sqrt((off**2).mean())),
        "bias": float(off.mean()),
        "regret": float(good["regret"].mean()),
        "regret_high": float(good["regret"].quantile(TAIL)),
        "failed": len(group) - len(good),
    }
