"""`replication new`: what it writes can be used at once, and what it cannot use is named."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from replication import cli, datasets, scaffold
from replication.datasets import descriptor
from replication.errors import ReplicationError

ROOT = Path(__file__).parents[1]
RUNS = """\
flops,params,tokens,loss
1e19,1.6e8,1.04e10,3.11
1e18,5e7,3.3e9,3.52
3e18,9e7,5.6e9,3.30
3e19,2.9e8,1.7e10,2.95
1e20,5.1e8,3.3e10,2.79
3e20,9e8,5.6e10,2.66
"""
CALL = {
    "--authors": "Ann Example; Bo Second",
    "--title": "A small law",
    "--url": "https://example.org/law",
    "--printed": "alpha=0.049",
    "--where": "Table 1",
}


@pytest.fixture
def table(tmp_path):
    """A table of runs."""
    path = tmp_path / "runs.csv"
    path.write_text(RUNS)
    return path


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout in little, which the command takes for its own."""
    root = tmp_path / "checkout"
    for name in ("_toc.yml", "book/references.bib", "book/_tools/notebooks.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    shutil.copytree(descriptor.root(), root / "data")
    monkeypatch.setattr(descriptor, "root", lambda: root / "data")
    monkeypatch.setattr(cli, "_checkout", lambda: root)
    monkeypatch.setattr(scaffold.files, "_execute", lambda key, checkout: None)
    return root


def call(table, key="example2025", **changed):
    """Run the command with some arguments changed, or left out where None."""
    given = CALL | {"--table": str(table)}
    given |= {f"--{name}": value for name, value in changed.items()}
    words = [word for name, value in given.items() if value is not None for word in (name, value)]
    return cli.main(["new", key, *words])


def state(root):
    """Every file of a checkout with its content."""
    return {p.relative_to(root): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_it_writes_every_piece_of_a_chapter(checkout, table, capsys):
    before = state(checkout)
    assert call(table) == 0
    after = state(checkout)
    assert {str(path) for path in after if before.get(path) != after[path]} == {
        "_toc.yml",
        "book/references.bib",
        "data/example2025/claims.csv",
        "data/example2025/datapackage.json",
        "data/example2025/runs.csv",
        "notebooks/example2025.md",
        "replication/papers/example2025.py",
        "tests/papers/test_example2025.py",
    }
    written = capsys.readouterr().out
    assert "wrote notebooks/example2025.md" in written
    found = datasets.load("example2025", "runs")
    assert list(found["flops"]) == sorted(found["flops"])
    assert datasets.describe("example2025", "runs").sort[0] == "flops"
    assert datasets.paper("example2025").authors == ("Ann Example", "Bo Second")
    contents = (checkout / "_toc.yml").read_text()
    assert contents.index("file: notebooks/example2025") < contents.index("caption: Results")


@pytest.mark.parametrize(
    ("printed", "expected"), [("alpha=0.049", "reproduced"), ("alpha=0.055", "differs")]
)
def test_what_a_claim_is_expected_to_do_is_what_it_does(checkout, table, printed, expected):
    assert call(table, printed=printed) == 0
    rows = datasets.load("example2025", "claims")
    assert list(rows["expected"]) == [expected]
    assert bool(rows["note"][0]) == (expected == "differs")


def test_a_table_of_other_columns_needs_their_units_only(checkout, tmp_path):
    path = tmp_path / "epochs.csv"
    path.write_text("epochs,error\n1,0.9\n2,0.7\n4,0.5\n8,0.4\n")
    words = ["--column", "epochs:1:Passes over the text", "--column", "error:fraction:Errors"]
    given = CALL | {"--table": str(path), "--input": "epochs", "--response": "error"}
    given["--printed"] = "alpha=0.4"
    pairs = [word for pair in given.items() for word in pair]
    assert cli.main(["new", "example2025", *pairs, *words]) == 0
    units = {f.name: f.unit for f in datasets.describe("example2025", "epochs").fields}
    assert units == {"epochs": "1", "error": "fraction"}
    assert 'x=plot.Quantity("epochs (1)")' in (checkout / "notebooks/example2025.md").read_text()


def test_a_chapter_has_the_shape_and_the_place_of_the_others(checkout, table):
    assert call(table, after="guo2024") == 0
    source = (checkout / "notebooks/example2025.md").read_text()
    assert re.findall("^## (.*)$", source, re.M) == [
        "The idea",
        "The data",
        "The replication",
        "What did not reproduce, and why",
        "Verdicts",
        "What to take away",
        "Exercises",
    ]
    assert "chapter.verdicts()" in source
    chapters = re.findall(r"file: notebooks/(\S+)", (checkout / "_toc.yml").read_text())
    assert chapters[chapters.index("guo2024") + 1] == "example2025"


def test_a_chapter_that_should_follow_none_is_refused(checkout, table, capsys):
    before = state(checkout)
    assert call(table, after="guo2042") == 2
    assert "guo2024" in capsys.readouterr().err
    assert state(checkout) == before


@pytest.mark.parametrize("path", ["", "/results"])
def test_a_source_at_a_commit_is_one(checkout, table, path):
    commit = "13701315b163f1c54642b94ad237b2699187c3ee"
    assert call(table, source=f"https://github.com/example/law/tree/{commit}{path}") == 0
    assert datasets.describe("example2025", "runs").sources[0].commit == commit


REFUSED = {
    "key": ({"key": "Example2025"}, "The key is 'Example2025'"),
    "year": ({"key": "example"}, "example2024"),
    "author": ({"key": "second2025"}, "surname of the first author"),
    "authors": ({"authors": "Ann Example; "}, "--authors has an empty name"),
    "title": ({"title": " "}, "--title is empty"),
    "where": ({"where": ""}, "--where is empty"),
    "url": ({"url": "example.org"}, "--url is 'example.org'"),
    "source": ({"source": "ftp://example.org/a"}, "--source is"),
    "arxiv": ({"arxiv": "2203"}, "--arxiv is '2203'"),
    "arxiv and url": ({"arxiv": "2203.15556"}, "--arxiv is '2203.15556'"),
    "field": ({"printed": "beta=0.3"}, "--printed names 'beta'"),
    "number": ({"printed": "alpha=about 0.3"}, "--printed alpha is 'about 0.3'"),
    "pair": ({"printed": "0.3"}, "write a field and its number"),
    "input": ({"input": "depth"}, "--input is 'depth'; the table has flops"),
    "response": ({"response": "error"}, "--response is 'error'"),
    "same": ({"input": "loss"}, "both 'loss'"),
    "column": ({"column": "depth:1:Layers"}, "--column describes 'depth'"),
    "column fixed": ({"column": "loss:bits:Loss"}, "whose unit is fixed"),
    "column text": ({"column": "depth"}, "write name, unit and meaning"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_entry_that_cannot_be_used_is_named_and_nothing_is_written(
    checkout, table, capsys, case
):
    changed, message = REFUSED[case]
    before = state(checkout)
    assert call(table, **changed) == 1
    assert message in capsys.readouterr().err
    assert state(checkout) == before


TABLES = {
    "few rows": ("flops,loss\n1,2\n2,1\n", "2 rows"),
    "ragged": (RUNS + "1,2\n", "Row 7 of runs.csv has 2 cells, not 4"),
    "no number": (RUNS + "1e21,1e9,1e11,high\n", "loss is 'high'"),
    "below zero": (RUNS + "-1,1e9,1e11,3\n", "flops is '-1'"),
    "empty": (RUNS + "1e21,1e9,1e11,\n", "loss is ''"),
    "capitals": (RUNS.replace("loss", "Loss"), "A column is called 'Loss'"),
    "no unit": (RUNS.replace("tokens", "epochs"), "The column 'epochs' has no unit"),
    "twice": (RUNS.replace("tokens", "params"), "heads that differ"),
}


@pytest.mark.parametrize("case", TABLES)
def test_a_table_that_cannot_be_used_is_refused(checkout, table, capsys, case):
    text, message = TABLES[case]
    table.write_text(text)
    before = state(checkout)
    assert call(table) == 1
    assert message in capsys.readouterr().err
    assert state(checkout) == before


def test_a_file_that_is_not_there_is_named(checkout, tmp_path, capsys):
    assert call(tmp_path / "absent.csv") == 1
    assert "absent.csv" in capsys.readouterr().err
    assert call(tmp_path / "claims.csv") == 1
    assert "the names claims and laws are taken" in capsys.readouterr().err.lower()


def test_nothing_that_exists_is_written_over(checkout, table, capsys):
    assert call(table) == 0
    before = state(checkout)
    assert call(table) == 1
    assert "has been begun" in capsys.readouterr().err
    assert state(checkout) == before
    bibliography = checkout / "book/references.bib"
    bibliography.write_text(bibliography.read_text() + "\n@misc{other2025,\n}\n")
    assert call(table, key="other2025", authors="Ann Other") == 1
    assert "has an entry other2025" in capsys.readouterr().err


def test_a_chapter_that_cannot_be_executed_is_taken_back(checkout, table, capsys, monkeypatch):
    def fail(key, checkout):
        raise ReplicationError("The new chapter could not be executed.")

    monkeypatch.setattr(scaffold.files, "_execute", fail)
    before = state(checkout)
    assert call(table) == 1
    assert "could not be executed" in capsys.readouterr().err
    assert state(checkout) == before
    assert not (checkout / "data" / "example2025").exists()


def test_elsewhere_than_in_a_clone_it_says_so(checkout, table, capsys):
    (checkout / "_toc.yml").unlink()
    assert call(table) == 1
    assert "has no _toc.yml" in capsys.readouterr().err


@pytest.mark.slow
def test_a_new_chapter_passes_the_tests_as_it_is(tmp_path, table):
    """In a whole copy: written, executed, verified, linted and tested by the book's own tests."""
    copy = tmp_path / "copy"
    ignored = shutil.ignore_patterns(".git", ".venv*", "_build", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, copy, ignore=ignored)
    environ = os.environ | {"PYTHONPATH": str(copy)}

    def run(*command):
        done = subprocess.run(
            [sys.executable, *command], cwd=copy, env=environ, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    words = [word for pair in (CALL | {"--table": str(table)}).items() for word in pair]
    run("-m", "replication", "new", "example2025", *words)
    assert "1 reproduced" in run("-m", "replication", "verify", "example2025")
    source = (copy / "notebooks" / "example2025.md").read_text()
    assert len(re.findall(f"<!-- {scaffold.PROMPT}", source)) >= 8
    assert json.loads((copy / "notebooks" / "example2025.ipynb").read_text())["cells"]
    run("-m", "ruff", "check", "replication", "tests/papers", "notebooks/example2025.ipynb")
    run("-m", "ruff", "format", "--check", "replication", "tests/papers/test_example2025.py")
    files = ("test_repository", "test_prose", "test_notebook_pairs", "test_descriptor")
    tests = [f"tests/{name}.py" for name in files]
    tests += ["tests/papers/test_example2025.py", "replication/papers/example2025.py"]
    assert "passed" in run(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "example2025", *tests
    )
