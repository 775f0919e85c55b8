"""Malaquias Junior et al. (2025): the claims, the table of runs, the measures by other means."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import linregress

import replication as rp
from replication.errors import UnknownNameError
from replication.papers import junior2025 as paper


@pytest.fixture(scope="module")
def ledger():
    return {item.claim.id: item for item in rp.verify("junior2025").judgements}


def test_no_claim_surprises(ledger):
    assert [name for name, item in ledger.items() if item.surprise] == []


def test_every_claim_is_a_direction(ledger):
    assert {item.claim.kind for item in ledger.values()} == {"qualitative"}


# The table ------------------------------------------------------------------------------------


def test_a_trunk_is_the_same_for_all_its_runs():
    start = paper.losses().query("step == 0")
    spread = start.groupby(["source", "width", "seed"])[["loss_new", "loss_old"]].agg(np.ptp)
    assert (spread == 0).all(axis=None)


def test_trunks_are_equally_mature():
    runs = paper.runs()
    assert (runs["trunk_tokens"] / runs["params"]).to_numpy() == pytest.approx(50, rel=0.005)


def test_the_runs_of_the_chapter():
    runs = paper.runs()
    assert {16, 24, 32, 48} == set(runs.query("source == 'speeches'")["width"])
    assert set(runs["share"]) >= {0.1, 1.0}


@pytest.mark.parametrize("reading", paper.READINGS)
def test_sizes_are_compared_where_it_is_said(reading):
    table = paper.same(reading)
    assert len(table) == len(paper.runs())
    column = {"tokens": table["tokens"], "flops": table["flops"]}
    column["maturity"] = table["tokens"] / table["params"]
    target = {"tokens": 3 * 2**17, "flops": 1e11, "maturity": 4}[reading]
    assert column[reading].to_numpy() == pytest.approx(target, rel=0.02)


def test_an_unknown_reading_is_refused():
    with pytest.raises(UnknownNameError, match="expected one of tokens, maturity, flops"):
        paper.same("time")


# The measures ---------------------------------------------------------------------------------


def test_a_known_power_law_gives_its_ratio():
    """Two curves a C^-b: the ratio by interpolation is that of the chapter's equation."""
    flops = np.concatenate([[0], np.geomspace(1e8, 1e12, 60)])
    loss = np.concatenate([[5.0], np.log(40) - 0.25 * np.log(flops[1:] / 1e8)])
    special = pd.DataFrame({"flops": flops, "loss_new": loss})
    mixed_loss = np.log(50) - 0.2 * np.log(1e11 / 1e8)
    ratio = 1e11 / paper.reached(special, mixed_loss)
    expected = (50 / 40) ** (1 / 0.25) * 1e3 ** (1 - 0.2 / 0.25)
    assert ratio == pytest.approx(expected, rel=1e-6)


def test_a_loss_that_the_trunk_had_or_nobody_reaches():
    curve = pd.DataFrame({"flops": [0.0, 1.0], "loss_new": [4.0, 3.0]})
    assert paper.reached(curve, 4.5) == 0
    assert paper.reached(curve, 2.0) == np.inf


def test_worth_turns_the_ratio_round():
    table = paper.ratios("flops")
    back = 1 / (table["share"] + table["worth"] * (1 - table["share"]))
    assert back.to_numpy() == pytest.approx(table["ratio"].to_numpy())


def test_exponents_are_slopes_of_the_loss():
    curve = paper.losses().query("width == 24 and share == 1 and seed == 0 and flops > 1e9")
    curve = curve[curve["source"] == "speeches"]
    line = linregress(np.log(curve["flops"]), curve["loss_new"])
    assert paper.slope(curve) == pytest.approx(-line.slope, rel=1e-6)


def test_the_ratio_grows_as_the_exponents_at_equal_perplexity_say():
    table = paper.exponents().query("seed == 0").set_index("params")
    assert table["measured"].round(2).tolist() == pytest.approx([0.14, 0.55, 0.48, 0.61])
    assert table["predicted"].to_numpy() == pytest.approx(table["measured"].to_numpy(), abs=0.03)
    # At equal compute the specialised curve is the flatter one: the sign would be wrong.
    assert (table["at_compute"] < table["mixed"]).all()


def test_ratios_by_size_after_equal_tokens_and_equal_flops():
    for reading, expected in {
        "tokens": [5.5, 13.1, 13.2, 21.2],
        "flops": [3.9, 15.6, 11.7, 11.2],
    }.items():
        found = paper.main_pairs(reading).query("seed == 0").sort_values("params")["ratio"]
        assert found.to_numpy() == pytest.approx(expected, abs=0.06)


def test_the_largest_model_forgets_most_and_mixtures_next_to_nothing():
    table = paper.forgotten("tokens").query("seed == 0")
    alone = table.query("share == 1")["forgotten"].to_numpy()
    assert alone == pytest.approx([-0.051, 0.230, 0.275, 0.400], abs=6e-4)
    assert table.query("share == 0.1")["forgotten"].max() < 0.02


def test_slopes_in_size_are_least_squares():
    for reading in paper.READINGS:
        pairs = paper.main_pairs(reading)
        line = linregress(np.log(pairs["params"]), pairs["log_ratio"])
        slope = paper.size_slope(pairs, "log_ratio")
        assert slope["estimate"] == pytest.approx(line.slope, rel=1e-6)
        assert slope["low"] < slope["estimate"] < slope["high"]
