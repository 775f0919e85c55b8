"""Parts of a JSON file, of the type that they should be, or an error that names file and place."""

import json
from typing import Any

from replication.errors import DataError, IntegrityError, shown

KINDS: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    int: "a whole number",
}


def parse(raw: bytes, file: str) -> dict[str, Any]:
    """Return the object that a JSON file holds.

    Parameters
    ----------
    raw : bytes
        Its content.
    file : str
        Its name, for the message.

    Returns
    -------
    dict
        The object.

    Raises
    ------
    IntegrityError
        If the content is not JSON, or not an object.

    Examples
    --------
    >>> parse(b"[]", "data/datapackage.json")
    Traceback (most recent call last):
        ...
    replication.errors.IntegrityError: data/datapackage.json holds []; an object is expected.
    Correct it, or restore it with `git checkout -- data/datapackage.json`.
    """
    repair = f"Correct it, or restore it with `git checkout -- {file}`."
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise IntegrityError(f"{file} is not JSON ({str(error)[:100]}). {repair}") from error
    if not isinstance(found, dict):
        raise IntegrityError(f"{file} holds {shown(found)}; an object is expected. {repair}")
    return found


def member(record: Any, name: str, kind: type, where: str) -> Any:
    """Return a property of an object in a JSON file.

    Parameters
    ----------
    record : dict
        The object, as parsed.
    name : str
        The property.
    kind : type
        One of `KINDS`.
    where : str
        File and place of the object, for the message.

    Returns
    -------
    object
        Of that type.

    Raises
    ------
    DataError
        If there is no such property, it is of another type, or the record is no object.

    Examples
    --------
    >>> member({"title": 3}, "title", str, "The paper x2026 in data/datapackage.json")
    Traceback (most recent call last):
        ...
    replication.errors.DataError: The paper x2026 in data/datapackage.json has 3 as title; a text is
    expected. Correct it there.
    """
    if not isinstance(record, dict):
        raise DataError(f"{where} is {shown(record)}; an object is expected. Correct it there.")
    if name not in record:
        raise DataError(f"{where} lacks '{name}'; {KINDS[kind]} is expected. Add it there.")
    return of_kind(record[name], kind, f"{where} has", f" as {name}")


def items(record: Any, name: str, kind: type, where: str) -> list[Any]:
    """Return a list of an object in a JSON file, all its items of one type.

    Parameters
    ----------
    record, name, kind, where
        As for `member`; the type is that of the items.

    Returns
    -------
    list
        The items.

    Raises
    ------
    DataError
        If there is no such list, or an item is of another type.

    Examples
    --------
    >>> items({"sort": ["step"]}, "sort", str, "The resource x2026.runs")
    ['step']
    """
    found = member(record, name, list, where)
    return [
        of_kind(v, kind, f"{where} has", f" as item {k} of {name}") for k, v in enumerate(found)
    ]


def of_kind(value: Any, kind: type, before: str, after: str) -> Any:
    """Return a value of a JSON file, or say that it is of another type.

    Examples
    --------
    >>> of_kind(245, int, "The resource x2026.runs has", " as rows")
    245
    """
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise DataError(
            f"{before} {shown(value)}{after}; {KINDS[kind]} is expected. Correct it there."
        )
    return value
