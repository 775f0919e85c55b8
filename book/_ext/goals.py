"""Sphinx extension: what a chapter teaches stands, folded, below its head.

The goals are declared in ``book/goals.yml``. Each leads to the section that meets it and to the
exercise that tests it. A teaching page lists chapters with the directive ``{course}``, one line a
chapter, and gets a table with the measured times.
"""

import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

sys.path.append(str(Path(__file__).resolve().parents[1] / "_tools"))

import reading_time

import teaching

AFTER = "Prerequisites:"
QUOTES = str.maketrans("“”’‘", "\"\"''")


def plain(text: str) -> str:
    """Write a heading with straight quotes, as its source has it."""
    return " ".join(text.translate(QUOTES).split())


def head(doctree: nodes.document) -> nodes.Element | None:
    """Find the list at the head of a chapter."""
    for strong in doctree.findall(nodes.strong):
        item = strong.parent.parent
        if strong.astext() == AFTER and isinstance(item, nodes.list_item):
            return item.parent
    return None


def link(text: str, anchor: str) -> nodes.reference:
    """Lead to a place of the same page."""
    return nodes.reference("", text, internal=True, refid=anchor)


def insert(app: Sphinx, doctree: nodes.document) -> None:
    """Fold a chapter's goals below its head."""
    page = Path(app.env.docname)
    declared = teaching.goals().get(page.name, ()) if page.parent.name == "notebooks" else ()
    if not declared or (place := head(doctree)) is None:
        return
    app.env.note_dependency(str(teaching.GOALS))
    source = Path(app.srcdir, f"{app.env.docname}.md").read_text(encoding="utf-8")
    named = teaching.exercises(source)
    # What an exercise says is a section without a title.
    titled = [s for s in doctree.findall(nodes.section) if isinstance(s[0], nodes.title)]
    sections = {plain(section[0].astext()): section for section in titled}
    items = []
    for goal in declared:
        if plain(goal.section) not in sections or goal.exercise not in named:
            raise ExtensionError(f"{page}: no section or exercise for the goal {goal.goal!r}")
        text = nodes.paragraph("", f"{goal.goal} ")
        anchor = sections[plain(goal.section)]["ids"][0]
        title = named[goal.exercise].lstrip("● ")
        text += nodes.inline("", "", classes=["met"])
        text[-1] += [
            link(goal.section, anchor),
            nodes.Text("; exercise: "),
            link(title, goal.exercise),
        ]
        items.append(nodes.list_item("", text))
    label = f"What you will learn: {len(items)} goals"
    opening = f'<details class="goals"><summary>{label}</summary>'
    folded = [
        nodes.raw("", opening, format="html"),
        nodes.bullet_list("", *items),
        nodes.raw("", "</details>", format="html"),
    ]
    at = place.parent.index(place) + 1
    for node in reversed(folded):
        place.parent.insert(at, node)


class Course(SphinxDirective):
    """A table of chapters: ``key | what to set`` a line, with the measured minutes."""

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Write it."""
        root = Path(self.env.srcdir)
        lines = ["| Chapter | Reading | Exercises to set |", "|---|---|---|"]
        total = 0
        for line in self.content:
            key, _, wanted = (part.strip() for part in line.partition("|"))
            source = root / "notebooks" / f"{key}.md"
            self.env.note_dependency(str(source))
            named = teaching.exercises(source.read_text(encoding="utf-8"))
            chosen = []
            for short in wanted.split():
                labels = [label for label in named if label.endswith(f"-{short}")]
                if len(labels) != 1:
                    raise ExtensionError(f"{key}: {short!r} is not one of its exercises {named}")
                # Exercises are not headings of their page, so a plain link would not find them.
                title = named[labels[0]].replace("`", "")
                chosen.append(f"{{ref}}`{title} <{labels[0]}>`")
            main, _ = teaching.minutes(reading_time.told(source, root))
            total += main
            lines.append(
                f"| [](../notebooks/{key}.md) | {main} min | {'<br>'.join(chosen) or '–'} |"
            )
        lines += ["", f"*{self.arguments[0]}: {total} minutes of reading in all.*"]
        parent = nodes.container(classes=["course"])
        self.state.nested_parse(StringList(lines, "course"), self.content_offset, parent)
        return [parent]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_directive("course", Course)
    app.connect("doctree-read", insert, priority=550)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
