"""Printed claims: what a paper states, and how our number is held against it.

A claim is one printed number with its tolerance and the verdict we expect. A `ClaimSet` binds
the claims of a paper to the functions that answer them, so that book, ledger and tests all
call the same computation.
"""

from replication.claims.claim import KINDS, PROVENANCES, TOLERANCE_KINDS, VERDICTS, Claim, read
from replication.claims.claimset import ClaimSet
from replication.claims.number import READ_IN_PRINT, PrintedNumber, distinct
from replication.claims.verdict import Answer, Judgement, judge, ranking

__all__ = [
    "KINDS",
    "PROVENANCES",
    "READ_IN_PRINT",
    "TOLERANCE_KINDS",
    "VERDICTS",
    "Answer",
    "Claim",
    "ClaimSet",
    "Judgement",
    "PrintedNumber",
    "distinct",
    "judge",
    "ranking",
    "read",
]
