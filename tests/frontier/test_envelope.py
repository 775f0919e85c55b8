"""Approach 1: the lower envelope of curves."""

import numpy as np
import pytest

from replication.errors import ArgumentError, DataError, UnknownNameError
from replication.frontier import envelope


def codes(frontier):
    return [note.code for note in frontier.notes]


def test_recovers_the_law_from_training_curves(law, curves):
    frontier = envelope(curves(law), flops=(1e19, 1e22), curve="run")
    assert frontier.a == pytest.approx(law.a, abs=0.005)
    best, truth = frontier.optimal(flops=1e21), law.optimal(flops=1e21)
    assert best.params == pytest.approx(truth.params, rel=0.03)
    assert best.loss == pytest.approx(truth.loss, rel=1e-3)
    assert frontier.notes == ()


def test_agrees_with_a_plain_envelope(left):
    budgets = np.geomspace(5e18, 3e21, 60)
    chosen = []
    for budget in budgets:
        at = {}
        for size, runs in left.groupby("params_table_a9"):
            runs = runs.sort_values("flops")
            if len(runs) >= 3 and runs.flops.min() <= budget <= runs.flops.max():
                loss = np.interp(np.log(budget), np.log(runs.flops), runs.loss)
                at[np.exp(np.log(left.params[left.params_table_a9 == size]).mean())] = loss
        chosen.append(min(at, key=at.get))
    frontier = envelope(left, 60, (5e18, 3e21))
    np.testing.assert_allclose(frontier.points.params, chosen, rtol=1e-9)
    slope, intercept = np.polyfit(np.log(budgets), np.log(chosen), 1)
    assert frontier.a == pytest.approx(slope, abs=1e-9)
    assert frontier.params_prefactor == pytest.approx(np.exp(intercept), rel=1e-7)


@pytest.mark.parametrize(
    ("flops", "a"),
    [((5e18, 3e21), 0.497), ((6e18, 3e21), 0.490), ((2e18, 5e21), 0.527), ((1e19, 2e21), 0.474)],
)
def test_the_published_points(left, flops, a):
    frontier = envelope(left, flops=flops)
    assert frontier.a == pytest.approx(a, abs=6e-4)
    assert frontier.b == pytest.approx(1 - a, abs=6e-4)
    assert codes(frontier) == ["not_bracketed", "too_few_points"]


def test_the_gopher_budget(left):
    best = envelope(left, flops=(5e18, 3e21)).optimal(flops=5.76e23)
    assert best.params == pytest.approx(63.1e9, rel=1e-3)
    assert best.tokens == pytest.approx(1.52e12, rel=3e-3)


def test_the_nearest_point_is_taken_as_by_hand(law, curves):
    runs = curves(law, sizes=12, points=40)
    budgets = np.geomspace(1e19, 1e21, 30)
    chosen, least = [], []
    for budget in budgets:
        at = {}
        for size, run in runs.groupby("params"):
            if run.flops.min() <= budget <= run.flops.max():
                at[size] = run.loss.iloc[(run.flops - budget).abs().argmin()]
        chosen.append(min(at, key=at.get))
        least.append(min(at.values()))
    frontier = envelope(runs, 30, (1e19, 1e21), curve="run", between="nearest")
    np.testing.assert_allclose(frontier.points.params, chosen, rtol=1e-9)
    np.testing.assert_allclose(frontier.points.loss, least, rtol=1e-12)


def test_on_dense_curves_both_ways_to_read_them_agree(law, curves):
    runs = curves(law, sizes=12, points=6000)
    linear, nearest = (
        envelope(runs, 40, (1e19, 1e21), between=name).points for name in ("linear", "nearest")
    )
    np.testing.assert_allclose(nearest.loss, linear.loss, rtol=1e-4)
    # What is left differs where two sizes are all but equal.
    assert (nearest.params == linear.params).mean() > 0.9


def test_sizes_by_column_or_by_tolerance(left):
    by_tolerance = envelope(left)
    assert envelope(left, size="params_table_a9").a == pytest.approx(by_tolerance.a, abs=1e-12)
    assert (by_tolerance.n, by_tolerance.left_out) == (237, 8)


