"""Hoffmann et al. (2022): three roads to the compute-optimal size of a model.

The grid of starts of the third approach is `replication.papers.besiroglu2024.GRID`: that paper
does the parametric fit again, this one draws frontiers and counts.
"""

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.claims import Answer, ClaimSet
from replication.counting import (
    FLOP_CONVENTIONS,
    FLOPS_PER_PARAM_TOKEN,
    PARAM_CONVENTIONS,
    Shape,
    flops_per_token,
    params,
    training_flops,
)
from replication.datasets import load, published
from replication.errors import unknown
from replication.frontier import Draws, Frontier, bias, envelope, isoflop
from replication.frontier.line import params_law
from replication.laws import Chinchilla, PowerLaw
from replication.papers import besiroglu2024
from replication.units import PF_DAY

Array = NDArray[np.float64]

claims = ClaimSet("hoffmann2022")

VOCAB_SIZE = 32_000
"""Tokens in the vocabulary: the one with which the sizes of Table A9 come out."""
CONTEXT = 2048
"""Tokens in a sequence: the length with which the ratios of Table A4 come out."""
GOPHER_FLOPS = 5.76e23
"""Training compute of Gopher, as the caption of Figure 4 gives it."""
CHINCHILLA = (70e9, 1.4e12)
"""Parameters and training tokens of Chinchilla (Table 1)."""
GOPHER = (280e9, 300e9)
"""Parameters and training tokens of Gopher (Table 1)."""
HIGH_LOSS = 3.44
"""Loss in nats per token above which an isoFLOP run is left out; a choice of ours."""
ENVELOPE = (5e18, 3e21)
"""Budgets in FLOPs between which our envelope is drawn; the exponent depends on them."""
SUBSAMPLES = 100
FRACTION = 0.8
"""Share of the runs in a subsample; the intervals of Table 2 rest on 100 of them."""
SEED = 0
TABLES = {
    "approach_1": "table3_allocation",
    "approach_2": "table_a3_allocation",
    "approach_3": "table_a3_allocation",
}
"""Where the allocation of each approach is printed."""
MISPRINT = (175e9, 1.26e24, 1.26e25)
"""Size, printed and evident budget in FLOPs of the row of Table A3 that lost a power of ten."""
KAPLAN = PowerLaw.of("flops", "params")(A=1.3e9 / PF_DAY**0.73, alpha=-0.73)
"""Optimal non-embedding parameters in compute of kaplan2020, Table 6: 1.3e9 (C / PF-day)**0.73."""
GRID_BUDGETS = (1e17, 1e18, 1e19, 1e20, 1e21)
"""Budgets in FLOPs of the noise-free grids on which approach 2 is tried."""
GRID_WIDTHS = (2, 4, 8, 16)
"""How far those grids reach either way of their centre, as factors of the tokens."""
GRID_TARGET = 1e24
"""Budget in FLOPs to which approach 2 is then extrapolated."""
LAWS = ("printed", "tex", "plotted")
"""Versions of the parametric law: Eq. 10, the TeX source, the curves of Figure 4."""


# Counting -----------------------------------------------------------------------------------


@cache
def models() -> pd.DataFrame:
    """Return the 50 models of Table A9, counted under every convention.

    Returns
    -------
    DataFrame
        The printed columns; ``params_<convention>`` (parameters) for the conventions of
        `replication.counting.PARAM_CONVENTIONS`, ``flops_<convention>`` (training FLOPs per
        token) for those of `replication.counting.FLOP_CONVENTIONS`.

    Examples
    --------
    >>> models()[["params", "params_hoffmann"]].iloc[0].tolist()
    [44000000.0, 43646976.0]
    """
    table = load("hoffmann2022", "table_a9_models")
    shape = shapes(table)
    counted = {f"params_{name}": params(shape, name) for name in PARAM_CONVENTIONS}
    counted |= {f"flops_{name}": flops_per_token(shape, name) for name in FLOP_CONVENTIONS}
    return table.assign(**counted)


