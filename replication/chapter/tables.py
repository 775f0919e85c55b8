"""The tables a reader sees: claims with verdicts, counts, where the data come from."""

import re
from collections.abc import Collection, Sequence
from html import escape

from replication import datasets
from replication.chapter.numbers import NBSP, interval_text, ours_text, printed_text, text
from replication.chapter.places import row
from replication.claims import VERDICTS, Claim, Judgement
from replication.datasets import Source, Table
from replication.ledger import Ledger

Cell = tuple[str, str]
"""Content as HTML, and what the column is sorted by (empty for the content itself)."""

BESIDE = {
    "input": ("input", "inputs"),
    "qualitative": ("direction", "directions"),
    "check": ("check of ours", "checks of ours"),
}
"""The kinds of claims beside the counts, as one and as several are called."""

VERDICTS_IN_WORDS = {
    "reproduced": ("is reproduced", "are reproduced"),
    "differs": ("differs", "differ"),
    "untestable": ("cannot be tested", "cannot be tested"),
    "error": ("could not be computed", "could not be computed"),
}
"""Each verdict as said of one number, and of several."""

BESIDE_IN_WORDS = {"reproduced": "agrees", "untestable": "cannot be tested"}
"""Verdicts of a claim beside the counts, where they do not say that it disagrees."""


def claims_table(
    found: Ledger, caption: str, *, papers: bool = False, anchored: Collection[str] = ()
) -> str:
    """Return the verdict table of claims as HTML.

    Parameters
    ----------
    found : Ledger
        The claims, one row each.
    caption : str
        Caption of the table.
    papers : bool
        Whether to say of each claim which paper it is from.
    anchored : collection of str
        Names of the claims whose rows can be linked to; each shows its own address.

    Returns
    -------
    str
        A table that the book's script lets the reader filter and sort.

    Examples
    --------
    >>> from replication.claims import judge, read
    >>> table = claims_table(Ledger((judge(read("besiroglu2024")[0], 481.9),)), "Claims")
    >>> table.count("<tr"), "481.90" in table
    (2, True)
    """
    heads = ["verdict*", "claim", "quantity", "printed", "ours"]
    if papers:
        heads = ["paper*", *heads]
    rows = [_claim_row(item, papers, item.claim.id in anchored) for item in found.judgements]
    names = [item.claim.id for item in found.judgements]
    anchors = [row(name) if name in anchored else "" for name in names]
    return _table(caption, heads, rows, kind="filterable claims", anchors=anchors)


def counts_table(found: Ledger, caption: str, *, links: str = "") -> str:
    """Return verdicts per paper as HTML, over distinct measured and derived printed numbers.

    Parameters
    ----------
    found : Ledger
        The claims of one or several papers.
    caption : str
        Caption of the table.
    links : str, optional
        Address of a paper's chapter with ``{key}`` for its key.

    Returns
    -------
    str
        A row a paper and, for several, one for all. What was read in the paper or its code is
        counted by verdict; of what is known second-hand the table says how much agrees.

    Examples
    --------
    >>> from replication.claims import judge, read
    >>> found = Ledger((judge(read("besiroglu2024")[0], 481.9),))
    >>> "<td data-sort=" in counts_table(found, "Counts")
    False
    """
    rows: list[list[Cell]] = []
    for key in found.papers():
        name = escape(short_citation(key))
        if links:
            name = f'<a href="{escape(links.format(key=key))}">{name}</a>'
        rows.append([(name, ""), *_counts(found.of(key))])
    if len(rows) > 1:
        rows.append([("all papers", ""), *_counts(found)])
    return _table(caption, ["paper", *VERDICTS, "second-hand", "beside"], rows, kind="listing")


def provenance_table(table: Table) -> str:
    """Return where a data table comes from as HTML, drawn from the descriptor.

    Parameters
    ----------
    table : Table
        From `replication.describe`.

    Returns
    -------
    str
        A row a property; the columns unfold.

    Examples
    --------
    >>> from replication import describe
    >>> "digitised" in provenance_table(describe("hoffmann2022", "figure4_points"))
    True
    """
    columns = "".join(
        f"<li><code>{escape(f.name)}</code> ({escape(f.unit)}): {escape(f.description)}</li>"
        for f in table.fields
    )
    name = f"<code>{escape(table.key)}/{escape(table.name)}</code>"
    rows = {
        "what it is": escape(table.description),
        "rows": f"{table.rows:,}",
        "how": f"{escape(table.how)} from {'; '.join(map(_source, table.sources))}",
        "licence": escape(table.licence),
        "columns": f"<details><summary>{len(table.fields)} columns</summary><ul>{columns}</ul>"
        "</details>",
    }
    body = "\n".join(
        f'<tr><th scope="row">{head}</th><td>{cell}</td></tr>' for head, cell in rows.items()
    )
    caption = f"{name}: {escape(table.title)}"
    return f'<table class="listing"><caption>{caption}</caption>\n<tbody>\n{body}\n</tbody></table>'


