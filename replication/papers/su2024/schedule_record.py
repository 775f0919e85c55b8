"""Fit all laws of schedules and store their coefficients: ``make schedules``, a minute.

python -m replication.papers.su2024.schedule_record
"""

import pandas as pd

from replication.datasets import descriptor
from replication.papers.su2024.data import KEY
from replication.papers.su2024.schedule_fits import SPLITS, schedule_fit, schedule_laws
from replication.papers.su2024.schedules import MODELS

__all__ = ["recorded"]

SORT = ["law", "split", "size", "coefficient"]


def recorded() -> pd.DataFrame:
    """Return the coefficients of every law, fitted to every split of every size.

    Returns
    -------
    DataFrame
        ``law``, ``split``, ``size``, ``coefficient`` and its ``value``.
    """
    rows = [
        (law, split, size, name, value)
        for law in schedule_laws()
        for split in SPLITS
        for size in MODELS
        for name, value in schedule_fit(law, size, split).law.to_dict().items()
    ]
    return pd.DataFrame(rows, columns=[*SORT, "value"]).sort_values(SORT, ignore_index=True)


def main() -> None:
    """Write the table, eight digits a number."""
    table = recorded()
    table["value"] = [f"{value:.8g}" for value in table["value"]]
    path = descriptor.root() / KEY / "schedule_fits.csv"
    table.to_csv(path, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
