"""Sphinx extension: a page loads what it needs, and asks no other host for anything.

MathJax comes from a Python package at build time, so no third-party JavaScript is
committed and none is fetched when a page is read. Thebe, which Jupyter Book always loads,
would come from a CDN and throws without one, so it is taken out.
"""

import re
import shutil
from importlib.metadata import files
from pathlib import Path
from typing import Any

from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.config import Config

# The parts of MathJax that typeset TeX and keep it readable for a screen reader. Its menu,
# its speech engine and its MathML reader weigh as much again and are left out.
MATHJAX_LOADED = ("core", "input/tex", "output/chtml", "a11y/assistive-mml")
MATHJAX_PARTS = (
    "startup.js",
    *(f"{part}.js" for part in MATHJAX_LOADED),
    "input/tex/extensions/",  # loaded when a formula names one
    "output/chtml/fonts/",
)

# Scripts in the markup refer to it, so it has to be there; the others can wait for the page.
WAITED_FOR = ("documentation_options.js",)


def mathjax_files() -> dict[str, Path]:
    """Map each needed file's path under ``mathjax/`` to its place in site-packages."""
    found = {}
    for file in files("sphinx-mathjax-offline") or []:
        _, _, part = file.as_posix().partition("static/mathjax/")
        if part.startswith(MATHJAX_PARTS):
            found[part] = Path(str(file.locate()))
    return found


def configure_mathjax(app: Sphinx, config: Config) -> None:
    """Tell MathJax which of its parts to load."""
    settings = config.mathjax3_config or {}
    settings["loader"] = {"load": list(MATHJAX_LOADED)}
    config.mathjax3_config = settings


def without_scripts(markup: str, *names: str) -> Markup:
    """Take scripts out of a part of a page by their files' names.

    >>> str(without_scripts('<script defer src="a/b.js?v=1"></script><p>', "b.js"))
    '<p>'
    """
    files = "|".join(re.escape(name) for name in names)
    tag = rf'<script[^>]*\bsrc="[^"]*\b(?:{files})(?:\?[^"]*)?"[^>]*>\s*</script>\s*'
    return Markup(re.sub(tag, "", markup))


def offer_filter(app: Sphinx) -> None:
    """Let the templates use `without_scripts`."""
    if app.builder.format == "html":
        app.builder.templates.environment.filters["without_scripts"] = without_scripts


def lighten(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Drop Thebe from a page, and sphinx-design where it is not used; defer the scripts."""
    unused = ["thebe"]
    if 'class="sd-' not in context.get("body", ""):
        unused += ["sphinx-design", "sphinx_design", "design-tabs"]
    for kind in ("script_files", "css_files"):
        context[kind][:] = [
            file for file in context[kind] if not any(name in _described(file) for name in unused)
        ]
    if pagename != "search":  # its own scripts, which come with the theme, start at once
        context["script_files"][:] = [_deferred(file) for file in context["script_files"]]


def _deferred(file: Any) -> Any:
    name = str(getattr(file, "filename", None) or "")
    if not name.endswith(".js") or name.endswith(WAITED_FOR) or "defer" in file.attributes:
        return file
    return type(file)(name, priority=file.priority, **file.attributes, defer="defer")


def _described(file: Any) -> str:
    return f"{getattr(file, 'filename', file)} {getattr(file, 'attributes', '')}"


def copy_assets(app: Sphinx, exception: Exception | None) -> None:
    """Put the third-party files into the built book."""
    if exception is not None or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    for part, source in mathjax_files().items():
        target = static / "mathjax" / part
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("config-inited", configure_mathjax)
    app.connect("builder-inited", offer_filter)
    app.connect("html-page-context", lighten, priority=900)
    app.connect("build-finished", copy_assets)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
