"""Muennighoff et al. (2023): a power law in the parameters."""

import pandas as pd

from replication.claims import ClaimSet
from replication.datasets import load
from replication.fitting import Fit, fit
from replication.laws import PowerLaw

KEY = "muennighoff2023"
LAW = PowerLaw.of("params", "loss")
claims = ClaimSet(KEY)


def runs() -> pd.DataFrame:
    """Return the runs that are fitted.

    Returns
    -------
    DataFrame
        The table ``runs``, one row a run; units are in `replication.describe`.

    Examples
    --------
    >>> len(runs())
    296
    """
    # write: the paper's own selection of runs, if it makes one
    return load(KEY, "runs")


def fitted() -> Fit:
    """Fit the power law by least squares on the logarithms.

    Returns
    -------
    Fit
        Of `LAW`.

    Examples
    --------
    >>> round(fitted().law.to_dict()["alpha"], 4)
    0.0956
    """
    # write: the paper's own objective and form of the law
    return fit(LAW, runs(), objective="log-lsq")


@claims.answers("P1.alpha")
def coefficients() -> dict[str, float]:
    """Return the coefficients of the fit that the paper prints."""
    law = fitted().law.to_dict()
    return {"P1.alpha": law["alpha"]}
