"""A descriptor read and checked: what is missing, unknown or of the wrong kind is refused."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import MISSING, fields
from types import MappingProxyType
from typing import Any, TypeVar

from replication.datasets.records import (
    DESCRIPTOR,
    Descriptor,
    Field,
    Json,
    Paper,
    Runs,
    Shapes,
    Source,
    Table,
)
from replication.errors import DataError, unknown

HOW = ("transcribed", "digitised", "exported", "measured")
"""How the numbers of a table may have been obtained."""
REPLICATIONS = (
    "from the authors' data",
    "re-analysis of another group's data",
    "from printed constants",
    "simulation",
    "own experiment",
)
"""What kind of replication a chapter may be."""
TYPES = ("string", "number", "integer", "date", "boolean", "any")
"""Types of a column, by their names in the Frictionless standard."""
WORKING = {"params": "parameters", "tokens": "tokens", "flops": "FLOPs", "loss": "nats per token"}
"""Units of the columns that the package works on; another unit belongs into the column's name."""

Record = TypeVar("Record")


def parse(key: str, package: Any) -> Descriptor:
    """Turn a descriptor into records, refusing what is missing, unknown or of the wrong kind.

    Parameters
    ----------
    key : str
        Name of the folder.
    package : dict
        The descriptor, as JSON gives it.

    Raises
    ------
    DataError
        If something is missing or has a value that cannot be used; names the property.
    UnknownNameError
        If a name is not one of those expected.
    """
    where = f"data/{key}/{DESCRIPTOR}"
    package = _object(where, package)
    _known(where, package, ("name", "title", "paper", "runs", "shapes", "resources"))
    if package.get("name") != key:
        raise DataError(
            f"name in {where} is {package.get('name')!r}; the folder is called {key!r}."
        )
    resources = package.get("resources")
    if not isinstance(resources, list) or not resources:
        raise DataError(f"resources in {where} must be a list with an object for each table.")
    tables = [_table(where, key, resource) for resource in resources]
    names = [table.name for table in tables]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DataError(f"{where} describes {', '.join(twice)} more than once.")
    found = Descriptor(
        key=key,
        paper=_paper(where, key, package["paper"]) if "paper" in package else None,
        tables=MappingProxyType({table.name: table for table in tables}),
        runs=_record(f"runs in {where}", Runs, package["runs"]) if "runs" in package else None,
        shapes=_record(f"shapes in {where}", Shapes, package["shapes"])
        if "shapes" in package
        else None,
    )
    for part in (found.runs, found.shapes):
        if part is not None and part.table not in found.tables:
            raise unknown(f"table in {where}", part.table, found.tables)
    return found


def _table(where: str, key: str, resource: Any) -> Table:
    name = _object(f"Each of the resources in {where}", resource).get("name")
    if not isinstance(name, str) or not name:
        raise DataError(f"A resource in {where} has no name; the name of its table is expected.")
    where = f"the table {name} in {where}"
    resource = dict(resource)
    path = resource.pop("path", None)
    if path != f"{name}.csv":
        raise DataError(f"path of {where} is {path!r}; {name + '.csv'!r} is expected.")
    schema = _object(f"schema of {where}", resource.pop("schema", {}))
    _known(f"schema of {where}", schema, ("fields", "primaryKey"))
    columns = schema.get("fields")
    if not isinstance(columns, list) or not columns:
        raise DataError(f"schema of {where} has no fields; every column must be described.")
    sources = resource.get("sources")
    if not isinstance(sources, list):
        raise DataError(f"sources of {where} must be a list: where the numbers come from.")
    table = _record(
        where,
        Table,
        resource,
        key=key,
        sources=tuple(_source(f"sources of {where}", source) for source in sources),
        fields=tuple(_field(where, column) for column in columns),
        sort=_names(f"sort of {where}", resource.get("sort", [])),
    )
    if not sources:
        raise DataError(f"sources of {where} is empty; say where the numbers come from.")
    if table.how not in HOW:
        raise unknown(f"how of {where}", table.how, HOW)
    if not table.sort and name != "claims":  # which stand in the order of the paper
        raise DataError(f"sort is missing from {where}; name the columns that order the rows.")
    primary = schema.get("primaryKey", [])
    keys = _names(f"primaryKey of {where}", [primary] if isinstance(primary, str) else primary)
    for column in (*table.sort, *keys):
        if column not in table.columns:
            raise unknown(f"column of {where}", column, table.columns)
    return table


