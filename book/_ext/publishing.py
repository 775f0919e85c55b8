"""Sphinx extension: what a page says of itself to the rest of the web.

The sitemap, the canonical link and the social card of each page, and the links of the
"not found" page hold absolute addresses. A build that is published gets the address from
the environment variable ``BOOK_URL`` or from ``Documentation`` in pyproject.toml; any other
build is at home where ``make serve`` shows it.

A page is described, to search engines and on its card, by its first paragraph.
"""

import html
import os
from pathlib import Path
from urllib.parse import urlsplit

from chapters import urls
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.util import logging
from sphinx_sitemap import add_html_link
from sphinxext import opengraph

LOGGER = logging.getLogger(__name__)
SERVED = "http://127.0.0.1:8000/"
DESCRIPTION_LENGTH = 157  # more is cut off on a card


def address(root: Path) -> str:
    """Give the address under which this build is read, with a slash at its end."""
    found = os.environ.get("BOOK_URL") or urls(root).get("Documentation") or SERVED
    parts = urlsplit(found)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise ConfigError(
            f"The book's address is {found!r}. Set BOOK_URL, or Documentation under "
            "[project.urls] in pyproject.toml, to a whole one, as https://example.org/book/."
        )
    return found.rstrip("/") + "/"


def configure(app: Sphinx, config: Config) -> None:
    """Hand the address to the extensions that ask for it, each under its own name."""
    here = address(Path(app.srcdir))
    config.html_baseurl = config.ogp_site_url = here
    prefix = config.notfound_urls_prefix = urlsplit(here).path
    text = config.notfound_context
    config.notfound_context = text | {"body": text["body"].replace("{prefix}", prefix)}


def description(doctree: nodes.document, *_: object) -> str:
    """Give a page's first paragraph, and complain of one too long for a card."""
    paragraph = doctree.next_node(nodes.paragraph)
    text = " ".join(paragraph.astext().split()) if paragraph else ""
    if not 0 < len(text) <= DESCRIPTION_LENGTH:
        LOGGER.warning(
            "the first paragraph describes the page on its card: "
            f"it has {len(text)} characters, and should have 1 to {DESCRIPTION_LENGTH}",
            location=doctree.get("source"),
        )
    return html.escape(text)


def map_every_page(app: Sphinx, exception: Exception | None) -> None:
    """List all pages on the sitemap: its extension lists those written in this run."""
    if exception is None and app.builder.format == "html":
        links = app.sitemap_links  # type: ignore[attr-defined]
        while not links.empty():
            links.get()
        for page in sorted(app.env.found_docs):
            add_html_link(app, page, "", {}, None)


def setup(app: Sphinx) -> dict[str, object]:
    """Register the extension."""
    # The extension's own description runs on through headings and lists until it is cut off.
    opengraph.get_description = description
    app.connect("config-inited", configure, priority=100)
    app.connect("build-finished", map_every_page, priority=400)  # 500 writes the map
    return {"parallel_read_safe": True, "parallel_write_safe": True}
