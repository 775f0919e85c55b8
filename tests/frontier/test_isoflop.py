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
