"""The tables a reader sees: claims with verdicts, counts, where the data come from."""

from collections.abc import Iterable, Sequence
from html import escape

from replication import datasets
from replication.chapter.numbers import NBSP, ours_text, printed_text, text
from replication.claims import VERDICTS, Claim, Judgement
from replication.datasets import Table
from replication.datasets.descriptor import Source
from replication.ledger import HEADLINE_KINDS, Ledger

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
        Whether to say of each claim which paper it is from, and of what kind it is.

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
    heads = [
        "claim",
        "quantity",
        "where",
        "provenance*",
        "printed",
        "ours",
        "tolerance",
        "verdict*",
    ]
    if papers:
        heads = ["paper*", *heads[:2], "kind*", *heads[2:]]
    return _table(caption, heads, (_claim_row(item, papers) for item in found.judgements))


def counts_table(found: Ledger, caption: str, *, links: str = "") -> str:
    """Return the number of verdicts per paper as HTML, over measured and arithmetic claims.

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
        A row a paper and, for several, one for all.

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
    return _table(caption, ["paper", *VERDICTS, "inputs and directions"], rows, filterable=False)


def provenance_table(tables: Iterable[Table], caption: str) -> str:
    """Return where data tables come from as HTML, drawn from the descriptor.

    Parameters
    ----------
    tables : iterable of Table
        From `replication.describe`.
    caption : str
        Caption of the table.

    Returns
    -------
    str
        A row a table, and the columns of each in a part that unfolds.

    Examples
    --------
    >>> from replication import describe
    >>> "digitised" in provenance_table([describe("hoffmann2022", "figure4_points")], "Data")
    True
    """
    tables = list(tables)
    rows = [
        [
            (f"<code>{escape(table.key)}/{escape(table.name)}</code>", ""),
            (f"{escape(table.title)}. {escape(table.description)}", ""),
            (f"{table.rows:,}", str(table.rows)),
            (escape(table.how), ""),
            ("; ".join(map(_source, table.sources)), ""),
            (escape(table.licence), ""),
        ]
        for table in tables
    ]
    heads = ["table", "what it is", "rows", "how", "source", "licence"]
    return _table(caption, heads, rows, filterable=False) + "".join(map(_columns, tables))


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
    '± 1\xa0%'
    """
    if claim.tolerance is None:
        words = {"digits": "printed digits", "range": "inside", "order": "same order"}
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
    unit = f", {claim.unit}" if claim.unit != "1" else ""
    quantity = escape(claim.quantity + unit)
    # The notes live with what they explain: a column of their own would be mostly empty.
    remarks = [f"Read as: {claim.variant}." if claim.variant else "", claim.note]
    if remark := " ".join(filter(None, remarks)):
        quantity += f'<br><small class="note">{escape(remark)}</small>'
    cells = [
        (f"<code>{escape(claim.id)}</code>", ""),
        (quantity, ""),
        (escape(claim.where), ""),
        (escape(claim.provenance), ""),
        (escape(printed_text(claim)), _number(claim.printed)),
        _ours(item),
        (escape(tolerance_text(claim)), ""),
        (verdict_html(item.verdict), ""),
    ]
    if papers:
        cells.insert(2, (escape(claim.kind), ""))
        cells.insert(0, (escape(short_citation(claim.paper)), ""))
    return cells


def _ours(item: Judgement) -> Cell:
    answer = item.answer
    if answer is None:
        return "", ""
    shown = escape(ours_text(item))
    if answer.low is not None and answer.high is not None:
        ends = f"{ours_text(item, answer.low)} to {ours_text(item, answer.high)}"
        shown += f"<br><small>{escape(ends)}</small>"
    return shown, "" if isinstance(answer.ours, str) else f"{answer.ours:.6g}"


def _number(printed: str) -> str:
    try:
        return f"{float(printed):.6g}"
    except ValueError:
        return ""


def _counts(found: Ledger) -> list[Cell]:
    counts = found.counts()
    others = sum(item.claim.kind not in HEADLINE_KINDS for item in found.judgements)
    return [(str(number), "") for number in (*(counts[v] for v in VERDICTS), others)]


def _source(source: Source) -> str:
    link = f'<a href="{escape(source.path)}">{escape(source.title)}</a>'
    return link + (f" at <code>{escape(source.commit[:7])}</code>" if source.commit else "")


def _columns(table: Table) -> str:
    rows = [
        [(f"<code>{escape(f.name)}</code>", ""), (escape(f.unit), ""), (escape(f.description), "")]
        for f in table.fields
    ]
    name = f"{table.key}/{table.name}"
    body = _table(f"Columns of {name}", ["column", "unit", "meaning"], rows, filterable=False)
    return f"<details><summary>Columns of <code>{escape(name)}</code></summary>{body}</details>"


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
