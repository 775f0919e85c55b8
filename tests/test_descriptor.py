import json
import re
import unicodedata
from pathlib import Path

import pytest
from frictionless import Package, Resource

from replication import datasets
from replication.claims import KINDS, PROVENANCES, TOLERANCE_KINDS, VERDICTS
from replication.datasets import descriptor

PACKAGE = json.loads((descriptor.root() / datasets.DESCRIPTOR).read_text())
TABLES = datasets.tables()
NAMES = [f"{table.key}.{table.name}" for table in TABLES]
WORKING = {"params": "parameters", "tokens": "tokens", "flops": "FLOPs", "loss": "nats per token"}
HOW = {"transcribed", "digitised", "exported", "measured"}
OURS = {"performance"}
"""Tables that come from no paper: what `make bench` measures."""
REPLICATIONS = {
    "from the authors' data",
    "re-analysis of another group's data",
    "from printed constants",
    "simulation",
    "own experiment",
}


def problems(root: Path) -> list:
    report = Package(str(root / datasets.DESCRIPTOR)).validate()
    return report.flatten(["name", "rowNumber", "fieldName", "type", "note"])


def test_descriptor_and_tables_are_valid_by_the_standards_own_library():
    assert problems(descriptor.root()) == []


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("printed,Chinchilla,A,406.4,", "printed,Chinchilla,A,many,", "type-error"),
        ("printed,Chinchilla,A,406.4,", "printed,Chinchilla,B,406.4,", "primary-key"),
        (",secondary,", ",hearsay,", "constraint-error"),
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


def test_every_schema_file_is_used():
    used = {
        resource["schema"]
        for resource in PACKAGE["resources"]
        if isinstance(resource["schema"], str)
    }
    found = {f"schemas/{path.name}" for path in (descriptor.root() / "schemas").iterdir()}
    assert found == used


@pytest.mark.parametrize("table", TABLES, ids=NAMES)
def test_provenance_is_complete(table):
    assert re.fullmatch(r"[-a-z0-9._]+", f"{table.key}.{table.name}")
    assert table.title
    assert table.description
    assert table.licence
    assert table.how in HOW
    assert table.sources
    for source in table.sources:
        assert source.title
        assert source.path.startswith("https://")
        # A file or folder in somebody's repository is only found again at its commit.
        assert source.commit in source.path
        assert bool(source.commit) == bool(re.search("/(blob|tree)/", source.path))
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", table.hash)


@pytest.mark.parametrize("table", TABLES, ids=NAMES)
def test_every_column_has_a_meaning_and_a_number_a_unit(table):
    for field in table.fields:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", field.name)
        assert field.description
        assert field.unit or field.type != "number"
        assert field.unit == WORKING.get(field.name, field.unit)


@pytest.mark.parametrize("table", TABLES, ids=NAMES)
def test_only_tables_in_the_papers_own_order_are_unsorted(table):
    assert bool(table.sort) == (table.name != "claims")
    assert set(table.sort) <= set(table.columns)


@pytest.mark.parametrize("key", datasets.papers())
def test_every_paper_has_a_full_record(key):
    paper = datasets.paper(key)
    surname = unicodedata.normalize("NFKD", paper.authors[0].split()[-1].lower())
    assert key == f"{surname.encode('ascii', 'ignore').decode()}{paper.year}"
    assert paper.replication in REPLICATIONS
    assert paper.url.startswith("https://")
    assert paper.arxiv in paper.url
    assert paper.availability


def test_papers_and_tables_have_the_same_keys():
    assert {table.key for table in TABLES} == set(datasets.papers()) | OURS
    assert {table.how == "measured" for table in TABLES if table.key in OURS} == {True}


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
