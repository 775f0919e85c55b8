"""FLOP accounting: tokens at the minima, and compute that is not 6 N D."""

import numpy as np
import pytest

from replication.errors import DataError, UnknownNameError
from replication.frontier import envelope, isoflop, parametric

OPTIMA = [1.739e9, 3.169e9, 6.723e9]
"""Tokens at the minima of the case, by np.interp in logarithms over the runs of each budget."""


def codes(found):
    return [note.code for note in found.notes]


def test_tokens_at_the_minima_are_read_from_the_runs(case):
    """Compute leaves out the embedding that params count: D_opt is not C / (6 N_opt)."""
    runs = case("measured_tokens")
    frontier = isoflop(runs)
    assert frontier.points.tokens.tolist() == pytest.approx(OPTIMA, rel=3e-4)
    by_hand = [
        np.exp(np.interp(np.log(N), np.log(at.params), np.log(at.tokens)))
        for N, (_, at) in zip(frontier.points.params, runs.groupby("isoflop_budget"), strict=True)
    ]
    np.testing.assert_allclose(frontier.points.tokens, by_hand, rtol=1e-12)
    assert frontier.b == pytest.approx(0.588, abs=5e-4)
    assert frontier.a + frontier.b < 0.95
    slope, intercept = np.polyfit(np.log(frontier.points.flops), np.log(by_hand), 1)
    assert frontier.b == pytest.approx(slope, rel=1e-9)
    assert frontier.tokens_prefactor == pytest.approx(np.exp(intercept), rel=1e-7)
    best = frontier.optimal(flops=1e19)
    assert best.tokens == pytest.approx(frontier.tokens_law.predict(1e19), rel=1e-12)
    assert codes(frontier) == ["flops_differ"]
    assert "6 N D is 1.57 times the budget (1.2 to 2.58, 21 runs)" in frontier.notes[0].message


def test_the_same_runs_by_six(case):
    frontier = isoflop(case("measured_tokens"), rule="6ND")
    assert frontier.b == 1 - frontier.a
    assert frontier.points.tokens.tolist() == pytest.approx([1.148e9, 2.266e9, 5.091e9], rel=3e-4)
    assert codes(frontier) == ["flops_differ"]
    assert "is not what was trained" in frontier.notes[0].message


def test_exact_on_a_law_with_another_count_of_flops(even, slices):
    """With C = 4.2 N**1.03 D the exponents follow by calculus, and do not add up to 1."""
    factor, power = 4.2, 1.03
    runs = slices(even)
    runs["tokens"] = runs.isoflop_budget / (factor * runs.params**power)
    runs["loss"] = even.loss(runs.params, runs.tokens)
    frontier = isoflop(runs)
    # E + A N**-x + B D**-x with D = C / (factor N**power) is stationary in log N where
    # A N**-x = power B D**-x, hence log N = (log C + constant) / (1 + power).
    assert frontier.a == pytest.approx(1 / (1 + power), abs=5e-4)
    assert frontier.b == pytest.approx(1 - power / (1 + power), abs=5e-4)
    best = frontier.optimal(flops=1e20)
    assert factor * best.params**power * best.tokens == pytest.approx(1e20, rel=1e-9)


def test_where_compute_is_six_both_rules_agree(law, slices):
    runs = slices(law)
    measured, six = isoflop(runs), isoflop(runs, rule="6ND")
    assert measured.b == pytest.approx(six.b, abs=1e-12)
    assert measured.a + measured.b == pytest.approx(1, abs=1e-12)
    assert measured.notes == six.notes == ()


def test_runs_near_a_listed_budget_are_scaled_to_it(even, slices):
    """Their tokens differ because their compute does; that is no other count of FLOPs."""
    runs = slices(even)
    off = np.random.default_rng(0).uniform(0.95, 1.05, len(runs))
    runs = runs.assign(flops=runs.flops * off, tokens=runs.tokens * off)
    frontier = isoflop(runs, sorted(set(runs.isoflop_budget)))
    assert frontier.a + frontier.b == pytest.approx(1, abs=1e-12)


def test_both_laws_have_draws(case):
    frontier = isoflop(case("measured_tokens"))
    for drawn in (
        frontier.bootstrap(60, seed=1),
        frontier.subsample(60),
        isoflop(case("measured_tokens"), noise=0.002, draws=60).draws,
    ):
        table = drawn.interval(0.8)
        assert (table.low < table.high).all()
        assert table.loc["b", "low"] < frontier.b < table.loc["b", "high"]
        frame = drawn.to_frame()
        assert (frame.a + frame.b).std() > 1e-4
        best = drawn.optimal(flops=[1e19]).set_index("quantity")
        log = np.log(frame.tokens_prefactor) + frame.b * np.log(1e19)
        assert best.loc["tokens", "median"] == pytest.approx(np.exp(log).median(), rel=1e-9)


