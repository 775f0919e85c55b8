"""A computed table as a reader sees it: rounded, with units in its heads and a caption."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd
from IPython.display import HTML

from replication.chapter.numbers import text
from replication.errors import unknown


def table(
    frame: pd.DataFrame,
    caption: str,
    formats: Mapping[str, str] | str = ".4g",
    *,
    choose: Sequence[str] | None = None,
    **heads: str,
) -> HTML:
    """Show a data frame as a table of the book.

    Parameters
    ----------
    frame : DataFrame
        What is shown; its index is not, so reset it if it says something.
    caption : str
        What the table shows.
    formats : str or mapping of str to str
        How numbers are written, as for `text`, for all columns or by column; columns not named
        are written with four significant digits.
    choose : sequence of str, optional
        Columns whose values the reader chooses from. If given, the reader can filter and sort
        the table, also where it names no column.
    **heads : str
        Heads of columns, where the column's name will not do.

    Returns
    -------
    HTML
        The table; missing numbers are empty cells.

    Raises
    ------
    UnknownNameError
        If a format, a head or a choice is given for a column that is not there.

    Examples
    --------
    >>> shown = table(pd.DataFrame({"alpha": [0.34731]}), "Exponents", ".3f", alpha="exponent")
    >>> "<td>0.347</td>" in shown.data, "exponent</th>" in shown.data
    (True, True)
    """
    by_column = {} if isinstance(formats, str) else dict(formats)
    _known(by_column, frame)
    _known(heads, frame)
    _known(choose or (), frame)
    common = formats if isinstance(formats, str) else ".4g"
    head = "".join(
        f'<th scope="col"{" data-choose" * (name in (choose or ()))}>'
        f"{escape(heads.get(str(name), str(name)))}</th>"
        for name in frame.columns
    )
    sortable = choose is not None
    kind = "filterable" if sortable else "listing"
    rows = [
        "<tr>"
        + "".join(
            f"<td{_sort_key(value) * sortable}>"
            f"{_cell(value, by_column.get(str(name), common))}</td>"
            for name, value in zip(frame.columns, row, strict=True)
        )
        + "</tr>"
        for row in frame.itertuples(index=False)
    ]
    body = "\n".join(rows)
    return HTML(
        f'<table class="{kind}"><caption>{escape(caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
    )


def _known(names: Iterable[str], frame: pd.DataFrame) -> None:
    """Refuse a name that is not a column, which would otherwise be ignored without a word."""
    for name in names:
        if name not in frame.columns:
            raise unknown("column", name, frame.columns)


def _cell(value: Any, spec: str) -> str:
    """Write one cell."""
    if isinstance(value, str):
        return escape(value)
    if pd.isna(value):
        return ""
    if isinstance(value, int):
        return f"{value:,}"
    return escape(text(float(value), spec))


def _sort_key(value: Any) -> str:
    """Return what a cell is sorted by, where its text would sort otherwise: 1.4T, 1 × 10⁻⁶."""
    if isinstance(value, str) or pd.isna(value):
        return ""
    return f' data-sort="{float(value):.6g}"'
