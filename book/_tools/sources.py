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
# Installs what is missing; does nothing where all of it is there.
from importlib.util import find_spec

if find_spec("replication") is None:
    {install}
elif not all(map(find_spec, ("matplotlib", "PIL", "seaborn"))):
    %pip install --quiet {plot}\
"""
FROM_REPOSITORY = '%pip install --quiet "{name}[plot] @ git+{address}"'
BY_HAND = (
    'raise ImportError("Install the book\'s package first: pip install PATH/TO/THE/BOOK[plot]")'
)


def launch_cell(root: Path = ROOT) -> NotebookNode:
    """Make the first code cell of every stored notebook; the book's pages go without it."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    address = project.get("urls", {}).get("Repository", "").rstrip("/")
    plot = " ".join(f'"{line}"' for line in project["optional-dependencies"]["plot"])
    install = BY_HAND
    if address:
        install = FROM_REPOSITORY.format(name=project["name"], address=address)
    code = LAUNCH.format(install=install, plot=plot)
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
