"""How fast perplexity on the target falls with compute, by size and mixture."""

import pandas as pd

from replication._memo import cached
from replication.fitting import Fit, fit
from replication.laws import PowerLaw
from replication.papers.junior2025.data import losses, same
from replication.papers.junior2025.ratios import KEY

__all__ = ["SPAN", "curve_fit", "exponent_gaps", "exponents"]

SPAN = 16.0
"""A curve is fitted over this factor of compute, up to where sizes are compared."""
LEVEL = 0.9
RESAMPLES = 400


def curve_fit(run: str, reading: str) -> Fit[PowerLaw]:
    """Fit perplexity = a C^-b to the end of one curve.

    The law is a straight line of the loss in the logarithm of compute, so b is in nats per byte
    for each factor e of compute.

    Parameters
    ----------
    run : str
        As in `runs`.
    reading : str
        One of `READINGS`: where the curve ends; it begins at a part `SPAN` of this compute.

    Returns
    -------
    Fit
        Of a power law with ``flops`` (after the trunk) as input.

    Examples
    --------
    >>> run = losses()["run"].iloc[0]
    >>> curve_fit(run, "tokens").law.response
    'perplexity'
    """
    end = float(same(reading).set_index("run").loc[run, "flops"])
    table = losses()
    table = table[(table["run"] == run) & table["flops"].between(end / SPAN, end)]
    return fit(PowerLaw.of("flops", "perplexity"), table, objective="log-lsq")


@cached
def exponents(reading: str) -> pd.DataFrame:
    """Return the exponent of every curve.

    Parameters
    ----------
    reading : str
        One of `READINGS`.

    Returns
    -------
    DataFrame
        One row a run with a share of the target above zero: ``source``, ``width``, ``params``,
        ``seed``, ``share``, ``b``, and ``low`` and ``high``, an interval of a bootstrap over
        checkpoints. Checkpoints of one run follow each other, so seeds say more.

    Examples
    --------
    >>> table = exponents("tokens")
    >>> bool((table["b"] > 0).all())
    True
    """
    rows = []
    for row in same(reading).query("share > 0").to_dict("records"):
        found = curve_fit(str(row["run"]), reading)
        interval = found.bootstrap(RESAMPLES, seed=0).interval(LEVEL).loc["alpha"]
        kept = {name: row[name] for name in (*KEY, "share")}
        ends = {"b": found.law.alpha, "low": interval["low"], "high": interval["high"]}
        rows.append(kept | ends)
    return pd.DataFrame(rows)


@cached
def exponent_gaps(reading: str, share: float = 0.1) -> pd.DataFrame:
    """Return by how much the specialised curve is steeper than that of a mixture.

    Parameters
    ----------
    reading : str
        One of `READINGS`.
    share : float
        Of the target in the mixture.

    Returns
    -------
    DataFrame
        One row a pair of runs of one trunk: ``source``, ``width``, ``params``, ``seed``,
        ``special``, ``mixed`` (exponents) and ``gap``, their difference.

    Examples
    --------
    >>> exponent_gaps("tokens").columns[-1]
    'gap'
    """
    table = exponents(reading).pivot_table("b", KEY, "share")
    table = table[[1.0, share]].dropna().set_axis(["special", "mixed"], axis=1).reset_index()
    return table.assign(gap=table["special"] - table["mixed"])
