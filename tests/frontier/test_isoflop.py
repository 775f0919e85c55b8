"""Approach 2: parabolas in log N, and a power law through their minima."""

import numpy as np
import pandas as pd
import pytest

from replication.errors import ArgumentError, DataError, UnknownNameError
from replication.frontier import METHODS, Method, Minima, isoflop

GOPHER = 5.76e23
NINE = [6e18, 1e19, 3e19, 6e19, 1e20, 3e20, 6e20, 1e21, 3e21]


def codes(frontier):
    return [note.code for note in frontier.notes]


def test_recovers_a_symmetric_law(even, slices):
    frontier = isoflop(slices(even))
    assert frontier.a == pytest.approx(even.a, abs=1e-9)
    best, truth = frontier.optimal(flops=1e24), even.optimal(flops=1e24)
    assert best.params == pytest.approx(truth.params, rel=1e-8)
    assert best.tokens == pytest.approx(truth.tokens, rel=1e-8)
    assert frontier.notes == ()


def test_exponent_is_exact_and_the_prefactor_is_not(law, slices):
    frontier = isoflop(slices(law, width=8.0))
    assert frontier.a == pytest.approx(law.a, abs=1e-9)
    assert frontier.optimal(flops=1e20).tokens < law.optimal(flops=1e20).tokens


def test_agrees_with_polyfit(right):
    frontier = isoflop(right, rule="6ND")
    minima = []
    for budget, runs in right.groupby("isoflop_budget"):
        x = np.log10(runs.params)
        c2, c1, c0 = np.polyfit(x, runs.loss, 2)
        vertex = -c1 / (2 * c2)
        rms = np.sqrt(np.mean((np.polyval([c2, c1, c0], x) - runs.loss) ** 2))
        minima.append((budget, 10**vertex, c0 - c1**2 / (4 * c2), c2, rms, len(runs)))
    names = ["flops", "params", "loss", "curvature", "scatter", "n"]
    by_hand = pd.DataFrame(minima, columns=names)
    pd.testing.assert_frame_equal(frontier.points[names], by_hand, rtol=1e-7, check_dtype=False)
    slope, intercept = np.polyfit(np.log10(by_hand.flops), np.log10(by_hand.params), 1)
    assert frontier.a == pytest.approx(slope, abs=1e-9)
    assert frontier.params_prefactor == pytest.approx(10**intercept, rel=1e-7)
    assert frontier.tokens_prefactor == pytest.approx(1 / 6 / 10**intercept, rel=1e-7)


@pytest.mark.parametrize(
    ("below", "window", "a", "params", "tokens"),
    [
        (np.inf, None, 0.481, 58.9e9, None),
        (3.44, None, 0.495, 64.7e9, 1.48e12),
        (3.3, None, 0.499, None, None),
        (np.inf, 0.5, 0.496, None, None),
        (np.inf, 0.6, 0.508, None, None),
        (np.inf, 0.4, 0.535, None, None),
    ],
)
def test_the_published_points(right, below, window, a, params, tokens):
    frontier = isoflop(right[right.loss < below], window=window, rule="6ND")
    assert frontier.a == pytest.approx(a, abs=6e-4)
    assert frontier.b == pytest.approx(1 - a, abs=6e-4)
    best = frontier.optimal(flops=GOPHER)
    if params:
        assert best.params == pytest.approx(params, rel=1e-3)
    if tokens:
        assert best.tokens == pytest.approx(tokens, rel=3e-3)


def test_sizes_of_the_printed_table_give_the_same(right):
    other = isoflop(right.assign(params=right.params_table_a9))
    assert other.a == pytest.approx(isoflop(right).a, abs=5e-5)


def test_a_narrow_window_loses_a_budget(right):
    frontier = isoflop(right, window=0.4)
    assert codes(frontier) == ["not_bracketed", "narrow_grid"]
    lost = frontier.points[~frontier.points.used]
    assert lost.flops.tolist() == [3e21]
    assert lost.why.item() == "no minimum: the loss is curved downwards"


