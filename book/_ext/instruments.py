"""Sphinx extension: pages that compute load what they compute with, and no other page does.

A place for an instrument is ``<div class="instrument" data-instrument="NAME">``; its script is
``NAME.js``, after what all of them share. Both are classic scripts of ours, so that a page that
is opened as a file works.
"""

import re
from typing import Any

from sphinx.application import Sphinx

SHARED = "instruments.js"
NAMED = re.compile(r'<div class="instrument[^"]*" data-instrument="([a-z-]+)"')
SCRIPTS = {"planner": "planner.js", "calculator": "calculator.js"}


def scripts_of(body: str) -> list[str]:
    """Return the scripts that a page's markup needs, in their order.

    >>> scripts_of('<div class="instrument" data-instrument="planner">')
    ['instruments.js', 'planner.js']
    >>> scripts_of("<p>")
    []
    """
    names = dict.fromkeys(SCRIPTS[name] for name in NAMED.findall(body))
    return [SHARED, *names] if names else []


def load(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Give a page its scripts."""
    for place, name in enumerate(scripts_of(context.get("body", ""))):
        app.add_js_file(name, priority=600 + place)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("html-page-context", load)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
