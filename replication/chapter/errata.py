"""The errata: what is not as printed, one row a reason, with a link to where it is shown."""

from collections.abc import Iterable
from html import escape
from pathlib import Path

from replication.chapter.letters import UNREAD, erratum_anchor, erratum_id, letter, report
from replication.chapter.numbers import ours_text, printed_text
from replication.chapter.places import VERDICTS, link, place, row_link
from replication.chapter.tables import short_citation
from replication.claims import Judgement

HEADS = ("paper", "where", "printed, and ours", "what is the matter", "reported", "see")
OPEN_NUMBERS = 5
"""Numbers of one row beyond which they are folded."""


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
    >>> shown.count("<tr id=") <= len(differing)
    True
    """
    groups = grouped(items)
    head = "".join(
        f'<th scope="col"{" data-choose" * (name == "paper")}>{name}</th>' for name in HEADS
    )
    body = "\n".join(_row(group, chapters) for group in groups)
    return (
        f'<table class="filterable errata"><caption>{escape(caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
    )


def grouped(items: Iterable[Judgement]) -> list[list[Judgement]]:
    """Return claims in groups of one paper and one reason: each group is an erratum.

    Parameters
    ----------
    items : iterable of Judgement
        Claims with verdicts.

    Returns
    -------
    list of list of Judgement
        In the order of their first claims.

    Examples
    --------
    >>> from replication import verify
    >>> sum(map(len, grouped(verify("besiroglu2024").judgements[:5])))
    5
    """
    groups: dict[tuple[str, str], list[Judgement]] = {}
    for item in items:
        reason = item.claim.note or item.claim.variant
        groups.setdefault((item.claim.paper, reason), []).append(item)
    return list(groups.values())


def _row(group: list[Judgement], chapters: Path) -> str:
    claim = group[0].claim
    numbers = [_number(item, chapters) for item in group]
    shown = "<br>".join(numbers)
    if len(numbers) > OPEN_NUMBERS:
        summary = f"<summary>{len(numbers)} numbers</summary>"
        shown = f"<details>{summary}{shown}</details>"
    remarks = [f"Read as: {claim.variant}." if claim.variant else "", claim.note]
    untestable = all(item.verdict == "untestable" for item in group)
    to_send = "" if untestable else letter(group)
    cells = [
        escape(short_citation(claim.paper)),
        _distinct(escape(item.claim.where) for item in group),
        shown,
        escape(" ".join(filter(None, remarks))) + _letter(to_send),
        _status(group, untestable, to_send),
        _distinct(_links(group, chapters)),
    ]
    shown_as = erratum_anchor(erratum_id(group))
    return f'<tr id="{shown_as}">' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _status(group: list[Judgement], untestable: bool, to_send: str) -> str:
    """Return the name of an erratum, and whether it was reported."""
    name = erratum_id(group)
    address = f'<a href="#{erratum_anchor(name)}"><code>{escape(name)}</code></a>'
    if untestable:
        return address
    if not to_send:
        return f"{address}<br>{UNREAD}"
    return f"{address}<br>reported: {escape(str(report(name)))}"


def _letter(text: str) -> str:
    """Return the text to send to the authors, folded; nothing where there is none."""
    block = f'<div class="highlight"><pre>{escape(text)}</pre></div>'
    return f"<details><summary>text to send</summary>{block}</details>" if text else ""


def _number(item: Judgement, chapters: Path) -> str:
    claim = item.claim
    unit = "" if claim.unit == "1" else f" <small>({escape(claim.unit)})</small>"
    shown = f"{row_link(claim, chapters)} {escape(claim.quantity)}{unit}: "
    shown += escape(printed_text(claim))
    if ours := ours_text(item):
        shown += f"; ours {escape(ours)}"
    return shown


def _links(group: list[Judgement], chapters: Path) -> list[str]:
    """Return where the claims of a row are explained; if nowhere, the row of the first."""
    found = [(place(item.claim, chapters)[0], link(item.claim, chapters)) for item in group]
    explained = [shown for heading, shown in found if heading != VERDICTS]
    return explained or [found[0][1]]


def _distinct(parts: Iterable[str]) -> str:
    return "<br>".join(dict.fromkeys(filter(None, parts)))
