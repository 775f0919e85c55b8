"""How fast perplexity on the target falls with compute, and what that says of the ratio."""

import pandas as pd

from replication._memo import cached
from replication.fitting import fit
from replication.laws import PowerLaw
from replication.papers.junior2025.compute_ratios import KEY, paths
from replication.papers.junior2025.data import losses, same

__all__ = ["SPAN", "exponents", "slope"]

SPAN = 16.0
"""A curve is fitted over this factor of compute, up to the checkpoint of equal tokens."""


def slope(curve: pd.DataFrame, response: str = "perplexity") -> float:
    """Return the exponent b of a quantity that falls as C^-b.

    Parameters
    ----------
    curve : DataFrame
        ``flops`` (after the trunk) and the quantity, at two checkpoints or more.
    response : str
        Its column. Perplexity is e to the loss, so its b is what the loss loses, in nats per
        byte, with each factor e of compute.

    Returns
    -------
    float
        The exponent, by least squares in the logarithm; negative for what grows.

    Examples
    --------
    >>> curve = pd.DataFrame({"flops": [1e9, 1e10, 1e11], "perplexity": [40.0, 20.0, 10.0]})
    >>> round(slope(curve), 3)
    0.301
    """
    return float(fit(PowerLaw.of("flops", response), curve, objective="log-lsq").law.alpha)


@cached
def exponents(source: str = "speeches", share: float = 0.1) -> pd.DataFrame:
    """Return exponents of a mixture and of its specialised run, and the growth of their ratio.

    Two power laws a_m C^-b_m and a_s C^-b_s have the ratio C^(1 - b_m / b_s). Curves bend, so
    it matters where b_s is taken: the ratio compares the two runs at the same perplexity.

    Parameters
    ----------
    source : str
        Text of the trunk.
    share : float
        Of the target in the mixture.

    Returns
    -------
    DataFrame
        One row a pair of runs: ``source``, ``width``, ``params``, ``seed``, ``mixed`` (b of the
        mixture over the last factor `SPAN`), ``at_compute`` and ``at_perplexity`` (b of the
        specialised run over the same compute, and where it had the same perplexities),
        ``predicted`` (1 less `mixed` over `at_perplexity`) and ``measured`` (the exponent of the
        ratio in compute over the same stretch).

    Examples
    --------
    >>> table = exponents()
    >>> bool((table["at_perplexity"] > table["at_compute"]).all())
    True
    """
    ends = same("tokens").query("source == @source and share == @share")
    ratios, rows = paths(), []
    for end in ends.to_dict("records"):
        pair = losses()
        for name in KEY:
            pair = pair[pair[name] == end[name]]
        mixture, special = (
            _stretch(pair[pair["share"] == share], end["flops"]),
            pair[pair["share"] == 1],
        )
        if special.empty:
            continue
        of = mixture["perplexity"]
        met = special["perplexity"].between(of.min(), of.max()) & (special["flops"] > 0)
        mixed, there = slope(mixture), slope(special[met])
        path = _stretch(ratios[ratios["run"] == end["run"]], end["flops"])
        found = {
            "mixed": mixed,
            "at_compute": slope(_stretch(special, end["flops"])),
            "at_perplexity": there,
        }
        found |= {"predicted": 1 - mixed / there, "measured": -slope(path, "ratio")}
        rows.append({name: end[name] for name in KEY} | found)
    return pd.DataFrame(rows)


def _stretch(curve: pd.DataFrame, end: float) -> pd.DataFrame:
    """Return the last factor `SPAN` of compute before some FLOPs."""
    return curve[curve["flops"].between(end / SPAN, end)]
