"""Small sizes to the largest: power laws of a family, their error, and what seeds add to it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from replication._memo import cached
from replication.counting.numbers import Array, numbers
from replication.errors import ArgumentError, DataError, listed, one_of_names
from replication.fitting import fit
from replication.laws import Law, PowerLaw, PowerLawOffset
from replication.papers.ivgi2022.data import ROUTERS, dense, routed

__all__ = [
    "LADDER_LAWS",
    "Forecast",
    "amplification",
    "bend_factor",
    "dense_table",
    "routed_forecasts",
    "seed_spread",
    "selections",
    "small_to_large",
]

LADDER_LAWS: Mapping[str, type[Law]] = {
    "power law": PowerLaw.of("params"),
    "with a floor": PowerLawOffset.of("params"),
}
"""Laws in parameters that a family is extrapolated with."""


_Fitted = tuple[Law, float, float]
"""A law, its R2 and the root mean square of its residuals."""


@dataclass(frozen=True)
class Forecast:
    """What a law of the smallest sizes says of the largest.

    Parameters
    ----------
    law : Law
        Fitted to the means over seeds of the smallest sizes, by least squares of the logarithm.
    sizes : int
        How many sizes it was fitted to.
    ratio : float
        The largest size over the largest that was fitted.
    error : float
        (predicted - observed) / observed at the largest size.
    r2 : float
        R2 of the logarithm of the loss within the fitted sizes.
    within : float
        Root mean square of the residuals of the logarithm there.
    """

    law: Law
    sizes: int
    ratio: float
    error: float
    r2: float
    within: float


def small_to_large(table: pd.DataFrame, sizes: int, law: str = "power law") -> Forecast:
    """Fit a law to the smallest sizes of a family and predict its largest.

    Parameters
    ----------
    table : DataFrame
        Columns ``params`` and ``loss`` (nats per token), rows in any order; runs of one size are
        seeds, and are averaged.
    sizes : int
        Smallest sizes to fit.
    law : str
        One of `LADDER_LAWS`.

    Returns
    -------
    Forecast
        With the error at the largest size.

    Raises
    ------
    UnknownNameError
        If there is no such law.
    DataError
        If the family has too few sizes for the law and one beyond, or a column is missing.
    ArgumentError
        If a loss or a size is not positive and finite.

    Examples
    --------
    >>> small_to_large(dense(), 4).error.__round__(3)
    -0.022
    """
    kind = LADDER_LAWS[one_of_names("law", law, LADDER_LAWS)]
    least = len(kind.names())
    if missing := [name for name in ("params", "loss") if name not in table]:
        raise DataError(f"The family has no column {listed(missing)}; it needs params and loss.")
    means = table.groupby("params")["loss"].mean().sort_index()
    if len(means) < least + 1 or not least <= sizes < len(means):
        raise DataError(
            f"The family has {len(means)} sizes and {sizes} were to be fitted; the {law} needs at "
            f"least {least} and one larger to predict. Take a family of more sizes."
        )
    params, losses = (tuple(map(float, column)) for column in (means.index, means))
    found, r2, within = _fitted(law, params[:sizes], losses[:sizes])
    return Forecast(
        law=found,
        sizes=sizes,
        ratio=params[-1] / params[sizes - 1],
        error=float(found.predict(params[-1])) / losses[-1] - 1,
        r2=r2,
        within=within,
    )


@cached
def _fitted(law: str, params: tuple[float, ...], losses: tuple[float, ...]) -> _Fitted:
    """Fit a law to sizes and losses; families are asked for again and again."""
    columns = {"params": np.array(params), "loss": np.array(losses)}
    found = fit(LADDER_LAWS[law], columns, objective="log-lsq")
    logs, squares = np.log(columns["loss"]), float(np.sum(found.residuals**2))
    r2 = 1 - squares / float(np.sum((logs - logs.mean()) ** 2))
    return found.law, r2, float(np.sqrt(squares / len(logs)))


@cached
def dense_table() -> pd.DataFrame:
    """Return the forecasts of the dense ladder, from three sizes up.

    Returns
    -------
    DataFrame
        One row a law and number of sizes: ``law``, ``sizes``, ``ratio``, ``error``, ``r2``,
        ``exponent`` and ``floor`` (nats per token).

    Examples
    --------
    >>> dense_table().groupby("law").size().to_dict()
    {'power law': 3, 'with a floor': 2}
    """
    rows = []
    for name, kind in LADDER_LAWS.items():
        for sizes in range(max(3, len(kind.names()) + 1), 6):
            one = small_to_large(dense(), sizes, name)
            rows.append(
                {
                    "law": name,
                    "sizes": sizes,
                    "ratio": one.ratio,
                    "error": one.error,
                    "r2": one.r2,
                    "exponent": one.law.to_dict()["alpha"],
                    "floor": one.law.irreducible,
                }
            )
    return pd.DataFrame(rows)


@cached
def routed_forecasts(law: str = "power law", router: str | None = None) -> pd.DataFrame:
    """Return the forecasts of routed models, of all numbers of experts.

    A power law is extrapolated from the three smallest sizes of each family, from four and from
    all but the largest; a law with a floor, which has a coefficient more, from the last alone.

    Parameters
    ----------
    law : str
        One of `LADDER_LAWS`.
    router : str, optional
        One of the values of `ROUTERS`; all of them by default.

    Returns
    -------
    DataFrame
        ``router``, ``experts``, ``sizes``, ``ratio``, ``error``, ``r2`` and ``within``.

    Examples
    --------
    >>> table = routed_forecasts()
    >>> len(table), bool((table["error"] < 0).all())
    (77, True)
    """
    rows = []
    table = routed()
    if router is not None:
        table = table[table["router"] == one_of_names("router", router, ROUTERS.values())]
    for (name, experts), family in table.groupby(["router", "experts"]):
        least = {3, 4} if law == "power law" else set()
        for sizes in sorted({*least, len(family) - 1}):
            one = small_to_large(family, sizes, law)
            rows.append((name, experts, sizes, one.ratio, one.error, one.r2, one.within))
    names = ["router", "experts", "sizes", "ratio", "error", "r2", "within"]
    return pd.DataFrame(rows, columns=names)


@cached
def selections() -> pd.DataFrame:
    """Return which router wins at the largest size, and which one small runs would have chosen.

    Returns
    -------
    DataFrame
        One row a number of experts and of fitted sizes: ``experts``, ``sizes``, ``best`` (at the
        largest size), ``law`` (best by the power laws), ``winner`` (best at the largest fitted
        size), ``law_cost`` and ``winner_cost`` (loss of the choice over that of the best, less 1).

    Examples
    --------
    >>> len(selections())
    18
    """
    rows = []
    for experts, group in routed().groupby("experts"):
        table = group.pivot_table(index="params", columns="router", values="loss").dropna()
        for sizes in (3, len(table) - 1):
            law: dict[str, float] = {}
            for router in map(str, table):
                family = table[router].rename("loss").reset_index()
                one = small_to_large(family, sizes)
                law[router] = (1 + one.error) * family["loss"].iloc[-1]
            top, last = table.iloc[-1], table.iloc[sizes - 1]
            best, winner = str(top.idxmin()), str(last.idxmin())
            guess = min(law, key=law.__getitem__)
            rows.append(
                {
                    "experts": experts,
                    "sizes": sizes,
                    "best": best,
                    "law": guess,
                    "winner": winner,
                    "law_cost": top[guess] / top[best] - 1,
                    "winner_cost": top[winner] / top[best] - 1,
                }
            )
    return pd.DataFrame(rows)


def seed_spread() -> pd.Series:
    """Return the standard deviation over the three seeds of one size, relative to the mean.

    Returns
    -------
    Series
        One entry a text: ``loss`` is the validation set of the training text.

    Examples
    --------
    >>> round(float(seed_spread()["loss"]), 5)
    0.00025
    """
    table = dense()
    many = table[table.groupby("params")["seed"].transform("size") > 1]
    losses = many[[name for name in map(str, many) if name.startswith("loss")]]
    return losses.std() / losses.mean()


def amplification(params: ArrayLike, target: float) -> float:
    """Return the noise of a power law's forecast, in units of the noise of each size.

    The forecast of log L is a weighted sum of the fitted logarithms, with weights
    1/n + (x - mean) (x_i - mean) / sum of squares in x = log N. The root of the sum of squared
    weights is what independent noise of each size is multiplied by.

    Parameters
    ----------
    params : array_like, shape (n,)
        Fitted sizes.
    target : float
        The size to predict.

    Returns
    -------
    float
        The factor.

    Raises
    ------
    ArgumentError
        If there are not two different positive sizes.

    Examples
    --------
    Two sizes a factor of ten apart, predicted another factor of ten out:

    >>> round(amplification([1e7, 1e8], 1e9), 3)
    2.236
    """
    x = _logs(params)
    far = float(np.log(target) - x.mean())
    weights = 1 / len(x) + far * (x - x.mean()) / np.sum((x - x.mean()) ** 2)
    return float(np.sqrt(np.sum(weights**2)))


def bend_factor(params: ArrayLike, target: float) -> float:
    """Return how far off a power law is if its residuals are a bend, in units of the residuals.

    For points on a parabola in log N: the miss of the least squares line at the target, over the
    root mean square of its residuals.

    Parameters
    ----------
    params : array_like, shape (n,)
        Fitted sizes.
    target : float
        The size to predict.

    Returns
    -------
    float
        The factor.

    Raises
    ------
    ArgumentError
        If there are not three different positive sizes.

    Examples
    --------
    Three sizes, each ten times the last, predicted one step out:

    >>> round(bend_factor([1e7, 1e8, 1e9], 1e10), 3)
    7.071
    """
    x = _logs(params, 3)
    line = np.polynomial.Polynomial.fit(x, x**2, 1)
    far = float(np.log(target))
    return float((far**2 - line(far)) / np.sqrt(np.mean((x**2 - line(x)) ** 2)))


def _logs(params: ArrayLike, least: int = 2) -> Array:
    """Return the logarithms of sizes, at least some of them different."""
    given = np.atleast_1d(numbers("params", params))
    if not np.all(given > 0) or len(np.unique(given)) < least:
        raise ArgumentError(
            f"params are {given.tolist()}; at least {least} different positive sizes are expected, "
            "or there is nothing to extrapolate."
        )
    return np.asarray(np.log(given))
