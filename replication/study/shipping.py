"""What the package takes from the study: the drifts, and of which corpus they are."""

import hashlib
import json
from pathlib import Path
from typing import Any

from replication.datasets import descriptor as _descriptor
from replication.hindcast.protocol import LEVEL
from replication.hindcast.widening import drift_of
from replication.study.cases import CASES, OWN
from replication.study.scored import stored


def corpus_hash() -> str:
    """Return a hash of the corpus: of the bytes of all of its tables but the study's own.

    Examples
    --------
    >>> len(corpus_hash())
    12
    """
    total = hashlib.sha256()
    folder = _descriptor.root() / "corpus"
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in OWN:
            total.update(path.read_bytes())
    return total.hexdigest()[:12]


def drifts() -> list[dict[str, Any]]:
    """Return the drifts that the package ships, computed from the stored rows.

    Returns
    -------
    list of dict
        ``law`` and ``objective`` as a fit names them, ``level``, ``average`` with ``low`` and
        ``high`` (95 %, families resampled), ``new_family``, ``families``.
    """
    names = {"tied": "Chinchilla, beta=alpha", "outer": "OuterExponent"}
    found = []
    for control, law, objective in CASES.values():
        if control != "observed":
            continue
        rows = stored(control, law, objective)
        drift = drift_of(rows, LEVEL)
        found.append(
            {
                "law": names.get(law, law),
                "objective": objective,
                "level": LEVEL,
                "average": drift.average,
                "low": round(drift.low, 4),
                "high": round(drift.high, 4),
                "new_family": drift.new_family,
                "families": len(drift.by_family),
            }
        )
    return found


def ship() -> None:
    """Write the drifts into the package, where `replication.fitting.forecasts` reads them."""
    place = Path(__file__).parents[1] / "fitting" / "drift.json"
    found = {"corpus": corpus_hash(), "drifts": drifts()}
    place.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
