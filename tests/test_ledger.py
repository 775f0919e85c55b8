import dataclasses
import json

import pandas as pd
import pytest

from replication import ledger
from replication.errors import DataError, UnknownNameError

COLUMNS = [
    "paper", "id", "where", "quantity", "unit", "kind", "family", "printed", "ours", "ours_low",
    "ours_high", "tolerance", "tolerance_kind", "provenance", "verdict", "expected", "variant",
    "note",
]  # fmt: skip
ROWS = [
    {"id": "T1.a", "printed": "0.50"},
    {"id": "T1.b", "printed": "2", "tolerance_kind": "abs", "tolerance": "0", "kind": "arithmetic"},
    {"id": "T2.c", "expected": "differs", "note": "A misprint."},
    {"id": "T3.d", "expected": "untestable", "note": "No data."},
    {"id": "T4.e", "printed": "7", "tolerance_kind": "exact", "kind": "input"},
    {"id": "T5.f", "printed": "x > y", "tolerance_kind": "order", "kind": "qualitative"},
]
CODE = """
@claims.answers("T1")
def table():
    return {"T1.a": Answer(0.497, low=0.4, high=0.6), "T1.b": 2.0}

@claims.answers("T2.c")
def second():
    return 0.7

@claims.answers("T4.e")
def given():
    return 7

@claims.answers("T5.f")
def order():
    return Answer("x > y")
"""


def test_verify_returns_all_claims_as_expected(toy):
    found = ledger.verify(toy(ROWS, CODE))
    assert found.counts() == {"reproduced": 2, "differs": 1, "untestable": 1}
    assert found.counts(["input", "qualitative"])["reproduced"] == 2
    assert found.surprises == ()
    assert found.errors == ()
    assert str(found) == (
        "toy2024: 2 reproduced, 1 differ, 1 untestable; 2 inputs, directions and checks beside them"
    )


def test_a_family_is_one_number_and_fails_with_its_worst_row(toy):
    rows = [row | {"family": "T"} if row["id"].startswith(("T1", "T2")) else row for row in ROWS]
    found = ledger.verify(toy(rows, CODE))
    first = found.numbers()[0]
    assert (first.name, len(first.judgements), first.verdict) == ("T", 3, "differs")
    assert found.counts() == {"reproduced": 0, "differs": 1, "untestable": 1}


def test_second_hand_numbers_are_counted_apart(toy):
    rows = [row | {"provenance": "secondary"} if row["id"] == "T2.c" else row for row in ROWS]
    found = ledger.verify(toy(rows, CODE))
    assert found.counts(in_print=True) == {"reproduced": 2, "differs": 0, "untestable": 1}
    assert found.counts(in_print=False) == {"reproduced": 0, "differs": 1, "untestable": 0}


def test_a_family_is_read_in_print_only_if_all_of_it_is(toy):
    rows = [row | {"family": "T"} if row["id"].startswith("T1") else row for row in ROWS]
    rows[1]["provenance"] = "secondary"
    (number,) = ledger.verify(toy(rows, CODE)).numbers(["measured", "arithmetic"])[:1]
    assert not number.in_print


def test_checks_of_ours_are_no_printed_numbers(toy):
    rows = [row | {"kind": "check"} if row["id"] == "T1.b" else row for row in ROWS]
    found = ledger.verify(toy(rows, CODE))
    assert sum(found.counts().values()) == 3
    assert [item.claim.id for item in found.beside()] == ["T1.b", "T4.e", "T5.f"]


def test_frame_has_the_agreed_columns_and_values(toy):
    frame = ledger.verify(toy(ROWS, CODE)).to_frame()
    assert list(frame.columns) == COLUMNS == list(ledger.COLUMNS)
    assert list(frame["id"]) == [row["id"] for row in ROWS]
    first = frame.set_index("id").loc["T1.a"]
    assert (first["ours"], first["ours_low"], first["ours_high"]) == (0.497, 0.4, 0.6)
    assert first["printed"] == "0.50"
    assert first["verdict"] == first["expected"] == "reproduced"
    assert pd.isna(first["tolerance"])
    assert pd.isna(first["note"])


