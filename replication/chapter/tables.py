"""The tables a reader sees: claims with verdicts, counts, where the data come from."""

import re
from collections.abc import Iterable, Sequence
from html import escape

from replication import datasets
from replication.chapter.numbers import NBSP, interval_text, ours_text, printed_text, text
from replication.claims import VERDICTS, Claim, Judgement
from replication.datasets import Source, Table
from replication.ledger import Ledger

Cell = tuple[str, str]
"""Content as HTML, and what the column is sorted by (empty for the content itself)."""


def claims_table(found: Ledger, caption: str, *, papers: bool = False) -> str:
    """Return the verdict table of claims as HTML.

    Parameters
    ----------
    found : Ledger
        The claims, one row each.
    caption : str
        Caption of the table.
    papers : bool
        Whether to say of each claim which paper it is from.

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
    return _table(caption, heads, (_claim_row(item, papers) for item in found.judgements))


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
    return _table(caption, ["paper", *VERDICTS, "second-hand", "beside"], rows, filterable=False)


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
    'Of 1 distinct printed number read in the paper or its code, 1 is reproduced and 0 differ.'
    """
    parts: list[str] = []
    for in_print in (True, False):
        counts = found.counts(in_print=in_print)
        if not (number := sum(counts.values())):
            continue
        where = "read in the paper or its code" if in_print else "known second-hand"
        noun = "more" if parts else f"distinct printed number{'s' * (number > 1)}"
        parts.append(f"Of {number} {noun} {where}, {_verdicts_in_words(counts)}.")
    if others := found.beside():
        agree = sum(item.verdict == "reproduced" for item in others)
        checks = any(item.claim.kind == "check" for item in others)
        what = "inputs, directions and checks of ours" if checks else "inputs and directions"
        parts.append(f"Of {len(others)} {what} beside them, {agree} agree.")
    return " ".join(parts)


def _verdicts_in_words(counts: dict[str, int]) -> str:
    parts = [
        f"{counts['reproduced']} {'is' if counts['reproduced'] == 1 else 'are'} reproduced",
        f"{counts['differs']} {'differs' if counts['differs'] == 1 else 'differ'}",
    ]
    if counts["untestable"]:
        parts.append(f"{counts['untestable']} cannot be tested")
    if counts.get("error"):
        parts.append(f"{counts['error']} could not be computed")
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


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


def _claim_row(item: Judgement, papers: bool) -> list[Cell]:
    claim = item.claim
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
        (f"<code>{_breakable(claim.id)}</code>", ""),
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
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]], *, filterable: bool = True
) -> str:
    """Build a table; a head that ends in * gets a list of its values to choose from."""
    head = "".join(
        f'<th scope="col"{" data-choose" * name.endswith("*")}>{escape(name.rstrip("*"))}</th>'
        for name in heads
    )
    body = "\n".join(
        "<tr>"
        + "".join(
            f'<td data-sort="{escape(key)}">{cell}</td>' if key else f"<td>{cell}</td>"
            for cell, key in row
        )
        + "</tr>"
        for row in rows
    )
    kind = "filterable" if filterable else "listing"
    return (
        f'<table class="{kind}"><caption>{escape(caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
    )
