"""Regret: what it would have cost to follow advice that was given from smaller runs.

At a large budget where several sizes were trained, a cubic in log N through their losses says what
any size would have reached. The excess over its minimum is turned into compute: how much more a
trainer who followed the advice would have to spend for the loss of the best size.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replication.errors import ReplicationError
from replication.fitting import fit
from replication.frontier import isoflop
from replication.hindcast.cuts import Cut

Array = NDArray[Any]

LEAST_SIZES = 5
"""Sizes that a budget needs for a cubic."""
TOP = 3
"""Largest budgets of a design at which advice is judged."""
FIXED_RATIO = 20.0


@dataclass(frozen=True, eq=False)
class Slice:
    """The losses at one budget as a cubic in log N.

    Parameters
    ----------
    budget : float
        In FLOPs.
    low, high : float
        Smallest and largest size trained.
    best : float
        Size of least loss by the cubic.
    least : float
        That loss (nats per token).
    rms : float
        What the runs scatter around the cubic (nats per token).
    curve : ndarray
        Coefficients of the cubic in log N - `centre`.
    centre : float
        Mean of log N.
    """

    budget: float
    low: float
    high: float
    best: float
    least: float
    rms: float
    curve: Array = field(repr=False)
    centre: float = field(repr=False)

    @classmethod
    def of(cls, budget: float, runs: pd.DataFrame) -> "Slice | None":
        """Fit one, or return None if the sizes do not bracket a minimum."""
        means = runs.groupby("params")["loss"].mean()
        if len(means) < LEAST_SIZES:
            return None
        x, loss = np.log(means.index.to_numpy(float)), means.to_numpy(float)
        centre = float(x.mean())
        curve = np.polyfit(x - centre, loss, 3)
        fine = np.linspace(x.min(), x.max(), 2001)
        values = np.polyval(curve, fine - centre)
        k = int(values.argmin())
        if k in (0, len(fine) - 1):
            return None
        off = loss - np.polyval(curve, x - centre)
        rms = float(np.sqrt(np.sum(off**2) / max(len(loss) - 4, 1)))
        ends = float(np.exp(x.min())), float(np.exp(x.max()))
        best, least = float(np.exp(fine[k])), float(values[k])
        return cls(budget, *ends, best, least, rms, curve, centre)

    def excess(self, params: float) -> float:
        """Return the loss of a size above the least; a size outside is judged at the end."""
        x = np.log(np.clip(params, self.low, self.high)) - self.centre
        return max(float(np.polyval(self.curve, x)) - self.least, 0.0)


def slices(runs: pd.DataFrame) -> tuple[Slice, ...]:
    """Return the slices of a design whose sizes bracket a minimum, smallest budget first."""
    budgets = np.sort(runs["budget"].unique())
    found = [Slice.of(float(c), runs[runs["budget"] == c]) for c in budgets]
    return tuple(item for item in found if item is not None)


def advice(cut: Cut) -> dict[str, Callable[[float], float]]:
    """Return what each approach advises from the runs below a cut: N for a budget in FLOPs.

    Parameters
    ----------
    cut : Cut
        Runs with ``params``, ``tokens``, ``budget`` and ``loss``.

    Returns
    -------
    dict of str to callable
        Approaches that could give advice at all, by name.
    """
    found: dict[str, Callable[[float], float]] = {}
    below = cut.below

    def surface(law: str, objective: str = "log-huber", **options: Any) -> None:
        name = {"Chinchilla": "parametric", "OuterExponent": "outer"}.get(law, law)
        name = "tied" if options else name
        try:
            fitted = fit(law, below, objective=objective, **options).law
            fitted.optimal(flops=1e20)
        except ReplicationError:
            return
        found[name] = lambda c: float(np.asarray(fitted.optimal(flops=c).params))

    surface("Chinchilla")
    surface("Chinchilla", tied={"beta": "alpha"})
    surface("OuterExponent")
    surface("KaplanJoint")
    try:
        frontier = isoflop(below, budget="budget", rule="6ND")
        found["parabolas"] = lambda c: float(np.asarray(frontier.optimal(flops=c).params))
    except ReplicationError:
        pass
    best = below.loc[below.groupby("budget")["loss"].idxmin()]
    if best["budget"].nunique() >= 2:
        line = np.polyfit(np.log(best["budget"]), np.log(best["params"]), 1)
        found["best run seen"] = lambda c: float(np.exp(np.polyval(line, np.log(c))))
    top = best.nlargest(1, "budget")
    ratio = float((top["tokens"] / top["params"]).iloc[0])
    found["largest budget's ratio"] = lambda c: float(np.sqrt(c / 6 / ratio))
    found["20 tokens per parameter"] = lambda c: float(np.sqrt(c / 6 / FIXED_RATIO))
    return found


def regret(runs: pd.DataFrame, cuts: tuple[Cut, ...]) -> pd.DataFrame:
    """Return what following each approach would have cost at the largest budgets of a design.

    Parameters
    ----------
    runs : DataFrame
        The whole design, with ``params``, ``tokens``, ``budget``, ``spent`` and ``loss``.
    cuts : tuple of Cut
        Where it is cut.

    Returns
    -------
    DataFrame
        One row an approach, cut and budget: ``cut``, ``budget``, ``decades`` beyond the cut,
        ``approach``, ``params`` advised, ``excess`` (nats per token), ``extra``, the further
        compute that would buy it back, as a fraction, ``clipped`` (the advice lay outside the
        trained sizes, so the cost is a lower bound) and ``noise``, what the scatter of the slice
        would be worth in compute.
    """
    every = slices(runs)
    rows: list[dict[str, Any]] = []
    for cut in cuts:
        top = [s for s in every[-TOP:] if s.budget > cut.edge * (1 + 1e-9)]
        if not top:
            continue
        given = advice(cut)
        for one in top:
            # d ln(L - L_far) is not known; the local slope of the least loss in log C is.
            steep = _slope(every, one)
            if not steep < 0:
                continue
            for name, ask in given.items():
                params = ask(one.budget)
                excess = one.excess(params)
                rows.append(
                    {
                        "cut": cut.fraction,
                        "budget": one.budget,
                        "decades": float(np.log10(one.budget / cut.edge)),
                        "approach": name,
                        "params": params,
                        "excess": excess,
                        "extra": float(np.expm1(excess / -steep)),
                        "clipped": not one.low <= params <= one.high,
                        "noise": float(np.expm1(one.rms / -steep)),
                    }
                )
    return pd.DataFrame(rows)


def _slope(every: tuple[Slice, ...], one: Slice) -> float:
    """Return how the least loss falls per unit of ln C, over the three slices nearest."""
    near = sorted(every, key=lambda s: abs(np.log(s.budget / one.budget)))[:3]
    if len(near) < 2:
        return float("nan")
    x, y = np.log([s.budget for s in near]), [s.least for s in near]
    return float(np.polyfit(x, y, 1)[0])