def tally_text(found: Ledger) -> str:
    """Return verdicts in words, over distinct measured and derived printed numbers.

    Parameters
    ----------
    found : Ledger
        The claims of one or several papers.

    Returns
    -------
    str
        A sentence on what was read in the paper or its code, one on what is known second-hand,
        and one on inputs, directions and checks of ours, each where there are any.

    Examples
    --------
    >>> from replication.claims import judge, read
    >>> tally_text(Ledger((judge(read("besiroglu2024")[0], 481.9),)))
    'The one distinct printed number read in the paper or its code is reproduced.'
    """
    parts: list[str] = []
    numbers = 0
    for in_print in (True, False):
        counts = found.counts(in_print=in_print)
        if not (number := sum(counts.values())):
            continue
        numbers += number
        where = "read in the paper or its code" if in_print else "known second-hand"
        if number == 1:
            one = f"One more, {where}," if parts else f"The one distinct printed number {where}"
            parts.append(f"{one} {_verdicts_in_words(counts)}.")
            continue
        noun = "more" if parts else "distinct printed numbers"
        parts.append(f"Of {number} {noun} {where}, {_verdicts_in_words(counts)}.")
    if others := found.beside():
        agree = sum(item.verdict == "reproduced" for item in others)
        beside = ("", " beside it", " beside them")[min(numbers, 2)]
        kinds = {item.claim.kind for item in others}
        if len(others) == 1:
            agreeing = BESIDE_IN_WORDS.get(others[0].verdict, "does not agree")
            parts.append(f"The one {BESIDE[kinds.pop()][0]}{beside} {agreeing}.")
        else:
            what = _in_a_row([several for kind, (_, several) in BESIDE.items() if kind in kinds])
            agree = sum(item.verdict == "reproduced" for item in others)
            agreeing = f"{_how_many(agree, len(others))} {'agree' if agree > 1 else 'agrees'}"
            parts.append(f"Of {len(others)} {what}{beside}, {agreeing}.")
    return " ".join(parts)


