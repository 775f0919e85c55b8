"""Fit every form to every curve and store the scores: ``make forms``, ten minutes of one core."""

import sys

import pandas as pd

from replication.datasets import descriptor
from replication.datasets.refreshing import replace
from replication.papers.ivgi2022.data import KEY, tasks
from replication.papers.ivgi2022.forms import ALONE, FORMS, WAYS, fit_row


def main() -> None:
    """Write ``data/ivgi2022/forms.csv``, a row a curve, form and way."""
    rows = []
    for number in tasks().index:
        for form in FORMS:
            for way in ("plain",) if form in ALONE else WAYS:
                rows.append(fit_row(int(number), form, way))
        print(f"curve {number}", file=sys.stderr, flush=True)
    table = pd.DataFrame(rows).sort_values(["curve", "form", "way"])
    text = table.to_csv(index=False, float_format="%.6g", lineterminator="\n")
    replace(descriptor.root() / KEY / "forms.csv", text)


if __name__ == "__main__":
    main()