def shapes(table: pd.DataFrame, context: int = CONTEXT, positions: str = "relative") -> Shape:
    """Return the shapes of the paper's models.

    Parameters
    ----------
    table : DataFrame
        Columns as in Table A9.
    context : int
        Tokens in a sequence.
    positions : str
        As in `replication.counting.Shape`; only relative ones give the printed sizes.

    Returns
    -------
    Shape
        One entry a row.

    Examples
    --------
    >>> shapes(load("hoffmann2022", "table_a4_flop_ratio")).n_layers.tolist()
    [10.0, 20.0, 24.0, 26.0, 28.0, 40.0]
    """
    return Shape.from_frame(table, vocab_size=VOCAB_SIZE, context=context, positions=positions)


def conventions() -> pd.DataFrame:
    """Compare the conventions on the 50 models of Table A9.

    Returns
    -------
    DataFrame
        One row a convention: ``counts`` (``params`` or ``flops``), ``convention``, and the
        smallest, median and largest ratio to the printed parameters N, or to 6 N: ``low``,
        ``median``, ``high``.

    Examples
    --------
    >>> table = conventions().set_index(["counts", "convention"])
    >>> table.loc[("params", "hoffmann")].round(3).tolist()
    [0.992, 1.0, 1.004]
    """
    table = models()
    rows = []
    for counts, names, unit in (
        ("params", PARAM_CONVENTIONS, 1.0),
        ("flops", FLOP_CONVENTIONS, FLOPS_PER_PARAM_TOKEN),
    ):
        for name in names:
            ratio = table[f"{counts}_{name}"] / (unit * table["params"])
            rows.append((counts, name, ratio.min(), ratio.median(), ratio.max()))
    return pd.DataFrame(rows, columns=["counts", "convention", "low", "median", "high"])


def flop_ratios(convention: str = "hoffmann", context: int = CONTEXT) -> pd.DataFrame:
    """Return the exact training FLOPs over 6 N D for the six models of Table A4.

    N is the size in Table A9, where the same architectures are rounded more finely.

    Parameters
    ----------
    convention : str
        A name in `replication.counting.FLOP_CONVENTIONS`.
    context : int
        Tokens in a sequence.

    Returns
    -------
    DataFrame
        One row a model: ``params`` as in Table A9, ``printed`` and ``ours``.

    Examples
    --------
    >>> flop_ratios()["ours"].round(3).tolist()
    [1.023, 1.1, 1.084, 1.045, 1.033, 0.994]
    """
    shape = ["d_model", "ffw_size", "kv_size", "n_heads", "n_layers"]
    printed = load("hoffmann2022", "table_a4_flop_ratio").drop(columns="params")
    table = printed.merge(load("hoffmann2022", "table_a9_models"), on=shape)
    counted = flops_per_token(shapes(table, context), convention)
    ours = counted / (FLOPS_PER_PARAM_TOKEN * table["params"])
    return pd.DataFrame({"params": table["params"], "printed": table["flop_ratio"], "ours": ours})


def exact_flops(runs: pd.DataFrame) -> pd.DataFrame:
    """Add the FLOPs by which the runs were budgeted, which are not 6 N D.

    Parameters
    ----------
    runs : DataFrame
        ``params_table_a9`` and ``flops`` (6 N D), as in the points of Figure 4.

    Returns
    -------
    DataFrame
        With ``flops_exact`` (FLOPs, Appendix F) and ``budget_fraction``, that over the nearest of
        the nine budgets.

    Raises
    ------
    UnknownNameError
        If a size is not in Table A9.

    Examples
    --------
    >>> runs = exact_flops(load("hoffmann2022", "figure4_isoflop_points"))
    >>> (runs["budget_fraction"].round(3) <= 1.004).all().item()
    True
    """
    table = models().set_index("params")["flops_hoffmann"]
    sizes = runs["params_table_a9"]
    if not sizes.isin(table.index).all():
        stray = sizes[~sizes.isin(table.index)].iloc[0]
        raise unknown("size of Table A9", f"{stray:g}", [f"{size:g}" for size in table.index])
    ratio = sizes.map(table) / (FLOPS_PER_PARAM_TOKEN * sizes)
    exact = runs["flops"] * ratio
    nominal = budgets()
    nearest = nominal[np.abs(np.log(exact.to_numpy()[:, None] / nominal)).argmin(axis=1)]
    return runs.assign(flops_exact=exact, budget_fraction=exact / nearest)


