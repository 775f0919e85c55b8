"""One self-contained page about a fit: pictures, intervals, doubts, and what a paper must say.

Needs the extra ``report``: ``pip install 'scaling-laws-replicated[report]'``.
"""

from replication.reporting.items import ANSWERS, ITEMS, Asked
from replication.reporting.questions import Item, checklist
from replication.reporting.report_page import page, write_report

__all__ = ["ANSWERS", "ITEMS", "Asked", "Item", "checklist", "page", "write_report"]
