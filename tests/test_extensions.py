"""The book's Sphinx extensions: reading time, students' edition, buttons, words of the search."""

import doctest
import importlib
import io
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from replication.instruments.movable import MOVABLE

ROOT = Path(__file__).parents[1]
PAGE = """\
# A page

- **Prerequisites:** logarithms.
- **Notebook:** x.

## Exercises

```{exercise-start} First
:label: ex-a
```
How much is it?
```{exercise-end}
```

```{solution-start} ex-a
:class: dropdown
```
It is forty-two.
```{solution-end}
```
"""
CONF = """\
import sys

sys.path.insert(0, {ext!r})
extensions = [
    "myst_parser", "sphinx_exercise", "instruments", "student", "reading_time", "numbers_found",
]
project = "P"
"""


@pytest.fixture
def ext(monkeypatch):
    """Return an extension of the book by its name."""
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))
    return importlib.import_module


def build(folder, text):
    """Build a page with the book's extensions; return it and the index of its words."""
    folder.joinpath("conf.py").write_text(CONF.format(ext=str(ROOT / "book" / "_ext")))
    folder.joinpath("index.md").write_text(text)
    said = io.StringIO()
    made = folder / "made"
    app = Sphinx(folder, folder, made, made, "html", status=None, warning=said)
    app.build()
    return made.joinpath("index.html").read_text(), made.joinpath("searchindex.js").read_text()


@pytest.mark.filterwarnings("ignore")  # Sphinx's own, of what it calls in other packages
@pytest.mark.parametrize("student", ["", "1"])
def test_the_students_edition_has_exercises_and_no_solutions(tmp_path, monkeypatch, ext, student):
    monkeypatch.setenv("BOOK_STUDENT", student)
    page, index = build(tmp_path, PAGE)
    assert "How much is it?" in page
    assert ("forty-two" in page) == ("forti" in index) == (not student)
    assert "solution-start" not in page and "solution-end" not in page
    what = "exercises" if student else "exercises and solutions"
    time = f"<strong>Reading time:</strong> about 1 minute; {what} another 1"
    assert page.index("Prerequisites:") < page.index(time) < page.index("Notebook:")


@pytest.mark.filterwarnings("ignore")
def test_the_cells_of_a_table_are_words_of_their_own(tmp_path, ext):
    cells = "<table><tr><td>C9.<wbr>74M</td><td>0.5</td><td>differs</td></tr></table>"
    _, index = build(tmp_path, f"# A page\n\n{cells}\n")
    assert '"c9.74m":' in index and '"0.5":' in index


@pytest.mark.filterwarnings("ignore")
def test_a_movable_figure_brings_its_data_and_its_scripts(tmp_path, ext):
    figure = "# A page\n\n```{instrument} repeats\n```\n"
    page, index = build(tmp_path, figure)
    place = page.index('<div class="instrument" data-instrument="repeats">')
    data = page[page.index("{", place) : page.index("</script>", place)]
    assert json.loads(data) == MOVABLE["repeats"]()
    scripts = re.findall(r'<script[^>]* src="_static/(\w+)\.js', page)
    ours = [name for name in scripts if name in ("instruments", "laws", "figures", "planner")]
    assert ours == ["instruments", "laws", "figures"]
    assert "r_d_star" not in index.lower()


@pytest.mark.filterwarnings("ignore")
def test_a_page_without_one_loads_none_of_it(tmp_path, ext):
    page, _ = build(tmp_path, "# A page\n\nText.\n")
    assert "instruments.js" not in page


@pytest.mark.filterwarnings("ignore")
def test_an_unknown_instrument_is_refused_by_name(tmp_path, ext):
    with pytest.raises(ExtensionError, match="no instrument 'theremin'; there are isoflop"):
        build(tmp_path, "# A page\n\n```{instrument} theremin\n```\n")


@pytest.mark.parametrize(
    ("page", "student", "left"),
    [
        ("notebooks/a", "", ["launch-buttons", "download-buttons", "download-notebook-button"]),
        ("notebooks/a", "1", ["download-buttons", "download-notebook-button"]),
        ("book/index", "", ["download-buttons"]),
    ],
)
def test_only_a_stored_notebook_is_launched(tmp_path, monkeypatch, ext, page, student, left):
    monkeypatch.setenv("BOOK_STUDENT", student)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "a.ipynb").touch()
    download = {"label": "download-buttons", "buttons": [{"label": "download-notebook-button"}]}
    buttons = [{"label": "launch-buttons", "buttons": []}, download]
    chapters = ext("chapters")
    app = SimpleNamespace(srcdir=tmp_path)
    chapters.offer_notebook(app, page, "page.html", {"header_buttons": buttons}, nodes.Element())
    found = [b["label"] for button in buttons for b in (button, *button["buttons"])]
    assert found == left


@pytest.mark.parametrize(
    "name", ["assets", "instruments", "numbers_found", "reading", "myst", "labels"]
)
def test_what_the_tools_say_of_themselves_is_so(ext, name):
    assert doctest.testmod(ext(name)).failed == 0


def test_links_in_outputs_lead_to_pages(ext):
    outputs = ext("outputs")
    doctree = nodes.paragraph()
    addresses = {
        "half-hour.md": "half-hour.html",
        "../book/how.md#verdicts": "../book/how.html#verdicts",
        "https://example.org/readme.md": "https://example.org/readme.md",
        "x.ipynb": "x.ipynb",
    }
    for address in addresses:
        doctree += nodes.reference("", "a", refuri=address)
    outputs.lead_to_pages(None, doctree, "page")
    found = [node["refuri"] for node in doctree.findall(nodes.reference)]
    assert found == list(addresses.values())
