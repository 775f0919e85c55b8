"""Execute the chapters: ``notebooks/<key>.md`` in, ``notebooks/<key>.ipynb`` out.

The stored notebook holds what a reader sees and nothing that changes from run to run, so
two executions give the same bytes and a difference in review is a difference in content.

    python book/_tools/notebooks.py              execute all chapters
    python book/_tools/notebooks.py hoffmann2022 execute one
    python book/_tools/notebooks.py --check      compare with what is stored, write nothing
"""

import argparse
import base64
import hashlib
import json
import struct
import sys
import tomllib
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Chunks of a PNG that make the picture; the rest names programs, versions and times.
PNG_KEPT = {b"IHDR", b"PLTE", b"tRNS", b"pHYs", b"IDAT", b"IEND"}
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

# A notebook is also opened on its own: on Colab, or beside an editor that has only the
# package. PyPI's `replication` is another project, so the package comes from its repository.
LAUNCH = """\
# Installs what is missing; does nothing where all of it is there.
from importlib.util import find_spec

if find_spec("replication") is None:
    {install}
elif not all(map(find_spec, ("matplotlib", "PIL", "seaborn"))):
    %pip install --quiet "replication[plot]"\
"""
FROM_REPOSITORY = '%pip install --quiet "replication[plot] @ git+{address}"'
BY_HAND = (
    'raise ImportError("Install the book\'s package first: pip install PATH/TO/THE/BOOK[plot]")'
)


def launch_cell(root: Path = ROOT) -> NotebookNode:
    """Make the first code cell of every stored notebook; the book's pages go without it."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    address = project.get("urls", {}).get("Repository", "").rstrip("/")
    install = FROM_REPOSITORY.format(address=address) if address else BY_HAND
    return nbformat.v4.new_code_cell(LAUNCH.format(install=install), metadata={"tags": ["launch"]})


def bare_png(content: bytes) -> bytes:
    """Drop a PNG's textual chunks."""
    if not content.startswith(PNG_SIGNATURE):
        raise ValueError("an image/png output is not a PNG")
    kept, at = [PNG_SIGNATURE], len(PNG_SIGNATURE)
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        end = at + 12 + length
        if content[at + 4 : at + 8] in PNG_KEPT:
            kept.append(content[at:end])
        at = end
    return b"".join(kept)


def read(source: Path) -> NotebookNode:
    """Read a chapter's source as a notebook: launch cell, normalised metadata and cell ids."""
    notebook = jupytext.read(source)
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    code = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    notebook.cells.insert(code[0] if code else len(notebook.cells), launch_cell())
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        digest = hashlib.sha256(f"{cell.cell_type}\0{cell.source}".encode()).hexdigest()[:12]
        seen[digest] = seen.get(digest, 0) + 1
        cell.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
    return notebook


def normalise(notebook: NotebookNode) -> NotebookNode:
    """Strip what differs between two executions of the same source."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = merged(cell.outputs)
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/png" in data:
                png = bare_png(base64.b64decode(data["image/png"]))
                data["image/png"] = base64.b64encode(png).decode()
    return notebook


def merged(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join what a cell printed in pieces: where it is cut depends on the time it took."""
    joined: list[NotebookNode] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def execute(source: Path) -> str:
    """Execute a chapter in a fresh kernel and return the notebook's text."""
    notebook = read(source)
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(source.parent)}},
    )
    client.execute()
    normalise(notebook)
    nbformat.validate(notebook)
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def comparable(text: str) -> Any:
    """Reduce images to their size: pixels differ with the fonts of a machine."""
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            for mime, content in output.get("data", {}).items():
                if mime == "image/png":
                    png = base64.b64decode(content)
                    output["data"][mime] = list(struct.unpack(">II", png[16:24]))
    return notebook


def difference(stored: str, fresh: str) -> str | None:
    """Say which cell of a stored notebook differs from a fresh execution, if one does."""
    old, new = comparable(stored), comparable(fresh)
    if old == new:
        return None
    for index, (before, after) in enumerate(zip(old["cells"], new["cells"], strict=False)):
        if before != after:
            part = next(k for k in after if before.get(k) != after[k])
            return f"cell {index} differs in its {part}:\n{''.join(after['source'])}"
    return "the number of cells or the metadata differ"


def main(arguments: list[str] | None = None, folder: Path = NOTEBOOKS) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("keys", nargs="*", help="chapters to execute; all by default")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args(arguments)
    sources = [folder / f"{key}.md" for key in options.keys] or sorted(folder.glob("*.md"))
    status = 0
    for source in sources:
        if not source.exists():
            known = ", ".join(sorted(p.stem for p in folder.glob("*.md"))) or "none"
            parser.error(f"no chapter {source.stem!r}; there are: {known}")
        target = source.with_suffix(".ipynb")
        text = execute(source)
        if not options.check:
            target.write_text(text, encoding="utf-8")
            print(f"{target.name}: {len(text.encode()) // 1024} KB")
            continue
        stored = target.read_text(encoding="utf-8") if target.exists() else None
        problem = "it is not stored" if stored is None else difference(stored, text)
        if problem:
            status = 1
            print(f"{target.name}: {problem}\nRefresh it with: make notebooks")
        else:
            print(f"{target.name}: as stored")
    return status


if __name__ == "__main__":
    sys.exit(main())
