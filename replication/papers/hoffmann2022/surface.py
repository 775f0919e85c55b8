"""Approach 3: the versions of the parametric law, and what Figure 4 draws of it."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from replication import datasets
from replication._memo import cached
from replication.counting import training_flops
from replication.datasets import load, published
from replication.fitting import Fit, fit
from replication.laws import Chinchilla
from replication.papers.hoffmann2022.architectures import GOPHER_FLOPS
from replication.papers.hoffmann2022.runs import budgets

__all__ = ["drawn_lines", "isoloss_curves", "law"]

LAWS = ("printed", "tex", "plotted")
"""Versions of the parametric law: Eq. 10, the TeX source, the curves of Figure 4."""
OUTLIERS = 5
"""Points left out of the refit: those with the largest losses."""


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
    found = refit().law if name == "refit" else published("hoffmann2022", name)
    assert isinstance(found, Chinchilla)
    return found


@cached
def refit() -> Fit:
    """Fit the law to the points of Figure 4 as the paper did, its five largest losses left out.

    They are the outliers of besiroglu2024, which reads the points off the figure.

    Examples
    --------
    >>> refit().n
    240
    """
    points = datasets.runs("hoffmann2022")
    return fit(Chinchilla, points.nsmallest(len(points) - OUTLIERS, "loss"))


def at_gopher(surface: Chinchilla) -> tuple[float, float]:
    """Return the exponent a of a law, and its optimal parameters at the compute of Gopher.

    Examples
    --------
    >>> a, size = at_gopher(law("printed"))
    >>> round(a, 3), round(size / 1e9, 1)
    (0.452, 32.2)
    """
    return float(surface.a), float(surface.optimal(flops=GOPHER_FLOPS).params)


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


@cached
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


def drawn_frontier() -> tuple[float, float]:
    """Return the same two numbers of the frontier drawn in Figure 4.

    Examples
    --------
    >>> a, size = drawn_frontier()
    >>> round(a, 4), round(size / 1e9, 1)
    (0.4557, 39.6)
    """
    main = drawn_lines().set_index("kind").loc[["main"]]
    return float(main["a"].iloc[0]), float(main["params"].iloc[0])
