"""What the replicated papers report about their fits, as tables of a page."""

from html import escape

import pandas as pd

from replication.chapter.tables import short_citation
from replication.reporting import ANSWERS, ITEMS

CLASSES = dict(zip(ANSWERS, ("said", "partly", "unsaid", "unseen"), strict=True))
SHOWN = {"not seen": '<abbr title="not seen">–</abbr>'}
"""What a cell of the matrix shows instead of the answer."""
READ = {
    "paper": "the paper",
    "repository": "its repository",
    "secondary": "an account of it",
    "": "",
}


def checklist_matrix(answers: pd.DataFrame, caption: str) -> str:
    """Return papers against items as HTML, an answer in each cell.

    Parameters
    ----------
    answers : DataFrame
        The table ``reporting/checklist``, one row a paper and an item.
    caption : str
        Caption of the table.

    Returns
    -------
    str
        A table whose columns are the items of `replication.reporting.ITEMS`.

    Examples
    --------
    >>> import replication as rp
    >>> some = rp.load("reporting", "checklist").query("paper == 'hoffmann2022'")
    >>> checklist_matrix(some, "Reported").count("<td") == len(some)
    True
    """
    names = {one.name.replace("_", " "): escape(one.asked) for one in ITEMS}
    head = "".join(
        f'<th scope="col"><abbr title="{asked}">{name}</abbr></th>' for name, asked in names.items()
    )
    body = []
    for paper, rows in answers.groupby("paper", sort=False):
        said = dict(zip(rows["item"], rows["answer"], strict=True))
        cells = "".join(
            f'<td class="{CLASSES[said[i.name]]}">{SHOWN.get(said[i.name], said[i.name])}</td>'
            for i in ITEMS
        )
        body.append(f'<tr><th scope="row">{escape(short_citation(str(paper)))}</th>{cells}</tr>')
    return (
        f'<table class="checklist"><caption>{escape(caption)}</caption>\n'
        f'<thead><tr><th scope="col">paper</th>{head}</tr></thead>\n'
        f"<tbody>\n{chr(10).join(body)}\n</tbody></table>"
    )


def checklist_rows(answers: pd.DataFrame, caption: str) -> str:
    """Return what each paper says of each item that was seen, as HTML to filter.

    Parameters
    ----------
    answers : DataFrame
        The table ``reporting/checklist``.
    caption : str
        Caption of the table.

    Returns
    -------
    str
        A row for each paper and item of which something was read.

    Examples
    --------
    >>> import replication as rp
    >>> some = rp.load("reporting", "checklist").query("paper == 'hoffmann2022'")
    >>> checklist_rows(some, "All").count("<tr>") - 1, int((some["answer"] != "not seen").sum())
    (11, 11)
    """
    asked = {one.name: one.asked for one in ITEMS}
    heads = {"paper": True, "item": True, "answer": True, "what is said": False, "read in": True}
    head = "".join(
        f'<th scope="col"{" data-choose" * chosen}>{name}</th>' for name, chosen in heads.items()
    )
    body = []
    for row in answers[answers["answer"] != "not seen"].fillna("").itertuples():
        place = ", ".join(filter(None, (READ[str(row.read)], str(row.where))))
        cells = (
            short_citation(str(row.paper)),
            asked[str(row.item)],
            str(row.answer),
            str(row.what),
            place,
        )
        body.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    return (
        f'<table class="filterable"><caption>{escape(caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{chr(10).join(body)}\n</tbody></table>"
    )
