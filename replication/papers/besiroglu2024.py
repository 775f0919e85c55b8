"""Besiroglu et al. (2024): the parametric fit of hoffmann2022, done again from its Figure 4.

The points are in ``data/hoffmann2022``; what is here is what this paper does with them.
"""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2, norm, t

from replication.claims import Answer, ClaimSet
from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.datasets import load, published
from replication.errors import ArgumentError
from replication.fitting import Bootstrap, Fit, Objective, Recipe, fit, scaled_huber
from replication.laws import Chinchilla

Array = NDArray[np.float64]

claims = ClaimSet("besiroglu2024")

OUTLIERS = 5
"""Points left out: those with the largest losses (the authors' notebook, cells 14 and 15)."""
RESAMPLES = 4000
SEED = 42
LIKELIHOOD_DELTA = 1e-3
"""Huber delta of the likelihood, in units of the fitted sigma."""
CHINCHILLA_FLOPS = 5.88e23
"""Training compute of Chinchilla: 6 x 70e9 parameters x 1.4e12 tokens (hoffmann2022, Table 1)."""
HOFFMANN_INTERVAL = (0.454, 0.455)
"""Printed interval of the exponent a of hoffmann2022, Table 2, third approach."""
DRAWN_EXPONENT = sum(HOFFMANN_INTERVAL) / 2
"""The exponent a with which the paper draws Hoffmann's line."""
COORDINATES = ("A", "B", "E", "alpha", "beta")
COLOUR_BAR = (1.8, 5.0)
"""Losses at the ends of the colour bar of hoffmann2022, Figure 4, in nats per token."""
COLOUR_BINS = 256


@cache
def points(dropped: int = OUTLIERS) -> pd.DataFrame:
    """Return the points of hoffmann2022, Figure 4, without those of largest loss.

    Parameters
    ----------
    dropped : int
        How many points to leave out; the paper leaves out 5 of 245.

    Returns
    -------
    DataFrame
        Columns ``params``, ``tokens``, ``flops`` (counts) and ``loss`` (nats per token), in the
        order of the authors' file, on which their resamples depend.

    Raises
    ------
    ArgumentError
        If `dropped` is negative or leaves fewer points than the law has coefficients.

    Examples
    --------
    >>> len(points()), len(points(0))
    (240, 245)
    """
    runs = load("hoffmann2022", "figure4_points").sort_values("source_row", ignore_index=True)
    if not 0 <= dropped <= len(runs) - len(COORDINATES):
        raise ArgumentError(
            f"dropped is {dropped}; between 0 and {len(runs) - len(COORDINATES)} of "
            f"{len(runs)} points can be left out."
        )
    kept = runs.sort_values("loss", kind="stable").iloc[: len(runs) - dropped]
    return kept.sort_index().reset_index(drop=True)


@cache
def huber_fit(dropped: int = OUTLIERS) -> Fit:
    """Return the fit with Hoffmann's objective: the Huber sum of log residuals, delta 1e-3.

    Examples
    --------
    >>> round(huber_fit().law.E, 4)
    1.8172
    """
    return fit(Chinchilla, points(dropped))


@cache
def likelihood_fit() -> Fit:
    """Return the headline fit: the likelihood whose Huber delta counts in units of sigma.

    Examples
    --------
    >>> round(likelihood_fit().law.alpha, 4)
    0.3478
    """
    return fit(Chinchilla, points(), objective="log-huber-likelihood", delta=LIKELIHOOD_DELTA)


@cache
def bootstrap() -> Bootstrap:
    """Return the bootstrap behind every error bar of the paper: resampled points, Huber fit.

    The resamples are the authors' own: the same rows in the same order from the same generator.

    Examples
    --------
    >>> bootstrap().count
    4000
    """
    # The generator is numpy's old one because the notebook's is.
    rows = np.random.RandomState(SEED).choice(len(points()), size=(RESAMPLES, len(points())))
    return huber_fit().bootstrap(indices=rows)


@cache
def other_seeds(seeds: tuple[int, ...], resamples: int = RESAMPLES) -> pd.DataFrame:
    """Return the bootstrap standard errors under other seeds: how firm are the error bars.

    Parameters
    ----------
    seeds : tuple of int
        Seeds of numpy's default generator.
    resamples : int
        Resamples for each.

    Returns
    -------
    DataFrame
        One row a seed, one column a coefficient, and ``width``, the 80 % width of a.

    Examples
    --------
    >>> other_seeds((0, 1), resamples=100).shape
    (2, 6)
    """
    rows = []
    for seed in seeds:
        drawn = huber_fit().bootstrap(resamples, seed=seed)
        table = _intervals(drawn, 0.8)
        width = table["a"]["high"] - table["a"]["low"]
        rows.append({**{name: table[name]["se"] for name in COORDINATES}, "width": width})
    return pd.DataFrame(rows, index=pd.Index(seeds, name="seed"))


