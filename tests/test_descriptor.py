import json
import re
from pathlib import Path

import pytest
from frictionless import Package, Resource

from replication import datasets
from replication.claims import KINDS, PROVENANCES, TOLERANCE_KINDS, VERDICTS
from replication.datasets import descriptor

TABLES = datasets.tables()
NAMES = [f"{table.key}.{table.name}" for table in TABLES]
OURS = {"corpus", "lab", "performance", "registry", "reporting"}
"""Tables of no paper: runs, what `make bench` measures, the registry, what papers report."""


def problems(root: Path) -> list:
    found = []
    for key in descriptor.folders():
        report = Package(str(root / key / datasets.DESCRIPTOR)).validate()
        found += report.flatten(["name", "rowNumber", "fieldName", "type", "note"])
    return found


def test_descriptor_and_tables_are_valid_by_the_standards_own_library():
    assert problems(descriptor.root()) == []


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("printed,Chinchilla,A,406.4,", "printed,Chinchilla,A,many,", "type-error"),
        ("printed,Chinchilla,A,406.4,", "printed,Chinchilla,B,406.4,", "primary-key"),
        (",digitised,", ",hearsay,", "constraint-error"),
        ("printed,Chinchilla,A,406.4,", "printed,Chinchilla,A,406.5,", "hash-count"),
    ],
)
def test_the_standards_library_would_notice(data, old, new, kind):
    path = data / "hoffmann2022" / "laws.csv"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    assert kind in {problem[3] for problem in problems(data)}


def test_every_csv_is_described_and_named_by_its_place():
    found = {
        path.relative_to(descriptor.root()).as_posix() for path in descriptor.root().rglob("*.csv")
    }
    assert found == {table.path for table in TABLES}
    assert all(table.path == f"{table.key}/{table.name}.csv" for table in TABLES)
    assert sorted(NAMES) == NAMES


def test_tables_that_every_paper_may_have_have_the_same_columns():
    for path in (descriptor.root() / "schemas").iterdir():
        schema = json.loads(path.read_text())
        found = [
            resource["schema"]
            for key in descriptor.folders()
            for resource in json.loads((descriptor.root() / key / datasets.DESCRIPTOR).read_text())[
                "resources"
            ]
            if resource["name"] == path.stem
        ]
        assert len(found) > 1
        assert all(one == schema for one in found)


@pytest.mark.parametrize("table", TABLES, ids=NAMES)
def test_every_table_is_counted(table):
    assert re.fullmatch(r"[-a-z0-9._]+", f"{table.key}.{table.name}")
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", table.hash)
    assert table.rows > 0


@pytest.mark.parametrize("key", datasets.papers())
def test_every_paper_has_a_full_record(key):
    paper = datasets.paper(key)
    assert paper.key == key
    assert paper.arxiv in paper.url
    assert paper.availability


def test_papers_and_tables_have_the_same_keys():
    assert {table.key for table in TABLES} == set(datasets.papers()) | OURS
    assert {table.how for table in TABLES if table.key == "performance"} == {"measured"}


def test_schemas_allow_what_the_package_allows():
    schema = json.loads((descriptor.root() / "schemas" / "claims.json").read_text())
    allowed = {
        field["name"]: tuple(field["constraints"]["enum"])
        for field in schema["fields"]
        if "enum" in field.get("constraints", {})
    }
    assert allowed == {
        "kind": KINDS,
        "tolerance_kind": tuple(TOLERANCE_KINDS),
        "provenance": PROVENANCES,
        "expected": VERDICTS,
    }


def test_nothing_computable_is_carried():
    computable = {
        "flops_exact", "loss_recalibrated", "loss_recalibrated_nats", "budget_fraction",
        "params_formula", "flops_per_token_exact", "flop_ratio_exact_to_6n",
    }  # fmt: skip
    for table in TABLES:
        assert not computable & set(table.columns)
        assert not any(column.startswith("outlier") for column in table.columns)


def test_the_standards_library_reads_what_the_package_loads():
    table = datasets.describe("hoffmann2022", "figure4_points")
    rows = Resource(path=table.path, basepath=str(descriptor.root())).read_rows()
    ours = datasets.load("hoffmann2022", "figure4_points")
    assert [float(row["loss"]) for row in rows] == list(ours["loss"])
