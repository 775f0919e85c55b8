"""Valid JSON of a wrong shape: the error names the file, the place and what was expected."""

import json
from pathlib import Path
from typing import Any

import pytest

from replication import datasets
from replication.datasets import descriptor
from replication.datasets.parsing import parse
from replication.errors import IntegrityError, ReplicationError

PAPER: dict[str, Any] = {
    "title": "T",
    "authors": ["Ann X"],
    "year": 2024,
    "venue": "V",
    "url": "https://example.org",
    "replication": "simulation",
    "availability": "W",
}
FIELD = {"name": "n", "type": "number", "unit": "1", "description": "D"}
RESOURCE: dict[str, Any] = {
    "name": "runs",
    "path": "runs.csv",
    "title": "T",
    "description": "D",
    "how": "exported",
    "licence": "MIT",
    "sources": [{"title": "S", "path": "https://example.org/table"}],
    "sort": ["n"],
    "schema": {"fields": [FIELD]},
}
PACKAGE: dict[str, Any] = {"name": "x2024", "paper": PAPER, "resources": [RESOURCE]}
# Values of no use, by what a property is; ``...`` leaves it out.
TEXT = (None, 1, 1.5, True, {}, ["a"], "", ...)
LIST = (None, 1, True, {}, "a", [], [1], [["a"]], ["a", 2], ...)
OBJECT = (None, 1, True, "a", [], ["a"])
COUNT = (None, "3", True, 1.5, {}, [3])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(descriptor, "root", lambda: tmp_path)
    (tmp_path / "x2024").mkdir()
    return tmp_path / "x2024"


def changed(record: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    """Return a record with another value of a property, or without it (``...``)."""
    rest = {key: old for key, old in record.items() if key != name}
    return rest if value is ... else rest | {name: value}


def refused(package: Any, *words: str) -> None:
    """Assert that a descriptor is refused in a line that has the words and names the file."""
    with pytest.raises(ReplicationError) as caught:
        parse("x2024", json.loads(json.dumps(package)))
    message = str(caught.value)
    for word in (*words, "data/x2024/datapackage.json"):
        assert word in message
    assert len(message) < 400


def test_a_small_descriptor_is_read(folder: Path) -> None:
    (folder / datasets.DESCRIPTOR).write_text(json.dumps(PACKAGE), encoding="utf-8")
    (table,) = datasets.tables("x2024")
    assert (table.key, table.columns, table.rows) == ("x2024", ("n",), 0)
    assert datasets.paper("x2024").year == 2024


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"", b"{", b"[" * 100_000, b"NaN,"])
def test_what_is_not_json(folder: Path, raw: bytes) -> None:
    (folder / datasets.DESCRIPTOR).write_bytes(raw)
    for call in (datasets.tables, datasets.papers, datasets.refresh):
        with pytest.raises(IntegrityError, match=r"x2024.* is not JSON .* restore it"):
            call()


@pytest.mark.parametrize("value", [None, [], "text", 3])
def test_a_descriptor_that_is_no_object(value: Any) -> None:
    refused(value, "must be a JSON object")


@pytest.mark.parametrize(
    ("name", "values"),
    [("name", TEXT), ("paper", OBJECT), ("resources", LIST), ("runs", OBJECT), ("shapes", OBJECT)],
)
def test_a_descriptor_with_a_part_of_another_type(name: str, values: tuple[Any, ...]) -> None:
    for value in values:
        refused(changed(PACKAGE, name, value), name)


@pytest.mark.parametrize("name", RESOURCE)
def test_a_resource_with_a_part_of_another_type(name: str) -> None:
    values = {"sources": LIST, "sort": LIST, "schema": (*OBJECT, {}, ...)}.get(name, TEXT)
    for value in values:
        refused(PACKAGE | {"resources": [changed(RESOURCE, name, value)]}, name)


@pytest.mark.parametrize("name", ["rows", "bytes", "hash"])
def test_what_refresh_writes_has_its_type(name: str) -> None:
    for value in COUNT if name != "hash" else TEXT[:-2]:
        refused(PACKAGE | {"resources": [RESOURCE | {name: value}]}, name, "table runs")


@pytest.mark.parametrize("name", ["fields", "primaryKey"])
def test_a_schema_with_a_part_of_another_type(name: str) -> None:
    for value in LIST if name == "fields" else (None, 1, True, {}, "a", [1], [["n"]]):
        schema = changed({"fields": [FIELD]}, name, value)
        refused(PACKAGE | {"resources": [RESOURCE | {"schema": schema}]}, "table runs")


@pytest.mark.parametrize("name", [*FIELD, "constraints"])
def test_a_column_with_a_part_of_another_type(name: str) -> None:
    for value in TEXT if name != "constraints" else OBJECT:
        schema = {"fields": [changed(FIELD, name, value)]}
        refused(PACKAGE | {"resources": [RESOURCE | {"schema": schema}]}, name, "table runs")


@pytest.mark.parametrize("name", ["title", "path", "commit"])
def test_a_source_with_a_part_of_another_type(name: str) -> None:
    for value in TEXT if name != "commit" else TEXT[:-2]:
        source = changed(RESOURCE["sources"][0], name, value)
        refused(PACKAGE | {"resources": [RESOURCE | {"sources": [source]}]}, name, "table runs")


@pytest.mark.parametrize("name", [*PAPER, "arxiv"])
def test_a_paper_with_a_part_of_another_type(name: str) -> None:
    by_name = {"authors": (*LIST, [""], ["é", "…"]), "year": (*COUNT, ...), "arxiv": TEXT[:-2]}
    for value in by_name.get(name, TEXT):
        refused(PACKAGE | {"paper": changed(PAPER, name, value)}, name, "paper in")


@pytest.mark.parametrize("part", ["runs", "shapes"])
def test_runs_and_shapes_with_a_part_of_another_type(part: str) -> None:
    objects = {"runs": ("rename", "join", "products", "choose"), "shapes": ("same", "counts")}
    record: dict[str, Any] = {"table": "runs"}
    parse("x2024", PACKAGE | {part: record})
    for value in TEXT:
        refused(PACKAGE | {part: changed(record, "table", value)}, "table", f"{part} in")
    for name in objects[part]:
        for value in OBJECT:
            refused(PACKAGE | {part: record | {name: value}}, name, f"{part} in")


@pytest.mark.parametrize("key", [None, 3, ["x"], {}, "x" * 1000, "a\0b"])
def test_names_that_are_no_names(key: Any) -> None:
    for call in (
        lambda: datasets.load(key, "laws"),
        lambda: datasets.load("hoffmann2022", key),
        lambda: datasets.published("hoffmann2022", key),
        lambda: datasets.paper(key),
        lambda: datasets.describe("hoffmann2022", key),
    ):
        with pytest.raises(ReplicationError) as caught:
            call()
        assert len(str(caught.value)) < 400
