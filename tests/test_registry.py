"""The registry of laws: true to the tables it joins, and usable by other programs."""

import json

import jsonschema
import numpy as np
import pytest

import replication as rp
from replication import datasets, registrar
from replication.datasets import descriptor, registered
from replication.errors import IntegrityError, UnknownNameError

FILE = descriptor.root().joinpath(*registered.PLACE)
SPANS = {"token_multiplier": (1, 100), "loss": (1, 4), "params": (1e7, 1e11)}
SPANS |= dict.fromkeys(("weight_bits", "activation_bits", "kv_bits", "bits"), (3, 16))
"""Where the formulas are compared; counts elsewhere."""


@pytest.fixture(scope="module")
def stored():
    return json.loads(FILE.read_text(encoding="utf-8"))


def test_the_file_keeps_its_schema(stored):
    schema = json.loads(descriptor.root().joinpath(*registered.SCHEMA).read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(stored, schema, cls=jsonschema.Draft202012Validator)


def test_addresses_are_unique(stored):
    assert len({each["id"] for each in stored["laws"]}) == len(stored["laws"])


def test_every_published_set_is_in_it_once_and_as_its_table_has_it():
    sets = datasets.load("registry", "sets")
    listed = set(zip(sets["paper"], sets["set"], strict=True))
    tables = {
        (paper, name)
        for paper in datasets.papers()
        if "laws" in {table.name for table in datasets.tables(paper)}
        for name in datasets.load(paper, "laws")["name"]
    }
    assert listed == tables
    assert all(rp.registry()[f"{p}/{s}"].law == rp.published(p, s) for p, s in listed)


def test_the_published_part_is_what_the_registrar_writes():
    made = list(registrar.published_entries())
    assert made == [e for e in rp.registry().values() if not e.id.startswith("corpus/")]


@pytest.mark.parametrize("design", ["chinchilla", "hagele-cooldown"])
def test_a_law_of_the_corpus_is_the_fit_that_anybody_gets(design):
    entry, again = rp.registry()[f"corpus/{design}"], registrar.fitted_entry(design)
    for name, value in entry.coefficients.items():
        assert again.coefficients[name] == pytest.approx(value, rel=1e-6)
        assert np.median(again.draws[name]) == pytest.approx(np.median(entry.draws[name]), rel=1e-4)


def test_designs_without_a_law_are_those_that_do_not_identify_it():
    found = {e.id.removeprefix("corpus/") for e in rp.registry().values() if e.draws}
    assert {"chinchilla", "kempner-fineweb", "marin-dclm"} <= found
    assert "routed-dense" not in found
    assert registrar.fitted_entry("steplaw-moe-3in8") is None


@pytest.mark.parametrize("address", list(rp.registry()))
def test_the_formula_computes_the_law(address):
    entry = rp.registry()[address]
    law, rng = entry.law, np.random.default_rng(0)
    named = dict(zip(entry.inputs, law.inputs, strict=True))
    columns = {k: rng.uniform(*SPANS.get(named[k], (1e9, 1e12)), 20) for k in entry.inputs}
    if "unique_tokens" in columns:
        columns["unique_tokens"] = columns["tokens"] / rng.uniform(1, 40, 20)
    functions = {"exp": np.exp, "log": np.log, "minimum": np.minimum, "__builtins__": {}}
    found = eval(entry.python, functions, {**entry.coefficients, **columns})
    np.testing.assert_allclose(found, law.predict(*columns.values()), rtol=1e-12)


def test_every_claim_of_a_set_is_of_its_paper_and_has_the_ledgers_verdict():
    for entry in rp.registry().values():
        for claim, verdict in entry.claims.items():
            ledger = datasets.load(entry.id.split("/")[0], "claims").set_index("id")
            assert ledger.loc[claim, "expected"] == verdict


def test_draws_give_intervals_and_their_absence_gives_none():
    drawn = rp.registry()["corpus/kempner-fineweb"].evidence()
    row = drawn.predict(params=1e9, tokens=2e10).iloc[0]
    assert row["low"] < row["estimate"] < row["high"]
    bare = rp.registry()["hoffmann2022/printed"].evidence().predict(params=1e9, tokens=2e10)
    assert bare[["low", "high"]].isna().all(axis=None)


def test_an_unknown_address_is_refused_with_a_near_one():
    with pytest.raises(UnknownNameError, match="Did you mean 'hoffmann2022/printed'"):
        rp.registry()["hoffmann2022/print"]


def test_it_can_be_asked_whether_it_has_a_law():
    found = rp.registry()
    assert "hoffmann2022/printed" in found and "hoffmann2022/print" not in found
    assert found.get("hoffmann2022/print") is None


def test_what_is_done_to_one_does_not_reach_the_next():
    rp.registry().clear()
    assert len(rp.registry()) > 60


@pytest.mark.parametrize("content", ["", "{", "[]", '{"laws": [1]}', '{"laws": [{"id": "a"}]}'])
def test_a_file_that_is_no_registry_is_refused(content, tmp_path, monkeypatch):
    place = tmp_path.joinpath(*registered.PLACE)
    place.parent.mkdir()
    place.write_text(content)
    monkeypatch.setattr(descriptor, "root", lambda: tmp_path)
    with pytest.raises(IntegrityError, match="make registry"):
        rp.registry()


def test_a_missing_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(descriptor, "root", lambda: tmp_path)
    with pytest.raises(IntegrityError, match=r"laws\.json is missing"):
        rp.registry()
