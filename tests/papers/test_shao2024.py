"""Shao et al. (2024): the claims, the tables, the accounts and the proposition."""

import math

import numpy as np
import pytest

import replication as rp
from replication.errors import ArgumentError
from replication.papers import shao2024 as paper


@pytest.fixture(scope="module")
def ledger():
    return {item.claim.id: item for item in rp.verify("shao2024").judgements}


def test_no_claim_surprises(ledger):
    assert [name for name, item in ledger.items() if item.surprise] == []


def test_what_differs_is_pinned(ledger):
    found = {name: item.answer.ours for name, item in ledger.items() if item.verdict == "differs"}
    assert found == {"K.ppl": 4.221, "L.sized": pytest.approx(3 * 2.66)}


def test_the_tables():
    table = rp.load("shao2024", "table_3")
    assert table.groupby("metric").size().tolist() == [11] * 6
    assert set(table["metric"]) == set(paper.METRICS)
    assert set(table["datastore"]) == {"lm_only", *paper.DATASTORES}
    assert paper.datastore_tokens() == 1441.2e9


def test_gains():
    found = paper.gains().set_index(["metric", "datastore"])
    medqa = found.loc[("medqa_acc", "massiveds")]
    assert medqa["gain"] == pytest.approx(2.8)
    by_hand = 100 * math.sqrt((0.366 * 0.634 + 0.394 * 0.606) / 1273)
    assert medqa["se"] == pytest.approx(by_hand)
    loss = found.loc[("redpajama_ppl", "massiveds")]
    assert loss["gain"] == pytest.approx(math.log(4.09) - math.log(3.50))
    assert np.isnan(loss["se"])


def test_accounts():
    whole = paper.accounts(paper.datastore_tokens())
    assert whole["embedding"].unique() == pytest.approx([2 * 177e6 * 1441.2e9])
    assert whole.loc["Llama-2 7B", "pretraining"] == pytest.approx(6 * 7e9 * 2e12)
    assert whole.loc["Pythia 1B", "share"] == pytest.approx(0.2834, abs=1e-4)


@pytest.mark.parametrize("p", [0.001, 0.01, 0.3, 1.0])
def test_enough_is_the_sum(p):
    few = sum(math.comb(1000, j) * p**j * (1 - p) ** (1000 - j) for j in range(3))
    assert paper.enough(p) == pytest.approx(1 - few, abs=1e-12)


def test_enough_refuses():
    with pytest.raises(ArgumentError, match="between 0 and 1"):
        paper.enough(1.5)


def test_orders_agree_exactly_when_enough_survive():
    for p in (0.02, 0.1, 0.5):
        searches = paper.simulate(p, retrieved=40, documents=2000, searches=300, seed=1)
        enough = searches["survivors"] >= 3
        assert (searches["same"] == enough).all()
        error = 4 * math.sqrt(paper.enough(p, 40) * (1 - paper.enough(p, 40)) / 300) + 1e-9
        assert abs(enough.mean() - paper.enough(p, 40)) < error
