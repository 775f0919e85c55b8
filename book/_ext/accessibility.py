"""Sphinx extension: the pages say all they show to a screen reader too.

An output image's alt text reaches the page, and none may be missing. A notebook keeps the
text in the output's metadata, as ``{"image/png": {"alt": ...}}``: that is where IPython puts
it and nbconvert looks for it. MyST-NB reads only width and height from there.
"""

import re
from typing import Any

from docutils import nodes
from myst_nb.core.render import MimeData, NbElementRenderer
from myst_nb.ext import execution_tables
from sphinx.application import Sphinx
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)


def drop_roles(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Drop the roles docutils gives a bibliography: ARIA deprecates them, and no list is one."""
    if "doc-biblioentry" in context.get("body", ""):
        body = context["body"].replace(' role="doc-biblioentry"', "")
        context["body"] = re.sub(r'<div role="list" class="citation-list">', "<div>", body)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    original = NbElementRenderer.render_image

    def render_image(self: NbElementRenderer, data: MimeData) -> list[nodes.Element]:
        rendered = original(self, data)
        alt = data.output_metadata.get(data.mime_type, {}).get("alt", "").strip()
        for image in rendered:
            image["loading"] = "lazy"  # a chapter's figures weigh more than its text
            if alt:
                image["alt"] = alt
            elif not image.get("alt"):
                LOGGER.warning(
                    "an image is shown without alt text",
                    location=(self.renderer.sphinx_env.docname, data.line),
                )
        return rendered

    NbElementRenderer.render_image = render_image
    # Its pictograms are missing from many fonts.
    execution_tables._key2transform["succeeded"] = lambda ok: "ran through" if ok else "failed"
    app.connect("html-page-context", drop_roles)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
