"""What the labels of the book name: sections, figures, equations, exercises and papers."""

import functools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
import yaml
from markdown_it.token import Token
from pybtex.database import Person, parse_file
from pybtex.richtext import Text

import myst

ROOT = Path(__file__).resolve().parents[2]
# Directives that are counted, by what they are called.
COUNTED = {
    "glue:figure": "Figure",
    "figure": "Figure",
    "table": "Table",
    "list-table": "Table",
    "exercise": "Exercise",
    "exercise-start": "Exercise",
}


@dataclass(frozen=True)
class Label:
    """What a label names: its page, its kind, and its number or heading."""

    page: Path
    kind: str
    text: str


@dataclass(frozen=True)
class Paper:
    """A work of the bibliography: its authors in short, its year, its address."""

    authors: str
    year: str
    address: str


@functools.cache
def of_page(page: Path) -> dict[str, Label]:
    """Read the labels of a page from its source; its title is under the empty label.

    Parameters
    ----------
    page : Path
        A MyST page.

    Returns
    -------
    dict
        Labels by name, numbered as they come.
    """
    cells = jupytext.read(page).cells
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    found: dict[str, Label] = {}
    count: Counter[str] = Counter()
    tokens = myst.parser().parse(text)
    waiting: list[str] = []
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "myst_target":
            waiting.append(token.content)
        elif token.type == "heading_open" and following is not None:
            if token.tag == "h1":
                waiting.append("")
            found |= {name: Label(page, "section", following.content) for name in waiting}
            waiting = []
        elif token.type == "math_block_label":
            count["Equation"] += 1
            found[token.info] = Label(page, "Equation", str(count["Equation"]))
        elif named := myst.directive(token):
            for name, kind, number in _counted(named, count):
                found |= {n: Label(page, kind, number) for n in (name, *waiting) if n}
                waiting = []
    return found


def _counted(directive: myst.Directive, count: Counter[str]) -> Iterator[tuple[str, str, str]]:
    """Count a directive and those within it; give name, kind and number of each."""
    name = str(directive.options.get("name") or directive.options.get("label") or "")
    kind = COUNTED.get(directive.name)
    if directive.name == "math" and name:
        kind = "Equation"
    if kind:
        count[kind] += 1
        yield name, kind, str(count[kind])
    elif directive.name not in ("code-cell", "code", "code-block"):
        for token in _fences(directive.content):
            if inner := myst.directive(token):
                yield from _counted(inner, count)


def _fences(text: str) -> list[Token]:
    return [t for t in myst.parser().parse(text) if t.type in ("fence", "colon_fence")]


@functools.cache
def of_book(root: Path = ROOT) -> dict[str, Label]:
    """Read the labels of all pages in the contents."""
    contents = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    found: dict[str, Label] = {}
    for name in _files(contents):
        if (page := root / f"{name}.md").exists():
            found |= {label: value for label, value in of_page(page).items() if label}
    return found


def _files(part: Any) -> Iterator[str]:
    """Name the pages of a table of contents, whatever its depth."""
    if isinstance(part, list):
        for item in part:
            yield from _files(item)
    elif isinstance(part, dict):
        yield from (part[key] for key in ("root", "file") if key in part)
        yield from _files([value for value in part.values() if isinstance(value, list)])


def title(page: Path) -> str:
    """Return the title of a page, or its name if it has none."""
    named = of_page(page).get("") if page.exists() else None
    return named.text if named else page.stem


@functools.cache
def papers(file: Path = ROOT / "book" / "references.bib") -> dict[str, Paper]:
    """Read the bibliography.

    >>> papers()["hoffmann2022"]
    Paper(authors='Hoffmann et al.', year='2022', address='https://arxiv.org/abs/2203.15556')
    """
    found = {}
    for key, entry in parse_file(file).entries.items():
        names = [_surname(person) for person in entry.persons.get("author", [])]
        short = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
        fields = entry.fields
        address = fields.get("url", "")
        if not address and "doi" in fields:
            address = f"https://doi.org/{fields['doi']}"
        found[key] = Paper(short or _plain(fields["title"]), fields.get("year", ""), address)
    return found


def _surname(person: Person) -> str:
    return _plain(" ".join([*person.prelast_names, *person.last_names]))


def _plain(tex: str) -> str:
    return re.sub(r"\s+", " ", str(Text.from_latex(tex)))
