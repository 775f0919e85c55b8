"""Losses of the corpus on other texts than the one that a design is known by."""

from typing import Any

import pandas as pd

from replication.datasets.files import load

ROWS, COLUMNS = "loss_on", "loss_"
"""How a table holds them: a row for each run and text, or a column for each text. Any other entry
of the column ``texts`` of the table of designs names a table that does, by ``run``."""


def texts_of(listed: dict[Any, Any], table: pd.DataFrame) -> list[str]:
    """Return the texts on which the runs of a design were evaluated.

    Parameters
    ----------
    listed : dict
        Its row of the table of designs.
    table : DataFrame
        The rows of the table that holds its runs.

    Returns
    -------
    list of str
        In alphabetical order; none if the source does not name its text.

    Examples
    --------
    >>> runs = pd.DataFrame({"run": ["a"], "loss": [3.0], "loss_c4": [3.2]})
    >>> texts_of({"loss_on": "pile", "texts": "loss_"}, runs)
    ['c4', 'pile']
    """
    how, main = str(listed["texts"]), str(listed["loss_on"])
    if how == ROWS:
        found = set(table["loss_on"])
    elif how == COLUMNS:
        named = [str(name) for name in table.columns]
        found = {n.removeprefix(COLUMNS) for n in named if n.startswith(COLUMNS) and n != ROWS}
    elif how:
        other = _other(how)
        found = set(other.loc[other["run"].isin(table["run"]), "loss_on"])
    else:
        found = set()
    return sorted(map(str, found | {main} - {""}))


def on_text(listed: dict[Any, Any], table: pd.DataFrame, text: str) -> pd.DataFrame:
    """Return the runs of a design with their losses on a text.

    Parameters
    ----------
    listed, table
        As for `texts_of`.
    text : str
        One of those that it returns.

    Returns
    -------
    DataFrame
        The runs that were evaluated on it, with ``loss`` and ``loss_on``.

    Examples
    --------
    >>> runs = pd.DataFrame({"run": ["a"], "loss": [3.0], "loss_c4": [3.2]})
    >>> on_text({"loss_on": "pile", "texts": "loss_"}, runs, "c4")["loss"].tolist()
    [3.2]
    """
    how = str(listed["texts"])
    if how == ROWS:
        table = table[table["loss_on"] == text]
    elif text != listed["loss_on"] and how == COLUMNS:
        table = table.assign(loss=table[COLUMNS + text])
    elif text != listed["loss_on"]:
        other = _other(how)
        own = other.loc[other["loss_on"] == text, ["run", "loss"]]
        table = table.drop(columns="loss").merge(own, on="run", validate="1:1")
    return table.assign(loss_on=text).reset_index(drop=True)


def _other(name: str) -> pd.DataFrame:
    key, _, table = name.partition("/")
    return load(key, table)
