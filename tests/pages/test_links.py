"""Every internal link of the built book leads somewhere."""

from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

from built import SITE, pages


@cache
def soup(path: Path) -> BeautifulSoup:
    """Parse a page."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def anchors(path: Path) -> set[str]:
    """List what a link into a page may point at."""
    return {tag.get("id") or tag.get("name") for tag in soup(path).select("[id], a[name]")}


def broken(page: Path, root: Path = SITE) -> list[str]:
    """List the links of a page, and the files it loads, that lead nowhere."""
    found = []
    targets = [tag["href"] for tag in soup(page).select("a[href], link[href]")]
    targets += [tag["src"] for tag in soup(page).select("[src]")]
    for target in targets:
        parts = urlsplit(target)
        if parts.scheme or parts.netloc or target in ("#", ""):
            continue
        base = root if parts.path.startswith("/") else page.parent
        path = (base / unquote(parts.path).lstrip("/")).resolve() if parts.path else page
        if path.is_dir():
            path = path / "index.html"
        known = path.exists() and (
            not parts.fragment or path.suffix != ".html" or unquote(parts.fragment) in anchors(path)
        )
        if not known:
            found.append(target)
    return found


@pytest.mark.parametrize("name", pages() or ["index.html"])
def test_links_lead_somewhere(site, name):
    assert broken(site / name) == []


def test_each_chapter_offers_its_notebook(site):
    chapters = sorted((site / "notebooks").glob("*.html"))
    for page in chapters:
        assert page.with_suffix(".ipynb").exists()
        assert soup(page).select(f'a[href="{page.stem}.ipynb"]')


def test_a_broken_link_is_found(tmp_path):
    (tmp_path / "b.html").write_text('<p id="here"></p>')
    (tmp_path / "a.html").write_text(
        '<a href="b.html#here">y</a><a href="b.html#there">n</a><a href="c.html">n</a>'
        '<a href="#nowhere">n</a><img src="d.png"><a href="https://example.org/x">y</a>'
        '<a href="/b.html">y</a><a href="/e.html">n</a>'
    )
    dead = ["b.html#there", "c.html", "#nowhere", "/e.html", "d.png"]
    assert broken(tmp_path / "a.html", tmp_path) == dead
