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
import sys

sys.path.insert(0, "..")
from replication.papers import one2024

print(one2024.number())
```
"""
READER = """
import json
from pathlib import Path

DATA = Path(__file__).parents[2] / "data"


def number():
    json.loads((DATA / "datapackage.json").read_text())
    return (DATA / "KEY" / "table.csv").read_text().split()[1]
"""
FILES = {
    "replication/__init__.py": "",
    "replication/unused.py": "a = 1\n",
    "replication/papers/__init__.py": "",
    "replication/papers/one2024.py": READER.replace("KEY", "one2024"),
    "replication/papers/two2024.py": READER.replace("KEY", "two2024"),
    "data/one2024/table.csv": "a\n1\n",
    "data/two2024/table.csv": "a\n2\n",
    "data/datapackage.json": json.dumps(
        {
            "papers": {"one2024": {"title": "One"}, "two2024": {"title": "Two"}},
            "resources": [
                {"path": f"{key}/table.csv", "rows": 1} for key in ("one2024", "two2024")
            ],
        }
    ),
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
    found = executions.execution(source, root)
    assert not found.kept
    return root, source, executions.record_of(source, root).read_text(encoding="utf-8")


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


def test_what_was_read_is_known(executed):
    read = json.loads(executed[2])["read"]
    assert sorted(read) == [
        "data/datapackage.json#one2024",
        "data/one2024/table.csv",
        "replication/__init__.py",
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
    "the lock": ("requirements.lock", "scipy==1\n"),
    "the cells": ("notebooks/one2024.md", "\n```{code-cell} ipython3\n1\n```\n"),
}
FRESH = {
    "a module of another paper": ("replication/papers/two2024.py", "# a word more\n"),
    "a module that nothing imports": ("replication/unused.py", "b = 2\n"),
    "a table of another paper": ("data/two2024/table.csv", "3\n"),
    "a new paper": ("replication/papers/three2024.py", "a = 1\n"),
    "a new folder of data": ("data/three2024/table.csv", "a\n"),
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


@pytest.mark.parametrize(("key", "stays"), [("one2024", False), ("two2024", True)])
def test_of_a_common_descriptor_the_own_entries_count(checkout, key, stays):
    root, source = checkout
    path = root / "data" / "datapackage.json"
    for change in ("papers", "resources"):
        package = json.loads(FILES["data/datapackage.json"])
        if change == "papers":
            package["papers"][key]["title"] = "Other"
        else:
            next(r for r in package["resources"] if key in r["path"])["rows"] = 2
        path.write_text(json.dumps(package))
        assert fresh(root, source) == stays


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
    log = log_of(root, ("list", "data"), ("read", "data/datapackage.json"))
    few = traced.digests(root, log, "rp.load('one2024', 'table')")
    assert list(few) == ["data/datapackage.json#one2024"]
    for code in ("rp.verify()", "rp.corpus()", "for t in rp.tables( ): t", "Path('x').glob('*')"):
        every = traced.digests(root, log, code)
        assert sorted(every) == ["data/", "data/datapackage.json#*"]
        (root / "data" / "new2024").mkdir()
        assert traced.digest(root, "data/") != every["data/"]
        (root / "data" / "new2024").rmdir()


def test_a_descriptor_of_its_own_counts_where_its_paper_is_used(checkout):
    root, _ = checkout
    names = [f"data/{key}/datapackage.json" for key in ("one2024", "two2024")]
    write(root, dict.fromkeys(names, "{}"))
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
