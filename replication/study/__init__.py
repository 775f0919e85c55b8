"""The study of the corpus: how far can a law in parameters and tokens be trusted?

The protocol stands in `replication.hindcast.protocol` and was fixed before anything was computed.
`python -m replication.study` (or ``make study``) computes one row a scored run, on all cores, and
can be stopped and resumed; the rows are stored, and every table and figure is made from them.
"""

from replication.study.cases import (
    CASES,
    CONTROLS,
    DIGITS,
    OWN,
    STORED,
    Task,
    cut_of,
    runs,
    tasks,
)
from replication.study.costs import priced, regrets, regrets_of
from replication.study.making import main
from replication.study.protocol_variants import variants
from replication.study.scored import described, rows_of, score, stored
from replication.study.shipping import corpus_hash, drifts, ship
from replication.study.standings import hold_outs, standing
from replication.study.widening_rules import rules

__all__ = [
    "CASES",
    "CONTROLS",
    "DIGITS",
    "OWN",
    "STORED",
    "Task",
    "corpus_hash",
    "cut_of",
    "described",
    "drifts",
    "hold_outs",
    "main",
    "priced",
    "regrets",
    "regrets_of",
    "rows_of",
    "rules",
    "runs",
    "score",
    "ship",
    "standing",
    "stored",
    "tasks",
    "variants",
]
