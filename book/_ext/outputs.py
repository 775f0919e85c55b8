"""Sphinx extension: a link in what a cell shows leads to the page, not to its source.

Markdown that a cell displays is not read as MyST, so a link to ``half-hour.md`` in a chapter's
head would stay one to a file that the site does not have.
"""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

SOURCE = re.compile(r"(?P<page>(?!\w+:)[\w./-]+)\.md(?P<anchor>#.*)?")


def lead_to_pages(app: Sphinx, doctree: nodes.document, name: str) -> None:
    """Let relative links to sources of the book lead to the pages made of them."""
    for node in doctree.findall(nodes.reference):
        found = SOURCE.fullmatch(node.get("refuri", ""))
        if found and not node.get("internal"):
            node["refuri"] = f"{found['page']}.html{found['anchor'] or ''}"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("doctree-resolved", lead_to_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
