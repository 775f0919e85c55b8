"""What the rest of the web sees of the book: descriptions, cards, the map, the lost page."""

import sys
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from PIL import Image

from built import pages

ROOT = Path(__file__).parents[2]
GENERATED = {"404.html", "genindex.html", "index.html", "search.html"}
WRITTEN = [page for page in pages() if page not in GENERATED]


def parse(site: Path, name: str) -> BeautifulSoup:
    """Parse a page."""
    return BeautifulSoup((site / name).read_text(encoding="utf-8"), "html.parser")


def head(site: Path, name: str) -> BeautifulSoup:
    """Parse a page and give its head."""
    return parse(site, name).head


def meta(parsed: BeautifulSoup, name: str) -> str:
    """Read one of a page's statements about itself."""
    (tag,) = parsed.select(f'meta[name="{name}"], meta[property="{name}"]')
    return tag["content"]


@pytest.mark.parametrize("name", WRITTEN or ["book/index.html"])
def test_a_page_describes_itself(site, name):
    parsed = head(site, name)
    text = meta(parsed, "description")
    assert 40 <= len(text) <= 157
    assert text[-1] in ".:?", "a whole sentence"
    assert meta(parsed, "og:description") == text
    assert meta(parsed, "og:title") in parsed.title.string
    card = meta(parsed, "og:image")
    assert meta(parsed, "og:image:alt")
    with Image.open(site / "_images" / "social_previews" / Path(card).name) as image:
        assert image.size == (1146, 600)
    (canonical,) = parsed.select('link[rel="canonical"]')
    assert canonical["href"] == meta(parsed, "og:url")
    assert canonical["href"].endswith("/" + name)
    assert card.startswith(canonical["href"].removesuffix(name))


def test_no_two_pages_have_one_description(site):
    texts = [meta(head(site, name), "description") for name in WRITTEN]
    assert len(set(texts)) == len(texts) > 5


def test_the_sitemap_lists_every_page(site):
    tree = ElementTree.parse(site / "sitemap.xml")
    found = [urlsplit(loc.text).path.lstrip("/") for loc in tree.iter() if loc.tag.endswith("loc")]
    assert sorted(found) == sorted(WRITTEN)


def test_the_lost_page_leads_back_from_anywhere(site):
    body = parse(site, "404.html").body
    links = [a["href"] for a in body.select("article a")]
    assert links
    assert all(link.startswith("/") for link in links)


def test_every_chapter_is_on_the_status_page(site):
    parsed = BeautifulSoup(
        (site / "book" / "status.html").read_text(encoding="utf-8"), "html.parser"
    )
    rows = [row.get_text(" ", strip=True) for row in parsed.select("table")[0].select("tbody tr")]
    chapters = {page.removesuffix(".html") for page in pages() if page.startswith("notebooks/")}
    passed = {row.split()[0] for row in rows if row.endswith("ran through")}
    assert chapters <= passed
    assert "numpy" in parsed.get_text()


@pytest.fixture
def publishing(monkeypatch):
    """The extension that knows the book's address."""
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))
    import publishing

    yield publishing
    sys.modules.pop("publishing")


def test_the_address_comes_from_the_environment_first(publishing, tmp_path, monkeypatch):
    project = tmp_path / "pyproject.toml"
    project.write_text('[project]\n[project.urls]\nDocumentation = "https://a.org/b"\n')
    monkeypatch.delenv("BOOK_URL", raising=False)
    assert publishing.address(tmp_path) == "https://a.org/b/"
    monkeypatch.setenv("BOOK_URL", "https://c.org/")
    assert publishing.address(tmp_path) == "https://c.org/"
    project.write_text("[project]\n")
    monkeypatch.delenv("BOOK_URL")
    assert publishing.address(tmp_path) == publishing.SERVED


@pytest.mark.parametrize("wrong", ["c.org", "ftp://c.org", "https://", "https://c.org/?a=1"])
def test_half_an_address_is_refused(publishing, tmp_path, monkeypatch, wrong):
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    monkeypatch.setenv("BOOK_URL", wrong)
    with pytest.raises(publishing.ConfigError, match="BOOK_URL"):
        publishing.address(tmp_path)


@pytest.mark.parametrize(
    ("urls", "expected"),
    [
        ("", set()),
        ('[project.urls]\nRepository = "https://github.com/a/b"\n', {"binderhub_url", "colab_url"}),
    ],
)
def test_launch_buttons_only_where_there_is_a_repository(tmp_path, monkeypatch, urls, expected):
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))
    import chapters

    (tmp_path / "pyproject.toml").write_text(f"[project]\n{urls}")
    config = SimpleNamespace(html_theme_options={"launch_buttons": {"thebe": True}})
    chapters.configure_buttons(SimpleNamespace(srcdir=tmp_path), config)
    buttons = config.html_theme_options["launch_buttons"]
    assert {name for name in buttons if name.endswith("_url")} == expected
    assert bool(config.html_theme_options.get("use_repository_button")) == bool(expected)
    sys.modules.pop("chapters")
