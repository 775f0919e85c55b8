"""The plumbing of a chapter, so that its cells show the science.

Needs the extra ``plot`` and a notebook's kernel; whether the book or a reader runs the
notebook makes no difference.
"""

from replication.chapter.chapter import Chapter, verdicts
from replication.chapter.numbers import ours_text, printed_text, text
from replication.chapter.tables import claims_table, counts_table, provenance_table

__all__ = [
    "Chapter",
    "claims_table",
    "counts_table",
    "ours_text",
    "printed_text",
    "provenance_table",
    "text",
    "verdicts",
]
