"""The pages of the package: every public name by task, with its own page; every note by example."""

import doctest
import importlib
import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.errors import ConfigError

import replication as rp
from replication.errors import NOTE_CODES

ROOT = Path(__file__).parents[1]
INDEX = (ROOT / "book/api.md").read_text(encoding="utf-8")
NOTES = (ROOT / "book/notes.md").read_text(encoding="utf-8")
CELL = re.compile(r"^```\{code-cell\} ipython3\n(?::tags:[^\n]*\n\n?)?(.*?)^```$", re.M | re.S)


@pytest.fixture
def api(monkeypatch):
    """The extension that writes the pages."""
    monkeypatch.syspath_prepend(str(ROOT / "book/_ext"))
    return importlib.import_module("public_api")


def test_what_it_says_of_itself_is_so(api):
    assert doctest.testmod(api).failed == 0


def test_every_public_name_has_one_task(api):
    names = api.every_name()
    listed = [one.path for those in api.entries(INDEX, names).values() for one in those]
    assert sorted(listed) == sorted(names)
    assert {"fit", "laws.Chinchilla", "counting.params", "units.nats_from_bits"} <= set(listed)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("% public-api: fit nothing", "nothing are not public names"),
        ("% public-api: fit fit laws.A", "fit stand there twice"),
        ("% public-api: fit", "laws.A are public and have no"),
    ],
)
def test_a_name_without_a_task_stops_the_build(api, line, said):
    with pytest.raises(ConfigError, match=re.escape(said)):
        api.entries(f"## Task\n{line}", {"fit": print, "laws.A": print})


def test_the_pages_are_written_once_and_old_ones_go(api, tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "book/api.md").write_text(INDEX)
    pages = api.write_pages(tmp_path)
    folder = tmp_path / "book/api"
    (folder / "gone.md").write_text("old")
    before = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.md")}
    assert api.write_pages(tmp_path) == pages
    after = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.md")}
    assert after == {name: time for name, time in before.items() if name != "gone.md"}
    assert len({name.lower() for name in after}) == len(after), "some discs know one case only"
    assert sorted(after) == sorted(Path(page).name for page in pages)
    for path in folder.glob("*.md"):
        text = path.read_text(encoding="utf-8")
        first = text.split("\n\n")[2]
        assert 40 <= len(first.replace("\\", "").replace("`", "")) <= api.LONGEST, path.name
        assert "\norphan: true\n" in text


PAGE = """# The package

A text that names `rp.Note` and `rp.units.PF_DAY`.

## Fit a law

% public-api: Note ReplicationError

## Convert

% public-api: units.*
"""
CONF = """import sys
sys.path.insert(0, {ext!r})
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "public_api"]
master_doc, project = "book/api", "P"
"""


@pytest.mark.filterwarnings("ignore")  # Sphinx's own, of what it calls in other packages
def test_a_task_leads_to_its_pages_and_they_lead_back(api, tmp_path, monkeypatch):
    names = {"Note": rp.Note, "ReplicationError": rp.ReplicationError, "units.PF_DAY": 8.64e19}
    monkeypatch.setattr(api, "every_name", lambda *_: names)
    (tmp_path / "book").mkdir()
    (tmp_path / "book/api.md").write_text(PAGE)
    (tmp_path / "conf.py").write_text(CONF.format(ext=str(ROOT / "book/_ext")))
    said, made = io.StringIO(), tmp_path / "made"
    Sphinx(tmp_path, tmp_path, made, made, "html", status=None, warning=said).build()
    assert said.getvalue() == ""
    index = BeautifulSoup((made / "book/api.html").read_text(), "html.parser")
    page = BeautifulSoup((made / "book/api/class-Note.html").read_text(), "html.parser")
    assert index.find(id="replication.Note"), "the anchor of the long page that there was"
    leads = {link["href"] for link in index.select("a[href]")}
    assert {"api/class-Note.html", "api/class-Note.html#replication.Note"} <= leads
    assert page.find(id="replication.Note").name == "dt"
    back = {link["href"] for link in page.select("a[href]")}
    assert "../api.html#api-fit-a-law" in back
    assert index.find(id="api-fit-a-law")
    assert page.select_one("p").text.startswith("rp.Note, a class of the package: Doubt about")


def test_a_name_in_a_guide_leads_to_its_page(api):
    names = api.every_name()
    assert api.linked("see `rp.Fit.predict`", names) == (
        "see {py:obj}`rp.Fit.predict <replication.Fit.predict>`"
    )
    kept = "`rp.nothing`, ``rp.fit`` and\n```python\n# `rp.fit`\n```"
    assert api.linked(kept, names) == kept


@pytest.mark.parametrize(
    "page", ["api", "notes", *(f"howto/{p.stem}" for p in (ROOT / "book/howto").glob("*.md"))]
)
def test_every_function_that_a_page_names_is_public(page):
    text = (ROOT / f"book/{page}.md").read_text(encoding="utf-8")
    for name in re.findall(r"`rp\.([\w.]+)", text):
        found = rp
        for part in name.split("."):
            found = getattr(found, part)


def test_every_note_has_a_section_and_an_example_that_brings_it_about():
    headings = re.findall(r"^\(note-([\w-]+)\)=\n### `(\w+)`$", NOTES, re.M)
    assert all(label == code.replace("_", "-") for label, code in headings)
    assert sorted(code for _, code in headings) == sorted(NOTE_CODES)
    names: dict[str, object] = {}
    for code in CELL.findall(NOTES)[:2]:
        exec(compile(code, "notes.md", "exec"), names)  # the table, and what the examples share
    for part in re.split(r"^### ", NOTES, flags=re.M)[1:]:
        code = part[1 : part.index("`", 1)]
        (cell,) = CELL.findall(part)
        said = io.StringIO()
        with redirect_stdout(said):
            exec(compile(cell, code, "exec"), names)
        assert said.getvalue().startswith(f"{code}: "), code