def _field(where: str, column: Any) -> Field:
    found = _record(f"a field of {where}", Field, column)
    where = f"the column {found.name} of {where}"
    if not re.fullmatch("[a-z][a-z0-9_]*", found.name):
        raise DataError(f"name of {where} is not in snake_case, as the names of columns are.")
    if found.type not in TYPES:
        raise unknown(f"type of {where}", found.type, TYPES)
    if found.unit != (unit := WORKING.get(found.name, found.unit)):
        raise DataError(f"unit of {where} is {found.unit!r}; {unit!r} is expected by this name.")
    if found.type == "number" and not found.unit:
        raise DataError(f"unit of {where} is missing; every number has one, '1' if it is a ratio.")
    return found


def _source(where: str, source: Any) -> Source:
    found = _record(f"one of the {where}", Source, source)
    in_repository = "/blob/" in found.path or "/tree/" in found.path
    if not found.path.startswith("https://"):
        raise DataError(f"path of one of the {where} is {found.path!r}; https:// is expected.")
    # A file or folder in somebody's repository is only found again at its commit.
    if found.commit not in found.path or in_repository != bool(found.commit):
        raise DataError(
            f"commit of one of the {where} is {found.commit!r}, its path {found.path}. A file of "
            "a repository is named at its commit, in both; anything else has no commit."
        )
    return found


def _paper(where: str, key: str, record: Any) -> Paper:
    where = f"paper in {where}"
    authors = _names(f"authors of {where}", _object(where, record).get("authors", []))
    found = _record(where, Paper, record, key=key, authors=authors)
    if not authors:
        raise DataError(f"authors of {where} is empty; a list of names is expected.")
    if found.replication not in REPLICATIONS:
        raise unknown(f"replication of {where}", found.replication, REPLICATIONS)
    surname = unicodedata.normalize("NFKD", authors[0].split()[-1].lower())
    expected = f"{surname.encode('ascii', 'ignore').decode()}{found.year}"
    if key != expected:
        raise DataError(
            f"authors and year of {where} make {expected!r}; the folder is called {key!r}. A key "
            "is the first author's surname and the year."
        )
    if not found.url.startswith("https://") or found.arxiv not in found.url:
        raise DataError(
            f"url of {where} is {found.url!r}; an https:// address is expected, that of arXiv if "
            "there is one."
        )
    return found


def _record(where: str, kind: type[Record], given: Any, **parsed: Any) -> Record:
    """Build a record from a JSON object that has its properties, and no others."""
    values = {**_object(where, given), **parsed}
    known = {item.name: item for item in fields(kind)}  # type: ignore[arg-type]
    _known(where, values, known)
    for name, item in known.items():
        optional = item.default is not MISSING or item.default_factory is not MISSING
        if name not in values:
            if not optional:
                raise DataError(f"{name} is missing from {where}.")
        elif name not in parsed:
            _check(f"{name} of {where}", values[name], item.type, optional)
    return kind(**values)


_KINDS: dict[object, str] = {str: "a text", int: "a whole number"}
"""Types of a property that is a plain value; any other is an object."""


def _check(where: str, value: Any, kind: object, optional: bool) -> None:
    """Refuse a value of another JSON type than the property has, or an empty text."""
    words = _KINDS.get(kind, "an object")
    expected: Any = kind if kind in _KINDS else dict
    if not isinstance(value, expected) or isinstance(value, bool):
        raise DataError(f"{where} is {value!r:.40}; {words} is expected.")
    if value == "" and not optional:
        raise DataError(f"{where} is empty; {words} is expected.")


def _object(where: str, value: Any) -> Json:
    if not isinstance(value, dict):
        raise DataError(f"{where} must be a JSON object, and is {value!r:.40}.")
    return value


def _known(where: str, given: Mapping[str, Any], known: Any) -> None:
    for name in given:
        if name not in known:
            raise unknown(f"property of {where}", name, known)


def _names(where: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
        raise DataError(f"{where} is {value!r:.40}; a list of names is expected.")
    return tuple(value)
