"""Sphinx extension: a term carries its definition, in a card that opens beside it.

Every ``{term}`` that leads to a glossary gets the first paragraph of its definition, as a
tooltip that a pointer or the keyboard opens (see *Cards of terms* in book.css; glossary.js
adds the Escape key and the tap). Without styles or scripts the link is what it was.
"""

import html
import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

LINK = re.compile(
    r'<a class="reference internal" (href="[^"]*#(term-[^"]+)"[^>]*>'
    r'<span class="xref std std-term">.*?</span></a>)',
    re.DOTALL,
)


def definitions(glossary: nodes.Node) -> dict[str, str]:
    """Map each term's anchor to the first paragraph of its definition, as plain text."""
    found = {}
    for item in glossary.findall(nodes.definition_list_item):
        paragraph = item.next_node(nodes.definition).next_node(nodes.paragraph)
        for term in item.findall(nodes.term):
            if term["ids"] and paragraph is not None:
                found[term["ids"][0]] = " ".join(paragraph.astext().split())
    return found


def with_cards(body: str, defined: dict[str, str]) -> str:
    """Put its card after every link to a term in a page's markup.

    >>> link = '<a class="reference internal" href="g.html#term-nat">'
    >>> link += '<span class="xref std std-term">nat</span></a>'
    >>> page = with_cards(link, {"term-nat": "A unit."})
    >>> print(page.replace("><", ">|<").split("|")[-1])
    <span class="term-card" id="card-1" role="tooltip">A unit.</span></span>
    """
    count = 0

    def card(match: re.Match[str]) -> str:
        nonlocal count
        link, anchor = match.groups()
        if anchor not in defined:
            return match[0]
        count += 1
        return (
            f'<span class="term"><a class="reference internal" aria-describedby="card-{count}" '
            f'{link}<span class="term-card" id="card-{count}" role="tooltip">'
            f"{html.escape(defined[anchor])}</span></span>"
        )

    return LINK.sub(card, body)


def gather(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Read the definitions; where one is another than before, every page is written anew."""
    objects = env.get_domain("std").get_objects()
    pages = {page for _, _, kind, page, _, _ in objects if kind == "term"}
    now: dict[str, str] = {}
    for page in sorted(pages):
        now |= definitions(env.get_doctree(page))
    before = getattr(env, "term_definitions", now)
    env.term_definitions = now  # type: ignore[attr-defined]  # kept with the pages
    return sorted(env.found_docs) if now != before else []


def show(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Give a page its cards."""
    if "std-term" in context.get("body", ""):
        context["body"] = with_cards(
            context["body"],
            app.env.term_definitions,  # type: ignore[attr-defined]
        )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("env-updated", gather)
    app.connect("html-page-context", show)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
