"""The files of the tables: reading, checking and counting them."""

import csv
import hashlib
import io
import json
from collections.abc import Mapping

import pandas as pd

from replication import laws
from replication.datasets import descriptor
from replication.datasets.descriptor import DESCRIPTOR, Field, Table, describe
from replication.errors import DataError, IntegrityError, listed, one_of_names


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
    frame = _frame(described, _checked(described))
    if len(frame) != described.rows:
        raise IntegrityError(
            f"{_shown(described)} has {len(frame)} rows, the descriptor says {described.rows}. "
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
    one_of_names(f"coefficient set of {key}", name, frame["name"].unique())
    rows = frame[frame["name"] == name]
    names = rows["law"].unique()
    if len(names) != 1:
        raise DataError(
            f"data/{key}/laws.csv gives the set {name!r} to {len(names)} laws "
            f"({listed(names)}): one set is one law, so correct the column `law`."
        )
    values: Mapping[str, float] = dict(zip(rows["coefficient"], rows["value"], strict=True))
    law = laws.by_name(str(names[0]))
    try:
        return law(**values)
    except TypeError as error:
        raise DataError(
            f"data/{key}/laws.csv gives {law.__name__} the coefficients {listed(values)}, which "
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
    return "ok" if _digest(path.read_bytes()) == table.hash else "altered"


def refresh() -> tuple[str, ...]:
    """Write row counts, sizes and hashes of all tables into the descriptor.

    Returns
    -------
    tuple of str
        Paths of the tables whose entry changed; empty if nothing did.

    Raises
    ------
    DataError
        If a table is not described, has other columns than described, or is not sorted as
        described.
    IntegrityError
        If a described file is missing.
    """
    root = descriptor.root()
    # Parsed afresh: the cached parse is shared by all readers and must not be edited.
    package = descriptor.parsed((root / DESCRIPTOR).read_bytes())
    tables = [descriptor.to_table(resource) for resource in package["resources"]]
    described = {table.path for table in tables}
    found = {path.relative_to(root).as_posix() for path in root.glob("*/*.csv")}
    if strays := sorted(found - described):
        raise DataError(
            f"Not described in data/{DESCRIPTOR}: {listed(strays)}. Add a resource with "
            "title, sources, licence, how and schema, then run `make data` again."
        )
    changed = []
    for resource, table in zip(package["resources"], tables, strict=True):
        raw = _read(table)
        frame = _frame(table, raw)
        if table.sort:
            ordered = frame.sort_values(list(table.sort), kind="stable")
            if not ordered.index.equals(frame.index):
                raise DataError(f"{_shown(table)} is not sorted by {', '.join(table.sort)}.")
        entry = {"rows": len(frame), "bytes": len(raw), "hash": _digest(raw)}
        if any(resource.get(name) != value for name, value in entry.items()):
            resource.update(entry)
            changed.append(table.path)
    text = json.dumps(package, indent=2, ensure_ascii=False) + "\n"
    (root / DESCRIPTOR).write_text(text, encoding="utf-8", newline="\n")
    return tuple(changed)


def _shown(table: Table) -> str:
    return f"data/{table.path}"


def _digest(raw: bytes) -> str:
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def _read(table: Table) -> bytes:
    path = descriptor.root() / table.path
    if not path.is_file():
        raise IntegrityError(
            f"{_shown(table)} is missing from {descriptor.root()}. Restore it with "
            f"`git checkout -- {_shown(table)}`, or reinstall the package."
        )
    return path.read_bytes()


def _checked(table: Table) -> bytes:
    raw = _read(table)
    if (digest := _digest(raw)) != table.hash:
        raise IntegrityError(
            f"{_shown(table)} is not the file that data/{DESCRIPTOR} describes: {len(raw)} bytes "
            f"with {digest}, expected {table.bytes} bytes with {table.hash}. Restore it with "
            f"`git checkout -- {_shown(table)}` or reinstall the package; if the edit was "
            "intended, run `make data`."
        )
    return raw


def _frame(table: Table, raw: bytes) -> pd.DataFrame:
    # Not by `read_csv`: how exactly it reads a decimal depends on its version, and a row that is
    # too long becomes an index without a word.
    header, *rows = list(csv.reader(io.StringIO(raw.decode("utf-8", errors="replace")))) or [[]]
    if tuple(header) != table.columns:
        raise IntegrityError(
            f"{_shown(table)} has the columns {listed(header) or '(none)'}; the descriptor "
            f"says {listed(table.columns)}. Correct whichever is wrong, then run `make data`."
        )
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise DataError(
                f"Row {number} of {_shown(table)} has {len(row)} cells, {len(header)} expected. "
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
            f"The column {field.name} of {_shown(table)} is described as {field.type}: {error}. "
            "Correct the cell or the description, then run `make data`."
        ) from error
