"""How far a law can be trusted: fits to small runs, held against larger ones.

A *cut* keeps the runs below some compute; the law that is fitted to them predicts the runs above
it. `backtest` does so for one law and one table of runs, a user's own for example;
`replication.study` does it for the public corpus, by a protocol that was fixed beforehand.
"""

from replication.hindcast.backtests import Backtest, backtest
from replication.hindcast.cuts import Cut, cuts_of
from replication.hindcast.protocol import Protocol
from replication.hindcast.regrets import regret
from replication.hindcast.scores import (
    by_distance,
    coverage,
    errors,
    held,
    interval_scores,
    off,
    quantile,
)
from replication.hindcast.widening import Drift, by_own_past, drift_of, left_out, widen

__all__ = [
    "Backtest",
    "Cut",
    "Drift",
    "Protocol",
    "backtest",
    "by_distance",
    "by_own_past",
    "coverage",
    "cuts_of",
    "drift_of",
    "errors",
    "held",
    "interval_scores",
    "left_out",
    "off",
    "quantile",
    "regret",
    "widen",
]
