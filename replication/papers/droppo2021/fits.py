"""Laws fitted to our speech runs: all of them, the near-optimal ones, and the smaller ones."""

from typing import Any

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.errors import one_of_names
from replication.fitting import Fit, fit
from replication.laws import Law
from replication.papers.droppo2021.data import speech
from replication.papers.droppo2021.laws import DroppoJoint

__all__ = ["LAWS", "NEAR", "fitted", "held_out", "near_optimal"]

LAWS: dict[str, type[Law] | str] = {
    "Chinchilla": "Chinchilla",
    "KaplanJoint": "KaplanJoint",
    "OuterExponent": "OuterExponent",
    "DroppoJoint": DroppoJoint,
}
"""The laws that are compared, by name."""
NEAR = 2.0
"""Factor by which the tokens per parameter of a near-optimal run may be off the best."""


@cached
def fitted(name: str) -> Fit[Any]:
    """Return a law fitted to all of our speech runs.

    Parameters
    ----------
    name : str
        One of `LAWS`.

    Returns
    -------
    Fit
        By the Huber objective of the package, in log loss.

    Raises
    ------
    UnknownNameError
        If there is no such law.

    Examples
    --------
    >>> bool(fitted("DroppoJoint").law.gamma < 1)
    True
    """
    return fit(LAWS[one_of_names("law", name, list(LAWS))], speech())


def near_optimal() -> pd.DataFrame:
    """Return the speech runs whose split of the compute is near the best one.

    Returns
    -------
    DataFrame
        Rows of `speech` whose ratio of frames to parameters is within a factor `NEAR` of the
        best, by the joint form that was fitted to all.

    Examples
    --------
    >>> bool(0 < len(near_optimal()) < len(speech()))
    True
    """
    runs: pd.DataFrame = speech()
    best = fitted("DroppoJoint").law.optimal(flops=6 * runs["params"] * runs["tokens"])
    off = np.log(runs["tokens"] / runs["params"] / (np.asarray(best.tokens) / best.params))
    near: pd.DataFrame = runs[np.abs(off) <= np.log(NEAR) + 1e-9]
    return near


@cached
def held_out(name: str, decades: float = 1.0) -> pd.DataFrame:
    """Return what a law says of the larger speech runs, fitted to the smaller ones.

    Parameters
    ----------
    name : str
        One of `LAWS`.
    decades : float
        How far below the largest product of parameters and frames the fit ends.

    Returns
    -------
    DataFrame
        The runs above: ``params``, ``tokens``, the ``observed`` and the ``predicted`` loss.

    Raises
    ------
    UnknownNameError
        If there is no such law.

    Examples
    --------
    >>> set(held_out("Chinchilla").columns) == {"params", "tokens", "observed", "predicted"}
    True
    """
    law = LAWS[one_of_names("law", name, list(LAWS))]
    runs: pd.DataFrame = speech()
    product = runs["params"] * runs["tokens"]
    below = product <= product.max() / 10**decades * (1 + 1e-9)
    above = runs[~below].rename(columns={"loss": "observed"})
    told = fit(law, runs[below]).law.predict(above["params"], above["tokens"])
    scored: pd.DataFrame = above.assign(predicted=told)
    return scored
