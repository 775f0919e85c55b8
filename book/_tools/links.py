"""Where references and links of a page lead from its notebook, which stands on its own."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import labels
from labels import Label


class Edit(NamedTuple):
    """A piece of a text, from one offset to another, and what takes its place."""

    start: int
    end: int
    text: str


class Links:
    """The links of one page.

    Parameters
    ----------
    page : Path
        The page's source: links are relative to it.
    site : str
        Where the book is read, if it is published; links to its pages lead there.
    """

    def __init__(self, page: Path, site: str = "") -> None:
        self.page, self.site = page.resolve(), site.rstrip("/")

    def find(self, target: str) -> Label | None:
        """Find what a label names, on this page first."""
        return labels.of_page(self.page).get(target) or labels.of_book().get(target)

    def reference(self, target: str, shown: str | None) -> str:
        """Write a reference to a label of this page or another."""
        label = self.find(target)
        if label is None:
            raise ValueError(f"{self.page.name}: no page has the label {target!r}")
        here = label.page.resolve() == self.page
        if label.kind == "section":
            return self.to_page(label.page, shown or label.text, label.text)
        name = _numbered(label)
        if shown is not None:
            shown = re.sub(r"%s|\{number\}", label.text, shown)
        if here:
            return shown or name
        if shown:
            return self.to_page(label.page, shown)
        return f"{name} of {self.to_page(label.page, None)}"

    def source(self, target: str) -> Path:
        """Resolve a link to another page's source."""
        return (self.page.parent / target.removesuffix(".md")).resolve().with_suffix(".md")

    def to_page(self, page: Path, shown: str | None, section: str = "") -> str:
        """Write a link to a page; a page of the book that is nowhere to be read is its name."""
        text = shown or labels.title(page)
        address = self.address(page, section)
        return f"[{text}]({address})" if address else text

    def address(self, page: Path, section: str = "") -> str:
        """Return where a page is found from a notebook, or nothing."""
        anchor = f"#{quote(section.replace(' ', '-'), safe=',')}" if section else ""
        if page.resolve() == self.page:
            return anchor
        if page.parent.name == "notebooks":
            return f"{page.stem}.ipynb{anchor}"
        return f"{self.site}/{page.parent.name}/{page.stem}.html" if self.site else ""

    def edits(self, content: str, start: int, end: int, target: str) -> Iterator[Edit]:
        """Lead a link to another page's source to its notebook."""
        path, _, part = target.partition("#")
        if path.endswith(".md"):
            page = self.source(path)
            label = labels.of_page(page).get(part) if part and page.exists() else None
        elif label := self.find(path or part):
            page = label.page
        else:
            return  # to another site, to a file, or to a heading of this page
        section = label.text if label and label.kind == "section" else ""
        tail = content.rindex("](", start, end)
        address = self.address(page, section)
        if tail == start + 1:  # no text of its own
            yield Edit(start, end, self.to_page(page, None, section))
        elif address:
            yield Edit(tail, end, f"]({address})")
        else:
            yield Edit(start, start + 1, "")
            yield Edit(tail, end, "")


def _numbered(label: Label) -> str:
    return f"({label.text})" if label.kind == "Equation" else f"{label.kind} {label.text}"