def test_rows_are_plain_and_empty_cells_are_none(toy):
    rows = ledger.verify(toy(ROWS, CODE)).rows()
    assert all(list(row) == COLUMNS for row in rows)
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    missing = next(row for row in rows if row["id"] == "T3.d")
    assert missing["verdict"] == "untestable"
    assert missing["ours"] is missing["tolerance"] is missing["variant"] is None
    exact = next(row for row in rows if row["id"] == "T1.b")
    assert exact["tolerance"] == 0.0


def test_a_ledger_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        ledger.Ledger(()).judgements = ()


def test_an_empty_ledger_still_has_columns():
    assert list(ledger.Ledger(()).to_frame().columns) == COLUMNS


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "T1.b\": 2.0",
            "T1.b\": 2.1",
            "SURPRISE toy2024 T1.b: differs, expected reproduced; printed 2, ours 2.1",
        ),
        (
            "return 0.7",
            "return 0.5",
            "SURPRISE toy2024 T2.c: reproduced, expected differs; printed 0.50, ours 0.5",
        ),
        (
            "return 0.7",
            "return None",
            "SURPRISE toy2024 T2.c: untestable, expected differs",
        ),
        (
            "return 0.7",
            "raise KeyError('loss')",
            "SURPRISE toy2024 T2.c: error, expected differs; its function raised KeyError: 'loss'",
        ),
    ],
    ids=["stops agreeing", "starts agreeing", "no answer", "fails"],
)  # fmt: skip
def test_every_surprise_is_reported(toy, old, new, line):
    assert old in CODE
    found = ledger.verify(toy(ROWS, CODE.replace(old, new)))
    assert len(found.surprises) == 1
    first, second = str(found).splitlines()
    assert "; 1 SURPRISES" in first
    assert second == line
    assert len(found.errors) == ("raise" in new)
    assert ("error" in found.counts()) == ("raise" in new)


def test_verify_takes_several_papers_in_the_order_asked(toy):
    one = toy(ROWS, CODE, key="zeta2024")
    two = toy(ROWS[:1], "claims.answers('T1.a')(lambda: 0.5)", key="alpha2024")
    assert ledger.known_papers() == (two, one)
    assert ledger.verify().papers() == (two, one)
    assert ledger.verify(one, two, one).papers() == (one, two)
    both = ledger.verify()
    assert len(both.of(two).judgements) == 1
    assert len(both.judgements) == 7
    page = both._repr_html_()
    assert "<th>paper</th>" in page
    assert page.count(">T1.a<") == 2
    assert "<th>paper</th>" not in both.of(two)._repr_html_()


def test_an_unknown_paper_is_refused_with_the_known(toy):
    toy(ROWS, CODE)
    with pytest.raises(
        UnknownNameError, match=r"'toy2023'. Did you mean 'toy2024'\? Known: toy2024"
    ):
        ledger.verify("toy2023")


def test_claims_without_a_module_are_not_passed_over(toy):
    toy(ROWS, CODE)
    toy(ROWS, None, key="orphan2024")
    with pytest.raises(DataError, match=r"orphan2024: add replication/papers/orphan2024\.py"):
        ledger.verify()
    assert len(ledger.verify("toy2024").judgements) == len(ROWS)


@pytest.mark.parametrize("code", ["del claims", "claims = ClaimSet('other2024')", "claims = {}"])
def test_a_module_without_its_claims_is_refused(toy, code):
    key = toy(ROWS, code)
    with pytest.raises(DataError, match=r"has no `claims = ClaimSet\('toy2024'\)`"):
        ledger.verify(key)


def test_unbound_claims_stop_the_ledger(toy):
    key = toy(ROWS, CODE.replace('"T2.c"', '"T2.z"'))
    with pytest.raises(DataError, match=r"'T2\.z' is answered but .*'T2\.c' is not answered"):
        ledger.verify(key)
