"""A new chapter: every file that a paper needs, written at once around its first table.

What is written builds, verifies and passes the tests as it is: a power law fitted to the table,
held against the numbers that the paper prints for it. Its sentences are true of that table, and
hidden prompts (``<!-- write: ... -->``) say what belongs where. A chapter with prompts is a
draft: its page says so, and a build that is published refuses it.
"""

from replication.scaffold.command import from_options
from replication.scaffold.files import PROMPT, new
from replication.scaffold.plan import Plan

__all__ = ["PROMPT", "Plan", "from_options", "new"]
