"""The book's own tools: the executor of chapters and the check of what is stale."""

import base64
import json

import pytest

import freshness
import notebooks as executor

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
    assert notebook["metadata"] == executor.METADATA
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids) == 5, "cells of the same source keep different ids"
    _, drawing, printing = (c for c in notebook["cells"] if c["cell_type"] == "code")
    assert drawing["metadata"] == {"tags": ["hide-input"]}
    (shown,) = drawing["outputs"]
    assert shown["metadata"] == {"image/png": {"alt": "an empty square"}}
    png = base64.b64decode(shown["data"]["image/png"])
    assert png.startswith(executor.PNG_SIGNATURE) and b"Software" not in png
    assert printing["outputs"][0]["text"] == "42\n"


def test_check_finds_a_tampered_number_and_writes_nothing(executed, capsys):
    source, text, _ = executed
    target = source.with_suffix(".ipynb")
    tampered = text.replace('"42\\n"', '"43\\n"')
    assert tampered != text
    target.write_text(tampered)
    assert executor.main(["small2024", "--check"], source.parent) == 1
    assert "cell 4 differs in its outputs" in capsys.readouterr().out
    assert target.read_text() == tampered


def test_an_unknown_chapter_is_named_with_the_known_ones(executed, capsys):
    with pytest.raises(SystemExit):
        executor.main(["nobody1999"], executed[0].parent)
    assert "no chapter 'nobody1999'; there are: small2024" in capsys.readouterr().err


def test_a_bare_png_is_required():
    with pytest.raises(ValueError, match="not a PNG"):
        executor.bare_png(b"GIF89a")


@pytest.fixture
def checkout(tmp_path):
    """A checkout in little, with something built."""
    for name, text in {
        "replication/laws.py": "a = 1",
        "data/paper2024/table.csv": "a\n1\n",
        "requirements.lock": "numpy==2",
        "book/_ext/ext.py": "",
        "book/_static/book.css": "",
        "_config.yml": "title: T",
        "pyproject.toml": "[project]",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert freshness.main(tmp_path) == ["numbers", "pages"]
    for product in (".jupyter_cache", ".doctrees", "html"):
        (tmp_path / "_build" / product).mkdir()
    return tmp_path


def built(checkout):
    """What is left of the build."""
    return {p.name for p in (checkout / "_build").iterdir() if p.is_dir()}


def test_nothing_is_dropped_when_nothing_changed(checkout):
    cache = checkout / "replication" / "__pycache__"
    cache.mkdir()
    (cache / "laws.pyc").write_bytes(b"anything")
    assert freshness.main(checkout) == []
    assert built(checkout) == {".jupyter_cache", ".doctrees", "html"}


@pytest.mark.parametrize(
    "changed", ["replication/laws.py", "data/paper2024/table.csv", "requirements.lock"]
)
def test_a_changed_number_drops_the_execution_cache(checkout, changed):
    path = checkout / changed
    path.write_text(path.read_text() + "\n")
    assert freshness.main(checkout) == ["numbers"]
    assert built(checkout) == set()


def test_a_new_or_renamed_table_drops_it_too(checkout):
    table = checkout / "data/paper2024/table.csv"
    table.rename(table.with_name("other.csv"))
    assert freshness.main(checkout) == ["numbers"]


def test_a_changed_page_style_keeps_it(checkout):
    (checkout / "_config.yml").write_text("title: U")
    assert freshness.main(checkout) == ["pages"]
    assert built(checkout) == {".jupyter_cache"}


def test_a_stored_notebook_begins_by_installing_what_is_missing(executed):
    cells = [c for c in json.loads(executed[1])["cells"] if c["cell_type"] == "code"]
    assert cells[0]["metadata"]["tags"] == ["launch"]
    assert cells[0]["outputs"] == [], "where all is there it does nothing"


@pytest.mark.parametrize(
    ("urls", "expected"),
    [
        ("", "raise ImportError"),
        ('[project.urls]\nRepository = "https://example.org/a/b"\n', "git+https://example.org/a/b"),
    ],
)
def test_the_package_is_installed_from_its_repository_or_not_at_all(tmp_path, urls, expected):
    (tmp_path / "pyproject.toml").write_text(f'[project]\nname = "replication"\n{urls}')
    source = executor.launch_cell(tmp_path).source
    assert expected in source
    # PyPI has another project of this name: it may only be asked for once ours is there.
    plain = source.index('%pip install --quiet "replication[plot]"')
    assert plain > source.index("elif")
