"""How laws stand on the corpus, and on the runs that sources kept for prediction."""

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.datasets import corpus
from replication.hindcast.cuts import Cut
from replication.hindcast.protocol import LEVEL, spent
from replication.hindcast.scores import by_distance, held, interval_score, off
from replication.study.cases import runs
from replication.study.scored import by_protocol


def standing(rows: pd.DataFrame) -> pd.DataFrame:
    """Return how a law stands on the corpus, by distance.

    Parameters
    ----------
    rows : DataFrame
        As `stored` or `score` returns it.

    Returns
    -------
    DataFrame
        A row a bin of distances: ``decades``, ``runs``, ``families``, absolute ``error`` (%),
        ``signed`` error (%), the share of runs that intervals of the law and of a run ``held``
        at 80 %, and the interval ``score`` of a run (%; smaller is better).

    Examples
    --------
    >>> from replication.study import stored
    >>> standing(stored())["families"].tolist()
    [8, 12, 13, 10, 9]
    """
    values = {
        "error": np.abs(off(rows)),
        "signed": off(rows),
        "law_held": held(rows, "law"),
        "run_held": held(rows, "run"),
        "score": interval_score(rows, "run", LEVEL),
    }
    parts = {name: by_distance(rows, value) for name, value in values.items()}
    table = parts["error"][["decades", "runs", "families"]].copy()
    for name, found in parts.items():
        table[name] = found["mean"]
    return table


@cached
def hold_outs(counting: str = "total") -> pd.DataFrame:
    """Forecast the runs that their sources kept for prediction, from all others of their design.

    Parameters
    ----------
    counting : str
        As for `runs`; designs that lack the count are left out.

    Returns
    -------
    DataFrame
        As `replication.hindcast.backtests.scored` for Chinchilla's law, with ``design`` and
        ``family``: one row a held-out run.

    Examples
    --------
    >>> hold_outs()["family"].value_counts().to_dict()
    {'kempner': 6, 'olmo': 2}
    """
    fitted, kept = runs(counting), corpus().query("held_out")
    kept = kept.assign(spent=spent(kept))
    if counting == "nonembedding":
        kept = kept.assign(params=kept["params_nonembedding"])
    parts = []
    for (family, design), targets in kept.groupby(["family", "design"]):
        below = fitted[fitted["design"] == design]
        if len(below):
            rows = by_protocol(Cut(0.0, below, targets), "Chinchilla")
            parts.append(rows.assign(design=str(design), family=str(family)))
    return pd.concat(parts, ignore_index=True)
