"""Sphinx extension: the built book asks no other host for anything.

MathJax comes from a Python package at build time, so no third-party JavaScript is
committed and none is fetched when a page is read. Thebe, which Jupyter Book always loads,
would come from a CDN and throws without one, so it is taken out.
"""

import shutil
from importlib.metadata import files
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

# What MathJax may load after its main file: fonts, TeX extensions named in a formula, and
# the menu and speech parts a reader may switch on.
MATHJAX_PARTS = (
    "tex-mml-chtml.js",
    "input/tex/extensions/",
    "output/chtml/fonts/",
    "a11y/",
    "sre/",
    "ui/",
)


def mathjax_files() -> dict[str, Path]:
    """Map each needed file's path under ``mathjax/`` to its place in site-packages."""
    found = {}
    for file in files("sphinx-mathjax-offline") or []:
        _, _, part = file.as_posix().partition("static/mathjax/")
        if part.startswith(MATHJAX_PARTS):
            found[part] = Path(str(file.locate()))
    return found


def strip_thebe(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Drop Thebe's scripts and styles from a page."""
    for kind in ("script_files", "css_files"):
        context[kind][:] = [
            file
            for file in context[kind]
            if "thebe" not in f"{getattr(file, 'filename', file)} {getattr(file, 'attributes', '')}"
        ]


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
    app.connect("html-page-context", strip_thebe, priority=900)
    app.connect("build-finished", copy_assets)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
