"""How far a law can be trusted: fits to small runs, held against larger ones.

A *cut* keeps the runs below some compute; the law that is fitted to them predicts the runs above
it. `backtest` does so for one law and one table of runs, a user's own for example; `replication
.backtest.study` does it for the public corpus, by a protocol that was fixed beforehand.
"""

from replication.backtest.backtest import Backtest, backtest
from replication.backtest.cuts import Cut, cuts_of
from replication.backtest.protocol import Protocol
from replication.backtest.regret import regret
from replication.backtest.scores import by_distance, coverage, errors, held, interval_scores, off
from replication.backtest.widening import Drift, drift_of, left_out, widen

__all__ = [
    "Backtest",
    "Cut",
    "Drift",
    "Protocol",
    "backtest",
    "by_distance",
    "coverage",
    "cuts_of",
    "drift_of",
    "errors",
    "held",
    "interval_scores",
    "left_out",
    "off",
    "regret",
    "widen",
]