def _intervals(drawn: Bootstrap, level: float) -> dict[str, dict[str, float]]:
    """Return the intervals of a bootstrap by quantity and column."""
    table: dict[Any, Any] = drawn.interval(level).to_dict("index")
    return table


@cache
def covariance() -> Array:
    """Return the covariance of (ln A, ln B, ln E, alpha, beta) over the bootstrap, shape (5, 5).

    Examples
    --------
    >>> covariance().shape
    (5, 5)
    """
    return np.cov(bootstrap().law.to_vector(), rowvar=False)


@cache
def normal_draws(count: int = 10_000) -> Chinchilla:
    """Return laws drawn from a normal distribution around the headline fit.

    Parameters
    ----------
    count : int
        Number of draws; the paper takes 10,000.

    Returns
    -------
    Chinchilla
        With arrays of coefficients, one entry a draw.

    Examples
    --------
    >>> normal_draws(7).alpha.shape
    (7,)
    """
    rng = np.random.default_rng(SEED)
    center = likelihood_fit().law.to_vector()
    return Chinchilla.from_vector(rng.multivariate_normal(center, covariance(), size=count))


def ratio_band(law: Chinchilla, flops: ArrayLike, level: float = 0.8) -> pd.DataFrame:
    """Return percentiles of the compute-optimal tokens per parameter over draws of a law.

    Parameters
    ----------
    law : Chinchilla
        With arrays of coefficients, one entry a draw.
    flops : array_like, shape (k,)
        Training budgets in FLOPs.
    level : float
        Share of the draws inside the band.

    Returns
    -------
    DataFrame
        One row a budget: ``flops``, ``low``, ``median``, ``high``.

    Examples
    --------
    >>> ratio_band(normal_draws(), 1e18).round(0)["median"].item()
    26.0
    """
    budgets = np.atleast_1d(np.asarray(flops, dtype=np.float64))
    columns = Chinchilla.from_vector(law.to_vector()[:, None, :])
    ratios = np.asarray(columns.optimal(flops=budgets).tokens_per_param)
    tail = 50 * (1 - level)
    low, median, high = np.percentile(ratios, [tail, 50, 100 - tail], axis=0)
    return pd.DataFrame({"flops": budgets, "low": low, "median": median, "high": high})


def drawn_ratio(flops: ArrayLike, a: float = DRAWN_EXPONENT) -> Array:
    """Return Hoffmann's tokens per parameter as this paper draws them.

    The prefactor G comes from the TeX values, the exponent from the printed interval, although
    the TeX values imply another exponent.

    Parameters
    ----------
    flops : array_like
        Training budgets in FLOPs.
    a : float
        Exponent of N_opt in compute.

    Returns
    -------
    ndarray
        D_opt / N_opt, same shape as `flops`.

    Examples
    --------
    >>> drawn_ratio(5.88e23).round(1).item()
    73.2
    """
    law = published("hoffmann2022", "tex")
    assert isinstance(law, Chinchilla)
    pairs = np.asarray(flops, dtype=np.float64) / FLOPS_PER_PARAM_TOKEN
    return np.asarray(pairs / (law.G * pairs**a) ** 2)


def log_likelihood(law: Chinchilla, dropped: int = OUTLIERS) -> float:
    """Return the log-likelihood of a law on the points, sigma at its maximum.

    Parameters
    ----------
    law : Chinchilla
        Any coefficients.
    dropped : int
        How many points of largest loss to leave out.

    Returns
    -------
    float
        Log-likelihood under the scaled Huber density.

    Examples
    --------
    >>> round(log_likelihood(likelihood_fit().law), 2)
    879.77
    """
    runs = points(dropped)
    residuals = np.log(runs["loss"]) - np.log(law.loss(runs["params"], runs["tokens"]))
    return scaled_huber(residuals, LIKELIHOOD_DELTA).log_likelihood


def published_laws() -> dict[str, Chinchilla]:
    """Return Hoffmann's coefficients, rounded and as in the TeX source, and the refit.

    Examples
    --------
    >>> list(published_laws())
    ['rounded', 'tex', 'refit']
    """
    rounded, tex = (published("hoffmann2022", name) for name in ("printed", "tex"))
    assert isinstance(rounded, Chinchilla)
    assert isinstance(tex, Chinchilla)
    refit = likelihood_fit().law
    assert isinstance(refit, Chinchilla)
    return {"rounded": rounded, "tex": tex, "refit": refit}


