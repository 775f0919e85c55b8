"""Sphinx extension: of the theme's two thousand icons, a page loads those the book shows.

The theme carries a rule for each icon in its stylesheet, and a font with all of them:
a quarter of a megabyte on every page, for some twenty icons.
"""

import re
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

from fontTools import subset
from sphinx.application import Sphinx

THEME = Path(str(files("pydata_sphinx_theme"))) / "theme" / "pydata_sphinx_theme" / "static"
STYLESHEET = Path("styles", "pydata-sphinx-theme.css")
FONTS = Path("vendor", "fontawesome", "webfonts")

NAME = re.compile(r"\bfa-[a-z0-9-]+")
ICON = re.compile(r'((?:\.fa-[a-z0-9-]+:{1,2}before,?)+)\{content:"\\[0-9a-f]+"\}')
ESCAPE = re.compile(r'content:\s*"\\([0-9a-f]{4,5})"')
SPELT = re.compile("[\ue000-\uf8ff]")  # an icon as such, as in the variables of admonitions
SOURCES = re.compile(r"src:url\(([^()]*webfonts/[\w-]+)\.woff2\)[^;}]*")


def without_unused(styles: str, used: Iterable[str]) -> str:
    r"""Drop the rules of icons that have none of these names, and ask for the small fonts.

    >>> rules = r'.fa-sun:before{content:"\f185"}.fa-bug:before{content:"\f188"}.fa-lg{}'
    >>> print(without_unused(rules, {"fa-sun"}))
    .fa-sun:before{content:"\f185"}.fa-lg{}
    """
    kept = frozenset(used)
    styles = ICON.sub(lambda rule: rule[0] if kept & set(NAME.findall(rule[1])) else "", styles)
    return SOURCES.sub(r'src:url(\1.woff) format("woff")', styles)


def small_font(source: Path, target: Path, glyphs: Iterable[int]) -> None:
    """Write the part of a font that draws these code points."""
    options = subset.Options(flavor="woff", notdef_outline=True)
    font = subset.load_font(str(source), options)
    font.recalcTimestamp = False  # two builds give the same bytes
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=glyphs)
    subsetter.subset(font)
    subset.save_font(font, str(target), options)


def lighten(app: Sphinx, exception: Exception | None) -> None:
    """Write the theme's stylesheet and icon fonts anew, with what the built pages name."""
    if exception is not None or app.builder.format != "html":
        return
    built = Path(app.outdir)
    markup = [*built.rglob("*.html"), *built.glob("_static/**/*.js")]
    used = {name for page in markup for name in NAME.findall(page.read_text("utf-8"))}
    theme = without_unused((THEME / STYLESHEET).read_text("utf-8"), used)
    (built / "_static" / STYLESHEET).write_text(theme, encoding="utf-8")
    styles = "".join(sheet.read_text("utf-8") for sheet in built.glob("_static/**/*.css"))
    glyphs = {int(code, 16) for code in ESCAPE.findall(styles)} | set(
        map(ord, SPELT.findall(styles))
    )
    for font in (THEME / FONTS).glob("*.ttf"):
        small = built / "_static" / FONTS / font.with_suffix(".woff").name
        small_font(font, small, glyphs)
        for whole in (small.with_suffix(".ttf"), small.with_suffix(".woff2")):
            whole.unlink(missing_ok=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("build-finished", lighten)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