def test_by_default_the_best_size_is_bracketed_at_both_ends(left):
    points = envelope(left).points
    ends = points.iloc[[0, -1]]
    assert ((ends.left < ends.params) & (ends.params < ends.right)).all()
    assert points.flops.iloc[0] == pytest.approx(2.06e18, rel=0.01)
    assert points.flops.iloc[-1] == pytest.approx(2.98e21, rel=0.01)


def test_row_order_and_units_do_not_matter(left):
    frontier = envelope(left)
    assert envelope(left.sample(frac=1, random_state=2)).a == pytest.approx(frontier.a, abs=1e-12)
    millions = envelope(left.assign(params=left.params / 1e6))
    assert millions.a == pytest.approx(frontier.a, abs=1e-10)
    assert envelope(left.assign(loss=left.loss / np.log(2))).a == pytest.approx(frontier.a)


def test_budgets_outside_all_curves_are_left_out(left):
    frontier = envelope(left, 100, (1e16, 1e21))
    assert "extrapolates" in codes(frontier)
    assert len(frontier.points) < 100


def test_whole_curves_are_resampled(law, curves):
    frontier = envelope(curves(law, sizes=20, points=30), 100, (1e19, 1e22), curve="run")
    assert frontier.bootstrap(20).kind == "curves"
    assert frontier.subsample(20, fraction=0.8).count == 20
    points = envelope(curves(law, sizes=20, points=30), 100, (1e19, 1e22))
    assert points.bootstrap(20).kind == "points"


def test_noisy_copies_are_envelopes_of_noisy_losses_at_the_same_budgets(left):
    """By hand: add the noise to the rows, in their order, and find the envelope anew."""
    shuffled = left.sample(frac=1, random_state=0)
    deviates = np.random.default_rng(1).standard_normal((4, len(shuffled)))
    span = (5e18, 3e21)
    frontier = envelope(shuffled, flops=span, noise=0.01, draws=deviates)
    again = [
        envelope(shuffled.assign(loss=shuffled["loss"] + 0.01 * row), flops=span).a
        for row in deviates
    ]
    np.testing.assert_allclose(frontier.draws.to_frame()["a"], again, rtol=1e-12)
    assert frontier.a == envelope(shuffled, flops=span).a
    assert frontier.draws.kind == "noisy copies"


def test_without_noise_worth_the_name_every_copy_is_the_estimate(left):
    frontier = envelope(left, flops=(5e18, 3e21), noise=1e-12, draws=5)
    np.testing.assert_allclose(frontier.draws.to_frame()["a"], frontier.a, rtol=1e-9)


def test_noise_is_not_for_training_curves(law, curves):
    with pytest.raises(ArgumentError, match="Leave out noise= or curve='run'"):
        envelope(curves(law), curve="run", noise=0.01)


def test_noise_and_draws_without_meaning_are_refused(left):
    with pytest.raises(ArgumentError, match="noise is -1; a positive standard deviation"):
        envelope(left, noise=-1.0)
    with pytest.raises(ArgumentError, match=r"draws has shape \(2, 3\)"):
        envelope(left, noise=0.01, draws=np.zeros((2, 3)))


def test_an_unknown_way_to_read_a_curve(left):
    with pytest.raises(UnknownNameError, match=r"between its points 'cubic'\. Known: linear, nea"):
        envelope(left, between="cubic")


@pytest.mark.parametrize(
    ("change", "arguments", "error", "message"),
    [
        ({}, {"budgets": 50}, ArgumentError, "budgets= of envelope is called points= now"),
        ({}, {"points": 1}, ArgumentError, "points is 1; a whole number, at least 2"),
        ({}, {"min_points": 1}, ArgumentError, "min_points is 1"),
        ({}, {"flops": (3e21, 5e18)}, ArgumentError, "a lowest and a highest budget"),
        ({}, {"flops": (-1.0, 1.0)}, ArgumentError, "flops must be positive"),
        ({}, {"flops": (1e25, 1e26)}, DataError, "From 1e\\+25 to 1e\\+26 FLOPs there is no curve"),
        ({}, {"tolerance": -1.0}, ArgumentError, "tolerance is -1.0"),
        ({}, {"tolerance": 0.1}, DataError, "Sizes do not group: with tolerance=0.1"),
        ({}, {"min_points": 40}, DataError, "Sizes do not group: of .* sizes, 0 have a curve"),
        ({}, {"size": "width"}, DataError, "Column 'width' is missing"),
        ({}, {"curve": "isoflop_budget"}, DataError, "Column 'isoflop_budget' is empty in row"),
        ({}, {"response": "loss_c4"}, DataError, "Column 'loss_c4' is missing: envelope needs"),
        ({"params": 1e9}, {}, DataError, "All 245 points have one size"),
        ({"run": "one"}, {"curve": "run"}, DataError, "A curve mixes sizes"),
        ({"flops": 0.0}, {}, DataError, "'flops' is not positive in 245 of 245 rows"),
    ],
)
def test_bad_input(left, change, arguments, error, message):
    with pytest.raises(error, match=message):
        envelope(left.assign(**change), **arguments)


