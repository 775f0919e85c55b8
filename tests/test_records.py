"""Valid JSON of a wrong shape: the error names file, place and what was expected."""

import json
from pathlib import Path
from typing import Any

import pytest

from replication import datasets
from replication.datasets import descriptor
from replication.datasets.records import items, member, parse
from replication.errors import DataError, IntegrityError, ReplicationError

PAPER = {
    "title": "T",
    "authors": ["A"],
    "year": 2024,
    "venue": "V",
    "arxiv": "",
    "url": "U",
    "replication": "simulation",
    "availability": "W",
}
FIELD = {"name": "n", "type": "number", "unit": "1", "description": "D"}
RESOURCE: dict[str, Any] = {
    "name": "x2024.runs",
    "path": "x2024/runs.csv",
    "title": "T",
    "description": "D",
    "how": "exported",
    "licence": "MIT",
    "sources": [{"title": "S", "path": "P"}],
    "sort": [],
    "schema": {"fields": [FIELD]},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(descriptor, "root", lambda: tmp_path)
    return tmp_path


def write(folder: Path, package: Any) -> None:
    (folder / datasets.DESCRIPTOR).write_text(json.dumps(package), encoding="utf-8")


def both(folder: Path, resource: Any = RESOURCE, paper: Any = PAPER) -> None:
    write(folder, {"papers": {"x2024": paper}, "resources": [resource]})


def test_a_small_descriptor_is_read(folder: Path) -> None:
    both(folder)
    (table,) = datasets.tables("x2024")
    assert (table.key, table.columns, table.rows) == ("x2024", ("n",), 0)
    assert datasets.paper("x2024").year == 2024


@pytest.mark.parametrize(
    ("package", "kind", "words"),
    [
        ([], IntegrityError, r"datapackage.json holds \[\]; an object is expected"),
        (None, IntegrityError, "holds None; an object"),
        ("text", IntegrityError, "holds 'text'; an object"),
        ({}, DataError, "datapackage.json lacks 'papers'"),
        ({"papers": []}, DataError, r"datapackage.json has \[\] as papers; an object"),
        ({"papers": {}}, DataError, "lacks 'resources'"),
        ({"papers": {}, "resources": {}}, DataError, r"has {} as resources; a list"),
        ({"papers": {}, "resources": [1]}, DataError, "has 1 as item 0 of resources; an object"),
        ({"papers": {}, "resources": [None]}, DataError, "has None as item 0 of resources"),
        ({"papers": {}, "resources": [{}]}, DataError, "A resource in .* lacks 'name'"),
    ],
)
def test_a_descriptor_of_a_wrong_shape(folder: Path, package: Any, kind: type, words: str) -> None:
    write(folder, package)
    with pytest.raises(kind, match=words):
        datasets.tables()


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"", b"{", b"[" * 100_000, b"NaN,"])
def test_what_is_not_json(folder: Path, raw: bytes) -> None:
    (folder / datasets.DESCRIPTOR).write_bytes(raw)
    for call in (datasets.tables, datasets.papers, datasets.refresh):
        with pytest.raises(IntegrityError, match=r"is not JSON .* restore it"):
            call()


@pytest.mark.parametrize("name", [*RESOURCE])
@pytest.mark.parametrize("value", [None, 1, True, {}, [1], ["a", 2], ...])
def test_a_resource_with_a_part_of_another_type(folder: Path, name: str, value: Any) -> None:
    changed = {k: v for k, v in RESOURCE.items() if k != name}
    both(folder, changed if value is ... else changed | {name: value})
    with pytest.raises(DataError, match=rf"datapackage\.json (lacks|has) .*({name}|fields)"):
        datasets.tables()


@pytest.mark.parametrize("name", [*FIELD])
def test_a_field_without_a_part(folder: Path, name: str) -> None:
    field = {k: v for k, v in FIELD.items() if k != name}
    both(folder, RESOURCE | {"schema": {"fields": [field]}})
    with pytest.raises(DataError, match=rf"A field of x2024\.runs lacks '{name}'"):
        datasets.tables()


@pytest.mark.parametrize(("name", "value"), [("rows", "3"), ("bytes", True), ("hash", 3)])
def test_what_refresh_writes_has_its_type(folder: Path, name: str, value: Any) -> None:
    both(folder, RESOURCE | {name: value})
    with pytest.raises(DataError, match=rf"has .* as {name}; a "):
        datasets.tables()


@pytest.mark.parametrize("name", [*PAPER])
@pytest.mark.parametrize("value", [None, 1.5, {}, ...])
def test_a_paper_with_a_part_of_another_type(folder: Path, name: str, value: Any) -> None:
    changed = {k: v for k, v in PAPER.items() if k != name}
    both(folder, paper=changed if value is ... else changed | {name: value})
    with pytest.raises(DataError, match=rf"The paper x2024 in data/.*\b{name}\b"):
        datasets.paper("x2024")


@pytest.mark.parametrize("paper", [None, [], 3, "text"])
def test_a_paper_that_is_no_object(folder: Path, paper: Any) -> None:
    both(folder, paper=paper)
    with pytest.raises(DataError, match=r"The paper x2024 .* an object is expected"):
        datasets.paper("x2024")


def test_a_schema_in_a_file_of_its_own(folder: Path) -> None:
    both(folder, RESOURCE | {"schema": "runs.json"})
    with pytest.raises(IntegrityError, match=r"names the schema data/runs\.json, which is missing"):
        datasets.tables()
    (folder / "runs.json").write_text("[]")
    with pytest.raises(IntegrityError, match=r"data/runs\.json holds \[\]"):
        datasets.tables()
    (folder / "runs.json").write_text('{"fields": [3]}')
    with pytest.raises(DataError, match=r"data/runs\.json has 3 as item 0 of fields"):
        datasets.tables()
    (folder / "runs.json").write_text(json.dumps({"fields": [FIELD]}))
    assert datasets.tables()[0].columns == ("n",)


@pytest.mark.parametrize("key", [None, 3, ["x"], {}, "x" * 1000])
def test_names_that_are_no_names(key: Any) -> None:
    for call in (
        lambda: datasets.load(key, "laws"),
        lambda: datasets.load("hoffmann2022", key),
        lambda: datasets.published("hoffmann2022", key),
        lambda: datasets.paper(key),
    ):
        with pytest.raises(ReplicationError) as caught:
            call()
        assert len(str(caught.value)) < 400


def test_parts_are_handed_on_as_they_are() -> None:
    record = parse(b'{"a": 1, "b": ["x"]}', "a.json")
    assert (member(record, "a", int, "a.json"), items(record, "b", str, "a.json")) == (1, ["x"])
