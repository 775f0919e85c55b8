"""The sweep: every family by every rule and number of sizes, recorded in ``errors.csv``.

Almost five hundred fits take minutes, so they are stored; ``make sweep`` computes them anew, and a
test does so for a part. Chapter and claims read the table through `errors`.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.datasets import descriptor
from replication.errors import ReplicationError
from replication.papers.choshen2024.data import KEY, LADDERS, NAMES, REPEATED, family
from replication.papers.choshen2024.recipe import in_unit, predicted

__all__ = [
    "COEFFICIENTS",
    "MAIN",
    "Case",
    "cases",
    "errors",
    "guesses",
    "main_table",
    "nested",
    "row_of",
    "windows",
]

MAIN = ("all", "10B", "tenth", "last")
"""Rules that every family is scored by."""
SEEN = ("seen 20", "seen 30", "seen 50")
COEFFICIENTS = {
    "scale_a": "A", "scale_b": "B", "offset_e": "E", "alpha": "alpha", "beta": "beta"
}  # fmt: skip
"""Columns of the table, and the coefficients in them."""
SHARES = ("first 20", "first 30", "first 50", "first 70", "last 50", "last 10")


@dataclass(frozen=True)
class Case:
    """What is fitted: `count` sizes of a family from the `first` up, by a rule.

    Parameters
    ----------
    family, rule : str
        As for `predicted`.
    first : int
        Place of the smallest size, from 0.
    count : int
        Number of sizes.
    """

    family: str
    rule: str
    first: int
    count: int


@cached
def cases() -> tuple[Case, ...]:
    """Return what the sweep computes.

    Returns
    -------
    tuple of Case
        Each once, in the order of the table.

    Examples
    --------
    >>> len(cases()), cases()[0]
    (483, Case(family='datablations-c4', rule='10B', first=0, count=2))
    """
    found = set()
    for name in (*NAMES, "pythia-dedup", *REPEATED):
        whole = family(name)["params"].nunique() - 1
        rules = MAIN if name in REPEATED else (*MAIN, *SEEN)
        found |= {Case(name, rule, 0, whole) for rule in rules}
        if name not in LADDERS:
            continue
        found.add(Case(name, "finals", 0, whole))
        for count in range(2, whole + 1):
            found |= {Case(name, rule, 0, count) for rule in (*SHARES, "all")}
            for first in range(whole - count + 1):
                found |= {Case(name, rule, first, count) for rule in ("tenth", "last")}
            if count > 2:  # three coefficients are left without tokens
                found.add(Case(name, "finals, size", 0, count))
    return tuple(sorted(found, key=lambda c: (c.family, c.rule, c.first, c.count)))


def row_of(case: Case) -> dict[str, Any]:
    """Return the row of a case: computed, not read.

    Parameters
    ----------
    case : Case
        What is fitted.

    Returns
    -------
    dict
        The columns of ``errors.csv``; ``are`` and what follows from a fit are missing where the
        rule leaves nothing that a law could be fitted to.

    Examples
    --------
    >>> row = row_of(Case("opt", "tenth", 0, 5))
    >>> round(100 * row["are"], 1), row["fitted"]
    (3.0, 89)
    """
    row: dict[str, Any] = {
        "family": case.family,
        "rule": case.rule,
        "first": case.first,
        "count": case.count,
    }
    try:
        found = predicted(case.family, case.rule, case.first, case.count)
    except ReplicationError:
        return row
    law = found.fit.law.to_dict()
    return row | {
        "fitted": len(found.fitted),
        "scale_up": round(found.scale_up, 4),
        "are": round(found.are, 6),
        "signed": round(found.signed, 6),
        **{name: round(value, 6) for name, value in found.baselines().items()},
        **{column: float(f"{law[name]:.6g}") for column, name in COEFFICIENTS.items()},
        "notes": " ".join(dict.fromkeys(note.code for note in found.notes)),
    }


@cached
def errors() -> pd.DataFrame:
    """Return the recorded table.

    Returns
    -------
    DataFrame
        A row a case: ``family``, ``rule``, ``first``, ``count``, ``fitted`` checkpoints,
        ``scale_up``, ``are`` and ``signed`` (fractions), the baselines ``best`` and
        ``most_trained``, the coefficients, and the codes of the notes.

    Examples
    --------
    >>> len(errors()) == len(cases())
    True
    """
    return datasets.load(KEY, "errors")


def main_table() -> pd.DataFrame:
    """Return the ARE of the eleven families, fitted on all sizes below the largest.

    Returns
    -------
    DataFrame
        By family, in the order of `NAMES`: a column a rule, ``best``, the better baseline, and of
        the rule ``tenth`` the ``signed`` error and the ``scale_up``.

    Examples
    --------
    >>> main_table().shape[0]
    11
    """
    rows = errors()
    whole = rows.groupby("family")["count"].transform("max")
    rows = rows[(rows["count"] == whole) & rows["family"].isin(NAMES)]
    table = rows.pivot_table(index="family", columns="rule", values="are").reindex(list(NAMES))
    plain = rows[rows["rule"] == "tenth"].set_index("family")
    table["best"] = plain[["best", "most_trained"]].min(axis=1)
    return table.assign(signed=plain["signed"], scale_up=plain["scale_up"])


@cached
def guesses(unit: str = "nats") -> "pd.Series[float]":
    """Return the ARE of the better of two guesses that need no law, by family.

    Parameters
    ----------
    unit : str
        As for `predicted`.

    Returns
    -------
    Series
        By family of `NAMES`, fractions: of the lowest loss below the largest size, or of the last
        loss of the run with most params times tokens, whichever is better.

    Examples
    --------
    >>> bool(abs(guesses() - main_table()["best"]).max() < 1e-4)
    True
    """
    found = {}
    for name in NAMES:
        rows = in_unit(family(name), unit)
        top = rows["params"] == rows["params"].max()
        small, large = rows[~top], rows[top]
        scored = large.loc[large["tokens"] >= 0.7 * large["tokens"].max(), "loss"]
        last = small["loss"].to_numpy()[(small["params"] * small["tokens"]).to_numpy().argmax()]
        tried = (small["loss"].min(), last)
        found[name] = min(float(((scored - one) / scored).abs().mean()) for one in tried)
    return pd.Series(found)


def nested(name: str) -> pd.DataFrame:
    """Return the ARE of a ladder by the number of its smallest sizes.

    Parameters
    ----------
    name : str
        One of `LADDERS`.

    Returns
    -------
    DataFrame
        By count, a column a rule.

    Examples
    --------
    >>> nested("gpt3").index.tolist()
    [2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    """
    rows = errors()
    rows = rows[(rows["family"] == name) & (rows["first"] == 0)]
    return rows.pivot_table(index="count", columns="rule", values="are")


def windows(rule: str = "tenth") -> pd.DataFrame:
    """Return all cases of the ladders with neighbouring sizes.

    Parameters
    ----------
    rule : str
        ``"tenth"`` or ``"last"``.

    Returns
    -------
    DataFrame
        Rows of `errors`.

    Examples
    --------
    >>> windows().groupby("family").size().to_dict()["opt"]
    10
    """
    rows = errors()
    return rows[rows["family"].isin(LADDERS) & (rows["rule"] == rule)].reset_index(drop=True)


def main() -> None:
    """Compute the sweep and store it."""
    table = pd.DataFrame([row_of(case) for case in cases()])
    table["fitted"] = table["fitted"].astype("Int64")
    place = descriptor.root() / KEY / "errors.csv"
    table.to_csv(place, index=False, lineterminator="\n")
    print(f"{len(table)} rows in {place}")
