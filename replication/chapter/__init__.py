"""The plumbing of a chapter, so that its cells show the science.

Needs the extra ``plot`` and a notebook's kernel; whether the book or a reader runs the
notebook makes no difference.
"""

from replication.chapter.chapter import Chapter, verdicts
from replication.chapter.checklists import checklist_matrix, checklist_rows
from replication.chapter.errata import errata_table
from replication.chapter.frames import table
from replication.chapter.letters import erratum_id, letter, report
from replication.chapter.numbers import ours_text, printed_text, text
from replication.chapter.outputs import figure, glue
from replication.chapter.tables import claims_table, counts_table, provenance_table, tally_text

__all__ = [
    "Chapter",
    "checklist_matrix",
    "checklist_rows",
    "claims_table",
    "counts_table",
    "errata_table",
    "erratum_id",
    "figure",
    "glue",
    "letter",
    "ours_text",
    "printed_text",
    "provenance_table",
    "report",
    "table",
    "tally_text",
    "text",
    "verdicts",
]
