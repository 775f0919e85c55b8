"""Plots of results: what ``fit.plot()``, ``frontier.plot()`` and the others draw."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm

from replication.counting import training_flops
from replication.errors import one_of_names
from replication.fitting import Bootstrap, Fit, Profile
from replication.fitting.intervals import LEVEL
from replication.frontier import Frontier
from replication.laws import Law
from replication.plotting.axes import QUANTITIES, Quantity, label, symbol
from replication.plotting.diagnostics import profile_curve
from replication.plotting.style import COLORS, LOSS_MAP, figure

KINDS = ("fit", "residuals")
CURVES = 6
"""Sizes for which a law of several inputs is drawn as a curve."""


def draw_fit(
    fit: Fit[Any], *, ax: Axes | None = None, kind: str = "fit", x: str | None = None
) -> Axes:
    """Draw a fitted law through its points, or its residuals.

    Parameters
    ----------
    fit : Fit
        The fit; nothing is read but the inputs of its law and its response.
    ax : Axes, optional
        Where; by default a figure of its own.
    kind : str
        ``"fit"``: the response along an input, with the law as a curve, and where there are two
        inputs a curve for each of several values of the other. ``"residuals"``: the residuals
        along it.
    x : str, optional
        Input along the axis; by default the tokens, or the first one. For residuals by default the
        training compute where it is known.

    Returns
    -------
    Axes
        With labels and units.

    Raises
    ------
    UnknownNameError
        If `kind` or `x` is not known.

    Examples
    --------
    >>> import replication as rp
    >>> fit = rp.fit(rp.laws.Chinchilla, rp.load("hoffmann2022", "figure4_isoflop_points"))
    >>> draw_fit(fit).get_xlabel()
    'training tokens D'
    """
    one_of_names("kind of plot", kind, KINDS)
    ax = ax if ax is not None else figure()[1]
    runs = fit.problem.runs()
    if kind == "residuals":
        return _residuals(ax, fit, runs, x)
    law = fit.law
    inputs = law.inputs
    along = one_of_names("input", x, inputs) if x else "tokens" if "tokens" in inputs else inputs[0]
    others = [name for name in inputs if name != along]
    grid = np.geomspace(*_ends(runs[along])) if _positive(runs[along]) else np.linspace(
        *_ends(runs[along])
    )  # fmt: skip
    if not others:
        ax.plot(runs[along], runs[law.response], "o", color=COLORS.data, alpha=0.7, label="runs")
        ax.plot(grid, law.predict(grid), color=COLORS.ours, label=type(law).__name__)
    else:
        _family(ax, law, runs, along, others, grid)
    label(ax, x=quantity_of(along, runs), y=quantity_of(law.response, runs))
    ax.legend(loc="upper right")
    return ax


def _family(
    ax: Axes, law: Law, runs: pd.DataFrame, along: str, others: list[str], grid: Any
) -> None:
    """Draw runs and curves in the colours of the size."""
    shade = "params" if "params" in others else others[0]
    values = runs[shade].to_numpy()
    if not _positive(runs[shade]) or values.min() == values.max():
        ax.plot(runs[along], runs[law.response], "o", color=COLORS.data, alpha=0.7, label="runs")
        return
    norm = LogNorm(values.min(), values.max())
    colors = LOSS_MAP.reversed()
    ax.scatter(
        runs[along], runs[law.response], c=values, norm=norm, cmap=colors, s=22, linewidths=0.4,
        edgecolors=COLORS.data, zorder=3, label="runs",
    )  # fmt: skip
    sizes = np.unique(np.quantile(np.unique(values), np.linspace(0, 1, CURVES), method="nearest"))
    for k, size in enumerate(sizes):
        near = runs[np.abs(np.log(values / size)) < 0.05]
        low, high = _ends(near[along])
        piece = grid[(grid >= low / 1.5) & (grid <= high * 1.5)]
        columns = {along: piece, shade: np.full_like(piece, size)}
        for name in set(others) - {shade}:
            middle = float(np.median((near if len(near) else runs)[name]))
            held = np.full_like(piece, middle)
            # Text cannot be longer than what was read of it.
            columns[name] = np.minimum(held, piece) if name == "unique_tokens" else held
        ax.plot(
            piece, law.predict(*(columns[name] for name in law.inputs)), color=colors(norm(size)),
            linewidth=1.6, label=type(law).__name__ if k == len(sizes) - 1 else None,
        )  # fmt: skip
    drawing = ax.get_figure(root=True)
    assert drawing is not None  # axes are always on a figure here
    bar = drawing.colorbar(ScalarMappable(norm, colors), ax=ax, pad=0.02, aspect=30)
    label(bar.ax, y=quantity_of(shade, runs), log=True)
    bar.outline.set_visible(False)


def _residuals(ax: Axes, fit: Fit[Any], runs: pd.DataFrame, x: str | None) -> Axes:
    inputs = fit.law.inputs
    if x is None and {"params", "tokens"} <= set(inputs):
        at, name = training_flops(runs["params"], runs["tokens"]), "flops"
    else:
        name = one_of_names("input", x, inputs) if x else inputs[0]
        at = runs[name].to_numpy()
    ax.axhline(0, color=COLORS.muted, linewidth=1)
    ax.plot(at, fit.residuals, "o", color=COLORS.ours, alpha=0.7)
    log = fit.objective.log
    residual = Quantity(f"residual of {'log ' if log else ''}{fit.law.response}", log=False)
    frame = runs.assign(**{name: at})
    label(ax, x=quantity_of(name, frame), y=residual)
    return ax


def draw_frontier(frontier: Frontier, *, ax: Axes | None = None) -> Axes:
    """Draw a compute-optimal frontier: the best sizes, and the power law through them.

    Parameters
    ----------
    frontier : Frontier
        From `replication.envelope`, `isoflop` or `parametric`.
    ax : Axes, optional
        Where; by default a figure of its own.

    Returns
    -------
    Axes
        Compute along x, parameters along y.

    Examples
    --------
    >>> import replication as rp
    >>> frontier = rp.isoflop(rp.load("hoffmann2022", "figure4_isoflop_points"))
    >>> draw_frontier(frontier).get_ylabel()
    'parameters N'
    """
    ax = ax if ax is not None else figure()[1]
    points = frontier.points
    used = points[points["used"]]
    rest = points[~points["used"]].dropna(subset=["params"])
    if frontier.fit is None:
        ax.plot(used["flops"], used["params"], "o", color=COLORS.data, label="best of a budget")
    if len(rest):
        ax.plot(
            rest["flops"], rest["params"], "x", color=COLORS.muted, label="not used: not bracketed"
        )
    grid = np.geomspace(*_ends(points["flops"]))
    text = f"{frontier.approach}: N ∝ C^{frontier.a:.2f}"
    ax.plot(grid, frontier.params_law.predict(grid), color=COLORS.ours, label=text)
    label(ax, x="flops", y="params")
    ax.legend(loc="upper left")
    return ax


def draw_profile(profile: Profile[Any], *, ax: Axes | None = None, level: float = 0.95) -> Axes:
    """Draw how much worse the fit becomes as one coefficient is held elsewhere.

    Parameters
    ----------
    profile : Profile
        From `Fit.profile`.
    ax : Axes, optional
        Where; by default a figure of its own.
    level : float
        Level of the interval that is shaded.

    Returns
    -------
    Axes
        The coefficient along x, the statistic along y.

    Examples
    --------
    >>> import replication as rp
    >>> fit = rp.fit(rp.laws.Chinchilla, rp.load("hoffmann2022", "figure4_isoflop_points"))
    >>> draw_profile(fit.profile("alpha")).get_xlabel()
    'α'
    """
    ax = ax if ax is not None else figure()[1]
    profile_curve(ax, profile, level)
    return ax


def draw_bootstrap(
    boot: Bootstrap[Any], *, ax: Axes | None = None, name: str | None = None, level: float = LEVEL
) -> Axes:
    """Draw how a coefficient or an exponent scatters over the draws, with its interval.

    Parameters
    ----------
    boot : Bootstrap
        From `Fit.bootstrap`.
    ax : Axes, optional
        Where; by default a figure of its own.
    name : str, optional
        A column of `Bootstrap.to_frame`; by default the first derived exponent, or else the last
        field.
    level : float
        Level of the interval that is shaded.

    Returns
    -------
    Axes
        The quantity along x, draws along y.

    Raises
    ------
    UnknownNameError
        If there is no such column.

    Examples
    --------
    >>> import replication as rp
    >>> fit = rp.fit(rp.laws.Chinchilla, rp.load("hoffmann2022", "figure4_isoflop_points"))
    >>> draw_bootstrap(fit.bootstrap(50), name="alpha").get_xlabel()
    'α'
    """
    ax = ax if ax is not None else figure()[1]
    frame = boot.to_frame()
    name = one_of_names("quantity", name, frame.columns) if name else _first(boot.estimate)
    row = boot.interval(level).loc[name].astype(float).to_dict()
    values = frame[name].to_numpy()
    # A coefficient that runs away would leave one bar only.
    middle = values[(values >= np.quantile(values, 0.005)) & (values <= np.quantile(values, 0.995))]
    ax.hist(middle, bins=40, color=COLORS.ours, alpha=0.45)
    text = f"{100 * level:g} % interval"
    ax.axvspan(row["low"], row["high"], color=COLORS.ours, alpha=0.15, linewidth=0, label=text)
    ax.axvline(row["estimate"], color=COLORS.data, linewidth=1.4, label="estimate")
    ax.set(xlabel=symbol(name), ylabel="resamples")
    ax.legend(loc="upper right")
    return ax


def _first(law: Law) -> str:
    return law.derived[0] if law.derived else law.names()[-1]


def _positive(column: "pd.Series[Any]") -> bool:
    return bool((column > 0).all())


def _ends(column: "pd.Series[Any]") -> tuple[float, float]:
    return float(column.min()), float(column.max())


def quantity_of(name: str, runs: pd.DataFrame) -> Quantity:
    """Return how a column of a user's table is labelled.

    Examples
    --------
    >>> quantity_of("steps", pd.DataFrame({"steps": [10, 1000]})).log
    True
    """
    if name in QUANTITIES:
        return QUANTITIES[name]
    log = name in runs and _positive(runs[name]) and runs[name].max() > 20 * runs[name].min()
    return Quantity(name.replace("_", " "), log=bool(log))
