"""The book's own tools: chapters as notebooks, the builder, the environment, plain diffs."""

import base64
import errno
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import jupytext
import pytest
from myst_nb.core.read import read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig

import builder
import environment
import executions
import notebooks as executor
import plain
import sources

CHAPTER = """\
---
kernelspec:
  display_name: Some other name
  language: python
  name: python3
---

# Title

Text.

```{code-cell} ipython3
:tags: [hide-input]

import io
import matplotlib.pyplot as plt
from IPython.display import Image

figure = plt.figure(figsize=(1, 1))
buffer = io.BytesIO()
figure.savefig(buffer, metadata={"Software": "a name and a version"})
plt.close(figure)
Image(buffer.getvalue(), alt="an empty square")
```

Text.

```{code-cell} ipython3
print(6 * 7)
```
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """A small chapter and two executions of it."""
    source = tmp_path_factory.mktemp("notebooks") / "small2024.md"
    source.write_text(CHAPTER)
    return source, executor.execute(source), executor.execute(source)


def test_two_executions_give_the_same_bytes(executed):
    _, first, second = executed
    assert first == second


def test_what_is_stored(executed):
    notebook = json.loads(executed[1])
    assert notebook["metadata"] == sources.METADATA
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids) == 6, "cells of the same source keep different ids"
    _, drawing, printing = (c for c in notebook["cells"] if c["cell_type"] == "code")
    assert drawing["metadata"]["tags"] == ["hide-input"]
    assert drawing["metadata"]["jupyter"] == {"source_hidden": True}
    (shown,) = drawing["outputs"]
    assert shown["metadata"] == {"image/png": {"alt": "an empty square"}}
    png = base64.b64decode(shown["data"]["image/png"])
    assert png.startswith(executions.PNG_SIGNATURE) and b"Software" not in png
    assert printing["outputs"][0]["text"] == "42\n"


def test_check_finds_a_tampered_number_and_writes_nothing(executed, capsys):
    source, text, _ = executed
    target = source.with_suffix(".ipynb")
    tampered = text.replace('"42\\n"', '"43\\n"')
    assert tampered != text
    target.write_text(tampered)
    assert executor.main(["small2024", "--check"], source.parent) == 1
    assert "cell 5 differs in its outputs" in capsys.readouterr().out
    assert target.read_text() == tampered


def test_an_unknown_chapter_is_named_with_the_known_ones(executed, capsys):
    with pytest.raises(SystemExit):
        executor.main(["nobody1999"], executed[0].parent)
    assert "no chapter 'nobody1999'; there are: small2024" in capsys.readouterr().err


def test_a_bare_png_is_required():
    with pytest.raises(ValueError, match="not a PNG"):
        executions.bare_png(b"GIF89a")


def test_a_stored_notebook_begins_by_asking_for_the_package(executed):
    cells = [c for c in json.loads(executed[1])["cells"] if c["cell_type"] == "code"]
    assert cells[0]["metadata"]["tags"] == ["launch"]
    assert cells[0]["outputs"] == [], "where all is there it does nothing"


PROJECT = '[project]\nname = "a-b"\n'
REPOSITORY = 'urls = {Repository = "https://example.org/a/b"}\n'


@pytest.mark.parametrize(
    ("urls", "expected"),
    [
        ("", 'In the book\'s folder install it and run this cell again:  pip install ".[plot]"'),
        (
            REPOSITORY,
            "Install it and run this cell again:  "
            'pip install "a-b[plot] @ git+https://example.org/a/b"',
        ),
    ],
)
def test_what_is_missing_is_told_and_nothing_is_installed(tmp_path, monkeypatch, urls, expected):
    (tmp_path / "pyproject.toml").write_text(PROJECT + urls)
    code = sources.launch_cell(tmp_path).source
    assert ("# %pip" in code) == bool(urls), "on Colab a reader takes the mark away"
    compile(code, "cell", "exec")  # no magic runs of itself
    exec(code, {})  # where all is there it does nothing
    monkeypatch.setitem(sys.modules, "replication.chapter", None)
    with pytest.raises(ImportError) as told:
        exec(code, {})
    assert expected in str(told.value)


def test_a_stored_notebook_that_is_cut_short_is_named_as_such(executed, capsys):
    source, text, _ = executed
    source.with_suffix(".ipynb").write_text(text[: len(text) // 2])
    with pytest.raises(SystemExit, match="is not whole"):
        executor.main(["small2024", "--check"], source.parent)


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "notebook.ipynb"
    path.write_text("old")

    def full(self, text, **options):
        with self.open("w") as file:
            file.write(text[:1])
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        executions.write_whole(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_plain_notebook_shows_cells_outputs_and_the_words_of_figures(executed):
    lines = plain.plain(executed[1]).splitlines()
    assert "--- code (hide-input)" in lines
    assert "print(6 * 7)" in lines
    assert "> 42" in lines
    assert "> figure (png): an empty square" in lines
    assert max(map(len, lines)) < 200, "no picture in its letters"


def test_glued_values_stand_beside_their_names_in_a_plain_notebook():
    about = {"scrapbook": {"name": "alpha", "mime_prefix": "application/papermill.record/"}}
    output = {"data": {"application/papermill.record/text/plain": "'0.34'"}, "metadata": about}
    assert plain.shown(output) == ["[alpha] '0.34'"]
    table = {"data": {"text/html": "<tr><td>a</td><td>1</td></tr><tr><td>b</td></tr>"}}
    assert plain.shown(table) == ["a 1", "b"]


CONFIG = "title: T\nparse: {myst_enable_extensions: []}\nhtml: {favicon: book/_static/f.svg}\n"


@pytest.fixture
def build(tmp_path, monkeypatch):
    """A checkout with nothing to execute, and a Sphinx that writes what it is told."""
    for name in ("pyproject.toml", "_config.yml", "requirements.lock"):
        text = "[project]" if name == "pyproject.toml" else CONFIG
        (tmp_path / name).write_text(text)
    (tmp_path / "_toc.yml").write_text("root: book/index")
    told = {"status": 0, "page": "first"}

    def sphinx(root, area, student):
        made = area / "_build" / "html"
        made.mkdir(parents=True, exist_ok=True)
        (made / "front.html").write_text(told["page"])
        if told["status"] is None:
            raise KeyboardInterrupt
        return told["status"]

    monkeypatch.setattr(builder, "sphinx", sphinx)
    monkeypatch.setattr(builder, "pages", lambda root: [])
    monkeypatch.delenv("BOOK_URL", raising=False)
    return tmp_path, told


def page(root):
    """What a reader sees."""
    return (root / "_build" / "html" / "front.html").read_text()


@pytest.mark.parametrize("end", [1, None])
def test_a_build_that_fails_or_is_stopped_leaves_the_last_good_pages(build, end):
    root, told = build
    assert builder.main([], root) == 0
    (root / "_build" / "html" / "gone.html").write_text("of an older book")
    told.update(status=end, page="broken")
    if end is None:
        with pytest.raises(KeyboardInterrupt):
            builder.main([], root)
    else:
        assert builder.main([], root) == 1
    assert page(root) == "first"
    leftover = root / "_build" / "aside-html" / "leftover"
    leftover.write_text("of the broken build")
    told.update(status=0, page="second")
    assert builder.main([], root) == 0
    assert page(root) == "second"
    assert not leftover.exists(), "nothing is built upon what broke"
    assert not (root / "_build" / "html" / "gone.html").exists()
    assert not list((root / "_build").glob(".html.*")), "nothing is left aside"


def test_the_first_page_leads_on_and_has_an_icon(build):
    root, _ = build
    builder.main([], root)
    text = (root / "_build" / "html" / "index.html").read_text()
    assert 'content="0; url=book/index.html"' in text
    assert '<link rel="icon" href="_static/f.svg">' in text


def test_a_build_goes_on_from_the_last_good_one_unless_the_look_changed(build):
    root, _ = build
    builder.main([], root)
    kept = root / "_build" / "aside-html" / "kept"
    kept.write_text("what Sphinx left")
    builder.main([], root)
    assert kept.exists()
    (root / "_config.yml").write_text(CONFIG.replace("title: T", "title: U"))
    builder.main([], root)
    assert not kept.exists()


def test_nothing_is_built_where_nothing_has_changed(build, monkeypatch, capsys):
    root, told = build
    builder.main([], root)
    told["page"] = "second"
    for name in ("tests/test_new.py", "_build/executed/index.json", ".venv/lib/a.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("no page is made from this")
    assert builder.main([], root) == 0
    assert page(root) == "first"
    assert "Nothing has changed" in capsys.readouterr().out
    changes = [
        lambda: (root / "data").mkdir() or (root / "data" / "t.csv").write_text("a"),
        lambda: (root / "_build" / "html" / "front.html").unlink(),
        lambda: monkeypatch.setenv("BOOK_URL", "https://example.org/"),
    ]
    for number, change in enumerate(changes):
        change()
        told["page"] = f"after change {number}"
        assert builder.main([], root) == 0
        assert page(root) == told["page"]


def test_what_changed_while_the_book_was_built_is_built_next(build, monkeypatch):
    root, told = build
    made = builder.sphinx

    def sphinx(*arguments):
        (root / "late.md").write_text("saved by an editor meanwhile")
        return made(*arguments)

    monkeypatch.setattr(builder, "sphinx", sphinx)
    builder.main([], root)
    told["page"] = "second"
    builder.main([], root)
    assert page(root) == "second"


def test_pages_that_ask_for_every_claim_share_a_kernel(tmp_path):
    texts = {
        "a": "rp.verify()",
        "b": "rp.verify('one2024')",
        "c": "`rp.verify()`",
        "d": "x = verify()",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.md").write_text(f"# T\n\n{text}\n")
    found = builder.groups([tmp_path / f"{name}.md" for name in texts])
    assert [[page.stem for page in group] for group in found] == [["a", "d"], ["b"], ["c"]]


def test_a_delete_that_fails_stops_the_build(build, monkeypatch):
    root, told = build
    builder.main([], root)
    (root / "requirements.lock").write_text("numpy==3")

    def refuse(path, *arguments, **options):
        raise PermissionError(path)

    monkeypatch.setattr(builder.shutil, "rmtree", refuse)
    for _ in range(2):  # and nothing is recorded, so the next one stops as well
        with pytest.raises(PermissionError):
            builder.main([], root)
    assert page(root) == told["page"]


def test_pages_lost_between_two_names_are_found_again(build):
    root, told = build
    builder.main([], root)
    (root / "_build" / "html").rename(root / "_build" / ".html.old")
    (root / "new.md").write_text("# A page\n")
    told["status"] = 1
    assert builder.main([], root) == 1
    assert page(root) == "first"


def test_two_builds_wait_for_each_other(tmp_path):
    entered = []

    def second():
        with builder.alone(tmp_path):
            entered.append("second")

    with builder.alone(tmp_path):
        other = threading.Thread(target=second)
        other.start()
        other.join(0.3)
        entered.append("first")
    other.join(10)
    assert entered == ["first", "second"]


def test_a_page_that_sphinx_would_execute_itself_fails_the_build(build, monkeypatch):
    root, _ = build
    monkeypatch.setattr(builder, "fill_cache", lambda found, folder, root: None)

    class Cache:
        def list_cache_records(self):
            return ["a page that was not filled in"]

    monkeypatch.setattr(builder, "get_cache", lambda folder: Cache())
    assert builder.main([], root) == 1


@pytest.mark.parametrize("source", builder.pages(), ids=lambda source: source.stem)
def test_the_book_reads_the_cells_that_are_executed(source):
    settings = builder.yaml.safe_load((builder.ROOT / "_config.yml").read_text())["parse"]
    syntax = MdParserConfig(enable_extensions=set(settings["myst_enable_extensions"]))
    book = read_myst_markdown_notebook(source.read_text(encoding="utf-8"), syntax)
    ours = jupytext.read(source)
    assert [c.source for c in book.cells if c.cell_type == "code"] == [
        c.source for c in ours.cells if c.cell_type == "code"
    ]


@pytest.mark.parametrize(
    ("text", "draft"),
    [
        ("# T\n\nText.\n", False),
        ("# T\n\n<!-- write: the question -->\n", True),
        ("# T\n\n```{admonition} Draft\n:class: warning\ntext\n```\n", True),
    ],
)
def test_a_draft_is_built_and_not_published(build, monkeypatch, capsys, text, draft):
    root, _ = build
    (root / "notebooks").mkdir()
    (root / "notebooks" / "one2024.md").write_text(text)
    assert builder.drafts(root) == ["one2024"] * draft
    assert builder.main([], root) == 0
    monkeypatch.setenv("BOOK_URL", "https://example.org/")
    assert builder.main([], root) == draft
    assert ("one2024 are drafts" in capsys.readouterr().err) == draft


def test_the_students_notebook_has_the_outputs_and_no_solutions(tmp_path):
    exercise = "```{exercise-start}\n:label: ex-a\n```\nHow much?\n```{exercise-end}\n```\n\n"
    solution = (
        "```{solution-start} ex-a\n:class: dropdown\n```\nSo much.\n\n"
        "```{code-cell} ipython3\nprint(6 * 7)\n```\n\n```{solution-end}\n```\n"
    )
    source = tmp_path / "small2024.md"
    source.write_text(CHAPTER + exercise + solution + CHAPTER[CHAPTER.rindex("Text.") :])
    cells = [c for c in sources.read(source).cells if c.cell_type == "code"]
    outputs = [
        [{"output_type": "stream", "name": "stdout", "text": str(i)}] for i, _ in enumerate(cells)
    ]
    execution = executions.Execution(outputs, 1.0, kept=True)
    notebook = builder.without_solutions(source, execution)
    text = json.dumps(notebook)
    assert "How much?" in text
    assert "So much." not in text and "solution" not in text
    kept = [c for c in notebook.cells if c.cell_type == "code"]
    assert len(kept) == len(cells) - 1
    assert all(c.outputs for c in kept)


def test_the_students_edition_offers_no_file_with_solutions(tmp_path):
    solution = "```{solution-start} ex-a\n```\nSo much.\n```{solution-end}\n```\n"
    source = tmp_path / "notebooks" / "small2024.md"
    made = tmp_path / "html"
    for folder in (source.parent, made / "notebooks", made / "_sources" / "notebooks"):
        folder.mkdir(parents=True)
    for path in (source, made / "_sources" / "notebooks" / "small2024.md"):
        path.write_text(f"{CHAPTER}\n\n{solution}")
    (made / "notebooks" / "small2024.ipynb").write_text("So much.")
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "_config.yml").write_text(CONFIG)
    execution = executions.Execution([[], [], []], 1.0, kept=True)
    builder.strip_solutions({source: execution}, made, tmp_path)
    offered = [path.read_text() for path in made.rglob("*.*") if path.is_file()]
    assert len(offered) == 2
    assert all("print(6 * 7)" in text and "So much" not in text for text in offered)


@pytest.mark.parametrize("source", sorted(executor.NOTEBOOKS.glob("*.md")), ids=lambda p: p.stem)
def test_every_solution_of_the_book_can_be_taken_out(source):
    text = source.read_text(encoding="utf-8")
    assert text.count("{solution-start}") == len(builder.SOLUTION.findall(text))
    assert "{solution" not in builder.SOLUTION.sub("", text)


@pytest.fixture
def steps(tmp_path, monkeypatch):
    """A checkout whose environment is made in no time, and the commands that it took."""
    (tmp_path / "requirements.lock").write_text("numpy==2")
    (tmp_path / "pyproject.toml").write_text("[project]")
    commands = []

    def run(command, check):
        commands.append(" ".join(command))
        if "venv" in command:
            (tmp_path / ".venv").mkdir(exist_ok=True)
            for record in (tmp_path / ".venv").iterdir():
                record.unlink()

    monkeypatch.setattr(environment.subprocess, "run", run)
    return tmp_path, commands


def test_an_environment_is_made_once(steps):
    root, commands = steps
    assert environment.make(root / ".venv", root) == [".locked", ".installed"]
    assert len(commands) == 3
    assert environment.make(root / ".venv", root) == []
    (root / "pyproject.toml").write_text("[project]\n")
    assert environment.make(root / ".venv", root) == [".installed"]
    (root / "requirements.lock").write_text("numpy==3")
    assert environment.make(root / ".venv", root) == [".locked", ".installed"]


def test_two_at_once_make_one_environment(steps):
    root, commands = steps
    both = [
        threading.Thread(target=environment.make, args=(root / ".venv", root)) for _ in range(2)
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(30)
    assert sum("-m venv --clear" in command for command in commands) == 1


def test_an_environment_that_broke_is_made_again(steps, monkeypatch):
    root, _ = steps
    good = environment.subprocess.run

    def fail(command, check):
        good(command, check)
        if "--require-hashes" in command:
            raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(environment.subprocess, "run", fail)
    with pytest.raises(subprocess.CalledProcessError):
        environment.make(root / ".venv", root)
    monkeypatch.setattr(environment.subprocess, "run", good)
    assert environment.make(root / ".venv", root) == [".locked", ".installed"]


def test_an_interpreter_that_will_not_do_is_told(monkeypatch, capsys):
    assert environment.complaint() == ""
    monkeypatch.setattr(environment.sys, "version_info", (3, 10))
    assert environment.main([]) == 1
    assert "Python 3.11 or newer" in capsys.readouterr().err


def test_what_a_killed_process_left_beside_a_file_goes(tmp_path):
    gone, alive = tmp_path / ".a.json.999999999", tmp_path / f".a.json.{os.getppid()}"
    other = tmp_path / ".ab.json.999999999"
    for left in (gone, alive, other):
        left.touch()
    executions.write_whole(tmp_path / "a.json", "{}")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["a.json", alive.name, other.name])


def test_what_cannot_be_written_is_told_in_a_line():
    said = r"a/b cannot be written \(No space left on device\)"
    with pytest.raises(SystemExit, match=said), executions.told():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a/b")
    with pytest.raises(FileNotFoundError), executions.told():
        raise FileNotFoundError(errno.ENOENT, "no such file", "a/b")


def test_pages_written_from_the_package_do_not_make_a_build_stale(build):
    root, _ = build
    before = builder.sources_of(root)
    (root / builder.WRITTEN).mkdir(parents=True)
    (root / builder.WRITTEN / "fit.md").write_text("# `rp.fit`")
    assert builder.sources_of(root) == before
    (root / "book" / "page.md").write_text("# A page")
    assert builder.sources_of(root) != before
