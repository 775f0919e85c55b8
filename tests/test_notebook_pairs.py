"""Each chapter's source and its stored notebook say the same, and a fresh execution agrees."""

import base64
import re
from pathlib import Path

import nbformat
import pytest
from nbval.plugin import IPyNbFile

import notebooks as executor
import sources
from executions import Execution
from standalone import figures

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "notebooks"
KEYS = sorted({p.stem for p in FOLDER.glob("*.md")} | {p.stem for p in FOLDER.glob("*.ipynb")})
LINES_SHOWN = 12
LINES_A_SOLUTION = 25
LINES_FOLDED = 25
FOLDED = {"remove-cell", "remove-input", "hide-input", "hide-cell"}
BYTES_A_FIGURE = 150_000
IMAGE = re.compile(r"(?:application/papermill\.record/)?(image/[\w+.-]+)")

pytestmark = pytest.mark.parametrize("key", KEYS)


def stored(key):
    """The stored notebook of a chapter."""
    path = FOLDER / f"{key}.ipynb"
    assert path.exists(), f"{path.name} is not stored: run make notebooks"
    return nbformat.read(path, as_version=4)


def code_cells(key):
    """The code cells of a chapter."""
    return [cell for cell in stored(key).cells if cell.cell_type == "code"]


def outputs(key):
    """All outputs of a chapter."""
    return [output for cell in code_cells(key) for output in cell.outputs]


def said(cells):
    """All prose."""
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def images(key):
    """All images among a chapter's outputs: mime type, content, metadata of that type."""
    for output in outputs(key):
        for mime, content in output.get("data", {}).items():
            if match := IMAGE.fullmatch(mime):
                metadata = output.metadata
                yield match[1], content, metadata.get(mime, {}) or metadata.get(match[1], {})


def test_the_stored_notebook_is_what_its_source_and_its_outputs_make(key):
    source = FOLDER / f"{key}.md"
    assert source.exists(), f"{key}.ipynb has no source {source.name}"
    ours = [cell.source for cell in sources.read(source).cells if cell.cell_type == "code"]
    cells = code_cells(key)
    assert [c.source for c in cells] == ours, "the source has changed since: run make notebooks"
    execution = Execution([cell.outputs for cell in cells], 0.0, kept=True)
    written = executor.written(source, execution)
    assert (FOLDER / f"{key}.ipynb").read_text(encoding="utf-8") == written


# What only the book's build knows, and what its theme alone gives a look.
RAW = re.compile(r"\{[\w:.-]+\}`|^\s*(?:`{3,}|:{3,})\{|^\([\w.:-]+\)=|</?(?:div|span|a)\b", re.M)


def test_the_prose_is_plain_markdown(key):
    texts = [cell.source for cell in stored(key).cells if cell.cell_type == "markdown"]
    texts += [text for o in outputs(key) if (text := o.get("data", {}).get("text/markdown"))]
    assert [found for text in texts for found in RAW.findall(text)] == []
    for text in texts:
        assert text.count("<details>") == text.count("</details>")
    said = "".join(texts)
    for target in re.findall(r"\]\((?!https?:|#)([^)#]*)", said):
        assert (FOLDER / target).exists(), f"{key}.ipynb links to {target}"


def test_each_figure_stands_above_its_caption_once(key):
    cells = stored(key).cells
    shown = [i for i, c in enumerate(cells) if c.cell_type == "code" for _ in figures(c)]
    captions = re.findall(r"^[*_]Figure (\d+)\. ", said(cells), re.MULTILINE)
    assert captions == [str(number) for number in range(1, len(shown) + 1)]
    for index in shown:
        # A figure of a solution has its caption where the folded text goes on.
        after = re.sub(r"\A<details><summary>[^<]*</summary>\s*", "", cells[index + 1].source)
        assert re.match(r"[*_]Figure \d+\. ", after)


def test_solutions_and_plumbing_are_folded(key):
    folded = ("remove-cell", "remove-input", "hide-input", "hide-cell")
    for cell in code_cells(key):
        if any(tag in cell.metadata.get("tags", ()) for tag in folded):
            assert cell.metadata["jupyter"]["source_hidden"]
    source = sources.read(FOLDER / f"{key}.md")
    exercises = said(source.cells).count("{solution-start}")
    assert said(stored(key).cells).count("Solution</summary>") <= exercises
    prose = [c.source for c in stored(key).cells if "<summary>Solution" in c.source]
    assert bool(prose) == bool(exercises)


def test_a_fresh_execution_gives_what_is_stored(key, request):
    """By nbval's own comparison, on the execution that the book shows too; then figures' words."""
    fresh = executor.executed(FOLDER / f"{key}.md")
    ran = [c for c in nbformat.reads(fresh, as_version=4).cells if c.cell_type == "code"]
    cells = list(IPyNbFile.from_parent(request.node.parent, path=FOLDER / f"{key}.ipynb").collect())
    assert len(cells) == len(ran) > 1, "the source has changed since: run make notebooks"
    differ = []
    for cell, new in zip(cells, ran, strict=True):
        if not cell.compare_outputs(new.outputs, cell.cell.outputs):
            why = "\n".join(cell.comparison_traceback)
            differ.append(f"cell {cell.cell_num} differs:\n{new.source}\n{why}")
    assert differ == []
    stored_text = (FOLDER / f"{key}.ipynb").read_text(encoding="utf-8")
    assert executor.difference(stored_text, fresh) is None


def test_executed_from_top_to_bottom(key):
    counts = [cell.execution_count for cell in code_cells(key)]
    assert counts == list(range(1, len(counts) + 1))


def test_no_errors_and_no_warnings(key):
    bad = [o for o in outputs(key) if o.output_type == "error" or o.get("name") == "stderr"]
    assert bad == []


def test_nothing_changes_from_run_to_run(key):
    shown = [text for o in outputs(key) for text in (o.get("text"), *o.get("data", {}).values())]
    assert [t for t in shown if isinstance(t, str) and re.search(r" at 0x[0-9a-f]{6,}", t)] == []


def test_every_figure_has_alt_text(key):
    for mime, _, metadata in images(key):
        alt = metadata.get("alt", "")
        assert len(alt.split()) >= 5, f"an {mime} output of {key} says too little: {alt!r}"
    for output in outputs(key):
        for tag in re.findall(r"<img\b[^>]*>", output.get("data", {}).get("text/html", "")):
            assert re.search(r'\balt="[^"]+"', tag), tag[:100]


def test_figures_are_light(key):
    sizes = [len(base64.b64decode(content)) for mime, content, _ in images(key) if "png" in mime]
    assert [size for size in sizes if size > BYTES_A_FIGURE] == []


def test_cells_are_short(key):
    """STYLE: the science in at most 12 visible lines; drawing and tables are folded."""
    cells = stored(key).cells
    ends = [i for i, c in enumerate(cells) if re.search(r"^## Exercises", c.source, re.MULTILINE)]
    exercises = ends[0] if ends else len(cells)
    long = []
    for index, cell in enumerate(cells):
        if cell.cell_type != "code":
            continue
        folded = FOLDED & set(cell.metadata.get("tags", ()))
        solution = index > exercises
        most = LINES_FOLDED if folded else LINES_A_SOLUTION if solution else LINES_SHOWN
        if len(cell.source.splitlines()) > most:
            long.append(cell.source)
    assert long == [], "a cell is too long: fold what draws, or move it to the package"
