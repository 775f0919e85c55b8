"""Where a chapter speaks of a claim: the section for a link, and the claim's own row."""

import re
from collections.abc import Mapping
from html import escape
from pathlib import Path

from replication._memo import cached
from replication.claims import Claim, read

VERDICTS = "Verdicts"
"""Section of a chapter with all of its claims."""
PASSED_OVER = ("The question", VERDICTS, "Exercises")
"""Sections that quote claims and do not explain them."""
FOLD = re.compile(r"(?ms)^(`{3,})\{dropdown\} ([^\n]+)\n(.*?)^\1$")
"""A folded block of prose: its fence, title and content."""
QUOTED = re.compile(r"[`\"']([A-Za-z]\w*(?:\.[\w.{}]*)?)[`\"']")
"""What looks like the name of a claim in a role or a string, with braces in an f-string."""
NAMED = re.compile(r"(?m)^% \{claims\}`([^`]+)`$")
"""A comment that names claims of which the text speaks without quoting them."""
KEPT = re.compile(r"\.(printed|ours|verdict|tolerance|interval)$")
"""What is kept of a claim for the text."""

Place = tuple[str, str]
"""A heading and, if a folded block there speaks of the claim, the title of the block."""


def place(claim: Claim, chapters: Path) -> Place:
    """Return where a chapter explains a claim.

    Parameters
    ----------
    claim : Claim
        The claim.
    chapters : Path
        Folder of the chapters' sources.

    Returns
    -------
    tuple of str
        Heading and title of a fold (or an empty text) of the last place that quotes the claim,
        by its name or that of its group, or names it in a comment ``% {claims}`B1 B2.x` ``. If
        there is none, the last that quotes a claim of the same group (``B6.runs`` for
        ``B6.order``); else the section of the verdicts. Both are empty if the paper has no
        chapter.

    Examples
    --------
    >>> from replication.claims import read
    >>> place(read("besiroglu2024")[0], Path("nowhere"))
    ('', '')
    """
    chapter = chapters / f"{claim.paper}.md"
    if not chapter.exists():
        return "", ""
    spoken = _spoken_of(claim.paper, chapter.read_text(encoding="utf-8"))
    parts = claim.id.split(".")
    for length in range(len(parts), 0, -1):
        group = ".".join(parts[:length])
        near = [found for name, found in spoken.items() if _in_group(name, group)]
        if near:
            return near[-1]
    return VERDICTS, ""


def row(claim: str) -> str:
    """Return the anchor of a claim's row among the verdicts of its chapter.

    Examples
    --------
    >>> row("B1.A")
    'claim-B1.A'
    """
    return f"claim-{claim}"


def anchor(heading: str) -> str:
    """Return the anchor of a heading, as docutils makes it.

    Examples
    --------
    >>> anchor("It's here: A & B")
    'its-here-a-b'
    """
    # The apostrophes are typographic by then, and fall out with all else that is not ASCII.
    plain = heading.lower().replace("'", "").encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def link(claim: Claim, chapters: Path) -> str:
    """Return a link to where a chapter explains a claim, as HTML; to its row if it does not.

    Parameters
    ----------
    claim : Claim
        The claim.
    chapters : Path
        Folder of the chapters' sources.

    Returns
    -------
    str
        Empty if the paper has no chapter.

    Examples
    --------
    >>> from replication.claims import read
    >>> link(read("besiroglu2024")[0], Path("nowhere"))
    ''
    """
    heading, fold = place(claim, chapters)
    if not heading:
        return ""
    if heading == VERDICTS:
        return _to(claim, row(claim.id), f"{VERDICTS}, {claim.id}")
    return _to(claim, anchor(heading), fold or heading)


def row_link(claim: Claim, chapters: Path) -> str:
    """Return the name of a claim as HTML, as a link to its row if its paper has a chapter.

    Parameters
    ----------
    claim : Claim
        The claim.
    chapters : Path
        Folder of the chapters' sources.

    Returns
    -------
    str
        The name as code.

    Examples
    --------
    >>> from replication.claims import read
    >>> row_link(read("besiroglu2024")[0], Path("nowhere"))
    '<code>B1.A</code>'
    """
    name = f"<code>{escape(claim.id)}</code>"
    if not (chapters / f"{claim.paper}.md").exists():
        return name
    address = f"../notebooks/{claim.paper}.html#{escape(row(claim.id))}"
    return f'<a href="{address}">{name}</a>'


def _to(claim: Claim, target: str, words: str) -> str:
    address = f"../notebooks/{claim.paper}.html#{escape(target)}"
    return f'<a href="{address}">{escape(words)}</a>'


def _in_group(name: str, group: str) -> bool:
    return f"{name}.".startswith(f"{group}.")


@cached
def _spoken_of(paper: str, text: str) -> Mapping[str, Place]:
    """Return each claim of which a chapter speaks, with the last place, in the places' order."""
    ids = [claim.id for claim in read(paper)]
    found: dict[str, Place] = {}
    # A comment in a cell starts with # as a heading does, but with one only.
    parts = re.split(r"(?m)^##+ (.+)$", text)
    for heading, content in zip(parts[1::2], parts[2::2], strict=True):
        if heading in PASSED_OVER:
            continue
        folds = [(fold[2], fold[3]) for fold in FOLD.finditer(content)]
        for title, block in [("", FOLD.sub("", content)), *folds]:
            # "S" in quotes is a column's name more often than a group of claims.
            names = [name for name in QUOTED.findall(block) if len(name.rstrip(".")) > 1]
            names += [name for line in NAMED.findall(block) for name in line.split()]
            for name in names:
                for claim in _meant(name, ids):
                    found.pop(claim, None)
                    found[claim] = heading, title
    return found


def _meant(name: str, ids: list[str]) -> list[str]:
    """Return the claims that a quoted name stands for."""
    name = KEPT.sub("", name).rstrip(".")
    if "{" not in name:
        return [claim for claim in ids if _in_group(claim, name)]
    pieces = (re.escape(piece) for piece in re.split(r"\{[^{}]*\}", name))
    form = re.compile(".+?".join(pieces) + r"(\..*)?")
    return [claim for claim in ids if form.fullmatch(claim)]