def test_a_grid_that_ends_close_to_its_minimum_is_noted(right):
    note = isoflop(right).notes[0]
    assert note.code == "narrow_grid"
    assert "At 3e+21 FLOPs" in note.message


def test_budgets_by_flops(left):
    frontier = isoflop(left, NINE, unmatched="drop")
    assert (frontier.n, frontier.left_out) == (129, 116)
    # The minimum at 1e20 lies below the sizes there; with it, the exponent would be .498.
    lost = frontier.points[~frontier.points.used]
    assert lost.flops.tolist() == [1e20]
    assert lost.why.item() == "minimum below the smallest size"
    assert frontier.a == pytest.approx(0.4945, abs=1e-4)
    logs = np.log(frontier.points[["flops", "params"]].astype(float))
    assert np.polyfit(logs.flops, logs.params, 1)[0] == pytest.approx(0.498, abs=5e-4)


def test_a_list_of_budgets_equals_a_column(even, slices):
    runs = slices(even)
    assert isoflop(runs, sorted(set(runs.flops)), tolerance=0.01).a == isoflop(runs).a


def test_rows_without_a_budget_are_left_out(left):
    frontier = isoflop(left)
    assert (frontier.n, frontier.left_out) == (114, 131)
    assert "131 rows left out" in frontier.summary()


def test_row_order_and_units_do_not_matter(right):
    frontier = isoflop(right)
    shuffled = isoflop(right.sample(frac=1, random_state=1))
    assert shuffled.a == pytest.approx(frontier.a, abs=1e-10)
    millions = isoflop(right.assign(params=right.params / 1e6))
    assert millions.a == pytest.approx(frontier.a, abs=1e-10)
    assert millions.params_prefactor == pytest.approx(frontier.params_prefactor / 1e6, rel=1e-8)
    bits = isoflop(right.assign(loss=right.loss / np.log(2)))
    assert bits.a == pytest.approx(frontier.a, abs=1e-10)


def test_another_loss_column_and_a_mapping(right):
    runs = {name: right[name] for name in ("params", "isoflop_budget")}
    assert isoflop(runs | {"loss_c4": right.loss}, response="loss_c4").a == isoflop(right).a


def test_three_sizes_fit_exactly_and_say_so(even, slices):
    assert "too_few_points" in codes(isoflop(slices(even, sizes=3)))


def test_a_new_method_needs_an_entry_only(right, monkeypatch):
    def lowest(log_params, loss, weights):
        at = np.where(weights > 0, loss, np.inf).argmin(axis=1)
        ones = np.ones(len(weights))
        return Minima(log_params[at], loss[at], ones, 0 * ones)

    monkeypatch.setitem(METHODS, "lowest", Method(lowest, 1, "a least loss"))
    frontier = isoflop(right, method="lowest")
    assert 0.3 < frontier.a < 0.7
    assert frontier.bootstrap(20).count == 20


@pytest.mark.parametrize(
    ("change", "arguments", "error", "message"),
    [
        ({}, {"method": "akma"}, UnknownNameError, "method 'akma'. Did you mean 'akima'.*parabola"),
        ({}, {"window": 0}, ArgumentError, "window is 0; a positive number"),
        ({}, {"budget": "flop_budget"}, DataError, "'flop_budget' is missing: isoflop needs"),
        ({}, {"budget": "flops"}, DataError, "Budgets do not group: column 'flops' has"),
        ({}, {"tolerance": 0.1}, ArgumentError, "tolerance=0.1 needs a list of budgets"),
        ({}, {"budget": [1e20]}, DataError, "lie within 10% of no budget, first"),
        ({}, {"budget": [1e20], "unmatched": "keep"}, UnknownNameError, "unmatched 'keep'"),
        ({}, {"budget": [1e20], "tolerance": 0.0}, ArgumentError, "tolerance is 0.0"),
        ({}, {"budget": [1e20, 1.01e20]}, DataError, "belongs to 1e\\+20 and 1.01e\\+20"),
        ({}, {"budget": [-1.0]}, ArgumentError, "budget must be positive"),
        ({"isoflop_budget": np.nan}, {}, DataError, "is empty in all 114 rows"),
        ({"params": 1e9}, {}, DataError, "All 114 runs have one size \\(1e\\+09 parameters\\)"),
        ({"loss": -1.0}, {}, DataError, "'loss' is not positive in 114 of 114 rows"),
        (
            {"isoflop_budget": 1e20},
            {},
            DataError,
            "There is one budget, 1e\\+20 FLOPs \\(no minimum: the loss is curved downwards\\); a",
        ),
    ],
)
def test_bad_input(right, change, arguments, error, message):
    with pytest.raises(error, match=message):
        isoflop(right.assign(**change), **arguments)


