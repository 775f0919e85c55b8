"""What the package takes from the study: the drifts, and of which corpus they are."""

import hashlib
import json
from math import isfinite
from pathlib import Path
from typing import Any

from replication._memo import cached
from replication.datasets import corpus
from replication.hindcast.protocol import LEVEL, LEVELS, spent
from replication.hindcast.widening import drift_of
from replication.study.cases import CASES, WIDE, runs
from replication.study.scored import stored


@cached
def corpus_hash() -> str:
    """Return a hash of what the study reads of the corpus: its own runs, and those held out.

    Runs that the study does not read, such as those of later designs, do not change it.

    Examples
    --------
    >>> len(corpus_hash())
    12
    """
    total = hashlib.sha256()
    kept = corpus().query("held_out")
    for table in (runs(), runs("nonembedding"), kept.assign(spent=spent(kept))):
        for row in table.sort_values(["design", "run"]).to_dict("records"):
            said = [str(row[name]) for name in ("design", "run", "group")]
            said += [f"{row[name]:.9g}" for name in ("params", "tokens", "spent", "loss")]
            total.update(f"{' '.join(said)}\n".encode())
    return total.hexdigest()[:12]


def drifts() -> list[dict[str, Any]]:
    """Return the drifts that the package ships, computed from the stored rows.

    Returns
    -------
    list of dict
        ``law`` and ``objective`` as a fit names them, ``level``, ``average`` with ``low`` and
        ``high`` (95 %, families resampled), ``new_family``, None if there are too few families to
        promise that level for a new one, and how many ``families`` there are.
    """
    named = {"tied": "Chinchilla, beta=alpha", "outer": "OuterExponent"}
    found = []
    for name, (control, law, objective) in CASES.items():
        if control != "observed":
            continue
        levels = LEVELS if name in WIDE else (LEVEL,)
        for level in levels:
            drift = drift_of(stored(control, law, objective, level), level)
            new = drift.new_family
            found.append(
                {
                    "law": named.get(law, law),
                    "objective": objective,
                    "level": level,
                    "average": drift.average,
                    "low": round(drift.low, 4),
                    "high": round(drift.high, 4),
                    "new_family": new if isfinite(new) else None,
                    "families": len(drift.by_family),
                }
            )
    return found


def ship() -> None:
    """Write the drifts into the package, where `replication.fitting.forecasts` reads them."""
    place = Path(__file__).parents[1] / "fitting" / "drift.json"
    found = {"corpus": corpus_hash(), "drifts": drifts()}
    place.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
