"""The descriptors, one ``datapackage.json`` a folder: found, read and indexed."""

import json
from pathlib import Path
from typing import Any

from replication._memo import cached
from replication.datasets.parsing import parse
from replication.datasets.records import DESCRIPTOR, Descriptor, Paper, Table
from replication.errors import DataError, IntegrityError, one_of_names


def root() -> Path:
    """Return the folder of the data: inside an installed package, else in the checkout.

    Examples
    --------
    >>> (root() / "hoffmann2022" / DESCRIPTOR).is_file()
    True
    """
    package = Path(__file__).resolve().parents[1]
    installed = package / "_data"
    return installed if installed.is_dir() else package.parent / "data"


def folders() -> tuple[str, ...]:
    """Return the names of all folders that have a descriptor, sorted.

    Examples
    --------
    >>> "performance" in folders()
    True
    """
    return tuple(sorted(path.parent.name for path in root().glob(f"*/{DESCRIPTOR}")))


def of(key: str) -> Descriptor:
    """Return what the descriptor of a folder says.

    Raises
    ------
    UnknownNameError
        If no folder of that name has a descriptor.
    DataError
        If something in the descriptor is missing or has a value that cannot be used.
    IntegrityError
        If the descriptor is not JSON, or there is none at all.

    Examples
    --------
    >>> of("hoffmann2022").tables["laws"].how
    'transcribed'
    """
    if not (known := folders()):
        raise IntegrityError(
            f"No {DESCRIPTOR} in {root()}: the package is incomplete. Reinstall it, or restore "
            "the folder with `git checkout -- data`."
        )
    # A key is the name of a folder: anything else would read outside the data folder.
    name = one_of_names("paper", key, known)
    return _index(name, (root() / name / DESCRIPTOR).read_bytes())


@cached
def _index(key: str, raw: bytes) -> Descriptor:
    # The content is part of the cache's key, so an edited descriptor is never served stale.
    return parse(key, decoded(key, raw))


def decoded(key: str, raw: bytes) -> Any:
    """Return the JSON of a descriptor, or say that it is none."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise IntegrityError(
            f"data/{key}/{DESCRIPTOR} is not JSON ({error}). Correct it, or restore it with "
            f"`git checkout -- data/{key}/{DESCRIPTOR}`."
        ) from error


def papers() -> tuple[str, ...]:
    """Return the keys of all papers, sorted.

    Examples
    --------
    >>> "hoffmann2022" in papers()
    True
    """
    return tuple(key for key in folders() if of(key).paper is not None)


def paper(key: str) -> Paper:
    """Return the record of a paper.

    Parameters
    ----------
    key : str
        First author and year: ``"hoffmann2022"``.

    Raises
    ------
    UnknownNameError
        If there is no such paper.
    DataError
        If its descriptor has no record of the paper.

    Examples
    --------
    >>> paper("hoffmann2022").arxiv
    '2203.15556'
    """
    found = of(key).paper
    if found is None:
        raise DataError(
            f"data/{key}/{DESCRIPTOR} has no record of a paper. Add `paper` with title, authors, "
            "year, venue, url, replication, availability and, if there is one, arxiv."
        )
    return found


def tables(key: str | None = None) -> tuple[Table, ...]:
    """Describe all tables, or those of one paper.

    Examples
    --------
    >>> "figure4_points" in [table.name for table in tables("hoffmann2022")]
    True
    """
    keys = folders() if key is None else (key,)
    return tuple(table for key in keys for table in of(key).tables.values())


def describe(key: str, table: str) -> Table:
    """Return title, sources, licence, columns and units of a table.

    Parameters
    ----------
    key : str
        Key of the paper.
    table : str
        Name of the table.

    Raises
    ------
    UnknownNameError
        If the paper or the table is not known.

    Examples
    --------
    >>> points = describe("hoffmann2022", "figure4_points")
    >>> points.rows, points.how
    (245, 'digitised')
    """
    known = of(key).tables
    return known[one_of_names(f"table of {key}", table, known)]