def test_a_budget_with_two_sizes_is_named(right):
    few = right.drop(right.index[right.isoflop_budget == 3e20][2:])
    with pytest.raises(DataError, match=r"Budget 3e\+20 FLOPs has 2 sizes; a parabola needs 3"):
        isoflop(few)


def test_a_listed_budget_without_runs_is_named(even, slices):
    runs = slices(even)
    with pytest.raises(DataError, match=r"Budget 5e\+23 FLOPs has 0 sizes"):
        isoflop(runs, [*sorted(set(runs.flops)), 5e23])


def test_slices_that_miss_their_minimum(even, slices):
    runs = slices(even)
    low = runs.groupby("isoflop_budget").head(4)
    with pytest.raises(DataError, match="0 of 5 budgets have a minimum inside their sizes"):
        isoflop(low)


def test_losses_in_bits_are_refused(right):
    with pytest.raises(DataError, match="named in bits"):
        isoflop(right.rename(columns={"loss": "loss_bits"}))


def test_an_empty_table(right):
    with pytest.raises(DataError, match="The table is empty: isoflop needs rows with params"):
        isoflop(right[:0])


def test_one_budget_says_where_its_minimum_is(case):
    """The minimum is that of np.polyfit; the remedy is another budget."""
    message = (
        r"There is one budget, 1e\+18 FLOPs \(its minimum is at 8.214e\+07 parameters\); a power "
        "law needs a second. Add runs at another budget."
    )
    with pytest.raises(DataError, match=message):
        isoflop(case("one_budget"))


@pytest.mark.parametrize("factor", [1 + 1e-9, 1 + 1e-7, 1 - 3e-7])
def test_budgets_that_differ_by_rounding_are_one(even, slices, factor):
    runs = slices(even)
    off = runs.isoflop_budget.where(runs.index % 3 != 0, runs.isoflop_budget * factor)
    frontier = isoflop(runs.assign(isoflop_budget=off))
    # The budget is as most of its runs have it.
    assert frontier.points.flops.tolist() == isoflop(runs).points.flops.tolist()
    assert frontier.a == pytest.approx(even.a, abs=1e-9)


def test_budgets_that_differ_by_more_are_several(even, slices):
    runs = slices(even)
    near = pd.concat([runs, runs.assign(isoflop_budget=runs.isoflop_budget * 1.001)])
    assert len(isoflop(near).points) == 10


def test_slices_over_tokens(law, slices):
    """The minima are D_opt; without params, N_opt is C / (6 D_opt)."""
    runs = slices(law)
    frontier = isoflop(runs, axis="tokens")
    minima = []
    for _, at in runs.groupby("isoflop_budget"):
        c2, c1, _ = np.polyfit(np.log10(at.tokens), at.loss, 2)
        minima.append(10 ** (-c1 / (2 * c2)))
    np.testing.assert_allclose(frontier.points.tokens, minima, rtol=1e-6)
    assert frontier.b == pytest.approx(law.b, abs=1e-6)
    assert frontier.a == pytest.approx(law.a, abs=1e-6)
    assert frontier.points.left.min() == pytest.approx(runs.tokens.min())
    bare = isoflop(runs.drop(columns=["params", "flops"]), axis="tokens")
    assert bare.a == pytest.approx(frontier.a, abs=1e-9)
    np.testing.assert_allclose(6 * bare.points.params * bare.points.tokens, bare.points.flops)
    drawn = isoflop(runs.drop(columns="params"), axis="tokens", noise=0.001, draws=50).draws
    assert drawn.interval().loc["b", "low"] < law.b < drawn.interval().loc["b", "high"]


