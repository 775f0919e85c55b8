"""The files of the tables: reading, checking and counting them."""

import csv
import hashlib
import io
from collections.abc import Mapping

import pandas as pd

from replication import laws
from replication.datasets import descriptor
from replication.datasets.descriptor import describe
from replication.datasets.records import DESCRIPTOR, Field, Table
from replication.errors import DataError, IntegrityError, unknown


def load(key: str, table: str) -> pd.DataFrame:
    """Load a table, after checking that the file is the one described.

    Parameters
    ----------
    key : str
        Key of the paper: ``"hoffmann2022"``.
    table : str
        Name of the table: ``"figure4_points"``.

    Returns
    -------
    pandas.DataFrame
        One row a run or a point. Every numeric column is float64, counts included, because
        ``6 * params * tokens`` overflows 64-bit integers; units are in `describe`. A missing
        number is NaN, a missing text is the empty string.

    Raises
    ------
    UnknownNameError
        If the paper or the table is not known.
    IntegrityError
        If the file is missing, or is not the file that the descriptor describes.

    Examples
    --------
    >>> runs = load("hoffmann2022", "figure4_points")
    >>> len(runs), str(runs["params"].dtype)
    (245, 'float64')
    """
    described = describe(key, table)
    frame = frame_of(described, _checked(described))
    if len(frame) != described.rows:
        raise IntegrityError(
            f"{shown(described)} has {len(frame)} rows, the descriptor says {described.rows}. "
            "Run `make data` to count again."
        )
    return frame


def published(key: str, name: str) -> laws.Law:
    """Return a law with the coefficients that a paper published.

    Parameters
    ----------
    key : str
        Key of the paper.
    name : str
        Name of the set in ``data/<key>/laws.csv``: ``"printed"``.

    Returns
    -------
    Law
        An instance of the class named in the table; losses in nats per token.

    Raises
    ------
    UnknownNameError
        If the paper has no set of that name.
    DataError
        If the set names several laws, or not the coefficients of its law.

    Examples
    --------
    >>> published("hoffmann2022", "printed").alpha
    0.34
    """
    frame = load(key, "laws")
    rows = frame[[known == name for known in frame["name"]]]  # a list, say, is no name
    if rows.empty:
        raise unknown(f"coefficient set of {key}", name, frame["name"].unique())
    names = rows["law"].unique()
    if len(names) != 1:
        raise DataError(
            f"data/{key}/laws.csv gives the set {name!r} to {len(names)} laws "
            f"({', '.join(names)}): one set is one law, so correct the column `law`."
        )
    values: Mapping[str, float] = dict(zip(rows["coefficient"], rows["value"], strict=True))
    law = laws.by_name(str(names[0]))
    try:
        return law(**values)
    except TypeError as error:
        raise DataError(
            f"data/{key}/laws.csv gives {law.__name__} the coefficients {', '.join(values)}, which "
            f"do not fit: {error}. Correct the column `coefficient`."
        ) from error


def status(table: Table) -> str:
    """Return ``ok``, ``altered`` or ``missing`` for the file of a table.

    Examples
    --------
    >>> status(describe("hoffmann2022", "laws"))
    'ok'
    """
    path = descriptor.root() / table.path
    if not path.is_file():
        return "missing"
    return "ok" if digest(path.read_bytes()) == table.hash else "altered"


def shown(table: Table) -> str:
    """Return the place of a table's file, for messages."""
    return f"data/{table.path}"


def digest(raw: bytes) -> str:
    """Return the hash of a file, as the descriptor writes it."""
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def read(table: Table) -> bytes:
    """Return the bytes of a table's file."""
    path = descriptor.root() / table.path
    if not path.is_file():
        raise IntegrityError(
            f"{shown(table)} is missing from {descriptor.root()}. Restore it with "
            f"`git checkout -- {shown(table)}`, or reinstall the package."
        )
    return path.read_bytes()


def _checked(table: Table) -> bytes:
    raw = read(table)
    if not table.hash:
        raise IntegrityError(
            f"data/{table.key}/{DESCRIPTOR} has no hash of {shown(table)} yet: run `make data`."
        )
    if (found := digest(raw)) != table.hash:
        raise IntegrityError(
            f"{shown(table)} is not the file that data/{table.key}/{DESCRIPTOR} describes: "
            f"{len(raw)} bytes with {found}, expected {table.bytes} bytes with {table.hash}. "
            f"Restore it with `git checkout -- {shown(table)}` or reinstall the package; if the "
            f"edit was intended, run `make data ACCEPT={table.key}/{table.name}`."
        )
    return raw


def frame_of(table: Table, raw: bytes) -> pd.DataFrame:
    """Return the rows of a table's file, numbers as float64."""
    # Not by `read_csv`: how exactly it reads a decimal depends on its version, and a row that is
    # too long becomes an index without a word.
    header, *rows = list(csv.reader(io.StringIO(raw.decode("utf-8", errors="replace")))) or [[]]
    if tuple(header) != table.columns:
        raise IntegrityError(
            f"{shown(table)} has the columns {', '.join(header) or '(none)'}; the descriptor "
            f"says {', '.join(table.columns)}. Correct whichever is wrong, then run `make data`."
        )
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise DataError(
                f"Row {number} of {shown(table)} has {len(row)} cells, {len(header)} expected. "
                "Correct the row, then run `make data`."
            )
    cells = zip(*rows, strict=True) if rows else ((),) * len(header)
    columns = zip(table.fields, cells, strict=True)
    return pd.DataFrame({field.name: _column(table, field, cell) for field, cell in columns})


def _column(table: Table, field: Field, cells: tuple[str, ...]) -> pd.Series:
    if field.type not in ("number", "integer"):
        return pd.Series(cells, dtype="str")
    try:
        return pd.Series([float(cell or "nan") for cell in cells], dtype="float64")
    except ValueError as error:
        raise DataError(
            f"The column {field.name} of {shown(table)} is described as {field.type}: {error}. "
            "Correct the cell or the description, then run `make data`."
        ) from error