def budgets() -> Array:
    """Return the nine isoFLOP budgets in FLOPs.

    Examples
    --------
    >>> budgets()[[0, -1]].tolist()
    [6e+18, 3e+21]
    """
    return np.unique(load("hoffmann2022", "figure4_isoflop_points")["isoflop_budget"])


# Printed allocations --------------------------------------------------------------------------


def allocation(approach: str, corrected: bool = True) -> pd.DataFrame:
    """Return the printed allocation of an approach.

    Parameters
    ----------
    approach : str
        A name in `TABLES`.
    corrected : bool
        Whether to put right the one budget of Table A3 that is off by a power of ten.

    Returns
    -------
    DataFrame
        One row a size: ``params``, ``flops``, ``tokens``, and ``ratio``, 6 N D over the budget.

    Raises
    ------
    UnknownNameError
        If the approach is not known.

    Examples
    --------
    >>> allocation("approach_3", corrected=False)["ratio"].max().round(3).item()
    10.0
    """
    if approach not in TABLES:
        raise unknown("approach", approach, TABLES)
    table = load("hoffmann2022", TABLES[approach])
    table = table[table["approach"] == approach].drop(columns="approach").reset_index(drop=True)
    size, printed, evident = MISPRINT
    if corrected:
        misprint = (table["params"] == size) & (table["flops"] == printed)
        table["flops"] = table["flops"].mask(misprint, evident)
    return table.assign(ratio=training_flops(table["params"], table["tokens"]) / table["flops"])


def allocation_law(approach: str, response: str = "params", corrected: bool = True) -> PowerLaw:
    """Return the power law through the rows of a printed allocation, by least squares of logs.

    Parameters
    ----------
    approach : str
        A name in `TABLES`.
    response : str
        ``"params"`` or ``"tokens"``.
    corrected : bool
        As in `allocation`.

    Returns
    -------
    PowerLaw
        Of the optimal params or tokens in FLOPs; its ``alpha`` is minus the exponent.

    Examples
    --------
    >>> round(-allocation_law("approach_1").alpha, 3)
    0.498
    >>> round(allocation_law("approach_1").predict(1e21) / 1e9, 2)
    2.86
    """
    if response not in ("params", "tokens"):
        raise unknown("response of an allocation", response, ("params", "tokens"))
    table = allocation(approach, corrected)
    slope, level = np.polyfit(np.log(table["flops"]), np.log(table[response]), 1)
    return PowerLaw.of("flops", response)(A=float(np.exp(level)), alpha=-float(slope))


def optimal_flops(approach: str, size: float) -> float:
    """Return the budget at which a size is optimal, on the power law through a printed table.

    Parameters
    ----------
    approach : str
        A name in `TABLES`.
    size : float
        Parameters.

    Returns
    -------
    float
        FLOPs.

    Examples
    --------
    >>> f"{optimal_flops('approach_2', 175e9):.2e}"
    '4.57e+24'
    """
    law = allocation_law(approach)
    return float((size / law.A) ** (-1.0 / law.alpha))


def allocations() -> pd.DataFrame:
    """Return the printed budgets of Tables 3 and A3 beside those that our frontiers need.

    Ours are the stand-in for approach 1, the parabolas of approach 2 and, for approach 3, Eq. 4
    with the law drawn in Figure 4.

    Returns
    -------
    DataFrame
        One row a size: ``params``, and for k = 1, 2, 3 the FLOPs ``printed_k`` and ``ours_k``.

    Examples
    --------
    >>> allocations().columns.tolist()[:3]
    ['params', 'printed_1', 'ours_1']
    """
    drawn = law("plotted")
    ours = (
        envelope_frontier().params_law,
        isoflop_frontier().params_law,
        params_law(drawn.a, drawn.G * FLOPS_PER_PARAM_TOKEN**-drawn.a),
    )
    table = allocation("approach_1")[["params"]].copy()
    for k, (approach, frontier) in enumerate(zip(TABLES, ours, strict=True), start=1):
        table[f"printed_{k}"] = allocation(approach)["flops"]
        table[f"ours_{k}"] = (table["params"] / frontier.A) ** (-1.0 / frontier.alpha)
    return table


