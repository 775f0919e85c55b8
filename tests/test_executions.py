"""A page is executed again when something it read has changed, and only then."""

import json
import os
import time

import pytest

import executions
import traced

PAGE = """\
---
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# A page

```{code-cell} ipython3
from replication.papers import one2024

print(one2024.number())
```
"""
# As the package does: every descriptor is looked into, to find what was asked for by name.
LOADER = """
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"


def load(key):
    for path in DATA.glob("*/datapackage.json"):
        path.read_text()
    return (DATA / key / "table.csv").read_text()
"""
READER = """
from replication import loader


def number():
    return loader.load("KEY").split()[1]
"""
FILES = {
    "replication/__init__.py": "",
    "replication/chapter.py": "",
    "replication/loader.py": LOADER,
    "replication/unused.py": "a = 1\n",
    "replication/papers/__init__.py": "",
    "replication/papers/one2024.py": READER.replace("KEY", "one2024"),
    "replication/papers/two2024.py": READER.replace("KEY", "two2024"),
    "data/one2024/table.csv": "a\n1\n",
    "data/two2024/table.csv": "a\n2\n",
    "data/one2024/datapackage.json": '{"name": "one2024"}',
    "data/two2024/datapackage.json": '{"name": "two2024"}',
    "pyproject.toml": '[project]\nname = "a"\nversion = "1"\n[tool.ruff]\nline-length = 100\n',
    "requirements.lock": "numpy==2\n",
    "notebooks/one2024.md": PAGE,
}


def write(root, files):
    """Write files below a folder, older than anything that is run from now on."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (time.time() - 60,) * 2)


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """A small checkout, its page executed once, and the record of it."""
    root = tmp_path_factory.mktemp("checkout")
    write(root, FILES)
    source = root / "notebooks" / "one2024.md"
    # The first cell of every page asks for the package, which has to be the one of this checkout.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(root))
        found = executions.execution(source, root)
        assert not found.kept
        yield root, source, executions.record_of(source, root).read_text(encoding="utf-8")


@pytest.fixture
def checkout(executed):
    """The same checkout as it was after the execution, whatever a test did to it."""
    root, source, record = executed
    for path in root.rglob("*"):
        if path.is_file() and path.relative_to(root).as_posix() not in FILES:
            path.unlink()
    write(root, FILES)
    executions.write_whole(executions.record_of(source, root), record)
    return root, source


def fresh(root, source):
    """Whether the kept execution still stands; nothing is executed to find out."""
    notebook = executions.sources.read(source)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    basis = {
        "environment": executions.environment(root),
        "code": executions.cells_digest(cells),
    }
    return executions.recall(executions.record_of(source, root), basis, root) is not None


TOGETHER = """\
from replication.papers import one2024

