"""The pictures of a report, as PNG in the page itself, each with a text that says what is seen."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from replication.counting import training_flops
from replication.errors import ReplicationError
from replication.fitting import Evidence, Fit
from replication.plotting import COLORS, band, figure, label, png, scatter_runs, symbol
from replication.plotting.results import quantity_of

WIDTH = 4.7
HEIGHT = 3.7
"""Size in inches of 100 pixels: narrow, so that letters stay legible on a telephone."""
AHEAD = 100.0
"""How far beyond the largest run the frontier is drawn."""
MOST_ROWS = 5000
"""Rows beyond which a picture shows a sample."""
BYTES = 400_000


@dataclass(frozen=True)
class Picture:
    """A picture for a page.

    Parameters
    ----------
    title, text, alt : str
        Heading, what to see, and the same for those who cannot.
    source : str
        The picture as a data URL.
    width, height : int
        In pixels of the page.

    Examples
    --------
    >>> Picture("Fit", "", "A curve.", "data:image/png;base64,", 470, 370).alt
    'A curve.'
    """

    title: str
    text: str
    alt: str
    source: str
    width: int
    height: int


def pictures(fit: Fit[Any], evidence: Evidence[Any] | None) -> list[Picture]:
    """Return the pictures that a fit has: those that cannot be drawn are left out.

    Parameters
    ----------
    fit : Fit
        The fit.
    evidence : Evidence or None
        Its draws, for bands.

    Returns
    -------
    list of Picture
        Data, fit, residuals, profile, frontier and forecast.

    Examples
    --------
    >>> import replication as rp
    >>> fit = rp.fit("PowerLaw", {"flops": [1e18, 1e19, 1e20], "loss": [4.0, 3.2, 2.6]})
    >>> [one.title for one in pictures(fit, None)]
    ['The runs', 'The fit', 'Residuals', 'How well α is known']
    """
    runs = fit.problem.runs()
    if len(runs) > MOST_ROWS:
        runs = runs.sample(MOST_ROWS, random_state=0)
    name = next((n for n in ("alpha", "a", "gamma", "eta") if n in fit.free), fit.free[-1])
    drawers: list[tuple[str, Callable[[Axes], tuple[str, str]]]] = [
        ("The runs", lambda ax: _data(ax, fit, runs)),
        ("The fit", lambda ax: _fit(ax, fit)),
        ("Residuals", lambda ax: _residuals(ax, fit)),
        (f"How well {symbol(name)} is known", lambda ax: _profile(ax, fit, name)),
    ]
    if evidence is not None and {"params", "tokens"} <= set(fit.law.inputs):
        drawers.append(("Compute-optimal size", lambda ax: _frontier(ax, fit, evidence, runs)))
        drawers.append(("Forecast along it", lambda ax: _forecast(ax, fit, evidence, runs)))
    found = []
    for title, draw in drawers:
        fig, ax = figure(width=WIDTH, height=HEIGHT)
        try:
            text, alt = draw(ax)
            content, width, height = png(fig, BYTES)
        except (ReplicationError, ValueError):
            plt.close(fig)
            continue
        source = "data:image/png;base64," + base64.b64encode(content).decode()
        found.append(Picture(title, text, alt, source, width, height))
    return found


def _data(ax: Axes, fit: Fit[Any], runs: pd.DataFrame) -> tuple[str, str]:
    law = fit.law
    if {"params", "tokens"} <= set(law.inputs):
        flops = np.asarray(training_flops(runs["params"], runs["tokens"]))
        scatter_runs(ax, runs.assign(flops=flops), color=law.response)
        span = f"{flops.min():.2g} to {flops.max():.2g} FLOPs"
        text = (
            f"{fit.n} runs of {span}, coloured by their {law.response}. A law can be trusted where "
            "there are runs: gaps and single columns are where it cannot tell size from tokens."
        )
        return text, f"Scatter of {fit.n} runs over compute and parameters, {span}."
    one = law.inputs[0]
    ax.plot(runs[one], runs[law.response], "o", color=COLORS.data, alpha=0.7)
    label(ax, x=quantity_of(one, runs), y=quantity_of(law.response, runs))
    low, high = float(runs[one].min()), float(runs[one].max())
    return (
        f"{fit.n} runs over {one} from {low:.3g} to {high:.3g}.",
        f"Scatter of {law.response} over {one}, {fit.n} runs.",
    )


def _fit(ax: Axes, fit: Fit[Any]) -> tuple[str, str]:
    fit.plot(ax=ax)
    name = type(fit.law).__name__
    return (
        f"{name} through the runs; it explains {100 * fit.r2:.1f} % of the variance.",
        f"{fit.law.response} of {fit.n} runs with the curves of {name}, R² {fit.r2:.3f}.",
    )


def _residuals(ax: Axes, fit: Fit[Any]) -> tuple[str, str]:
    fit.plot(ax=ax, kind="residuals")
    worst = float(np.abs(fit.residuals).max())
    half = float(np.median(np.abs(fit.residuals)))
    return (
        f"Half of the residuals are below {half:.2g}, the largest is {worst:.2g}. They should look "
        "like a band without a bend; a trend means that the law lacks something.",
        f"Residuals along compute: median size {half:.2g}, largest {worst:.2g}.",
    )


def _profile(ax: Axes, fit: Fit[Any], name: str) -> tuple[str, str]:
    found = fit.profile(name)
    found.plot(ax=ax)
    low, high = found.interval(0.95)
    said = f"{low:.3g} to {high:.3g}"
    return (
        f"How much worse the fit becomes when {name} is held elsewhere; above the dashed line a "
        f"value is rejected. The 95 % interval is {said}.",
        f"Likelihood-ratio profile of {name}: 95 % interval {said}.",
    )


def _grid(fit: Fit[Any], runs: pd.DataFrame) -> tuple[Any, float]:
    flops = np.asarray(training_flops(runs["params"], runs["tokens"]))
    return np.geomspace(float(flops.min()), AHEAD * float(flops.max()), 60), float(flops.max())


def _edge(ax: Axes, edge: float) -> None:
    ax.axvline(edge, color=COLORS.muted, linestyle="--", linewidth=1.2, label="largest run")


def _frontier(
    ax: Axes, fit: Fit[Any], evidence: Evidence[Any], runs: pd.DataFrame
) -> tuple[str, str]:
    grid, edge = _grid(fit, runs)
    table = evidence.optimal(flops=grid)
    rows = table[table["quantity"] == "params"]
    ax.plot(
        training_flops(runs["params"], runs["tokens"]), runs["params"], ".",
        color=COLORS.muted, alpha=0.6, label="runs",
    )  # fmt: skip
    band(ax, rows["flops"], rows["low"], rows["estimate"], rows["high"], name="best size, 80 %")
    _edge(ax, edge)
    label(ax, x="flops", y="params")
    ax.legend(loc="upper left")
    last = rows.iloc[-1]
    said = f"{last.estimate:.2g} ({last.low:.2g} to {last.high:.2g}) parameters"
    return (
        f"The size that the law would train for a budget, with an interval of the law. At "
        f"{AHEAD:g} times the largest run: {said}. Right of the dashed line nobody has measured.",
        f"Best size over compute, up to {AHEAD:g} times the largest run: {said}.",
    )


def _forecast(
    ax: Axes, fit: Fit[Any], evidence: Evidence[Any], runs: pd.DataFrame
) -> tuple[str, str]:
    grid, edge = _grid(fit, runs)
    best = evidence.law.optimal(flops=grid)
    given = {"params": best.params, "tokens": best.tokens, "unique_tokens": best.tokens}
    inputs = {name: given[name] for name in fit.law.inputs}
    table = evidence.predict(**inputs)
    kind = str(table["kind"].iloc[0])
    band(ax, grid, table["low"], table["estimate"], table["high"], name=f"80 % of the {kind}")
    _edge(ax, edge)
    label(ax, x="flops", y="loss")
    ax.legend(loc="upper right")
    last = table.iloc[-1]
    said = f"{last.estimate:.3f} ({last.low:.3f} to {last.high:.3f})"
    wide = (
        "beyond the largest run it is widened by what extrapolating cost on the public corpus"
        if kind == "forecast"
        else "it does not hold what extrapolating costs"
    )
    return (
        f"The loss of the best model for a budget, with an interval of a {kind}; {wide}. At "
        f"{AHEAD:g} times the largest run: {said}.",
        f"Loss along the frontier, up to {AHEAD:g} times the largest run: {said}.",
    )
