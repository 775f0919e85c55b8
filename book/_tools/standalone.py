"""A chapter's notebook that reads well on its own: on a code host, in JupyterLab, in Colab.

Its prose is plain Markdown with the values in place, captions stand under their figures, and
what the page folds or hides is folded. Code and outputs are those of the execution.
"""

import ast
import hashlib
import re
import tomllib
from pathlib import Path

import nbformat
from nbformat import NotebookNode

import labels
import reading
from prose import Prose

ROOT = Path(__file__).resolve().parents[2]
SOURCE_FOLDED = {"hide-input", "remove-input", "hide-cell", "remove-cell"}
OUTPUTS_FOLDED = {"hide-output", "remove-output", "hide-cell", "remove-cell"}
ANCHOR = re.compile(r'<a href="([^"]*)">([^<]*)</a>')
LINKS = re.compile(r"^- \*\*Notebook:\*\* (.*)\.(?:\n|$)", re.MULTILINE)
NOTICE = """\
> **A chapter of {book}, executed.** The numbers, figures and tables of the text were computed by
> the cells of this notebook, which is made from {source}. Run it from the top to compute them
> again: the next cell checks that the book's package is there and says what is missing.{read}"""


def standalone(notebook: NotebookNode, page: Path, root: Path = ROOT) -> NotebookNode:
    """Make a page's executed notebook one that stands on its own, in place.

    Parameters
    ----------
    notebook : NotebookNode
        The source with the outputs of its code.
    page : Path
        The source, to which links are relative.
    root : Path
        The checkout.

    Returns
    -------
    NotebookNode
        The same notebook. What was made so before comes out as it was.
    """
    told = reading.sentence(notebook)
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    urls = project.get("urls", {})
    prose = Prose(page, glued(notebook), urls.get("Documentation", ""))
    made: list[NotebookNode] = []
    shown: dict[str, int] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            fold(cell, prose.in_solution)
            shown |= dict.fromkeys(figures(cell), len(made))
            for output in cell.outputs:
                if text := output.get("data", {}).get("text/markdown"):
                    output["data"]["text/markdown"] = head(prose.plain(text), told, page)
            if "launch" in cell.metadata.get("tags", ()):
                made.append(markdown(notice(page, root, urls)))
            made.append(cell)
            continue
        above = [name for name, index in shown.items() if index == len(made) - 1]
        cell.source = head(prose.cell(cell.source, above), told, page)
        if cell.source:
            made.append(cell)
    if missing := sorted(set(prose.captions) - set(shown)):
        raise ValueError(f"{page.name}: no cell shows the figures {', '.join(missing)}")
    order = list(prose.captions)
    for name in sorted(order, key=lambda name: (-shown[name], -order.index(name))):
        made.insert(shown[name] + 1, markdown(prose.captions[name]))
    notebook.cells = made
    return notebook


def glued(notebook: NotebookNode) -> dict[str, str]:
    """Return the texts that a notebook's code keeps for its prose, by name."""
    found = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            about = output.get("metadata", {}).get("scrapbook", {})
            text = output.get("data", {}).get(f"{about.get('mime_prefix', '')}text/plain", "")
            if about and text:
                found[about["name"]] = ast.literal_eval(text) if text[:1] in ("'", '"') else text
    return found


def figures(cell: NotebookNode) -> list[str]:
    """Name the figures that a cell shows and keeps for the text."""
    return [
        output.metadata["scrapbook"]["name"]
        for output in cell.outputs
        if "scrapbook" in output.get("metadata", {})
        and any(mime.startswith("image/") for mime in output.data)
    ]


def fold(cell: NotebookNode, in_solution: bool) -> None:
    """Fold in Jupyter and Colab what the page folds, hides or keeps in a solution."""
    tags = set(cell.metadata.get("tags", ()))
    folded = {}
    if in_solution or SOURCE_FOLDED & tags:
        folded["source_hidden"] = True
    if tags >= {"remove-input", "hide-output"}:
        cell.metadata["scrolled"] = True  # folded too, nothing would say what is there
    elif in_solution or (OUTPUTS_FOLDED & tags and not figures(cell)):
        folded["outputs_hidden"] = True
        cell.metadata["collapsed"] = True
    if folded:
        cell.metadata["jupyter"] = folded
    if "source_hidden" in folded:
        cell.metadata["cellView"] = "form"  # what Colab calls it


def head(text: str, told: str, page: Path) -> str:
    """Complete a chapter's head, and take out the link to the notebook that one reads."""
    if "- **Prerequisites:**" not in text:
        return text
    text = ANCHOR.sub(r"[\2](\1)", reading.headed(text, told))
    own = re.compile(rf"\[download\]\({re.escape(page.stem)}\.ipynb\)(?:, )?")
    text = LINKS.sub(lambda line: own.sub("", line[0]), text)
    return LINKS.sub(lambda line: line[0] if line[1] else "", text).rstrip("\n")


def notice(page: Path, root: Path, urls: dict[str, str]) -> str:
    """Say what the notebook is, where it is from and how to run it."""
    config = (root / "_config.yml").read_text(encoding="utf-8")
    found = re.search(r"^title: (.*)$", config, re.MULTILINE)
    name = f"{page.parent.name}/{page.stem}"
    book, source, read = f"*{found[1]}*" if found else "the book", f"`{name}.md`", ""
    if address := urls.get("Repository", "").rstrip("/"):
        book, source = f"[{book}]({address})", f"[{source}]({address}/blob/main/{name}.md)"
    if address := urls.get("Documentation", "").rstrip("/"):
        read = f" To read it as a page: [{labels.title(page)}]({address}/{name}.html)."
    return NOTICE.format(book=book, source=source, read=read)


def markdown(text: str) -> NotebookNode:
    """Make a Markdown cell whose id comes from its text."""
    cell = nbformat.v4.new_markdown_cell(text)
    cell.id = hashlib.sha256(f"standalone\0{text}".encode()).hexdigest()[:12]
    return cell
