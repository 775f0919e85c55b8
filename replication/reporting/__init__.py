"""One self-contained page about a fit: pictures, intervals, doubts, and what a paper must say.

Needs the extra ``report``: ``pip install 'scaling-laws-replicated[report]'``.
"""

from replication.reporting.checklist import Item, checklist
from replication.reporting.page import page, write_report

__all__ = ["Item", "checklist", "page", "write_report"]