def runs_needed(width: Any, target: float = 1e-3) -> Any:
    """Return how many runs shrink an interval to a width, at one over the root of n.

    Parameters
    ----------
    width : float or Series
        Width of the interval with the runs at hand.
    target : float
        Width wanted; Hoffmann's printed interval of a is 0.001 wide.

    Returns
    -------
    float or Series
        Number of runs.

    Examples
    --------
    >>> round(runs_needed(0.01))
    24000
    """
    return len(points()) * (width / target) ** 2


def start_at(law: Chinchilla, **options: object) -> Recipe:
    """Return the recipe of one L-BFGS-B run of scipy, at its defaults, from a law.

    Parameters
    ----------
    law : Chinchilla
        Where to start.
    **options : object
        Options of the optimiser, such as ``ftol``.

    Returns
    -------
    Recipe
        A single start.

    Examples
    --------
    >>> len(start_at(published_laws()["tex"]))
    1
    """
    starts = dict(zip(law.names(), law.to_vector()[:, None].tolist(), strict=True))
    return Recipe(starts, options=options)


GRID = Recipe(
    {
        "A": (0, 5, 10, 15, 20, 25),
        "B": (0, 5, 10, 15, 20, 25),
        "E": (-1, -0.5, 0, 0.5, 1),
        "alpha": (0, 0.5, 1, 1.5, 2),
        "beta": (0, 0.5, 1, 1.5, 2),
    }
)
"""The 4,500 starts of hoffmann2022, section D.2, in the optimiser's coordinates."""


def stalled_subsamples(reduction: str, count: int = 100, fraction: float = 0.8) -> pd.DataFrame:
    """Refit random parts of the points as an early-stopping optimiser would.

    Each part is fitted by one run of scipy's L-BFGS-B at its default tolerances, uncentred, from
    Hoffmann's TeX values.

    Parameters
    ----------
    reduction : str
        ``"mean"`` or ``"sum"`` of the Huber terms; it sets their size against the tolerances.
    count : int
        Number of parts; Hoffmann takes 100.
    fraction : float
        Share of the points in each; Hoffmann takes 0.8.

    Returns
    -------
    DataFrame
        One row a part: ``a`` and ``iterations``.

    Examples
    --------
    >>> stalled_subsamples("mean", count=3).shape
    (3, 2)
    """
    rng = np.random.default_rng(SEED)
    runs, recipe = points(), start_at(published_laws()["tex"])
    rows = []
    for _ in range(count):
        part = runs.iloc[rng.choice(len(runs), round(fraction * len(runs)), replace=False)]
        found = fit(Chinchilla, part, objective=Objective(reduction=reduction), recipe=recipe)
        assert found.attempts is not None
        assert isinstance(found.law, Chinchilla)
        rows.append((found.law.a, int(found.attempts["iterations"].iloc[0])))
    return pd.DataFrame(rows, columns=["a", "iterations"])


def outlier_sweep(dropped: tuple[int, ...]) -> pd.DataFrame:
    """Refit with more and more of the points of largest loss left out.

    Parameters
    ----------
    dropped : tuple of int
        How many points to leave out, one refit each.

    Returns
    -------
    DataFrame
        One row a refit: ``dropped``, coefficients, ``a`` and ``tokens_per_param`` at the compute
        of Gopher and Chinchilla (`CHINCHILLA_FLOPS`).

    Examples
    --------
    >>> outlier_sweep((0, 5))["beta"].round(2).tolist()
    [0.45, 0.37]
    """
    rows = []
    for k in dropped:
        law = huber_fit(k).law
        assert isinstance(law, Chinchilla)
        ratio = law.optimal(flops=CHINCHILLA_FLOPS).tokens_per_param
        rows.append({"dropped": k, **law.to_dict(), "a": law.a, "tokens_per_param": ratio})
    return pd.DataFrame(rows)