def allocation_lines(flops: ArrayLike) -> pd.DataFrame:
    """Return the lines of Figure 1: optimal size in compute by each approach and by Kaplan.

    Approaches 1 and 2 are the power laws through their printed tables, approach 3 is the closed
    form of Eq. 4 with the law drawn in Figure 4. Kaplan's N leaves embeddings out and counts
    compute at the critical batch size: drawn as it is, like in the paper.

    Parameters
    ----------
    flops : array_like, shape (k,)
        Training budgets in FLOPs.

    Returns
    -------
    DataFrame
        ``approach``, ``flops``, ``params``; four times k rows.

    Examples
    --------
    >>> lines = allocation_lines([GOPHER_FLOPS]).set_index("approach")["params"]
    >>> (lines / 1e9).round(1).to_dict()
    {'approach_1': 67.8, 'approach_2': 63.4, 'approach_3': 39.5, 'kaplan_2020': 804.3}
    """
    at = np.atleast_1d(np.asarray(flops, dtype=np.float64))
    drawn = {name: allocation_law(name).predict(at) for name in ("approach_1", "approach_2")}
    drawn["approach_3"] = law("plotted").optimal(flops=at).params
    drawn["kaplan_2020"] = KAPLAN.predict(at)
    return pd.concat(
        [
            pd.DataFrame({"approach": name, "flops": at, "params": size})
            for name, size in drawn.items()
        ],
        ignore_index=True,
    )


# The parametric law ---------------------------------------------------------------------------


def law(name: str) -> Chinchilla:
    """Return a version of the parametric law.

    Parameters
    ----------
    name : str
        One of `LAWS`, or ``"refit"``: our fit to the points of Figure 4 without the five of
        largest loss, as in besiroglu2024.

    Returns
    -------
    Chinchilla
        With losses in nats per token.

    Examples
    --------
    >>> {name: round(law(name).optimal(flops=GOPHER_FLOPS).params / 1e9, 1) for name in LAWS}
    {'printed': 32.2, 'tex': 40.4, 'plotted': 39.5}
    """
    found = besiroglu2024.huber_fit().law if name == "refit" else published("hoffmann2022", name)
    assert isinstance(found, Chinchilla)
    return found


def isoloss_curves(sizes: ArrayLike, name: str = "plotted") -> pd.DataFrame:
    """Return the dashed curves of Figure 4, right: loss in size at ten budgets.

    Nine are the isoFLOP budgets, the tenth is that of Gopher.

    Parameters
    ----------
    sizes : array_like, shape (k,)
        Parameters N.
    name : str
        A version of the law, as in `law`.

    Returns
    -------
    DataFrame
        ``flops``, ``params``, ``tokens`` and ``loss`` (nats per token); ten times k rows.

    Examples
    --------
    >>> curves = isoloss_curves(np.geomspace(1e8, 1e11, 200))
    >>> curves["flops"].nunique(), curves["loss"].min().round(2).item()
    (10, 1.92)
    """
    size = np.atleast_1d(np.asarray(sizes, dtype=np.float64))
    flops = np.append(budgets(), GOPHER_FLOPS)
    grid = pd.DataFrame({"flops": np.repeat(flops, len(size)), "params": np.tile(size, len(flops))})
    grid["tokens"] = grid["flops"] / training_flops(grid["params"], 1.0)
    return grid.assign(loss=law(name).loss(grid["params"], grid["tokens"]))


@cache
def drawn_lines() -> pd.DataFrame:
    """Return the frontier drawn in Figure 4 and the ten faint lines under it.

    Returns
    -------
    DataFrame
        One row a line: ``line``, ``kind``, its exponent ``a`` of params in compute, and
        ``params`` at the compute of Gopher.

    Examples
    --------
    >>> drawn_lines().groupby("kind")["a"].agg(["size", "min", "max"]).round(4).to_dict("index")
    {'faint': {'size': 10, 'min': 0.454, 'max': 0.4577},
     'main': {'size': 1, 'min': 0.4557, 'max': 0.4557}}
    """
    table = load("hoffmann2022", "figure4_frontier_lines")
    ends = table.groupby(["line", "kind"]).agg(
        flops=("flops", lambda c: np.log(c.iloc[-1] / c.iloc[0])),
        params=("params", lambda n: np.log(n.iloc[-1] / n.iloc[0])),
        gopher=("params", "last"),
    )
    return pd.DataFrame(
        {"a": ends["params"] / ends["flops"], "params": ends["gopher"]}
    ).reset_index()


