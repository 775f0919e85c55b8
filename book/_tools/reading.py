"""How long a page takes to read, counted in its source and in what its code shows."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from markdown_it.token import Token
from nbformat import NotebookNode

import myst

WORDS_A_MINUTE = 200
"""A figure or a table takes a minute each."""

WORD = re.compile(r"\w[\w'’.,-]*")
FIGURES = ("glue:figure", "figure", "image")
FOLDED = ("dropdown", "hint", "check")
OUT_OF_SIGHT = {"remove-cell", "hide-cell", "remove-output", "hide-output"}
PREREQUISITES = re.compile(r"^- \*\*Prerequisites:\*\*.*(?:\n(?!- ).+)*", re.MULTILINE)
GIVEN = re.compile(r"^- \*\*Reading time:\*\*.*\n?", re.MULTILINE)


@dataclass
class Amount:
    """What there is to read."""

    words: int = 0
    figures: int = 0
    tables: int = 0

    def minutes(self) -> int:
        """Return the minutes that it takes, rounded.

        >>> Amount(words=500, figures=2, tables=1).minutes()
        6
        """
        return int(self.words / WORDS_A_MINUTE + self.figures + self.tables + 0.5)


def amounts(notebook: NotebookNode, solutions: bool = True) -> tuple[Amount, Amount]:
    """Count a page's main text, and its exercises with or without their solutions.

    What is folded on the page is not counted in the main text.

    Parameters
    ----------
    notebook : NotebookNode
        A page's source with the outputs of its code.
    solutions : bool
        Whether the reader has them.

    Returns
    -------
    tuple of Amount
        The main text, and the section on exercises.
    """
    main, exercises = Amount(), Amount()
    part, heading, solved = main, False, False
    for cell in notebook.cells:
        if cell.cell_type == "code":
            if not (OUT_OF_SIGHT & set(cell.metadata.get("tags", ()))) and (
                solutions or not solved
            ):
                html = (o.get("data", {}).get("text/html", "") for o in cell.outputs)
                part.tables += sum("".join(text).count("<table") for text in html)
            continue
        for token in myst.parser().parse(cell.source):
            if heading:
                part = exercises if token.content == "Exercises" else main
            heading = token.type == "heading_open" and token.tag == "h2"
            if (found := myst.directive(token)) and found.name in (
                "solution-start",
                "solution-end",
            ):
                solved = found.name == "solution-start"
            elif solutions or not solved:
                count(token, part)
    return main, exercises


def count(token: Token, part: Amount) -> None:
    """Add what a token holds to the amount of its part."""
    if token.type == "inline":
        part.words += len(WORD.findall(" ".join(_words(token.children or []))))
    elif token.type == "table_open":
        part.tables += 1
    elif (found := myst.directive(token)) and found.name in FIGURES:
        part.figures += 1
    elif found and found.name not in FOLDED and "dropdown" not in found.options.get("class", ""):
        for inner in myst.parser().parse(found.content):
            count(inner, part)


def _words(tokens: Iterable[Token]) -> Iterable[str]:
    for token in tokens:
        if token.type in ("text", "code_inline"):
            yield token.content
        elif token.type in ("myst_role", "math_inline"):
            yield myst.titled(token.content)[1] or "one"  # a value, a paper, a formula


def sentence(notebook: NotebookNode, solutions: bool = True) -> str:
    """Say how long a page takes.

    Parameters
    ----------
    notebook : NotebookNode
        As for `amounts`.
    solutions : bool
        As for `amounts`.

    Returns
    -------
    str
        The time of the main text, and that of the exercises.
    """
    main, exercises = (max(a.minutes(), 1) for a in amounts(notebook, solutions))
    text = "".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    about = f"about {main} minute{'s' * (main > 1)}"
    if "{exercise-start}" not in text:
        return f"{about}."
    both = "exercises and solutions" if solutions and "{solution-start}" in text else "exercises"
    return f"{about}; {both} another {exercises}, and the time to solve them."


def headed(markdown: str, told: str) -> str:
    r"""Put the reading time into a chapter's head, after what a reader should know.

    >>> headed("- **Prerequisites:** logs.\n- **Notebook:** x.", "about 9 minutes.")
    '- **Prerequisites:** logs.\n- **Reading time:** about 9 minutes.\n- **Notebook:** x.'
    """
    if (found := PREREQUISITES.search(markdown := GIVEN.sub("", markdown))) is None:
        return markdown
    return f"{markdown[: found.end()]}\n- **Reading time:** {told}{markdown[found.end() :]}"
