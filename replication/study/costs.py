"""What following advice from smaller runs would have cost on the corpus."""

import pandas as pd

from replication._memo import cached
from replication.datasets import load
from replication.hindcast.protocol import Protocol
from replication.hindcast.regrets import regret
from replication.study.cases import DIGITS, runs


def priced() -> tuple[str, ...]:
    """Return the designs whose advice can be priced: those with nominal budgets throughout.

    Examples
    --------
    >>> "kempner-fineweb" in priced()
    True
    """
    table = runs()
    without = set(table.loc[table["budget"].isna(), "design"])
    return tuple(name for name in sorted(set(table["design"])) if name not in without)


def regrets_of(design: str) -> pd.DataFrame:
    """Compute what following advice would have cost on one design; see `hindcast.regret`."""
    table = runs()
    table = table[table["design"] == design]
    found = regret(table, Protocol().cuts(table))
    if not len(found):
        return found
    numbers = ["budget", "decades", "params", "excess", "extra", "noise"]
    found[numbers] = found[numbers].map(lambda value: float(f"{value:.{DIGITS}g}"))
    found["clipped"] = found["clipped"].astype(int)
    found.insert(0, "design", design)
    return found


@cached
def regrets() -> pd.DataFrame:
    """Return the stored costs of following advice, with the family of each design.

    Returns
    -------
    DataFrame
        As `replication.hindcast.regret`, with ``design`` and ``family``.

    Examples
    --------
    >>> bool((regrets()["extra"] >= 0).all())
    True
    """
    family = runs().drop_duplicates("design").set_index("design")["family"]
    found = load("corpus", "regret")
    return found.assign(family=found["design"].map(family), clipped=found["clipped"] == 1)