def test_sizes_without_common_budgets(law, curves):
    runs = curves(law, sizes=2, points=5)
    runs.loc[runs.run == 1, "flops"] *= 1e6
    with pytest.raises(DataError, match="Sizes do not overlap"):
        envelope(runs)


def test_one_size_that_always_wins(law, curves):
    runs = curves(law, sizes=2, points=20)
    runs.loc[runs.run == 1, "loss"] += 5
    with pytest.raises(DataError, match="The same size"):
        envelope(runs)


def test_two_sizes_are_never_bracketed(law, curves):
    runs = curves(law, sizes=2, points=40)
    frontier = envelope(runs)
    assert frontier.notes[0].code == "not_bracketed"
    assert "At 100% of the budgets" in frontier.notes[0].message


def test_an_empty_table(left):
    with pytest.raises(DataError, match="The table is empty: envelope needs rows with params"):
        envelope(left[:0])


def test_two_winners_over_hardly_a_range(case):
    """The exponent of the law behind these curves is .452; two sizes over a factor of 2 say 1.1."""
    frontier = envelope(case("hardly_a_range"), curve="run")
    found = {note.code: note.message for note in frontier.notes}
    assert "Only 2 sizes are the best anywhere" in found["too_few_points"]
    assert "The budgets span a factor of 2.23 in compute only" in found["narrow_range"]
    drawn = frontier.bootstrap(100)
    table = drawn.interval()
    # All resamples that have both winners give the same line, which is no certainty.
    assert (table.low == table.high).all()
    assert [note.code for note in drawn.notes] == ["too_few_points", "too_few_points"]
    assert "of the 33 resamples that give a frontier give the same" in drawn.notes[1].message
    assert "the interval has no width" in drawn.notes[1].message
    assert "notes: too_few_points" in repr(drawn)


@pytest.mark.parametrize("whole", [True, False])
def test_an_interval_without_width_is_never_without_a_word(case, whole):
    frontier = envelope(case("hardly_a_range"), **({"curve": "run"} if whole else {}))
    for drawn in (frontier.bootstrap(40, seed=1), frontier.subsample(40, fraction=0.9)):
        row = drawn.interval(0.8).loc["a"]
        told = any("no width" in note.message for note in drawn.notes)
        assert told == (row.high - row.low < 1e-9)


def test_curves_of_continuous_sizes_need_no_grouping(law):
    """Each run has a size of its own, hardly larger than the last; curve= says what is one."""
    sizes = 1e8 * 1.0009 ** np.arange(60) * np.repeat([1, 10, 100], 20)
    params = np.repeat(sizes, 40)
    tokens = np.tile(np.geomspace(1e8, 1e13, 40), 60)
    runs = {
        "params": params,
        "tokens": tokens,
        "flops": 6 * params * tokens,
        "loss": law.loss(params, tokens),
        "run": np.repeat(np.arange(60), 40),
    }
    frontier = envelope(runs, 200, curve="run")
    assert 0.2 < frontier.a < 0.8
    assert len(frontier.source.params) == 60
    with pytest.raises(DataError, match="Sizes do not group"):
        envelope(runs, 200)


@pytest.mark.parametrize("points", [2.5, "many", None, -3])
def test_a_number_of_budgets_that_is_none(left, points):
    with pytest.raises(ArgumentError, match=r"points is .*; a whole number, at least 2"):
        envelope(left, points)


def test_a_curve_column_without_labels(left):
    with pytest.raises(DataError, match="Column 'run' holds list values, which are no labels"):
        envelope(left.assign(run=[[1]] * len(left)), curve="run")
