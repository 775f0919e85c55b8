"""How the command line writes numbers and tables."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from replication.errors import Note

PREFIXES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))
WIDE = 180
"""Columns of a table that is not written to a terminal."""


def count(value: float) -> str:
    """Write parameters or tokens as people say them.

    Examples
    --------
    >>> count(70e9), count(1.4e12), count(float("nan"))
    ('70B', '1.4T', '')
    """
    if not np.isfinite(value):
        return ""
    value = float(f"{value:.3g}")
    for size, letter in PREFIXES:
        if abs(value) >= size:
            return f"{value / size:.10g}{letter}"
    return f"{value:g}"


def digits(number: int) -> Callable[[float], str]:
    """Return a writer of numbers to some significant digits, empty for NaN.

    Examples
    --------
    >>> digits(3)(0.12345), digits(3)(float("nan"))
    ('0.123', '')
    """
    return lambda value: "" if np.isnan(value) else f"{value:.{number}g}"


def fixed(number: int) -> Callable[[float], str]:
    """Return a writer of numbers to some decimals, empty for NaN.

    Examples
    --------
    >>> fixed(3)(2.0), fixed(3)(float("nan"))
    ('2.000', '')
    """
    return lambda value: "" if np.isnan(value) else f"{value:.{number}f}"


def percent(value: float) -> str:
    """Write a share in percent, empty for NaN.

    Examples
    --------
    >>> percent(0.0123)
    '1.2 %'
    """
    return "" if np.isnan(value) else f"{100 * value:.2g} %"


def show_table(
    rows: Iterable[Sequence[str]], head: Sequence[str], title: str = "", words: Sequence[str] = ()
) -> None:
    """Print a table to the standard output: the first column and `words` to the left."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for k, name in enumerate(head):
        table.add_column(
            name,
            justify="left" if k == 0 or name in words else "right",
            overflow="fold",
        )
    for row in rows:
        table.add_row(*row)
    if title:
        print(title)
    console().print(table)


def console(error: bool = False) -> Console:
    """Return a console on the stream of this moment, wide where it is no terminal."""
    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else WIDE
    return Console(file=stream, width=width, highlight=False, markup=False)


def show_notes(notes: Iterable[Note], stream: Any = None) -> None:
    """Print notes in plain words, one a line."""
    for note in notes:
        print(f"note {note.code}: {note.message} {note.advice}", file=stream or sys.stdout)


def as_json(value: Any) -> None:
    """Print something as JSON: tables as lists of rows, NaN and infinities as null."""
    print(json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False))


def plain(value: Any) -> Any:
    """Return something as JSON can hold it.

    Examples
    --------
    >>> plain({"a": np.float64("nan"), "b": pd.DataFrame({"x": [1.0]}), "c": (1, "t")})
    {'a': None, 'b': [{'x': 1.0}], 'c': [1, 't']}
    """
    if isinstance(value, pd.DataFrame):
        named = value if isinstance(value.index, pd.RangeIndex) else value.reset_index()
        return [plain(row) for row in named.to_dict("records")]
    if isinstance(value, Note):
        return {"code": value.code, "message": value.message, "advice": value.advice}
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, np.ndarray | list | tuple | set):
        return [plain(one) for one in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)
