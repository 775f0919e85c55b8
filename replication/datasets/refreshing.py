"""Bringing the descriptors in line with the tables: hashes, counts, and what may be accepted."""

import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from replication.datasets import descriptor, files
from replication.datasets.parsing import parse
from replication.datasets.records import DESCRIPTOR, Table
from replication.errors import DataError, unknown

SCHEMAS = "schemas"
"""Folder with the columns of the tables that every paper may have: claims and laws."""
_ORDER = (
    "name", "path", "title", "description", "how", "licence", "sources", "sort", "schema", "rows",
    "bytes", "hash",
)  # fmt: skip
_WIDTH = 180


def refresh(accept: Iterable[str] = ()) -> tuple[str, ...]:
    """Write row counts, sizes and hashes of all tables into their descriptors.

    Everything is checked before anything is written, and a descriptor is replaced as a whole.
    Tables are put in the order of their names; the columns of ``claims`` and ``laws``, which are
    the same for all papers, are filled in.

    Parameters
    ----------
    accept : iterable of str
        Tables that have changed since they were described, and rightly so: ``"<paper>/<table>"``.
        A table that is new needs no such word.

    Returns
    -------
    tuple of str
        Paths of the tables whose entry changed; empty if nothing did.

    Raises
    ------
    DataError
        If a table is not described, has other columns than described, is not sorted as
        described or has changed without being accepted, or if a descriptor lacks a property or
        has one with a value that cannot be used.
    UnknownNameError
        If a property, or a table to accept, is not known.
    IntegrityError
        If a described file is missing, or a descriptor is not JSON.
    """
    root = descriptor.root()
    known: list[str] = []
    changed: list[Table] = []
    written: dict[Path, str] = {}
    accepted = set(accept)
    refused: list[str] = []
    packages = {}
    for key in descriptor.folders():
        package = _completed(key, descriptor.decoded(key, (root / key / DESCRIPTOR).read_bytes()))
        packages[key] = package, parse(key, package).tables
    for key, (package, tables) in packages.items():
        entries = {entry["name"]: entry for entry in package["resources"]}
        for table in tables.values():
            counted, entry = _counted(table), entries[table.name]
            known.append(f"{key}/{table.name}")
            if any(entry.get(name) != value for name, value in counted.items()):
                changed.append(table)
                if table.hash not in ("", counted["hash"]) and known[-1] not in accepted:
                    refused.append(known[-1])
            entry.update(counted)
        package["resources"] = [entries[name] for name in sorted(entries)]
        text = _text(package) + "\n"
        if text.encode() != (root / key / DESCRIPTOR).read_bytes():
            written[root / key / DESCRIPTOR] = text
    if stray := sorted(accepted - set(known)):
        raise unknown("table to accept", stray[0], known)
    _all_described(root, known)
    if refused:
        names = " ".join(refused)
        raise DataError(
            f"Changed since described: {', '.join(refused)}. If that was intended, run "
            f'`make data ACCEPT="{names}"`; if not, restore them with `git checkout -- data`.'
        )
    for path, text in written.items():
        replace(path, text)
    return tuple(table.path for table in changed)


def replace(path: Path, text: str) -> None:
    """Write a text beside a file, then put it in the file's place: never half of it.

    Parameters
    ----------
    path : Path
        File, which need not exist yet.
    text : str
        Its new content.
    """
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        # A temporary file is its owner's alone; a file in a repository is not.
        os.chmod(beside, path.stat().st_mode if path.exists() else 0o644)
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _completed(key: str, package: Any) -> Any:
    """Return a descriptor with the schemas that are the same for all papers."""
    if not isinstance(package, dict) or not isinstance(package.get("resources"), list):
        parse(key, package)  # which says what is wrong
    package = dict(package)
    resources = []
    for resource in package["resources"]:
        if isinstance(resource, dict):
            resource = dict(resource)
            shared = descriptor.root() / SCHEMAS / f"{resource.get('name')}.json"
            if shared.is_file():
                resource["schema"] = json.loads(shared.read_bytes())
            ordered = {name: resource[name] for name in _ORDER if name in resource}
            resource = ordered | resource
        resources.append(resource)
    return package | {"resources": resources}


def _counted(table: Table) -> dict[str, Any]:
    """Return rows, size and hash of a table, if it is as described."""
    raw = files.read(table)
    frame = files.frame_of(table, raw)
    if table.sort:
        ordered = frame.sort_values(list(table.sort), kind="stable")
        if not ordered.index.equals(frame.index):
            raise DataError(
                f"{files.shown(table)} is not sorted by {', '.join(table.sort)}. Sort its rows, or "
                f"correct `sort` in data/{table.key}/{DESCRIPTOR}."
            )
    return {"rows": len(frame), "bytes": len(raw), "hash": files.digest(raw)}


def _all_described(root: Path, known: Iterable[str]) -> None:
    """Refuse a table that no descriptor knows."""
    found = {path.relative_to(root).with_suffix("").as_posix() for path in root.glob("*/*.csv")}
    if strays := sorted(found - set(known)):
        key, name = strays[0].split("/")
        raise DataError(
            f"Not described in data/{key}/{DESCRIPTOR}: {', '.join(strays)}. Add a resource named "
            f"{name!r} with path, title, description, how, licence, sources and schema, then run "
            "`make data` again."
        )


def _text(value: Any, indent: int = 0, before: int = 0) -> str:
    """Return JSON in which whatever fits into a line stands in one."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or indent + before + len(flat) < _WIDTH:
        return flat
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        names = {name: f"{json.dumps(name, ensure_ascii=False)}: " for name in value}
        items = [head + _text(value[name], indent + 2, len(head)) for name, head in names.items()]
        opening, closing = "{}"
    else:
        items = [_text(item, indent + 2) for item in value]
        opening, closing = "[]"
    body = ",\n".join(inner + item for item in items)
    return f"{opening}\n{body}\n{' ' * indent}{closing}"
