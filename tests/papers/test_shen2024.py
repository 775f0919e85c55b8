"""Shen et al. (2024): the claims, the laws against other solutions, and approximate entropy."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import least_squares

import replication as rp
from replication.errors import ArgumentError, UnknownNameError
from replication.papers import shen2024 as paper


@pytest.fixture(scope="module")
def ledger():
    return {item.claim.id: item for item in rp.verify("shen2024").judgements}


def test_no_claim_surprises(ledger):
    assert [name for name, item in ledger.items() if item.surprise] == []


def test_what_differs_is_pinned(ledger):
    found = {name: item.answer.ours for name, item in ledger.items() if item.verdict == "differs"}
    assert found == pytest.approx(
        {
            "S.hr.4": 0.853572, "S.hr.5": 0.831641, "S.hr.9": 0.905138,
            "S.ndcg.5": 0.859538, "S.ndcg.9": 0.880503, "S.ndcg.10": 0.750621,
            "P.hr.4": 0.923847, "P.hr.5": 0.837662, "P.hr.9": 0.981104, "P.hr.10": 0.974637,
            "P.ndcg.9": 0.970059, "P.ndcg.10": 0.963925,
        },
        abs=2e-6,
    )  # fmt: skip


def test_planes_that_differ_are_off_by_whole_hundredths(ledger):
    for name, item in ledger.items():
        if name.startswith("S") and item.verdict == "differs":
            hundredths = 100 * (item.answer.ours - float(item.claim.printed))
            assert hundredths == pytest.approx(round(hundredths), abs=2e-4)
    assert float(ledger["P.hr.5"].claim.printed) == pytest.approx(
        ledger["S.hr.5"].answer.ours + 0.02, abs=1e-6
    )


def test_the_points():
    sizes = paper.points().groupby(["metric", "panel"]).size()
    assert sizes.loc["hr"].tolist() == sizes.loc["ndcg"].tolist() == [24] * 8 + [16] * 2
    with pytest.raises(UnknownNameError, match="hr"):
        paper.panel("auc", 1)
    with pytest.raises(UnknownNameError, match="11"):
        paper.panel("hr", 11)


@pytest.mark.parametrize(("metric", "number"), [("hr", 1), ("hr", 8), ("ndcg", 9)])
def test_performance_is_the_lowest_by_another_solver(metric, number):
    """Variable projection from a grid of exponents."""
    table = paper.panel(metric, number)
    score, n, d = table["score"].to_numpy(), np.log(table["layers"]), np.log(table["width"])

    def missed(exponents):
        terms = [-np.exp(-w * x) / 2 - w * x for w, x in zip(exponents, (n, d), strict=True)]
        columns = np.column_stack([np.ones(len(score)), *terms])
        return score - columns @ np.linalg.lstsq(columns, score, rcond=None)[0]

    starts = [(a, b) for a in (-0.4, -0.2, 0.5) for b in (-0.3, -0.1, 0.5)]
    lowest = min(least_squares(missed, start).cost for start in starts)
    assert paper.performance(metric, number).value == pytest.approx(lowest, rel=1e-7)


def test_parabola_is_that_of_numpy():
    table = paper.panel("hr", 7)
    n, d = np.log(table["layers"]), np.log(table["width"])
    columns = np.column_stack([np.ones(len(n)), n, n**2, d, d**2])
    fitted = np.linalg.lstsq(columns, table["score"], rcond=None)[0]
    law = paper.parabola("hr", 7).law
    assert law.score(table["layers"], table["width"]) == pytest.approx(columns @ fitted, rel=1e-9)
    assert float(law.best_layers) == pytest.approx(np.exp(-fitted[1] / (2 * fitted[2])), rel=1e-7)


def test_derivatives():
    law = paper.PerformanceLaw(w1=0.15, w2=1.2, w3=-0.26, w4=-0.16, w5=0.3, D=1.7, b=0.2, c=3.0)
    columns = (np.array([4.0, 8.0, 32.0]), np.array([25.0, 50.0, 100.0]))
    first, second = law.gradient(*columns), law.curvature(*columns)
    for a in law.names():
        h = 1e-6
        up, down = (law.to_dict() | {a: getattr(law, a) + s * h} for s in (1, -1))
        up, down = paper.PerformanceLaw(**up), paper.PerformanceLaw(**down)
        slope = (up.score(*columns) - down.score(*columns)) / (2 * h)
        assert first[a] == pytest.approx(slope, abs=1e-8)
        for b in law.names():
            bent = (up.gradient(*columns)[b] - down.gradient(*columns)[b]) / (2 * h)
            told = second.get((a, b), second.get((b, a), 0.0))
            assert told == pytest.approx(np.broadcast_to(bent, 3), abs=1e-7)


def test_the_data_term_is_not_identified():
    law = paper.performance("hr", 2).law
    begin = replace(law, D=2.0, w5=0.5)
    fit = rp.fit(paper.PerformanceLaw, paper.panel("hr", 2), fixed={"c": 2.0}, starts=[begin])
    assert "unidentified" in [note.code for note in fit.notes]
    assert fit.profile("D").interval(0.95) == (0.0, np.inf)
    assert fit.value == pytest.approx(paper.performance("hr", 2).value, rel=1e-9)


def test_parabola_does_as_well():
    found = paper.comparison()
    assert (found["parabola"] - found["performance"]).abs().max() < 0.01
    assert (found["tilted"] >= found["parabola"]).all()


def test_best_depth_falls_with_width_in_small_panels():
    hits = paper.best_depths().loc["hr"]
    for number in range(1, 9):
        assert all(a >= b for a, b in pairwise(hits.loc[number]))
    assert (hits.loc[[9, 10]] == 64).all(axis=None)


def test_hold_out():
    found = paper.hold_out()[["plane", "performance", "parabola", "same"]].median()
    assert found.to_dict() == pytest.approx(
        {"plane": 0.800, "performance": 0.538, "parabola": 0.504, "same": 0.502}, abs=2e-3
    )


# Approximate entropy --------------------------------------------------------------------------


def test_simulated_lengths_are_four_of_the_five_of_the_paper():
    longest = set(rp.load("shen2024", "panels")["max_sequence_length"])
    assert longest - set(paper.LENGTHS) == {150}
    assert set(paper.LENGTHS) <= longest


def test_entropy_by_counting():
    sequence, m = [1, 2, 1, 1, 2, 3, 1, 2], 2

    def phi(m):
        stretches = [tuple(sequence[i : i + m]) for i in range(len(sequence) - m + 1)]
        return np.mean([np.log(stretches.count(s) / len(stretches)) for s in stretches])

    assert paper.approximate_entropy(sequence, m) == pytest.approx(abs(phi(m + 1) - phi(m)))


def test_entropy_of_extremes():
    assert paper.approximate_entropy([7] * 30) == 0
    assert paper.approximate_entropy(range(30)) == pytest.approx(np.log(30 / 29))
    random = np.random.default_rng(0).integers(2, size=2000)
    assert paper.approximate_entropy(random) == pytest.approx(np.log(2), abs=2e-3)


def test_entropy_depends_on_numbering_with_a_tolerance():
    sequence = np.random.default_rng(0).integers(5, size=100)
    renamed = np.array([10, 30, 20, 50, 40])[sequence]
    assert paper.approximate_entropy(sequence) == paper.approximate_entropy(renamed)
    apart = paper.approximate_entropy(sequence, r=1) - paper.approximate_entropy(renamed, r=1)
    assert abs(apart) > 0.3


@pytest.mark.parametrize(("m", "r", "said"), [(0, 0, "m is 0"), (9, 0, "m is 9"), (1, -1, "r is")])
def test_entropy_refuses(m, r, said):
    with pytest.raises(ArgumentError, match=said):
        paper.approximate_entropy([1, 2, 3, 4], m, r)
