"""The errata: what is not as printed, one row a reason, with a link to where it is shown."""

import re
from collections.abc import Iterable
from html import escape
from pathlib import Path

from replication.chapter.numbers import ours_text, printed_text
from replication.chapter.tables import short_citation
from replication.claims import Claim, Judgement

HEADS = ("paper", "where", "printed, and ours", "what is the matter", "see")
OPEN_NUMBERS = 5
"""Numbers of one row beyond which they are folded."""
VERDICTS = "Verdicts"
"""Section of a chapter with all of its claims."""
FOLD = re.compile(r"(?ms)^(`{3,})\{dropdown\} ([^\n]+)\n(.*?)^\1$")
"""A folded block of prose: its fence, title and content."""


def errata_table(items: Iterable[Judgement], caption: str, chapters: Path) -> str:
    """Return claims with their reasons as HTML, those that share a reason in one row.

    Parameters
    ----------
    items : iterable of Judgement
        Claims with verdicts.
    caption : str
        Caption of the table.
    chapters : Path
        Folder of the chapters' sources, in which the section that quotes a claim is looked up.

    Returns
    -------
    str
        A table that the book's script lets the reader filter and sort.

    Examples
    --------
    >>> from replication import verify
    >>> differing = [i for i in verify("besiroglu2024").judgements if i.verdict == "differs"]
    >>> shown = errata_table(differing, "Errata", Path("notebooks"))
    >>> shown.count("<tr>") <= len(differing) + 1
    True
    """
    groups: dict[tuple[str, str], list[Judgement]] = {}
    for item in items:
        reason = item.claim.note or item.claim.variant
        groups.setdefault((item.claim.paper, reason), []).append(item)
    head = "".join(
        f'<th scope="col"{" data-choose" * (name == "paper")}>{name}</th>' for name in HEADS
    )
    body = "\n".join(_row(group, chapters) for group in groups.values())
    return (
        f'<table class="filterable"><caption>{escape(caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
    )


def section(claim: Claim, chapters: Path) -> str:
    """Return the heading under which a chapter explains a claim.

    Parameters
    ----------
    claim : Claim
        The claim.
    chapters : Path
        Folder of the chapters' sources.

    Returns
    -------
    str
        The last section that quotes it, the question and the exercises apart, or the title of the
        folded block there that does; else the section of the verdicts; empty if the paper has no
        chapter.

    Examples
    --------
    >>> from replication.claims import read
    >>> section(read("besiroglu2024")[0], Path("nowhere"))
    ''
    """
    heading, fold = _place(claim, chapters)
    return fold or heading


def _place(claim: Claim, chapters: Path) -> tuple[str, str]:
    """Return the heading of `section` and, if a folded block quotes the claim, its title."""
    chapter = chapters / f"{claim.paper}.md"
    if not chapter.exists():
        return "", ""
    # A comment in a cell starts with # as a heading does, but with one only.
    parts = re.split(r"(?m)^##+ (.+)$", chapter.read_text(encoding="utf-8"))
    quoted = re.compile(rf"[`\"']{re.escape(claim.id)}[.`\"']")
    found = (VERDICTS, "")
    for heading, text in zip(parts[1::2], parts[2::2], strict=True):
        if heading in ("The question", "Exercises"):
            continue
        blocks = [("", FOLD.sub("", text)), *((fold[2], fold[3]) for fold in FOLD.finditer(text))]
        for title, block in blocks:
            if quoted.search(block):
                found = heading, title
    return found


def _row(group: list[Judgement], chapters: Path) -> str:
    claim = group[0].claim
    numbers = [_number(item) for item in group]
    shown = "<br>".join(numbers)
    if len(numbers) > OPEN_NUMBERS:
        summary = f"<summary>{len(numbers)} numbers</summary>"
        shown = f"<details>{summary}{shown}</details>"
    remarks = [f"Read as: {claim.variant}." if claim.variant else "", claim.note]
    cells = [
        escape(short_citation(claim.paper)),
        _distinct(escape(item.claim.where) for item in group),
        shown,
        escape(" ".join(filter(None, remarks))),
        _distinct(_link(item.claim, chapters) for item in group),
    ]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _number(item: Judgement) -> str:
    shown = f"{escape(item.claim.quantity)}: {escape(printed_text(item.claim))}"
    if ours := ours_text(item):
        shown += f"; ours {escape(ours)}"
    return shown


def _distinct(parts: Iterable[str]) -> str:
    return "<br>".join(dict.fromkeys(filter(None, parts)))


def _link(claim: Claim, chapters: Path) -> str:
    heading, fold = _place(claim, chapters)
    if not heading:
        return ""
    # As docutils makes the anchor of a heading, whose apostrophes are typographic by then.
    plain = heading.lower().replace("'", "").encode("ascii", "ignore").decode()
    anchor = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return f'<a href="../notebooks/{claim.paper}.html#{anchor}">{escape(fold or heading)}</a>'
