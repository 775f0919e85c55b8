"""The ledger: every claim of every paper, with our number and the verdict."""

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from replication import datasets, papers
from replication.claims import VERDICTS, ClaimSet, Judgement, PrintedNumber, distinct
from replication.errors import DataError, unknown

COLUMNS = (
    "paper", "id", "where", "quantity", "unit", "kind", "family", "printed", "ours", "ours_low",
    "ours_high", "tolerance", "tolerance_kind", "provenance", "verdict", "expected", "variant",
    "note",
)  # fmt: skip
# A constant taken as given and a mere direction would flatter the count.
HEADLINE_KINDS = ("measured", "arithmetic")
Row = dict[str, str | float | None]


@dataclass(frozen=True)
class Ledger:
    """Verdicts on the claims of one or several papers.

    Parameters
    ----------
    judgements : tuple of Judgement
        In the order of papers and of their tables.

    Examples
    --------
    >>> from replication.claims import judge, read
    >>> print(Ledger((judge(read("besiroglu2024")[0], 481.9),)))
    besiroglu2024: 1 reproduced, 0 differ, 0 untestable
    """

    judgements: tuple[Judgement, ...]

    @cached_property
    def surprises(self) -> tuple[Judgement, ...]:
        """Claims whose verdict is another than expected; failed computations are among them."""
        return tuple(item for item in self.judgements if item.surprise)

    @cached_property
    def errors(self) -> tuple[Judgement, ...]:
        """Claims whose function failed; the exception is in `Judgement.error`."""
        return tuple(item for item in self.judgements if item.error is not None)

    def numbers(self, kinds: Iterable[str] = HEADLINE_KINDS) -> tuple[PrintedNumber, ...]:
        """Return the distinct printed numbers; claims of one family are one number.

        Parameters
        ----------
        kinds : iterable of str
            By default what is computed: measured and arithmetic claims.

        Returns
        -------
        tuple of PrintedNumber
            In the order in which each is met first.
        """
        wanted = set(kinds)
        return distinct(item for item in self.judgements if item.claim.kind in wanted)

    def counts(
        self, kinds: Iterable[str] = HEADLINE_KINDS, *, in_print: bool | None = None
    ) -> dict[str, int]:
        """Count verdicts over the distinct printed numbers of some kinds.

        Parameters
        ----------
        kinds : iterable of str
            By default what is computed: measured and arithmetic claims.
        in_print : bool, optional
            Only the numbers that were read in the paper or its code (True), or only those
            that are known second-hand (False).

        Returns
        -------
        dict
            Number of printed numbers by verdict; ``"error"`` only if there are any.
        """
        numbers = self.numbers(kinds)
        found = Counter(n.verdict for n in numbers if in_print in (None, n.in_print))
        return dict.fromkeys(VERDICTS, 0) | found

    def beside(self) -> tuple[Judgement, ...]:
        """Return the claims that no headline counts: inputs, directions and checks of ours."""
        return tuple(i for i in self.judgements if i.claim.kind not in HEADLINE_KINDS)

    def of(self, paper: str) -> "Ledger":
        """Return the part that belongs to one paper."""
        return Ledger(tuple(item for item in self.judgements if item.claim.paper == paper))

    def papers(self) -> tuple[str, ...]:
        """Return the keys of the papers, in order."""
        return tuple(dict.fromkeys(item.claim.paper for item in self.judgements))

    def rows(self) -> list[Row]:
        """Return a dict per claim with the keys `COLUMNS`; what is empty is None."""
        return [_row(item) for item in self.judgements]

    def to_frame(self) -> pd.DataFrame:
        """Return the ledger as a table with the columns `COLUMNS`, one row a claim."""
        return pd.DataFrame(self.rows(), columns=list(COLUMNS))

    def __str__(self) -> str:
        """Return a line of counts per paper, and a line per surprise."""
        lines = [f"{key}: {_summary(self.of(key))}" for key in self.papers()]
        return "\n".join(lines + [_surprise(item) for item in self.surprises])

    def _repr_html_(self) -> str:
        """Return the table for a notebook."""
        shown = ["id", "where", "quantity", "unit", "printed", "ours", "verdict", "note"]
        frame = self.to_frame()[(["paper"] if len(self.papers()) > 1 else []) + shown]
        return frame.to_html(index=False, na_rep="", float_format="{:.6g}".format)


def known_papers() -> tuple[str, ...]:
    """Return the keys of the papers that have a module in `replication.papers`, sorted."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(papers.__path__)))


def verify(*keys: str) -> Ledger:
    """Recompute and judge the claims of papers.

    Parameters
    ----------
    *keys : str
        Keys of papers; none for all.

    Returns
    -------
    Ledger
        All claims with verdicts, in the order asked for.

    Raises
    ------
    UnknownNameError
        If a paper has no module in `replication.papers`.
    DataError
        If claims and functions of a paper do not match, or, when all are asked for, a paper
        has a table of claims but no module.

    Examples
    --------
    >>> verify("besiroglu2024").surprises
    ()
    """
    known = known_papers()
    for key in keys:
        if key not in known:
            raise unknown("paper", key, known)
    if not keys:
        tabled = {table.key for table in datasets.tables() if table.name == "claims"}
        if orphans := sorted(tabled - set(known)):
            raise DataError(
                f"No function answers the claims of {', '.join(orphans)}: add "
                f"replication/papers/{orphans[0]}.py, or name the papers to verify."
            )
    wanted = dict.fromkeys(keys or known)
    return Ledger(tuple(item for key in wanted for item in _claims(key).judge()))


def _claims(key: str) -> ClaimSet:
    claims = getattr(importlib.import_module(f"{papers.__name__}.{key}"), "claims", None)
    if not isinstance(claims, ClaimSet) or claims.paper != key:
        raise DataError(
            f"replication.papers.{key} has no `claims = ClaimSet({key!r})`: every paper's "
            "module binds its functions to the claims of that paper."
        )
    return claims


def _row(item: Judgement) -> Row:
    values: Row = {name: getattr(item.claim, name, None) or None for name in COLUMNS}
    # A tolerance of nought is a statement, not an empty cell.
    values["tolerance"] = item.claim.tolerance
    values["verdict"] = item.verdict
    if item.answer is not None:
        values["ours"] = item.answer.ours
        values["ours_low"], values["ours_high"] = item.answer.low, item.answer.high
    return values


def _summary(ledger: Ledger) -> str:
    counts = ledger.counts()
    text = f"{counts['reproduced']} reproduced, {counts['differs']} differ, "
    text += f"{counts['untestable']} untestable"
    if others := ledger.beside():
        text += f"; {len(others)} inputs, directions and checks beside them"
    if ledger.surprises:
        text += f"; {len(ledger.surprises)} SURPRISES"
    return text


def _surprise(item: Judgement) -> str:
    claim = item.claim
    text = f"SURPRISE {claim.paper} {claim.id}: {item.verdict}, expected {claim.expected}"
    if item.error is not None:
        return f"{text}; its function raised {type(item.error).__name__}: {item.error}"
    if item.answer is not None:
        text += f"; printed {claim.printed}, ours {item.answer.ours}"
    return text
