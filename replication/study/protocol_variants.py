"""The study done otherwise: what its main numbers owe to choices that could have been others."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from replication.datasets.corpus import designs
from replication.hindcast.protocol import LEVEL
from replication.hindcast.scores import by_family, held, resampled
from replication.hindcast.widening import drift_of
from replication.study.cases import runs
from replication.study.scored import stored

BETWEEN = (0.5, 1.0)
"""Distances at which coverage is compared, in decades: the one bin that every family reaches."""
RATIOS = (5.0, 100.0)
"""Tokens per parameter of the runs that one variant keeps."""


def variants() -> pd.DataFrame:
    """Return coverage and drift of Chinchilla's law under other choices than the protocol's.

    Returns
    -------
    DataFrame
        A row a choice: ``variant``; ``families`` that are left; the share of runs between half a
        decade and a decade that an interval of a run ``held`` at 80 %, with the 95 % interval
        over resampled families, ``low`` and ``high``; the ``drift`` per decade on average over
        families, with ``drift_low`` and ``drift_high``, and ``new_family``, infinite where the
        families are too few.

    Examples
    --------
    >>> variants().set_index("variant").loc["the protocol", "families"]
    np.int64(13)
    """
    rows = stored()
    found = [judged(name, rows[keep(rows)]) for name, keep in _KEPT.items()]
    grouped = stored("grouped")
    alone = rows[~rows["design"].isin(grouped["design"])]
    found.append(judged("groups of runs resampled together", pd.concat([alone, grouped])))
    both = runs("nonembedding")["design"].unique()
    found += [
        judged("kempner alone, embedding counted", rows[rows["design"].isin(both)]),
        judged("kempner alone, without the embedding", stored("nonembedding")),
    ]
    return pd.DataFrame(found)


def judged(name: str, rows: pd.DataFrame) -> dict[str, object]:
    """Return the row of a variant.

    Parameters
    ----------
    name : str
        Of the variant.
    rows : DataFrame
        As `replication.study.stored` returns it.

    Returns
    -------
    dict
        The columns of `variants`.

    Examples
    --------
    >>> judged("all", stored())["families"]
    13
    """
    near = rows[rows["decades"].between(*BETWEEN, inclusive="right")]
    low, high = resampled(near, held(near, "run"))
    drift = drift_of(rows, LEVEL)
    return {
        "variant": name,
        "families": rows["family"].nunique(),
        "held": float(by_family(near, held(near, "run")).mean()),
        "low": low,
        "high": high,
        "drift": drift.average,
        "drift_low": drift.low,
        "drift_high": drift.high,
        "new_family": drift.new_family,
    }


def _digitised(rows: pd.DataFrame) -> "pd.Series[bool]":
    listed = designs()
    return rows["design"].isin(listed.loc[listed["digitised"], "design"])


_KEPT: dict[str, Callable[[pd.DataFrame], "pd.Series[bool]"]] = {
    "the protocol": lambda rows: rows["decades"].ge(0),
    "the cut one decade below the largest run": lambda rows: rows["cut"].eq(1.0),
    "without points of training curves": lambda rows: rows["kind"].ne("curve"),
    "without readings of figures": lambda rows: ~_digitised(rows),
    "isoFLOP designs": lambda rows: rows["kind"].eq("isoFLOP"),
    "all but isoFLOP designs": lambda rows: rows["kind"].ne("isoFLOP"),
    "scored runs of 5 to 100 tokens per parameter": lambda rows: (
        rows["tokens"] / rows["params"]
    ).between(*RATIOS),
    "scored runs inside the fitted N and D": lambda rows: rows["inside"],
    "scored runs outside": lambda rows: ~rows["inside"],
    "cells of five scored runs or more": lambda rows: (
        rows.groupby(["design", "cut", np.digitize(rows["decades"], BETWEEN)])["run"]
        .transform("size")
        .ge(5)
    ),
}