def test_draws_are_refits_in_tokens_too(case):
    runs = case("measured_tokens")
    frontier = isoflop(runs)
    weights = next(frontier.source.within_budgets(5, seed=3).blocks())
    drawn = frontier.source.solve(weights)
    for k, row in enumerate(weights):
        # All runs say what N and D go together; a resample says which losses count.
        again = isoflop(runs.loc[runs.index.repeat(row.astype(int))], rule="6ND")
        at = np.log(again.points.params)
        tokens = [
            np.exp(np.interp(x, np.log(s.params), np.log(s.tokens)))
            for x, (_, s) in zip(at, runs.groupby("isoflop_budget"), strict=True)
        ]
        slope = np.polyfit(np.log(again.points.flops), np.log(tokens), 1)[0]
        assert drawn.b[k] == pytest.approx(slope, abs=1e-9)


def test_a_few_empty_cells_are_read_over(case):
    runs = case("measured_tokens")
    holes = runs.assign(tokens=runs.tokens.where(runs.index % 7 != 0))
    assert isoflop(holes).b == pytest.approx(isoflop(runs).b, abs=0.01)
    assert isoflop(runs.assign(tokens=np.nan)).b == isoflop(runs, rule="6ND").b


@pytest.mark.parametrize(
    ("change", "rule", "error", "message"),
    [
        ({}, "7ND", UnknownNameError, "Unknown rule '7ND'.* Known: auto, measured, 6ND"),
        ({"tokens": np.nan}, "measured", DataError, "'tokens' is missing or empty.*rule='6ND'"),
        ({"tokens": -1.0}, "auto", DataError, "'tokens' is not positive.*Or say rule='6ND'"),
        ({"tokens": "many"}, "auto", DataError, "'tokens'.*Or say rule='6ND'"),
    ],
)
def test_unusable_tokens(case, change, rule, error, message):
    with pytest.raises(error, match=message):
        isoflop(case("measured_tokens").assign(**change), rule=rule)


def test_a_budget_without_tokens_is_named(case):
    runs = case("measured_tokens")
    runs["tokens"] = runs.tokens.where(runs.isoflop_budget > 1e18)
    with pytest.raises(DataError, match=r"'tokens' is empty for all runs of the budget of 1e\+18"):
        isoflop(runs)
    assert isoflop(runs, rule="6ND").notes[0].code == "flops_differ"


@pytest.mark.parametrize("factor", [0.25, 4.0])
def test_a_column_of_flops_that_disagrees_is_noted(law, slices, curves, factor):
    runs = slices(law)
    runs["flops"] = runs.flops * factor
    note = isoflop(runs).notes[0]
    assert note.code == "flops_differ"
    assert f"6 N D is {1 / factor:g} times flops" in note.message
    assert "flops_differ" in codes(parametric(runs))
    lines = curves(law)
    lines["flops"] = lines.flops * factor
    assert "flops_differ" in codes(envelope(lines, curve="run", flops=(1e20, 1e22)))


def test_an_overflowing_count_is_noted(law, slices):
    runs = slices(law)
    with np.errstate(over="ignore"):
        wrapped = 6 * runs.params.astype(np.int64) * (runs.tokens.astype(np.int64))
    assert (wrapped != (6 * runs.params * runs.tokens)).any()
    assert codes(isoflop(runs.assign(flops=wrapped))) == ["flops_differ"]


def test_an_envelope_reads_tokens_from_the_winning_curve(law, curves):
    """A count with an overhead by size: D_opt = C / (k N) with the k of the size that wins."""
    runs = curves(law)
    each = 6 * (1 + 1e8 / runs.params)
    runs["flops"] = each * runs.params * runs.tokens
    frontier = envelope(runs, curve="run", flops=(1e19, 1e22))
    at = frontier.points
    expected = at.flops / (6 * (1 + 1e8 / at.params)) / at.params
    np.testing.assert_allclose(at.tokens, expected, rtol=1e-9)
    slope = np.polyfit(np.log(at.flops), np.log(expected), 1)[0]
    assert frontier.b == pytest.approx(slope, rel=1e-9)
    drawn = frontier.bootstrap(10)
    assert (drawn.to_frame().a + drawn.to_frame().b).std() > 0
    six = envelope(runs, curve="run", flops=(1e19, 1e22), rule="6ND")
    assert (six.a, six.b) == (frontier.a, 1 - frontier.a)
    without = envelope(runs.drop(columns="tokens"), curve="run", flops=(1e19, 1e22))
    assert without.b == six.b


def test_mappings_of_lists_and_nullable_columns(case):
    runs = case("measured_tokens")
    expected = isoflop(runs).b
    assert isoflop({name: list(runs[name]) for name in runs}).b == pytest.approx(
        expected, rel=1e-12
    )
    nullable = runs.astype({"tokens": "Int64"})
    assert isoflop(nullable).b == pytest.approx(expected, rel=1e-12)