one2024.asked = getattr(one2024, "asked", 0) + 1
print(one2024.asked, "mine" in globals())
mine = 1
mine
"""


def test_pages_together_share_what_is_computed_and_no_names(tmp_path, monkeypatch):
    write(tmp_path, FILES)
    cell = PAGE.index("from replication")
    pages = [tmp_path / "notebooks" / f"{name}.md" for name in ("first", "second")]
    for number, source in enumerate(pages):
        code = "import replication.papers.one2024 as paper\npaper.number()\n" * number + TOGETHER
        source.write_text(PAGE[:cell] + code + "```\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = executions.together(pages, tmp_path)
    assert list(found) == pages
    said = [[output for cell in one.outputs for output in cell] for one in found.values()]
    assert [outputs[0]["text"] for outputs in said] == ["1 False\n", "2 False\n"]
    assert [outputs[1]["execution_count"] for outputs in said] == [2, 2], "each counts its own"
    assert not any(one.kept for one in found.values())
    assert min(one.seconds for one in found.values()) > 0
    records = [json.loads(executions.record_of(p, tmp_path).read_text()) for p in pages]
    assert records[0]["read"] == records[1]["read"], "what one read may have served the other"
    assert "data/one2024/table.csv" in records[0]["read"]
    assert all(one.kept for one in executions.together(pages, tmp_path).values())
    pages[1].write_text(pages[1].read_text().replace("mine = 1", "mine = 2"))
    again = executions.together(pages, tmp_path)
    assert [one.kept for one in again.values()] == [True, False]
    assert again[pages[1]].outputs[-1][0]["text"] == "1 False\n", "in a kernel of its own"


def test_what_was_read_is_known(executed):
    read = json.loads(executed[2])["read"]
    assert sorted(read) == [
        "data/one2024/datapackage.json",
        "data/one2024/table.csv",
        "replication/__init__.py",
        "replication/chapter.py",
        "replication/loader.py",
        "replication/papers/__init__.py",
        "replication/papers/one2024.py",
    ]


def test_a_kept_execution_shows_what_was_executed(checkout):
    root, source = checkout
    found = executions.execution(source, root)
    assert found.kept
    notebook = found.fill(executions.sources.read(source))
    assert [cell.outputs for cell in notebook.cells if cell.cell_type == "code"][-1][
        0
    ].text == "1\n"


STALE = {
    "a module that was imported": ("replication/papers/one2024.py", "# a word more\n"),
    "a table that was read": ("data/one2024/table.csv", "2\n"),
    "the descriptor of its paper": ("data/one2024/datapackage.json", " "),
    "the lock": ("requirements.lock", "scipy==1\n"),
    "the cells": ("notebooks/one2024.md", "\n```{code-cell} ipython3\n1\n```\n"),
}
FRESH = {
    "a module of another paper": ("replication/papers/two2024.py", "# a word more\n"),
    "a module that nothing imports": ("replication/unused.py", "b = 2\n"),
    "a table of another paper": ("data/two2024/table.csv", "3\n"),
    "the descriptor of another paper": ("data/two2024/datapackage.json", " "),
    "a new paper": ("replication/papers/three2024.py", "a = 1\n"),
    "a new folder of data": ("data/three2024/datapackage.json", "{}"),
    "settings of a linter": ("pyproject.toml", "[tool.mypy]\nstrict = true\n"),
    "the prose": ("notebooks/one2024.md", "\nA sentence.\n"),
}


@pytest.mark.parametrize("change", [*STALE, *FRESH])
def test_what_makes_an_execution_stale(checkout, change):
    root, source = checkout
    assert fresh(root, source)
    name, more = (STALE | FRESH)[change]
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + more)
    assert fresh(root, source) == (change in FRESH)


def test_the_project_itself_makes_every_page_stale(checkout):
    root, source = checkout
    (root / "pyproject.toml").write_text('[project]\nname = "a"\nversion = "2"\n')
    assert not fresh(root, source)


def test_a_table_that_is_gone_makes_it_stale(checkout):
    root, source = checkout
    (root / "data/one2024/table.csv").unlink()
    assert not fresh(root, source)


@pytest.mark.parametrize("cut", [0, 1, 200, -2])
def test_a_record_that_is_cut_short_counts_as_none(checkout, cut):
    root, source = checkout
    record = executions.record_of(source, root)
    record.write_text(record.read_text()[:cut])
    assert not fresh(root, source)


def log_of(root, *lines):
    """Write down by hand what a kernel might have."""
    log = root / "log.txt"
    log.write_text("".join(f"{kind} {root.resolve() / name}\n" for kind, name in lines))
    return log


def test_a_page_that_takes_all_there_is_depends_on_all(checkout):
    root, _ = checkout
    names = [f"data/{key}/datapackage.json" for key in ("one2024", "two2024")]
    log = log_of(root, ("list", "data"), *(("read", name) for name in names))
    assert list(traced.digests(root, log, "rp.load('one2024', 'table')")) == [names[0]]
    for code in ("rp.verify()", "rp.corpus()", "for t in rp.tables( ): t", "Path('x').glob('*')"):
        every = traced.digests(root, log, code)
        assert sorted(every) == ["data/", *names]
        (root / "data" / "new2024").mkdir()
        assert traced.digest(root, "data/") != every["data/"]
        (root / "data" / "new2024").rmdir()


def test_a_descriptor_counts_where_its_paper_is_used(checkout):
    root, _ = checkout
    names = [f"data/{key}/datapackage.json" for key in ("one2024", "two2024")]
    log = log_of(root, *(("read", name) for name in names), ("read", "data/one2024/table.csv"))
    assert sorted(traced.digests(root, log, "")) == [names[0], "data/one2024/table.csv"]
    assert names[1] in traced.digests(root, log, "Chapter('two2024')")


def test_what_is_built_is_no_input(checkout):
    root, _ = checkout
    log = log_of(root, ("read", "_build/html/index.html"), ("read", ".venv/lib/numpy.py"))
    assert traced.digests(root, log, "") == {}


def test_a_file_that_changed_while_the_page_ran_is_not_trusted(checkout):
    root, source = checkout
    executions.record_of(source, root).unlink()
    later = time.time() + 60
    os.utime(root / "data/one2024/table.csv", (later, later))
    assert not executions.execution(source, root).kept
    assert not fresh(root, source)
