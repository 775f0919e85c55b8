"""The glossary has every word the pages ask for, and the pages show what it says."""

import re
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]
EXTENSIONS = ROOT / "book" / "_ext"
PAGES = sorted([*ROOT.glob("book/*.md"), *ROOT.glob("notebooks/*.md")])
GLOSSARY = re.compile(r"^```\{glossary\}\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
TERM = re.compile(r"\{term\}`(?:[^`<]*<)?([^`<>]+)>?`")
MOST_WORDS = 60  # of a definition: it has to fit a card on a phone


def entries():
    """Each word of the glossary with the lines below it."""
    text = "\n\n".join(GLOSSARY.findall((ROOT / "book" / "glossary.md").read_text("utf-8")))
    words = re.split(r"^(\S.*)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(words[::2], words[1::2], strict=True))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_word_a_page_asks_for_is_explained(page):
    asked = {" ".join(term.split()) for term in TERM.findall(page.read_text("utf-8"))}
    assert asked - set(entries()) == set()


@pytest.mark.parametrize("word", entries())
def test_an_entry_is_short_and_says_where_its_word_is_at_home(word):
    definition, home = entries()[word].strip().split("\n\n")
    assert 5 < len(definition.split()) <= MOST_WORDS
    assert definition.endswith(".")
    assert not re.search(r"[$`\[{]", definition), "a card shows plain text"
    target = re.search(r"\(([\w./-]+\.md)\)|<(half-hour-[a-z-]+)>", home)
    assert home.strip().startswith("At home") and target
    if target[1]:
        assert (ROOT / "book" / target[1]).resolve().exists()
    else:
        assert f"({target[2]})=" in (ROOT / "notebooks" / "half-hour.md").read_text("utf-8")


def test_the_words_of_a_part_are_in_order():
    for part in GLOSSARY.findall((ROOT / "book" / "glossary.md").read_text("utf-8")):
        words = re.findall(r"^\S.*", part, flags=re.MULTILINE)
        assert words == sorted(words, key=str.lower)


FRONT = """# Front

The {term}`loss` is in {term}`nats <nat>`; a {term}`stranger`, and [a link](words.md).
"""
WORDS = """# Words

```{glossary}
loss
natural loss
  How badly a <model> predicts *text*:
  lower is better.

  At home [here](index.md).

nat
  A unit.
```
"""


@pytest.fixture
def build(tmp_path, monkeypatch):
    """Two pages, built with the extension as often as one likes: give the front page."""
    monkeypatch.syspath_prepend(str(EXTENSIONS))
    source = tmp_path / "source"
    source.mkdir()
    (source / "conf.py").write_text('extensions = ["myst_parser", "glossary"]\n')
    (source / "index.md").write_text(FRONT + "\n```{toctree}\nwords\n```\n")
    (source / "words.md").write_text(WORDS)

    def make():
        places = (source, source, tmp_path / "html", tmp_path / "trees")
        app = Sphinx(*places, "html", status=None, warning=None)
        app.build()
        return BeautifulSoup((tmp_path / "html" / "index.html").read_text("utf-8"), "html.parser")

    yield source, make
    sys.modules.pop("glossary", None)


def test_a_term_carries_the_first_paragraph_of_its_definition(build):
    _, make = build
    page = make()
    cards = page.select(".term > .term-card[role=tooltip]")
    assert [card.text for card in cards] == [
        "How badly a <model> predicts text: lower is better.",
        "A unit.",
    ]
    links = page.select(".term > a[aria-describedby]")
    assert [link["aria-describedby"] for link in links] == [card["id"] for card in cards]
    assert [link.text for link in links] == ["loss", "nats"]
    assert links[0]["href"] == "words.html#term-loss"
    assert "stranger" in page.text, "a term that nobody explains stays what it was"


def test_a_page_follows_the_glossary_though_it_has_not_changed_itself(build):
    source, make = build
    make()
    (source / "words.md").write_text(WORDS.replace("A unit.", "Another unit."))
    assert make().select(".term-card")[1].text == "Another unit."


def test_cards_are_no_part_of_the_search(build):
    source, make = build
    (source / "words.md").write_text(WORDS.replace("A unit.", "A xylophone."))
    make()
    index = (source.parent / "html" / "searchindex.js").read_text("utf-8")
    (where,) = re.findall(r'"?xylophon\w*"?:\s*(\[[^\]]*\]|\d+)', index)
    assert where == "1", "found on the page of words, which is the second, and on no other"