def versions() -> pd.DataFrame:
    """Return what each version of approach 3 in the paper says.

    Returns
    -------
    DataFrame
        One row a ``version``: its exponent ``a``, and the optimal ``params`` and tokens per
        parameter, ``ratio``, at the compute of Gopher.

    Examples
    --------
    >>> versions()["ratio"].round(1).tolist()
    [92.6, 58.9, 61.4, 61.2, 53.8]
    """
    table = allocation_law("approach_3")
    rows = {
        "coefficients of Eq. 10": _allocation(law("printed")),
        "coefficients of the TeX source": _allocation(law("tex")),
        "coefficients of the curves of Figure 4": _allocation(law("plotted")),
        "frontier line of Figure 4": (_drawn_frontier("a"), _drawn_frontier("params")),
        "rows of Table A3": (-float(table.alpha), float(table.predict(GOPHER_FLOPS))),
    }
    found = pd.DataFrame(
        [(name, a, size) for name, (a, size) in rows.items()], columns=["version", "a", "params"]
    )
    return found.assign(ratio=GOPHER_FLOPS / training_flops(found["params"], found["params"]))


def _allocation(surface: Chinchilla) -> tuple[float, float]:
    return float(surface.a), float(surface.optimal(flops=GOPHER_FLOPS).params)


# The frontiers from the runs ------------------------------------------------------------------


def isoflop_runs(all_runs: bool = False) -> pd.DataFrame:
    """Return the isoFLOP runs, without the four that spoil a parabola.

    Four runs at the second smallest budget, too large for it, end at losses far above all others
    of that budget; a parabola that has to pass near them has its minimum far below the data. The
    paper names no such rule: leaving out losses above `HIGH_LOSS` is ours, and `isoflop_rules`
    shows what it changes.

    Parameters
    ----------
    all_runs : bool
        Whether to keep them.

    Returns
    -------
    DataFrame
        Columns as in the table ``figure4_isoflop_points``.

    Examples
    --------
    >>> len(isoflop_runs()), len(isoflop_runs(all_runs=True))
    (110, 114)
    """
    runs = load("hoffmann2022", "figure4_isoflop_points")
    return runs if all_runs else runs[runs["loss"] <= HIGH_LOSS].reset_index(drop=True)


@cache
def isoflop_frontier(all_runs: bool = False, window: float | None = None) -> Frontier:
    """Return the frontier of approach 2: a parabola a budget, a power law through the minima.

    Parameters
    ----------
    all_runs : bool
        Whether to keep the four runs of high loss.
    window : float, optional
        Decades of size around each minimum within which runs are used.

    Returns
    -------
    Frontier
        Of the isoFLOP runs.

    Examples
    --------
    >>> round(isoflop_frontier().a, 3), round(isoflop_frontier(all_runs=True).a, 3)
    (0.495, 0.481)
    """
    return isoflop(isoflop_runs(all_runs), budget="isoflop_budget", window=window)


def isoflop_rules() -> pd.DataFrame:
    """Return what the choice of runs does to approach 2.

    Returns
    -------
    DataFrame
        One row a rule: ``rule``, ``runs`` at hand, exponents ``a`` and ``b``, and ``params`` at
        the compute of Gopher.

    Examples
    --------
    >>> isoflop_rules()["a"].round(2).tolist()
    [0.5, 0.48, 0.5]
    """
    rows = []
    for rule, all_runs, window in (
        (f"loss up to {HIGH_LOSS}", False, None),
        ("all runs", True, None),
        ("half a decade around the best run", True, 0.5),
    ):
        found = isoflop_frontier(all_runs, window)
        size = float(found.params_law.predict(GOPHER_FLOPS))
        rows.append((rule, len(isoflop_runs(all_runs)), found.a, found.b, size))
    return pd.DataFrame(rows, columns=["rule", "runs", "a", "b", "params"])


