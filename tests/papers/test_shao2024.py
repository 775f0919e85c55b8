"""Shao et al. (2024): the claims, the tables, the accounts and the proposition."""

import math

import numpy as np
import pytest

import replication as rp
from replication.errors import ArgumentError, UnknownNameError
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


# The experiment ---------------------------------------------------------------------------------


def test_the_loss_falls_at_every_doubling_of_the_datastore():
    for domain in paper.DOMAINS:
        table, steps = paper.curve(domain), paper.changes(domain)
        np.testing.assert_allclose(table["share"], 2.0 ** np.arange(-6, 1))
        np.testing.assert_allclose(table["tokens"], table["share"] * 10034096, rtol=0.06)
        assert table["seeds"].tolist() == [5] * 6 + [1]
        assert (steps["change"].iloc[1:] < 0).all()
        assert (steps["low"] < steps["change"]).all() and (steps["change"] < steps["high"]).all()
    ours = rp.verify("shao2024").judgements
    found = next(item for item in ours if item.claim.id == "F.nosaturation")
    assert found.answer.ours == pytest.approx(-0.000381, abs=2e-6)


def test_what_a_doubling_is_worth_is_pinned():
    slopes = {domain: paper.slope(domain) for domain in paper.DOMAINS}
    assert slopes["messages"]["estimate"] == pytest.approx(-0.000821, abs=1e-6)
    assert slopes["articles"]["estimate"] == pytest.approx(-0.003545, abs=1e-6)
    for domain, one in slopes.items():
        assert one["low"] < one["estimate"] < one["high"] < 0
        table = paper.curve(domain)
        line = np.polyfit(np.log2(table["tokens"]), table["loss"], 1)
        assert one["estimate"] == pytest.approx(line[0], rel=1e-6)


def test_random_passages_gain_nothing_and_training_gains_most():
    for domain in paper.DOMAINS:
        alone = paper.curve(domain, "alone")["loss"].iloc[0]
        searched, random, trained = (
            paper.curve(domain, how)["loss"].iloc[-1] for how in ("paper", "random", "trained")
        )
        assert trained < searched < alone < random + 0.001
        spread = np.ptp(paper.curve(domain, "random")["loss"])
        assert spread < 0.2 * np.ptp(paper.curve(domain)["loss"])
    assert paper.worth("messages") == pytest.approx(0.0368, abs=2e-4)
    assert paper.worth("articles") == pytest.approx(0.0689, abs=2e-4)


def test_the_smallest_datastore_harms_on_the_articles():
    first = {domain: paper.changes(domain).iloc[0] for domain in paper.DOMAINS}
    assert first["articles"]["low"] > 0 > first["messages"]["high"]


def test_without_the_filter_the_messages_gain_more_and_most_at_the_end():
    leak = paper.curve("messages")["loss"] - paper.curve("messages", "none")["loss"]
    assert leak.iloc[-1] == pytest.approx(0.00292, abs=1e-5)
    assert leak.iloc[:4].abs().max() < 0.0002


def test_draws_are_of_whole_documents_and_centred_on_what_was_measured():
    for domain in paper.DOMAINS:
        draws = paper.loss_draws(domain)
        assert list(draws) == [0.0, *paper.curve(domain)["share"]]
        means = [*paper.curve(domain, "alone")["loss"], *paper.curve(domain)["loss"]]
        np.testing.assert_allclose(draws.mean(), means, atol=5 * draws.std().max() / 30)


def test_sums_by_block_are_the_losses():
    blocks = rp.load("shao2024", "retrieval_blocks")
    keys = ["domain", "how", "share", "seed"]
    sums = blocks.groupby(keys)[["bytes", "nats"]].sum()
    means = rp.load("shao2024", "retrieval").set_index(keys)["loss"]
    ours = sums["nats"] / sums["bytes"]
    np.testing.assert_allclose(ours, means.loc[ours.index], rtol=1e-6)


def test_unknown_texts_and_conditions_are_refused():
    with pytest.raises(UnknownNameError, match="speeches"):
        paper.curve("speeches")
    with pytest.raises(UnknownNameError, match="dense"):
        paper.curve("messages", "dense")
