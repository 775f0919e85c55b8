"""Sphinx extension: pages that compute load what they compute with, and no other page does.

A place for an instrument is ``<div class="instrument" data-instrument="NAME">``, which a page's
code shows or, for a movable figure of a chapter, the directive ``{instrument} NAME`` writes with
the data that the package gives it. The scripts are classic ones of ours, so that a page that is
opened as a file works.
"""

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from replication import instruments
from replication.instruments.export import embedded, spend_a_budget
from replication.instruments.movable import MOVABLE

SHARED, LAWS = "instruments.js", "laws.js"
NAMED = re.compile(r'<div class="instrument[^"]*" data-instrument="([a-z-]+)"')
SCRIPTS = {"planner": (LAWS, "planner.js"), "calculator": ("calculator.js",)}
SCRIPTS |= {"game": (LAWS, "game.js")}
SCRIPTS |= dict.fromkeys(MOVABLE, (LAWS, "figures.js"))
# What the directive writes; the pages of the other instruments show them by their own code.
PLACED = {**MOVABLE, "game": spend_a_budget}


class Instrument(SphinxDirective):
    """The place of a movable figure, or of the game, with its data."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Write it, for HTML only."""
        name = self.arguments[0]
        if name not in PLACED:
            where = ":".join(map(str, self.get_source_info()))
            known = ", ".join(PLACED)
            raise ExtensionError(f"{where}: there is no instrument {name!r}; there are {known}")
        for path in Path(instruments.__file__).parent.glob("*.py"):
            self.env.note_dependency(str(path))
        return [nodes.raw("", embedded(name, PLACED[name]()), format="html")]


def scripts_of(body: str) -> list[str]:
    """Return the scripts that a page's markup needs, in their order.

    >>> scripts_of('<div class="instrument" data-instrument="planner">')
    ['instruments.js', 'laws.js', 'planner.js']
    >>> scripts_of("<p>")
    []
    """
    names = dict.fromkeys(script for name in NAMED.findall(body) for script in SCRIPTS[name])
    return [SHARED, *names] if names else []


def load(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Give a page its scripts."""
    for place, name in enumerate(scripts_of(context.get("body", ""))):
        app.add_js_file(name, priority=600 + place)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_directive("instrument", Instrument)
    app.connect("html-page-context", load)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
