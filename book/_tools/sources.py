"""A page's source as a notebook: normalised metadata, cell ids by content, a launch cell."""

import hashlib
import tomllib
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

# A notebook is also opened on its own: on Colab, or beside an editor that has only the
# package, which may be there without what its figures need.
LAUNCH = """\
# Is the book's package here, with what its figures need? Nothing is installed unasked.
from importlib import import_module

try:
    import_module("replication.chapter")
except ImportError as error:{colab}
    raise ImportError(
        "This notebook needs the book's package. {where}"
        ' and run this cell again:  pip install "{what}"'
    ) from error\
"""
COLAB = """
    # On Colab, take the mark from the next line and run the cell twice.
    # %pip install --quiet "{what}\""""
FROM_REPOSITORY = "{name}[plot] @ git+{address}"
IN_CHECKOUT = "In the book's folder install it"


def launch_cell(root: Path = ROOT) -> NotebookNode:
    """Make the first code cell of every stored notebook; the book's pages go without it."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    address = project.get("urls", {}).get("Repository", "").rstrip("/")
    what, where, colab = ".[plot]", IN_CHECKOUT, ""
    if address:
        what, where = FROM_REPOSITORY.format(name=project["name"], address=address), "Install it"
        colab = COLAB.format(what=what)
    code = LAUNCH.format(what=what, where=where, colab=colab)
    return nbformat.v4.new_code_cell(code, metadata={"tags": ["launch"]})


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