@cache
def envelope_frontier(low: float = ENVELOPE[0], high: float = ENVELOPE[1]) -> Frontier:
    """Return a stand-in for approach 1: the lower envelope of the ends of the training runs.

    The training curves are not public. Between the ends of the runs of a size the loss is
    interpolated, at each budget the size with the least loss is taken, and a power law goes
    through those sizes.

    Parameters
    ----------
    low, high : float
        Budgets in FLOPs between which the envelope is drawn.

    Returns
    -------
    Frontier
        Of the 245 points of Figure 4.

    Examples
    --------
    >>> round(envelope_frontier().a, 2)
    0.5
    """
    runs = load("hoffmann2022", "figure4_points")
    return envelope(runs, flops=(low, high), size="params_table_a9")


def envelope_ranges() -> pd.DataFrame:
    """Return how far the exponent of the stand-in for approach 1 depends on its range.

    Returns
    -------
    DataFrame
        One row a range of budgets: ``low``, ``high`` (FLOPs), ``a``.

    Examples
    --------
    >>> table = envelope_ranges()
    >>> bool(table["a"].max() - table["a"].min() > 0.03)
    True
    """
    ranges = (ENVELOPE, (6e18, 3e21), (2e18, 5e21), (1e19, 2e21))
    rows = [(low, high, envelope_frontier(low, high).a) for low, high in ranges]
    return pd.DataFrame(rows, columns=["low", "high", "a"])


# Approach 2 without noise ---------------------------------------------------------------------


def centred_grids() -> pd.DataFrame:
    """Return the error of approach 2 on grids round the optimum, by their width.

    The losses are those of the printed law, without noise.

    Returns
    -------
    DataFrame
        As from `replication.frontier.bias`.

    Examples
    --------
    >>> (100 * centred_grids()["tokens_error"]).round(2).tolist()
    [-0.33, -1.3, -2.9, -5.1]
    """
    return bias(law("printed"), GRID_BUDGETS, width=GRID_WIDTHS, flops=GRID_TARGET)


def shifted_grids(points: int = 41) -> pd.DataFrame:
    """Return the error of approach 2 on grids whose centre misses the optimum.

    All grids of a row are shifted alike, by up to four fifths of their half width, so that the
    optimum stays inside.

    Parameters
    ----------
    points : int
        Shifts for each width.

    Returns
    -------
    DataFrame
        As from `replication.frontier.bias`, with ``off_centre``, the factor by which the tokens
        at the centre exceed the optimum.

    Examples
    --------
    >>> shifted_grids(3).query("width == 4")["off_centre"].round(2).tolist()
    [0.33, 1.0, 3.03]
    """
    tables = []
    for width in GRID_WIDTHS:
        for share in np.linspace(-0.8, 0.8, points):
            factor = float(width**share)
            found = bias(
                law("printed"), GRID_BUDGETS, width=width, flops=GRID_TARGET, off_centre=factor
            )
            tables.append(found.assign(off_centre=factor))
    return pd.concat(tables, ignore_index=True)


def without_noise(name: str = "plotted", all_runs: bool = False) -> Frontier:
    """Return what approach 2 finds on the paper's own grid if a law were exactly true.

    Each run keeps its size and its tokens; its loss is replaced by that of the law.

    Parameters
    ----------
    name : str
        A version of the law, as in `law`.
    all_runs : bool
        Whether to keep the four runs of high loss.

    Returns
    -------
    Frontier
        Of the runs with the losses of the law.

    Examples
    --------
    >>> without_noise().n
    110
    """
    runs = isoflop_runs(all_runs)
    loss = law(name).loss(runs["params"], runs["tokens"])
    return isoflop(runs.assign(loss=loss), budget="isoflop_budget")


# The claims -----------------------------------------------------------------------------------


@claims.answers("C1.a", "C1.b", "C1.a_low", "C1.a_high", "C1.b_low", "C1.b_high")
def approach_1() -> dict[str, float | Answer]:
    """Return the exponents of the envelope of run ends, and their spread over subsamples."""
    return _exponents("C1", envelope_frontier(), _envelope_draws())


