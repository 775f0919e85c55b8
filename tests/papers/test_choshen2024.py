"""Choshen et al. (2024): the claims, the recorded sweep against fits of today, and the families."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import least_squares

import replication as rp
from replication.errors import UnknownNameError
from replication.papers import choshen2024 as paper


@pytest.fixture(scope="module")
def ledger():
    return {item.claim.id: item for item in rp.verify("choshen2024").judgements}


def test_no_claim_surprises(ledger):
    assert [name for name, item in ledger.items() if item.surprise] == []


def test_what_differs_is_pinned(ledger):
    differs = {name: item.answer.ours for name, item in ledger.items() if item.verdict == "differs"}
    pinned = {
        "H2.best": 2.3462,
        "H3.opt_all_nats": 5.0429,
        "H3.opt_cut_nats": 2.9963,
        "H5.share": 4 / 11,
        "H6.mean": 5.4489,
        "H6.over_15": 5.4489,
        "H6.over_10": 0,
        "H6.under_5": 3 / 11,
        "H9.components": 99.952,
        "H10.olmo": 5.0722,
        "H10.opt_67": 31.994,
        "H10.opt_30": 15.523,
        "H11.thirty": 18.932,
        "H11.compound": 21.665,
        "H11.fourteen": 5.4939,
        "H11.many": 36.593,
    }
    orders = {f"H4.{name}" for name in ("opt_size", "gpt3", "pythia", "deepmind", "trunks")}
    found = {name: value for name, value in differs.items() if name not in orders}
    assert found == pytest.approx(pinned, rel=1e-3)
    assert {differs[name] for name in orders} == {"checkpoints > finals"}
    assert len(differs) == len(pinned) + len(orders)


# The families ---------------------------------------------------------------------------------


def test_the_families_are_families():
    for name in (*paper.NAMES, *paper.SIBLINGS, *paper.REPEATED):
        rows = paper.family(name)
        runs = rows.groupby("run")
        assert (runs["params"].min() == runs["params"].max()).all(), name
        assert runs["tokens"].is_monotonic_increasing.all(), name
        assert not rows.duplicated(["run", "tokens"]).any(), name
    assert (paper.overview()["sizes"] >= 3).all()
    assert paper.overview().loc["opt", "checkpoints"] == 142
    with pytest.raises(UnknownNameError, match="gpt3"):
        paper.family("gpt-3")


def test_one_spike_is_left_out_and_noted_where_it_is_not():
    kept, whole = (paper.family("t5-pile", spikes=spikes) for spikes in (False, True))
    assert len(whole) == len(kept) + 1 and whole["loss"].max() == pytest.approx(8265.3, abs=0.1)
    with_it = rp.predict_largest(whole)
    assert "outlier" in {note.code for note in with_it.notes}
    assert rp.predict_largest(kept).are == pytest.approx(0.0946, abs=1e-3)


# The sweep ------------------------------------------------------------------------------------


def test_the_sweep_has_every_case_once():
    rows = paper.errors()[["family", "rule", "first", "count"]]
    assert [tuple(row) for row in rows.to_numpy()] == [
        (c.family, c.rule, c.first, c.count) for c in paper.cases()
    ]


SAMPLE = [
    *(paper.Case("opt", rule, 0, 5) for rule in ("all", "10B", "tenth", "finals", "seen 30")),
    paper.Case("deepmind-dense", "last", 0, 5),
    paper.Case("pythia", "finals, size", 0, 7),
    paper.Case("gpt3", "first 30", 0, 4),
    paper.Case("olmo-ladder-10xC", "all", 0, 4),
    paper.Case("trunks", "10B", 0, 7),
]


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: f"{case.family}-{case.rule}")
def test_the_sweep_is_what_is_computed_today(case):
    stored = paper.errors().set_index(["family", "rule", "first", "count"])
    stored = stored.loc[(case.family, case.rule, case.first, case.count)]
    today = paper.row_of(case)
    if "are" not in today:
        assert pd.isna(stored["are"])
        return
    for name in ("are", "signed", "best", "most_trained", "scale_up"):
        assert today[name] == pytest.approx(stored[name], rel=2e-3, abs=2e-5), name
    assert today["fitted"] == stored["fitted"]


@pytest.mark.parametrize("name", ["opt, 10B", "gpt3, four smallest", "olmo 1B alone, nats"])
def test_the_recorded_variants_are_what_is_computed_today(name):
    assert paper.variant(name) == pytest.approx(paper.computed(name), rel=2e-3)


def test_the_recorded_starts_are_what_is_computed_today():
    today = paper.start_of("gpt3").set_index("method")
    stored = paper.single_start().query("family == 'gpt3'").set_index("method")
    for name in ("sum", "are"):
        np.testing.assert_allclose(stored[name][today.index], today[name], rtol=2e-2)


@pytest.mark.parametrize("name", ["opt", "deepmind-dense", "olmo-ladder-10xC"])
def test_the_recorded_law_is_the_least_sum_of_squares(name):
    """Many starts of scipy, in logarithms, find nothing lower."""
    rows = paper.predicted(name, "10B").fitted
    n, d, y = (np.log(rows["params"]), np.log(rows["tokens"]), rows["loss"])

    def off(x):
        powers = (x[0] - x[3] * n, x[1] - x[4] * d, np.full(len(y), x[2]))
        return sum(np.exp(np.minimum(power, 20.0)) for power in powers) - y

    law = paper.recorded(name, "10B")
    ours = float(((law.loss(rows["params"], rows["tokens"]) - y) ** 2).sum())
    lower, upper = [-np.inf, -np.inf, -20, 0, 0], [np.inf] * 5
    starts = [(6, 6, e, a, b) for e in (-3, 0.5) for a in (0.1, 0.3) for b in (0.1, 0.3)]
    found = [least_squares(off, x, bounds=(lower, upper)).cost * 2 for x in starts]
    assert ours <= min(found) * (1 + 1e-4)


def test_perplexity_has_the_error_of_the_loss_times_the_loss():
    nats, perplexity = (
        paper.predicted("opt", "10B", unit=unit).are for unit in ("nats", "perplexity")
    )
    assert 2 < perplexity / nats < 3
    bits = paper.predicted("opt", "10B", unit="bits").are
    assert bits == pytest.approx(nats, rel=1e-3)
    with pytest.raises(UnknownNameError, match="nats, bits, perplexity"):
        paper.predicted("opt", unit="bpc")


def test_the_ties_are_those_of_terms_that_agree_somewhere():
    """Laws that agree on a term at a size, and not on its exponent, lie on a line."""
    alpha = np.array([0.1, 0.3, 0.9])
    scales = np.log(0.7 * (4e8) ** alpha)
    slope, height = np.polyfit(alpha, scales, 1)
    assert np.exp(slope) == pytest.approx(4e8) and np.exp(height) == pytest.approx(0.7)
    found = paper.ties("alpha")
    assert (found.loc[list(paper.LADDERS), "r"] > 0.99).all()
    ratio = (found["middle"] / found["place"])[list(paper.LADDERS)]
    assert ratio.between(0.8, 6).all() and (ratio > 2).sum() == 4
    with pytest.raises(UnknownNameError, match="alpha, beta"):
        paper.ties("gamma")


def test_solvers_from_the_published_start():
    assert paper.stuck() == {"Levenberg-Marquardt": 0, "L-BFGS": 7}