def test_slices_over_tokens_read_params_where_they_are(case):
    frontier = isoflop(case("measured_tokens"), axis="tokens")
    by_hand = [
        np.exp(np.interp(np.log(D), np.log(at.tokens[::-1]), np.log(at.params[::-1])))
        for D, (_, at) in zip(
            frontier.points.tokens, case("measured_tokens").groupby("isoflop_budget"), strict=True
        )
    ]
    np.testing.assert_allclose(frontier.points.params, by_hand, rtol=1e-12)
    assert frontier.a + frontier.b < 0.95


def test_messages_about_tokens_speak_of_tokens(even, slices):
    runs = slices(even)
    low = runs.groupby("isoflop_budget").head(4)
    with pytest.raises(DataError, match="minimum below the smallest number of tokens"):
        isoflop(low, axis="tokens")
    with pytest.raises(DataError, match="runs have one number of tokens \\(1e\\+10 tokens\\)"):
        isoflop(runs.assign(tokens=1e10), axis="tokens")


def test_a_minimum_outside_the_sizes_is_kept_on_request(even, slices):
    runs = slices(even, width=1.5, sizes=9)
    first = runs.isoflop_budget == runs.isoflop_budget.min()
    low = runs[~first | (runs.groupby("isoflop_budget").cumcount() < 4)]
    dropped = isoflop(low)
    assert dropped.points.used.tolist() == [False, True, True, True, True]
    kept = isoflop(low, outside="keep")
    assert kept.points.used.all()
    assert kept.points.params[0] > kept.points.right[0]
    assert kept.points.params[0] == pytest.approx(even.optimal(flops=1e18).params, rel=0.01)
    assert codes(kept) == ["not_bracketed"]
    assert "At 1e+18 FLOPs the minimum lies outside the sizes, and is kept" in kept.notes[0].message
    assert kept.bootstrap(20).count > 0
    with pytest.raises(UnknownNameError, match=r"value of outside 'stay'\. Known: drop, keep"):
        isoflop(low, outside="stay")


def test_tokens_beyond_the_sizes_cost_what_they_do_at_the_end(even, slices):
    runs = slices(even, width=1.2)
    low = runs.groupby("isoflop_budget").head(5).assign(flops=np.nan)
    kept = isoflop(low.assign(tokens=low.tokens / 2), outside="keep")
    np.testing.assert_allclose(
        kept.points.tokens, kept.points.flops / (12 * kept.points.params), rtol=1e-9
    )


def test_a_flat_slice_has_no_minimum(even, slices):
    runs = slices(even)
    flat = runs.assign(loss=runs.loss.where(runs.isoflop_budget > 1e18, 3.0000001))
    for method in METHODS:
        first = isoflop(flat, method=method).points.iloc[0]
        assert (first.used, first.why) == (False, "no minimum: the loss is flat")


def test_why_names_each_reason_once(even, slices):
    with pytest.raises(DataError) as caught:
        isoflop(slices(even).groupby("isoflop_budget").head(4))
    assert str(caught.value).count("minimum above the largest size") == 1
    assert "1e+18, 1e+19, 1e+20 and 2 more: " in str(caught.value)


@pytest.mark.parametrize("seed", [-1, 1.5, "a", None])
def test_a_seed_that_is_none(right, seed):
    with pytest.raises(ArgumentError, match=r"seed is .*; a whole number, at least 0"):
        isoflop(right, noise=0.01, seed=seed)


@pytest.mark.parametrize("window", [-1, np.nan, np.inf, "half", [0.5]])
def test_a_window_that_is_none(right, window):
    with pytest.raises(ArgumentError, match=r"window is .*; a positive number of decades"):
        isoflop(right, window=window)
