"""What compression adds to the loss: a law in size and tokens, read in two ways."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.fitting import Fit, fit
from replication.laws import PowerSum, Term, coefficient, exponent
from replication.papers.li2020.data import measured

__all__ = ["LEVELS", "AddedLoss", "added", "exponents"]

LEVELS = {"round": (4, 3), "prune": (0.3, 0.5)}
"""Levels at which the law is fitted: they hurt every model, and leave each better than a guess."""
READINGS = {"b": "b", "compute": "at_equal_compute", "size": "a", "ratio": "at_equal_ratio"}
"""Exponents by name, and the field or property of the law that gives each."""
SLOPES = (-1.0, -0.5, 0.2, 0.5, 1.0, 1.5)


@dataclass(frozen=True)
class AddedLoss(PowerSum):
    """Added loss = A D**b / N**a: what one kind of compression costs.

    The power law in which kumar2024 describes rounding (its Eq. 2), at one number of bits. It
    falls with size as N**-a at equal tokens; with D = C / (6 N) as N**-(a + b) at equal compute;
    with D = m N as N**-(a - b) at equal tokens per parameter.

    Parameters
    ----------
    A : float
        Coefficient, in nats times parameters to the a over tokens to the b.
    a, b : float
        Exponents of parameters and tokens.

    Examples
    --------
    >>> law = AddedLoss(A=1e-3, a=0.1, b=0.5)
    >>> round(law.loss(1e4, 4e6) / law.loss(1e4, 1e6), 6)
    2.0
    >>> round(law.at_equal_compute, 6), round(law.at_equal_ratio, 6)
    (0.6, -0.4)
    """

    A: float = coefficient()
    a: float = exponent(*SLOPES)
    b: float = exponent(*SLOPES)

    inputs = ("params", "tokens")
    response = "added_loss"
    terms = (Term("A", (("params", "a", -1.0), ("tokens", "b", 1.0))),)

    @property
    def at_equal_compute(self) -> float:
        """Exponent with which the added loss falls with size at equal compute, C = 6 N D."""
        return self.a + self.b

    @property
    def at_equal_ratio(self) -> float:
        """Exponent with which it falls with size at equal tokens per parameter."""
        return self.a - self.b


@cached
def added(way: str, level: float) -> Fit[AddedLoss]:
    """Fit the law to all runs, by least squares of the logarithm; runs of a trunk are a group.

    Parameters
    ----------
    way : str
        One of `WAYS`.
    level : float
        Bits, or share of zeros.

    Returns
    -------
    Fit
        Of `AddedLoss`.

    Examples
    --------
    >>> bool(added("round", 4).law.b > 0)
    True
    """
    table = measured(way, level)
    trunk = table["width"].astype(str) + "-" + table["seed"].astype(str)
    return fit(AddedLoss, table.assign(trunk=trunk), objective="log-lsq", group="trunk")


@cached
def exponents(level: float = 0.95, resamples: int = 500) -> pd.DataFrame:
    """Return the exponents of size at equal compute, tokens, and tokens per parameter.

    Parameters
    ----------
    level : float
        Of the intervals, from a bootstrap over trunks.
    resamples : int
        Its resamples.

    Returns
    -------
    DataFrame
        One row a way and level of `LEVELS`: ``n`` runs; ``b``, the exponent of tokens; the
        exponents with which the added loss changes with size, ``compute`` and ``ratio`` where
        those are equal and ``size`` at equal tokens, negative where a larger model loses less;
        each with its ``_low`` and ``_high``; and ``spread``, the root mean square of the
        logarithm that the law leaves.

    Examples
    --------
    >>> exponents()[["way", "level"]].to_numpy().tolist()
    [['round', 4.0], ['round', 3.0], ['prune', 0.3], ['prune', 0.5]]
    """
    rows = []
    for way, levels in LEVELS.items():
        for step in levels:
            fitted = added(way, step)
            drawn = fitted.bootstrap(resamples, seed=0).law
            row = {"way": way, "level": float(step), "n": fitted.n, "spread": fitted.rms}
            for name, field in READINGS.items():
                sign = 1 if name == "b" else -1
                ends = sign * np.quantile(getattr(drawn, field), [(1 - level) / 2, (1 + level) / 2])
                row[name] = sign * float(getattr(fitted.law, field))
                row |= {f"{name}_low": float(ends.min()), f"{name}_high": float(ends.max())}
            rows.append(row)
    return pd.DataFrame(rows)
