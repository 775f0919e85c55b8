"""Sphinx extension: an edition for students, whose pages hold exercises and no solutions.

What checks a student's numbers, the directive ``{check}``, shows nothing on any page.

Switched on by the environment variable ``BOOK_STUDENT``. The solutions run all the same, as the
notebooks do, and what they show is left out with them.
"""

import os
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx_exercise.nodes import solution_node


class Check(SphinxDirective):
    """What tests a student's answer: for the students' notebooks, and nothing on a page."""

    has_content = True
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Show nothing."""
        return []


def drop_solutions(app: Sphinx, doctree: nodes.document) -> None:
    """Take every solution out of a page."""
    for solution in list(doctree.findall(solution_node)):
        solution.parent.remove(solution)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_directive("check", Check)
    if os.environ.get("BOOK_STUDENT"):
        app.connect("doctree-read", drop_solutions, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
