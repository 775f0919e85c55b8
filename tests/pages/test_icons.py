"""Each icon a page shows is in the small font that the build cuts out of the theme's."""

import re

import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont

from built import pages
from visit import Visit

ICON = re.compile(r'((?:\.fa-[a-z0-9-]+:{1,2}before,?)+)\{content:"\\([0-9a-f]+)"\}')


@pytest.fixture(scope="module")
def drawn(site):
    """Map the name of an icon to its code point, for all icons the stylesheet keeps."""
    styles = (site / "_static/styles/pydata-sphinx-theme.css").read_text(encoding="utf-8")
    return {
        name: int(code, 16)
        for names, code in ICON.findall(styles)
        for name in re.findall(r"fa-[a-z0-9-]+", names)
    }


@pytest.fixture(scope="module")
def glyphs(site):
    """Give the code points that the fonts of the built book draw."""
    fonts = list((site / "_static/vendor/fontawesome/webfonts").iterdir())
    assert {font.suffix for font in fonts} == {".woff"}
    return {code for font in fonts for code in TTFont(font).getBestCmap() or ()}


def test_icons_on_the_pages_have_a_rule_and_a_glyph(site, drawn, glyphs):
    shown = set()
    for name in pages():
        page = BeautifulSoup((site / name).read_text(encoding="utf-8"), "html.parser")
        for icon in page.select("i[class*='fa-']"):
            named = {part for part in icon["class"] if part in drawn}
            assert named, f"{name}: no icon among the classes {icon['class']}"
            shown |= named
    assert len(shown) > 5
    assert {drawn[name] for name in shown} <= glyphs


def test_admonitions_have_their_icon(browser, address, glyphs):
    visit = Visit(browser, f"{address}/notebooks/which-law.html")
    shown = visit.page.eval_on_selector_all(
        ".admonition > .admonition-title",
        """titles => titles.flatMap(title => ["::before", "::after"].map(
            part => getComputedStyle(title, part).content))""",
    )
    visit.context.close()
    icons = {ord(text[1]) for text in shown if len(text) == 3}
    assert len(icons) > 1, "an exercise and a tip have an icon each"
    assert icons <= glyphs


def test_only_icons_in_use_are_carried(drawn, glyphs):
    assert len(drawn) < 100
    assert len(glyphs) < 100