@claims.answers("C2.a", "C2.b", "C2.a_low", "C2.a_high", "C2.b_low", "C2.b_high")
def approach_2() -> dict[str, float | Answer]:
    """Return the exponents of the isoFLOP minima, and their spread over subsamples."""
    return _exponents("C2", isoflop_frontier(), _isoflop_draws())


@cache
def _envelope_draws() -> Draws:
    return envelope_frontier().subsample(SUBSAMPLES, fraction=FRACTION, seed=SEED)


@cache
def _isoflop_draws() -> Draws:
    return isoflop_frontier().subsample(SUBSAMPLES, fraction=FRACTION, seed=SEED)


def _exponents(claim: str, frontier: Frontier, draws: Draws) -> dict[str, float | Answer]:
    """Return a, b and the ends of their 80 % intervals."""
    table = draws.interval(0.8)
    answers: dict[str, float | Answer] = {}
    for name, value in (("a", frontier.a), ("b", frontier.b)):
        low, high = table["low"][name], table["high"][name]
        answers[f"{claim}.{name}"] = Answer(float(value), low=low, high=high)
        answers |= {f"{claim}.{name}_low": low, f"{claim}.{name}_high": high}
    return answers


@claims.answers(
    *(f"C3.{name}{version}" for name in "ab" for version in ("", "_tex", "_drawn", "_refit"))
)
def approach_3() -> dict[str, float]:
    """Return the exponents that follow from each version of the parametric law."""
    a = {
        "": float(law("printed").a),
        "_tex": float(law("tex").a),
        "_drawn": _drawn_frontier("a"),
        "_refit": float(law("refit").a),
    }
    return {f"C3.a{version}": value for version, value in a.items()} | {
        f"C3.b{version}": 1 - value for version, value in a.items()
    }


def _drawn_frontier(column: str) -> float:
    return float(drawn_lines().set_index("kind").loc[["main"], column].iloc[0])


@claims.answers("C3.a_low", "C3.a_high", "C3.b_low", "C3.b_high")
def drawn_interval() -> dict[str, float]:
    """Return the 80 % interval of the exponents over the faint lines of Figure 4."""
    lines = drawn_lines()
    low, high = lines.loc[lines["kind"] == "faint", "a"].quantile([0.1, 0.9])
    return {"C3.a_low": low, "C3.a_high": high, "C3.b_low": 1 - high, "C3.b_high": 1 - low}


@claims.answers("C4")
def coefficients() -> dict[str, float]:
    """Return the coefficients of the curves drawn in Figure 4, and those of our fit."""
    drawn = {f"C4.{name}": value for name, value in law("plotted").to_dict().items()}
    return drawn | {f"C4.{name}_refit": value for name, value in law("refit").to_dict().items()}


@claims.answers("C5")
def gopher_size() -> dict[str, float]:
    """Return the optimal size at the compute of Gopher, by each version of the law."""
    size = {name: float(law(name).optimal(flops=GOPHER_FLOPS).params) for name in (*LAWS, "refit")}
    return {
        "C5.params": size["printed"],
        "C5.params_tex": size["tex"],
        "C5.params_plotted": size["plotted"],
        "C5.params_drawn": _drawn_frontier("params"),
        "C5.params_refit": size["refit"],
    }


@claims.answers("C6")
def table_3() -> dict[str, float]:
    """Return the exponent through the rows of Table 3, and 6 N D for each row."""
    exponent = -float(allocation_law("approach_1").alpha)
    return {"C6.a": exponent} | _six_nd("C6.flops", "approach_1")


@claims.answers("C7")
def table_a3() -> dict[str, float]:
    """Return the exponents through the rows of Table A3, and 6 N D for each row."""
    return {
        "C7.a_approach_2": -float(allocation_law("approach_2").alpha),
        "C7.a_approach_3": -float(allocation_law("approach_3").alpha),
        "C7.a_approach_3_printed": -float(allocation_law("approach_3", corrected=False).alpha),
        **_six_nd("C7.flops_approach_2", "approach_2"),
        **_six_nd("C7.flops_approach_3", "approach_3"),
    }


