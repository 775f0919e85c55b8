"""The line of BPC in the logarithm of compute: fitted, without each model, by domain."""

import pandas as pd

from replication._memo import cached
from replication.datasets import published
from replication.fitting import Fit, fit
from replication.laws import LogLinear
from replication.papers.guo2024.data import DOMAINS, models

__all__ = ["by_domain", "leave_one_out", "line", "printed", "residual_correlations"]

AVERAGE = "bpc_average"


@cached
def printed() -> LogLinear:
    """Return the printed line: BPC in ``compute``, the paper's unit of N D.

    Examples
    --------
    >>> printed()
    LogLinear(alpha=-0.031, beta=0.572)
    """
    law = published("guo2024", "printed")
    assert isinstance(law, LogLinear)
    return law


@cached
def line(listed: str = "april25", response: str = AVERAGE) -> Fit:
    """Fit the line by least squares, as the paper does.

    Parameters
    ----------
    listed : str
        Version of the table of models, as for `models`.
    response : str
        ``bpc_average``, or one of `DOMAINS`.

    Returns
    -------
    Fit
        Of `LogLinear` in ``compute``, grouped by family for a bootstrap that wants it.

    Examples
    --------
    >>> found = line()
    >>> found.n, round(found.law.alpha, 4), round(found.law.beta, 4), round(found.r2, 3)
    (22, -0.0307, 0.5721, 0.959)
    """
    law = LogLinear.of("compute", response=response)
    return fit(law, models(listed), objective="lsq", group="family")


@cached
def leave_one_out(listed: str = "april25") -> pd.DataFrame:
    """Fit the line without each model in turn.

    Parameters
    ----------
    listed : str
        Version of the table of models.

    Returns
    -------
    DataFrame
        One row a model: ``model``, ``family``, ``residual`` (BPC, from the fit to all), and
        ``alpha``, ``beta``, ``r2`` of the fit to the others.

    Examples
    --------
    >>> table = leave_one_out()
    >>> table.loc[table["residual"].idxmax(), "model"]
    'Falcon-7b'
    """
    found = line(listed)
    others = found.leave_one_out("points").to_frame()[["alpha", "beta", "r2"]]
    return models(listed)[["model", "family"]].assign(residual=found.residuals).join(others)


def by_domain(listed: str = "april25") -> pd.DataFrame:
    """Fit the line to each domain and to their mean.

    Parameters
    ----------
    listed : str
        Version of the table of models.

    Returns
    -------
    DataFrame
        One row a domain, the mean last: ``domain``, ``alpha``, ``beta``, ``r2`` and ``rms``, the
        root mean square of the residuals (BPC).

    Examples
    --------
    >>> by_domain().set_index("domain")["r2"].round(2).tolist()
    [0.67, 0.84, 0.88, 0.96]
    """
    rows = []
    for response, words in {**DOMAINS, AVERAGE: "mean of the three"}.items():
        found = line(listed, response)
        rows.append((words, *found.law.to_dict().values(), found.r2, found.rms))
    return pd.DataFrame(rows, columns=["domain", "alpha", "beta", "r2", "rms"])


def residual_correlations(listed: str = "april25") -> pd.DataFrame:
    """Return the correlation between domains of what the lines leave.

    Examples
    --------
    >>> round(float(residual_correlations().loc["Common Crawl", "Python"]), 2)
    -0.69
    """
    left = {words: line(listed, response).residuals for response, words in DOMAINS.items()}
    return pd.DataFrame(left).corr()
