"""The compute-optimal split: size and training time at equal compute, C = N t."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from replication._memo import cached
from replication.errors import ArgumentError
from replication.papers.bordelon2024.spectrum import Spectrum, power_law
from replication.papers.bordelon2024.theory import test_loss

__all__ = ["best_split", "split_exponents"]


def best_split(spectrum: Spectrum, computes: ArrayLike) -> pd.DataFrame:
    """Return the size and the time of least loss for each compute, with data without end.

    The model has two inputs and no closed form, so each is a search for the minimum along N t = C,
    with N between one and all of the compute.

    Parameters
    ----------
    spectrum : Spectrum
        Data and target.
    computes : array
        C = N t, above ten.

    Returns
    -------
    DataFrame
        ``compute``, ``params``, ``time`` and ``loss``.

    Raises
    ------
    ArgumentError
        If the least loss is at an end of the range, so that there is no split.

    Examples
    --------
    >>> best = best_split(power_law(2, 1.5), [1e4])
    >>> best[["params", "time"]].round(0).astype(int).iloc[0].tolist()
    [162, 62]
    """
    rows = []
    for compute in np.atleast_1d(np.asarray(computes, float)):

        def loss(log_params: float, compute: float = float(compute)) -> float:
            params = float(np.exp(log_params))
            return float(np.log(test_loss(spectrum, [compute / params], params)[0]))

        top = float(np.log(compute))
        found = minimize_scalar(loss, bounds=(0.0, top), method="bounded", options={"xatol": 1e-4})
        if not 0.01 < found.x < top - 0.01:
            raise ArgumentError(
                f"At a compute of {compute:g} the least loss is at an end of the range of sizes; "
                "give more compute."
            )
        params = float(np.exp(found.x))
        rows.append((compute, params, compute / params, float(np.exp(found.fun))))
    return pd.DataFrame(rows, columns=["compute", "params", "time", "loss"])


@cached
def split_exponents(a: float, b: float, low: float = 1e8, high: float = 1e10) -> dict[str, float]:
    """Return by which powers of compute the best size, the best time and the loss go.

    Parameters
    ----------
    a, b : float
        As for `power_law`, endless.
    low, high : float
        The two computes between which the slopes are taken.

    Returns
    -------
    dict
        ``params`` and ``time``, which add to one, and ``loss``, by which power it falls.

    Examples
    --------
    >>> found = split_exponents(2, 1.5)
    >>> {name: round(value, 2) for name, value in found.items()}
    {'params': 0.4, 'time': 0.6, 'loss': 0.4}
    """
    best = best_split(power_law(a, b), [low, high])
    span = np.log(high / low)
    slopes = {name: float(np.log(best[name][1] / best[name][0]) / span) for name in best}
    return {"params": slopes["params"], "time": slopes["time"], "loss": -slopes["loss"]}