def _six_nd(prefix: str, approach: str) -> dict[str, float]:
    table = allocation(approach)
    flops = training_flops(table["params"], table["tokens"])
    return {f"{prefix}_{_size(n)}": float(c) for n, c in zip(table["params"], flops, strict=True)}


def _size(count: float) -> str:
    """Return a size as it is spoken: 400M, 67B, 10T."""
    for unit, letter in ((1e12, "T"), (1e9, "B")):
        if count >= unit and (count / unit).is_integer():
            return f"{count / unit:.0f}{letter}"
    return f"{count / 1e6:.0f}M"


@claims.answers("C8")
def table_a4() -> dict[str, float]:
    """Return the exact FLOPs over 6 N D, without embedding and logits."""
    table = flop_ratios()
    return {
        f"C8.{n / 1e6:.0f}M": float(ratio)
        for n, ratio in zip(table["params"], table["ours"], strict=True)
    }


@claims.answers("C9")
def table_a9() -> dict[str, float]:
    """Return the parameters of the 50 models from their shapes."""
    table = models()
    return {
        f"C9.{n / 1e6:.0f}M": float(count)
        for n, count in zip(table["params"], table["params_hoffmann"], strict=True)
    }


@claims.answers("C10.params", "C10.params_parabola")
def size_at_1e21() -> dict[str, float]:
    """Return the optimal size at 1e21 FLOPs: by Table 3, and by the runs of that budget."""
    minima = isoflop_frontier().points.set_index("flops")["params"]
    return {
        "C10.params": float(allocation_law("approach_1").predict(1e21)),
        "C10.params_parabola": float(minima[1e21]),
    }


@claims.answers("C11")
def large_models() -> dict[str, float]:
    """Return compute and tokens for which three large sizes are optimal, by the printed tables."""
    flops = {size: optimal_flops("approach_2", size) for size in (175e9, 280e9, 1e12)}
    tokens = allocation_law("approach_2", "tokens")
    return {
        "C11.flops_175B": flops[175e9],
        "C11.tokens_175B": float(tokens.predict(flops[175e9])),
        "C11.flops_280B": flops[280e9],
        "C11.flops_280B_table3": optimal_flops("approach_1", 280e9),
        "C11.tokens_280B": float(tokens.predict(flops[280e9])),
        "C11.flops_1T": flops[1e12],
        "C11.flops_1T_table3": optimal_flops("approach_1", 1e12),
    }


@claims.answers("C12")
def chinchilla() -> dict[str, float]:
    """Return size, tokens and compute of Chinchilla and of Gopher."""
    return {
        "C12.params": CHINCHILLA[0],
        "C12.tokens": CHINCHILLA[1],
        "C12.flops": float(training_flops(*CHINCHILLA)),
        "C12.ratio": CHINCHILLA[1] / CHINCHILLA[0],
        "C12.gopher_params": GOPHER[0],
        "C12.gopher_tokens": GOPHER[1],
        "C12.gopher_flops": float(training_flops(*GOPHER)),
    }


@claims.answers("I1")
def mirrored_intervals() -> dict[str, float]:
    """Return the interval of b that follows from that of a, since b = 1 - a by Eq. 4."""
    table = load("hoffmann2022", "table2_exponents").set_index("approach")
    answers = {}
    for approach in TABLES:
        answers[f"I1.{approach}.b_low"] = 1 - table["a_p90"][approach]
        answers[f"I1.{approach}.b_high"] = 1 - table["a_p10"][approach]
    return answers


@claims.answers("I2")
def exponents_outside() -> dict[str, float]:
    """Return the four exponents that the paper gives for approach 3, one way or another."""
    return {
        "I2.a_printed": float(law("printed").a),
        "I2.a_tex": float(law("tex").a),
        "I2.a_drawn": _drawn_frontier("a"),
        "I2.a_table_a3": -float(allocation_law("approach_3").alpha),
    }


@claims.answers("I3")
def tokens_per_param() -> dict[str, float]:
    """Return the tokens per parameter that the law asks for at the compute of Gopher."""
    return {
        f"I3.ratio_{name}": float(law(name).optimal(flops=GOPHER_FLOPS).tokens_per_param)
        for name in LAWS
    }