@cache
def recalibrated(dropped: int = OUTLIERS) -> pd.DataFrame:
    """Return the points with losses nearer to the figure than its colours were read.

    114 of the 245 points also stand in the right panel of the figure, where the loss is a
    coordinate with five digits. They take that loss, and they calibrate the colour scale of 256
    bins (log loss linear in the bin) from which the others are read again. The choice is ours.

    Parameters
    ----------
    dropped : int
        As in `points`: left out before the calibration.

    Returns
    -------
    DataFrame
        As `points`, with ``loss`` (nats per token) changed.

    Examples
    --------
    >>> float((recalibrated()["loss"] - points()["loss"]).mean().round(3))
    -0.004
    """
    runs = points(dropped)
    exact = load("hoffmann2022", "figure4_isoflop_points")
    keys = ["isoflop_budget", "params_table_a9"]
    joined = runs.merge(exact[[*keys, "loss"]], on=keys, how="left", suffixes=("", "_exact"))
    known = joined["loss_exact"].notna()
    offset, slope = np.log(COLOUR_BAR[0]), np.log(COLOUR_BAR[1] / COLOUR_BAR[0])
    for _ in range(20):
        steps = (np.log(joined["loss"]) - offset) / slope * COLOUR_BINS
        centers = (np.floor(steps - 0.5) + 0.5) / COLOUR_BINS
        slope, offset = np.polyfit(centers[known], np.log(joined.loc[known, "loss_exact"]), 1)
    read_again = np.exp(offset + slope * centers)
    return runs.assign(loss=joined["loss_exact"].fillna(read_again).to_numpy())


# The claims ---------------------------------------------------------------------------------


@claims.answers("B1.A", "B2.B", "B2.B_huber", "B3.E", "B3.E_nb", "B4.alpha", "B5.beta")
def coefficients() -> dict[str, float]:
    """Return the coefficients of both fits; the printed E is that of the Huber fit."""
    likelihood, huber = likelihood_fit().law.to_dict(), huber_fit().law.to_dict()
    return {
        "B1.A": likelihood["A"],
        "B2.B": likelihood["B"],
        "B2.B_huber": huber["B"],
        "B3.E": huber["E"],
        "B3.E_nb": likelihood["E"],
        "B4.alpha": likelihood["alpha"],
        "B5.beta": likelihood["beta"],
    }


@claims.answers("B6.a", "B6.a_nb")
def exponent_a() -> dict[str, float | Answer]:
    """Return a = beta / (alpha + beta) with its 95 % interval."""
    row = _intervals(bootstrap(), 0.95)["a"]
    a = Answer(float(published_laws()["refit"].a), low=row["low"], high=row["high"])
    return {"B6.a": a, "B6.a_nb": a}


@claims.answers(
    *("B1.A_se", "B2.B_se", "B3.E_se", "B4.alpha_se", "B5.beta_se", "B6.a_se", "B6.a_se_nb", "B7")
)
def standard_errors() -> dict[str, float]:
    """Return the standard deviations over the bootstrap."""
    se = {name: row["se"] for name, row in _intervals(bootstrap(), 0.95).items()}
    table = {"B1": "A", "B2": "B", "B3": "E", "B4": "alpha", "B5": "beta"}
    printed = {f"{row}.{name}_se": se[name] for row, name in table.items()}
    notebook = {f"B7.{name}_se": se[name] for name in COORDINATES}
    return printed | notebook | {"B6.a_se": se["a"], "B6.a_se_nb": se["a"]}


@claims.answers("B8")
def intervals() -> dict[str, float]:
    """Return the 95 % percentile intervals of the bootstrap."""
    table = _intervals(bootstrap(), 0.95)
    return {f"B8.{name}_{end}": table[name][end] for name in COORDINATES for end in ("low", "high")}


@claims.answers("B9")
def t_tests() -> dict[str, float]:
    """Return two-sided p-values of each coefficient against its TeX value."""
    ours, theirs = published_laws()["refit"].to_dict(), published_laws()["tex"].to_dict()
    table = _intervals(bootstrap(), 0.95)
    freedom = len(points()) - len(COORDINATES)
    return {
        f"B9.p_{name}": 2 * float(t.sf(abs(ours[name] - theirs[name]) / table[name]["se"], freedom))
        for name in COORDINATES
    }


@claims.answers("B10.chi2", "B10.p", "B10.p_digest")
def chi_square() -> dict[str, float]:
    """Test the TeX values jointly against the refit under the bootstrap covariance."""
    statistic = wald(published_laws()["tex"])
    return {
        "B10.chi2": statistic,
        "B10.p": float(chi2.sf(float(claims["B10.chi2"].printed), len(COORDINATES))),
        "B10.p_digest": float(chi2.sf(statistic, len(COORDINATES))),
    }


def wald(law: Chinchilla) -> float:
    """Return the chi-square distance of a law from the refit, 5 degrees of freedom.

    Parameters
    ----------
    law : Chinchilla
        Any coefficients.

    Returns
    -------
    float
        ``d' V^-1 d`` in (ln A, ln B, ln E, alpha, beta), V the bootstrap covariance.

    Examples
    --------
    >>> wald(published_laws()["refit"])
    0.0
    """
    distance = likelihood_fit().law.to_vector() - law.to_vector()
    return float(distance @ np.linalg.solve(covariance(), distance))


