"""A printed number: the claims that restate it or check its formula count as one."""

from collections.abc import Iterable
from dataclasses import dataclass

from replication.claims.verdict import Judgement

READ_IN_PRINT = ("paper", "repository")
"""Provenances of a number that was read in the paper's own text or in its authors' code."""
_WORST_FIRST = ("error", "differs", "untestable", "reproduced")


@dataclass(frozen=True)
class PrintedNumber:
    """One printed number with the claims about it.

    Attributes
    ----------
    paper, name : str
        Key of the paper; the family of the claims, or the identifier of the only one.
    judgements : tuple of Judgement
        At least one.
    """

    paper: str
    name: str
    judgements: tuple[Judgement, ...]

    @property
    def verdict(self) -> str:
        """The worst verdict among the claims: a formula that fails once has failed."""
        found = {item.verdict for item in self.judgements}
        return next(verdict for verdict in _WORST_FIRST if verdict in found)

    @property
    def in_print(self) -> bool:
        """Whether every claim was read in the paper itself or in its code."""
        return all(item.claim.provenance in READ_IN_PRINT for item in self.judgements)


def distinct(judgements: Iterable[Judgement]) -> tuple[PrintedNumber, ...]:
    """Return the distinct printed numbers behind judged claims.

    Parameters
    ----------
    judgements : iterable of Judgement
        Of one or several papers.

    Returns
    -------
    tuple of PrintedNumber
        In the order in which each number is met first.

    Examples
    --------
    >>> from replication import verify
    >>> claims = verify("besiroglu2024").judgements
    >>> len(distinct(claims)) <= len(claims)
    True
    """
    groups: dict[tuple[str, str], list[Judgement]] = {}
    for item in judgements:
        groups.setdefault((item.claim.paper, item.claim.number), []).append(item)
    return tuple(PrintedNumber(*key, tuple(items)) for key, items in groups.items())