def _in_a_row(words: list[str]) -> str:
    """Return words as an enumeration with commas and an "and"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _how_many(part: int, whole: int) -> str:
    """Return a part of several things as the subject of a sentence."""
    if part == whole:
        return "both" if whole == 2 else "all"
    return str(part) if part else "none"


def _verdicts_in_words(counts: dict[str, int]) -> str:
    """Return what happened to the counted numbers; of one number, without a subject."""
    present = {verdict: count for verdict, count in counts.items() if count}
    number = sum(present.values())
    if number == 1:
        return VERDICTS_IN_WORDS[next(iter(present))][0]
    if present.keys() <= {"untestable", "error"} and len(present) == 1:
        can = "can be tested" if "untestable" in present else "could be computed"
        return f"{'neither' if number == 2 else 'none'} {can}"
    # Where fates are mixed, the two that matter most are named even if none met them.
    named = present if len(present) == 1 else {"reproduced": 0, "differs": 0} | present
    parts = [
        f"{_how_many(count, number)} {VERDICTS_IN_WORDS[verdict][count > 1]}"
        for verdict, count in named.items()
    ]
    return _in_a_row(parts)


def short_citation(key: str) -> str:
    """Return authors and year of a paper, as in running text.

    Parameters
    ----------
    key : str
        Key of the paper.

    Returns
    -------
    str
        Up to two authors by name.

    Examples
    --------
    >>> short_citation("besiroglu2024")
    'Besiroglu et al. (2024)'
    """
    paper = datasets.paper(key)
    names = [author.split()[-1] for author in paper.authors]
    shown = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    return f"{shown} ({paper.year})"


def tolerance_text(claim: Claim) -> str:
    r"""Return how near ours must come, in a few words.

    Examples
    --------
    >>> from replication.claims import read
    >>> tolerance_text(read("besiroglu2024")[0])
    '± 0.1\xa0%'
    """
    if claim.tolerance is None:
        bound = claim.printed.startswith("..") or claim.printed.endswith("..")
        inside = "a bound" if bound else "inside"
        words = {"digits": "printed digits", "range": inside, "order": "same order"}
        return words.get(claim.tolerance_kind, claim.tolerance_kind)
    number = text(claim.tolerance, "g")
    if claim.tolerance_kind == "rel":
        number = text(100 * claim.tolerance, ".6g") + f"{NBSP}%"
    return f"factor {number}" if claim.tolerance_kind == "factor" else f"± {number}"


def verdict_html(verdict: str) -> str:
    """Return a verdict as the book's styles know it.

    Examples
    --------
    >>> verdict_html("differs")
    '<span class="verdict differs">differs</span>'
    """
    return f'<span class="verdict {escape(verdict)}">{escape(verdict)}</span>'


def _claim_row(item: Judgement, papers: bool, anchored: bool) -> list[Cell]:
    claim = item.claim
    name = f"<code>{_breakable(claim.id)}</code>"
    if anchored:
        name = f'<a href="#{escape(row(claim.id))}">{name}</a>'
    quantity = escape(claim.quantity)
    if claim.unit != "1":
        quantity += f" <small>({escape(claim.unit)})</small>"
    kind = "a check of ours" if claim.kind == "check" else claim.kind
    about = f"{claim.where}; {kind}; {claim.provenance}"
    if claim.family:
        about += f"; one number with the others of {claim.family}"
    quantity += f"<br><small>{escape(about)}</small>"
    # A reason is in sight where the numbers differ, and folded where they agree.
    remarks = [f"Read as: {claim.variant}." if claim.variant else "", claim.note]
    if remark := " ".join(filter(None, remarks)):
        opened = " open" * (item.verdict != "reproduced")
        quantity += f"<details{opened}><summary>note</summary>{escape(remark)}</details>"
    printed = f"{_digits(printed_text(claim))}<br><small>{escape(tolerance_text(claim))}</small>"
    cells = [
        (verdict_html(item.verdict), ""),
        (name, ""),
        (quantity, ""),
        (printed, _number(claim.printed)),
        _ours(item),
    ]
    if papers:
        cells.insert(0, (escape(short_citation(claim.paper)), ""))
    return cells


def _breakable(name: str) -> str:
    """Let a narrow column break an identifier between its parts only."""
    return re.sub(r"([._])(?=.)", r"\1<wbr>", escape(name))


def _digits(number: str) -> str:
    """Let a narrow column break a number of very many digits."""
    return re.sub(r"(\d{6})(?=\d{4})", r"\1<wbr>", escape(number))


def _ours(item: Judgement) -> Cell:
    answer = item.answer
    if answer is None:
        return "", ""
    shown = _digits(ours_text(item))
    if interval := interval_text(item):
        shown += f"<br><small>{escape(interval)}</small>"
    return shown, "" if isinstance(answer.ours, str) else f"{answer.ours:.6g}"


def _number(printed: str) -> str:
    try:
        return f"{float(printed):.6g}"
    except ValueError:
        return ""


def _counts(found: Ledger) -> list[Cell]:
    read, told = (found.counts(in_print=in_print) for in_print in (True, False))
    second_hand = f"{told['reproduced']} of {number}" if (number := sum(told.values())) else "none"
    shown = [*(str(read[verdict]) for verdict in VERDICTS), second_hand, str(len(found.beside()))]
    return [(number, "") for number in shown]


def _source(source: Source) -> str:
    link = f'<a href="{escape(source.path)}">{escape(source.title)}</a>'
    return link + (f" at <code>{escape(source.commit[:7])}</code>" if source.commit else "")


def _table(
    caption: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    kind: str,
    anchors: Sequence[str] = (),
) -> str:
    """Build a table; a head that ends in * gets a list of its values to choose from."""
    head = "".join(
        f'<th scope="col"{" data-choose" * name.endswith("*")}>{escape(name.rstrip("*"))}</th>'
        for name in heads
    )
    body = "\n".join(
        (f'<tr id="{escape(anchor)}">' if anchor else "<tr>")
        + "".join(
            f'<td data-sort="{escape(key)}">{cell}</td>' if key else f"<td>{cell}</td>"
            for cell, key in cells
        )
        + "</tr>"
        for cells, anchor in zip(rows, anchors or [""] * len(rows), strict=True)
    )
    return (
        f'<table class="{kind}"><caption>{escape(caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
    )
