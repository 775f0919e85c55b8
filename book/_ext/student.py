"""Sphinx extension: an edition for students, whose pages hold exercises and no solutions.

Switched on by the environment variable ``BOOK_STUDENT``. The solutions run all the same, as the
notebooks do, and what they show is left out with them.
"""

import os
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx_exercise.nodes import solution_node


def drop_solutions(app: Sphinx, doctree: nodes.document) -> None:
    """Take every solution out of a page."""
    for solution in list(doctree.findall(solution_node)):
        solution.parent.remove(solution)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    if os.environ.get("BOOK_STUDENT"):
        app.connect("doctree-read", drop_solutions, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
