"""The slides of the one-hour talk: its text with the figures and numbers of executed chapters.

``book/talk/slides.md`` is a notebook of text. ``[[figure CHAPTER:NAME]]`` stands for a figure that
a chapter keeps, ``[[CHAPTER:NAME]]`` for a number. Both come from the chapters' executions, so a
slide cannot say anything else than its chapter does.

    python book/_tools/slides.py OUT.ipynb
"""

import argparse
import functools
import re
import sys
from html import escape
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

import executions
import sources
from standalone import glued

ROOT = Path(__file__).resolve().parents[2]
TALK = ROOT / "book" / "talk" / "slides.md"
FIGURE = re.compile(r"\[\[figure ([\w-]+):(\w+)\]\]\s*")
VALUE = re.compile(r"\[\[([\w-]+):([\w.]+)\]\]")


@functools.cache
def chapter(key: str) -> NotebookNode:
    """Give an executed chapter."""
    source = ROOT / "notebooks" / f"{key}.md"
    return executions.execution(source).fill(sources.read(source))


def picture(key: str, name: str) -> str:
    """Give a figure of a chapter as HTML, with what its alt text says."""
    for cell in chapter(key).cells:
        for output in cell.get("outputs", []):
            about = output.get("metadata", {})
            if about.get("scrapbook", {}).get("name") == name and "image/png" in output["data"]:
                alt = about.get("image/png", {}).get("alt") or about.get("alt") or name
                data = "".join(output["data"]["image/png"]).strip()
                return f'<img alt="{escape(str(alt))}" src="data:image/png;base64,{data}">'
    raise ValueError(f"the chapter {key} shows no figure {name!r}")


def value(key: str, name: str) -> str:
    """Give a number that a chapter keeps for its text."""
    found = glued(chapter(key))
    if name not in found:
        raise ValueError(f"the chapter {key} keeps nothing as {name!r}")
    return found[name]


def filled(text: str) -> str:
    """Put numbers and figures into the text of a slide; a figure stands beside the words."""
    text = VALUE.sub(lambda found: escape(value(found[1], found[2])), text)
    if (found := FIGURE.search(text)) is None:
        return text
    before, after = text[: found.start()], text[found.end() :]
    shown = picture(found[1], found[2])
    words = f"<div>\n\n{after.strip()}\n\n</div>"
    return f'{before}<div class="pair"><figure>{shown}</figure>{words}</div>'


def talk(source: Path = TALK) -> NotebookNode:
    """Write the talk as a notebook of slides."""
    notebook = jupytext.read(source)
    for cell in notebook.cells:
        cell.source = filled(cell.source)
    return notebook


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    out = parser.parse_args(arguments).out
    out.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(talk(), out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
