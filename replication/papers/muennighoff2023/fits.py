"""Fits of the law: as the paper fits it, to its lowest minimum, along a valley, and as a whole."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.errors import unknown
from replication.fitting import Fit, Objective, Profile, Recipe, fit
from replication.laws import DataConstrained, Law
from replication.papers.muennighoff2023.data import base, fitted_runs, printed, runs

__all__ = [
    "ENDLESS",
    "WAYS",
    "base_fields",
    "fitted",
    "profiled",
    "quality",
    "recipe",
    "recipe_ends",
]

ENDLESS = 1e9
"""An R_star so large that every repeat counts as new."""
OBJECTIVE = Objective("log-huber", 1e-3, "sum")
WAYS = {
    "lowest": "lowest Huber sum",
    "printed": "from the printed constants",
    "D only": "only the data decay",
    "N only": "only the parameters decay",
    "all runs": "all 296 runs",
    "below 4.5": "losses below 4.5 nats",
    "tied": "the base law free, with equal exponents",
    "whole": "all seven coefficients free",
}
"""Fits that `fitted` makes."""


def base_fields() -> dict[str, float]:
    """Return the coefficients of the base law, which the paper holds: ``fixed=`` of a fit.

    Examples
    --------
    >>> list(base_fields())
    ['A', 'B', 'E', 'alpha', 'beta']
    """
    return {name: float(value) for name, value in base().to_dict().items()}


@cached
def fitted(way: str = "lowest") -> Fit[DataConstrained]:
    """Fit the law with the paper's objective, the sum of Huber losses of the logarithms.

    Parameters
    ----------
    way : str
        One of `WAYS`. All but the last two hold the base law.

    Returns
    -------
    Fit
        Of `DataConstrained`.

    Raises
    ------
    UnknownNameError
        If there is no such fit.

    Examples
    --------
    >>> round(fitted("printed").law.R_D_star, 1), round(fitted("lowest").law.R_D_star, 1)
    (15.4, 95.4)
    """
    if way not in WAYS:
        raise unknown("fit", way, WAYS)
    table, held, starts = fitted_runs(), base_fields(), None
    if way == "all runs":
        table = runs()
    elif way == "below 4.5":
        table = table[table["loss"] < 4.5]
    elif way == "printed":
        starts = [printed()]
    elif way.endswith("only"):
        held[f"R_{'N' if way == 'D only' else 'D'}_star"] = ENDLESS
    elif way in ("tied", "whole"):
        held = {}
    tied = {"beta": "alpha"} if way == "tied" else None
    return fit(DataConstrained, table, fixed=held, tied=tied, starts=starts)


def recipe() -> Recipe:
    """Return starts like the paper's: a grid over both constants up to 20, without zero.

    Examples
    --------
    >>> len(recipe())
    9
    """
    starts = np.log([20 / 3, 40 / 3, 20]).tolist()
    return Recipe({"R_D_star": starts, "R_N_star": starts})


@cached
def recipe_ends() -> pd.DataFrame:
    """Return where each start of the recipe ends.

    Returns
    -------
    DataFrame
        ``start_D``, ``start_N``, ``R_D_star``, ``R_N_star`` and ``value``, the Huber sum.

    Examples
    --------
    >>> int((recipe_ends()["R_D_star"] < 20).sum())
    6
    """
    found = fit(DataConstrained, fitted_runs(), fixed=base_fields(), recipe=recipe())
    names = ["R_D_star", "R_N_star"]
    assert found.attempts is not None
    ends = pd.DataFrame(np.exp(found.attempts[names].to_numpy()), columns=names)
    starts = np.exp(recipe().grid(names))
    return pd.DataFrame({"start_D": starts[:, 0], "start_N": starts[:, 1]}).join(
        ends.assign(value=found.attempts["value"].to_numpy())
    )


@cached
def profiled(name: str, way: str = "lowest") -> Profile[DataConstrained]:
    """Return the profile of one constant, the other at its best at each value.

    Parameters
    ----------
    name : str
        ``"R_D_star"`` or ``"R_N_star"``.
    way : str
        One of `WAYS`. With a free base law, at fewer values: each is a fit of five coefficients.

    Returns
    -------
    Profile
        Of that fit.

    Examples
    --------
    >>> low, high = profiled("R_N_star").interval(0.95)
    >>> round(low, 1), round(high)
    (0.6, 11)
    """
    return fitted(way).profile(name, points=13 if way in ("tied", "whole") else 41)


def quality(law: Law, table: pd.DataFrame | None = None) -> Mapping[str, float]:
    """Return how well a law describes runs: the paper's two measures, and the typical miss.

    Parameters
    ----------
    law : Law
        Of parameters, tokens and unique tokens.
    table : DataFrame, optional
        Runs; by default those of the paper's fit.

    Returns
    -------
    dict
        ``huber`` (the sum), ``r2`` (of the loss), ``miss`` (median of the relative error) and
        ``bias`` (median of the signed one, positive where the law is too high).

    Examples
    --------
    >>> {name: round(value, 4) for name, value in quality(printed()).items()}["r2"]
    0.7722
    """
    table = fitted_runs() if table is None else table
    observed = table["loss"].to_numpy()
    columns = [table[name].to_numpy() for name in law.inputs]
    predicted = np.asarray(law.predict(*columns))
    apart = np.log(observed) - np.log(predicted)
    off = predicted / observed - 1
    spread = ((observed - observed.mean()) ** 2).sum()
    return {
        "huber": OBJECTIVE.value(apart, np.ones(len(apart))),
        "r2": float(1 - ((observed - predicted) ** 2).sum() / spread),
        "miss": float(np.median(np.abs(off))),
        "bias": float(np.median(off)),
    }