@claims.answers("B11", "B12")
def log_likelihoods() -> dict[str, float]:
    """Return the log-likelihood of three sets of coefficients, without and with the outliers."""
    laws = published_laws()
    return {f"B11.{name}": log_likelihood(law) for name, law in laws.items()} | {
        f"B12.{name}": log_likelihood(law, dropped=0) for name, law in laws.items()
    }


@claims.answers("B13")
def likelihood_ratios() -> dict[str, float]:
    """Return p-values of likelihood-ratio tests against the refit, 5 degrees of freedom."""
    value = log_likelihoods()

    def p(table: str, name: str) -> float:
        return float(chi2.sf(2 * (value[f"{table}.refit"] - value[f"{table}.{name}"]), 5))

    return {
        "B13.p_240": p("B11", "tex"),
        "B13.p_245": p("B12", "tex"),
        "B13.p_rounded_digest": p("B11", "rounded"),
    }


@claims.answers("B14.bias")
def rounding_bias() -> float:
    """Return by how much rounding beta inflates the data term at 1e11 tokens, in percent."""
    laws = published_laws()
    return float(100 * (1e11 ** (laws["tex"].beta - laws["rounded"].beta) - 1))


@claims.answers("B15.runs", "B15.runs_nb", "B15.runs_delta", "B15.se018", "B16.width")
def interval_width() -> dict[str, float]:
    """Return the 80 % width of a and the runs that would shrink it to Hoffmann's."""
    row = _intervals(bootstrap(), 0.8)["a"]
    width = row["high"] - row["low"]
    needed = float(runs_needed(width))
    return {
        "B15.runs": needed,
        "B15.runs_nb": needed,
        "B15.runs_delta": runs_needed(2 * float(norm.ppf(0.9)) * delta_method_error()),
        # The text's arithmetic: 2,116 is the square of a width of 46 thousandths.
        "B15.se018": len(points()) * 2116,
        "B16.width": width,
    }


def delta_method_error() -> float:
    """Return the standard error of a from the covariance of alpha and beta, to first order.

    Examples
    --------
    >>> round(delta_method_error(), 2)
    0.02
    """
    law = published_laws()["refit"]
    slope = np.array([-law.beta, law.alpha]) / (law.alpha + law.beta) ** 2
    return float(np.sqrt(slope @ covariance()[3:, 3:] @ slope))


@claims.answers("B17")
def hoffmann_ratio() -> dict[str, float]:
    """Return Hoffmann's tokens per parameter at the compute of Chinchilla, as drawn."""
    value = float(drawn_ratio(CHINCHILLA_FLOPS))
    return {"B17.ratio": value, "B17.ratio_nb": value}


@claims.answers("B18", "B19")
def refit_ratio() -> dict[str, float | Answer]:
    """Return the refit's tokens per parameter at the compute of Chinchilla and at 1e18 FLOPs."""
    band = ratio_band(normal_draws(), [CHINCHILLA_FLOPS, 1e18])
    ratio = float(published_laws()["refit"].optimal(flops=CHINCHILLA_FLOPS).tokens_per_param)
    here = Answer(ratio, low=band["low"][0], high=band["high"][0])
    return {
        "B18.ratio": here,
        "B19.ratio": here,
        "B19.ratio_1e18": Answer(band["median"][1], low=band["low"][1], high=band["high"][1]),
        "B19.ratio_outliers": float(outlier_sweep((0,))["tokens_per_param"].iloc[0]),
    }


@claims.answers("B20")
def future_ratio() -> dict[str, float]:
    """Return the band of tokens per parameter at 1e26 FLOPs and above."""
    band = ratio_band(normal_draws(), np.geomspace(1e26, 1e28, 21))
    law = bootstrap().law
    assert isinstance(law, Chinchilla)
    wide = ratio_band(law, 1e26, level=0.95)
    return {
        "B20.low": float(band["low"].min()),
        "B20.high": float(band["high"].max()),
        "B20.low_95": float(wide["low"].iloc[0]),
        "B20.high_95": float(wide["high"].iloc[0]),
    }


@claims.answers("B21")
def tex_values() -> dict[str, float]:
    """Return Hoffmann's unrounded values, in the coordinates in which they were quoted."""
    law = published_laws()["tex"]
    values = {
        "lnA": np.log(law.A),
        "lnB": np.log(law.B),
        "lnE": np.log(law.E),
        "alpha": law.alpha,
        "beta": law.beta,
    }
    return {f"B21.{name}": float(value) for name, value in values.items()}
