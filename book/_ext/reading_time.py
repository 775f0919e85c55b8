"""Sphinx extension: a chapter's head says how long it takes to read.

The time is counted, in the page's source and in what its code showed, by the tool that writes it
into the notebook too.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

sys.path.append(str(Path(__file__).resolve().parents[1] / "_tools"))

import executions
import reading
import sources

AFTER = "Prerequisites:"


def told(source: Path, root: Path) -> str:
    """Say how long a page takes to read, by its source and its kept execution."""
    notebook = sources.read(source)
    record = executions.record_of(source, root)
    if record.exists():
        outputs = json.loads(record.read_text(encoding="utf-8"))["outputs"]
        executions.Execution(outputs, 0.0, kept=True).fill(notebook)
    return reading.sentence(notebook, solutions=not os.environ.get("BOOK_STUDENT"))


def insert(app: Sphinx, doctree: nodes.document) -> None:
    """Put the time after what a reader should know, where a page has such a head."""
    for strong in doctree.findall(nodes.strong):
        item = strong.parent.parent
        if strong.astext() == AFTER and isinstance(item, nodes.list_item):
            root = Path(app.srcdir)
            text = told(root / f"{app.env.docname}.md", root)
            name = nodes.strong(text="Reading time:")
            line = nodes.paragraph("", "", name, nodes.Text(f" {text}"))
            item.parent.insert(item.parent.index(item) + 1, nodes.list_item("", line))
            return


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("doctree-read", insert)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
