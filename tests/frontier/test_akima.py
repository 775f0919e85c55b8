"""Approach 2 by Akima splines, and the noise bootstrap of porian2024."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import Akima1DInterpolator
from scipy.optimize import minimize_scalar

from replication.errors import ArgumentError, DataError, ReplicationError
from replication.frontier import NoiseRamp, bias, isoflop
from replication.frontier.line import line

RAMP = {"low": 0.002, "high": 0.05, "loss_low": 3, "loss_high": 7}


def by_loops(runs, std, deviates):
    """The published recipe, one copy at a time: params, log_std, exponent, draws of a."""
    rows, stars = [], []
    for flops, slice_ in runs.groupby("isoflop_budget"):
        slice_ = slice_.sort_values("params")
        columns = runs.index.get_indexer(slice_.index)
        x, n = np.log(slice_.params.to_numpy()), len(slice_)
        grid = np.log(np.geomspace(slice_.params.min(), slice_.params.max(), 25 * (n - 1)))
        found = []
        best = np.argmin(Akima1DInterpolator(x, np.log(slice_.loss.to_numpy()))(grid))
        for z in deviates[:, columns]:
            noisy = slice_.loss.to_numpy() + std * z
            at = np.argmin(Akima1DInterpolator(x, np.log(noisy))(grid))
            if 0 < at < len(grid) - 1:
                found.append(np.exp(grid[at]))
        if best in (0, len(grid) - 1) or len(found) < len(deviates) // 2:
            continue
        spread = max(np.std(np.log(found)), 0.33 * 25 * (grid[1] - grid[0]))
        rows.append((flops, np.median(found), spread * len(deviates) / len(found)))
        stars.append(found)
    table = pd.DataFrame(rows, columns=["flops", "params", "log_std"])
    c, w = np.log(table.flops), 1 / table.log_std
    lines = [np.polyfit(c, np.log(row), 1, w=w) for row in zip(*stars, strict=False)]
    return table, np.polyfit(c, np.log(table.params), 1, w=w)[0], np.array(lines)[:, 0]


@pytest.fixture(scope="module")
def deviates(right):
    return np.random.default_rng(3).standard_normal((60, len(right)))


def test_recovers_a_law_without_noise(even, slices):
    """The curve is searched on a grid, so that the optimum is met to half a step of it."""
    frontier = isoflop(slices(even), method="akima")
    assert frontier.a == pytest.approx(even.a, abs=0.002)
    assert frontier.optimal(flops=1e20).params == pytest.approx(
        even.optimal(flops=1e20).params, rel=0.01
    )
    assert frontier.notes == ()


def test_agrees_with_a_search_by_scipy(right):
    points = isoflop(right, method="akima").points
    assert points.used.sum() >= 7
    for point in points[points.used].itertuples():
        runs = right[right.isoflop_budget == point.flops].sort_values("params")
        x = np.log(runs.params.to_numpy())
        spline = Akima1DInterpolator(x, np.log(runs.loss.to_numpy()))
        step = np.ptp(x) / ((len(x) - 1) * 25 - 1)
        here = np.log(point.params) + np.array([-2, 2]) * step
        found = minimize_scalar(spline, bounds=here, method="bounded")
        assert abs(found.x - np.log(point.params)) < 1.01 * step
        assert point.loss == pytest.approx(np.exp(found.fun), rel=1e-4)
        assert point.curvature > 0


def test_one_batch_equals_the_recipe_by_loops(right, deviates):
    frontier = isoflop(right, method="akima", noise=0.004, draws=deviates)
    table, a, draws = by_loops(right, 0.004, deviates)
    names = ["flops", "params", "log_std"]
    used = frontier.points[frontier.points.used].reset_index(drop=True)
    pd.testing.assert_frame_equal(used[names], table, rtol=1e-9)
    assert len(used) < len(frontier.points)
    assert frontier.a == pytest.approx(a, rel=1e-9)
    np.testing.assert_allclose(frontier.draws.to_frame()["a"], draws, rtol=1e-9)


def test_row_order_and_units_do_not_matter(right, deviates):
    options = {"method": "akima", "noise": 0.004}
    frontier = isoflop(right, draws=deviates, **options)
    order = np.random.default_rng(0).permutation(len(right))
    shuffled = isoflop(right.iloc[order], draws=deviates[:, order], **options)
    assert shuffled.a == pytest.approx(frontier.a, rel=1e-10)
    millions = isoflop(right.assign(params=right.params / 1e6), draws=deviates, **options)
    assert millions.a == pytest.approx(frontier.a, rel=1e-10)
    bits = isoflop(
        right.assign(loss=right.loss / np.log(2)),
        method="akima", noise=0.004 / np.log(2), draws=deviates,
    )  # fmt: skip
    assert bits.a == pytest.approx(frontier.a, rel=1e-10)


def test_noise_may_be_a_number_a_column_or_a_function(right, deviates):
    options = {"method": "akima", "draws": deviates}
    one = isoflop(right, noise=0.004, **options)
    assert isoflop(right, noise=np.full(len(right), 0.004), **options).a == one.a
    assert isoflop(right, noise=lambda loss: 0.004 + 0 * loss, **options).a == one.a
    assert isoflop(right, noise=NoiseRamp(**RAMP), **options).a != one.a


def test_other_methods_take_noise_as_well(right):
    frontier = isoflop(right, noise=0.002, draws=200)
    assert frontier.a == pytest.approx(isoflop(right).a, abs=0.02)
    assert frontier.draws.count == 200
    assert frontier.draws.kind == "noisy copies"


def test_more_noise_gives_wider_intervals(right):
    widths = []
    for noise in (0.001, 0.004, 0.016):
        row = isoflop(right, method="akima", noise=noise).draws.interval(0.95).loc["a"]
        widths.append(row.high - row.low)
    assert widths == sorted(widths)


def test_without_weights_every_minimum_counts_alike(right, deviates):
    frontier = isoflop(right, method="akima", noise=0.004, draws=deviates, weighted=False)
    used = frontier.points[frontier.points.used]
    slope = np.polyfit(np.log(used.flops), np.log(used.params), 1)[0]
    assert frontier.a == pytest.approx(slope, rel=1e-9)


def test_fresh_copies_by_bootstrap(right):
    for weighted in (True, False):
        options = {"noise": 0.004, "draws": 100, "seed": 5, "weighted": weighted}
        frontier = isoflop(right, method="akima", **options)
        same = frontier.bootstrap(100, seed=5).to_frame()
        pd.testing.assert_frame_equal(frontier.draws.to_frame(), same)
        assert frontier.bootstrap(100, seed=6).interval().loc["a", "low"] != same["a"].min()


@pytest.mark.parametrize(("bad", "used"), [(50, True), (51, False)])
def test_a_budget_needs_half_of_its_copies(even, slices, bad, used):
    """In so many copies of a hundred the smallest size of the first budget is made the best."""
    runs = slices(even)
    deviates = np.zeros((100, len(runs)))
    deviates[:bad, runs.params.argmin()] = -1.0
    frontier = isoflop(runs, method="akima", noise=0.5, draws=deviates)
    first = frontier.points.iloc[0]
    assert first.survived == 1 - bad / 100
    assert first.used == used
    assert frontier.draws.count == (50 if used else 100)
    if used:
        assert first.log_std == pytest.approx(2 * frontier.points.log_std.iloc[1])
    else:
        assert first.why == "only 49 of 100 noisy copies have a minimum inside"
        assert [note.code for note in frontier.notes] == ["not_bracketed"]


def test_a_single_copy_is_refused_where_it_has_no_minimum(even, slices):
    runs = slices(even)
    deviates = np.zeros((1, len(runs)))
    assert isoflop(runs, method="akima", noise=0.5, draws=deviates).points.survived.all()
    deviates[0, runs.params.argmin()] = -1.0
    lost = isoflop(runs, method="akima", noise=0.5, draws=deviates).points.iloc[0]
    assert (lost.used, lost.why) == (False, "only 0 of 1 noisy copies have a minimum inside")


def test_an_edge_is_a_note_and_left_out(even, slices):
    runs = slices(even)
    first = runs.isoflop_budget == runs.isoflop_budget.min()
    edge = runs[~first | (runs.index > runs[first].loss.idxmin())]
    for options in ({}, {"noise": 0.001}):
        frontier = isoflop(edge, method="akima", **options)
        assert [note.code for note in frontier.notes] == ["not_bracketed"]
        assert "minimum below the smallest size" in frontier.notes[0].message
        assert frontier.points.used.tolist() == [False, True, True, True, True]
        assert frontier.a == pytest.approx(even.a, abs=0.005)


def test_of_two_runs_of_a_size_the_better_one_counts(even, slices):
    runs = slices(even)
    worse = runs.assign(loss=runs.loss + 0.1)
    twice = pd.concat([worse, runs])
    assert isoflop(twice, method="akima").a == pytest.approx(isoflop(runs, method="akima").a)


def test_draws_of_runs_equal_refits_of_the_same_runs(right):
    frontier = isoflop(right, method="akima")
    weights = next(frontier.source.within_budgets(4, seed=1).blocks())
    a = frontier.source.solve(weights).a
    for k, row in enumerate(weights):
        refit = isoflop(right.loc[right.index.repeat(row.astype(int))], method="akima")
        assert a[k] == pytest.approx(refit.a, abs=1e-9)


def test_the_bias_of_a_spline_is_small(law):
    errors = bias(law, [1e18, 1e20, 1e22], width=8, flops=1e24, method="akima")
    parabola = bias(law, [1e18, 1e20, 1e22], width=8, flops=1e24)
    assert abs(errors.tokens_error.item()) < abs(parabola.tokens_error.item())


@given(st.floats(0.5, 20), st.floats(0.5, 20))
def test_a_ramp_never_falls_and_keeps_its_ends(one, other):
    ramp = NoiseRamp(**RAMP)
    low, high = sorted([one, other])
    assert ramp(low) <= ramp(high) * (1 + 1e-12)
    assert 0.002 * (1 - 1e-12) <= ramp(one) <= 0.05 * (1 + 1e-12)
    assert ramp(np.sqrt(21)) == pytest.approx(np.sqrt(0.002 * 0.05))


def test_a_weighted_line_is_polyfits():
    rng = np.random.default_rng(1)
    flops, weights = np.geomspace(1e18, 1e22, 6), rng.uniform(0.5, 4, (1, 6))
    params = flops**0.5 * np.exp(rng.normal(0, 0.1, (1, 6)))
    a, prefactor = line(flops, params, weights)
    slope, intercept = np.polyfit(np.log(flops), np.log(params[0]), 1, w=np.sqrt(weights[0]))
    assert (a[0], np.log(prefactor[0])) == pytest.approx((slope, intercept), rel=1e-9)


def test_r2_is_the_squared_correlation_of_an_unweighted_line(right):
    frontier = isoflop(right, method="akima")
    used = frontier.points[frontier.points.used]
    r = np.corrcoef(np.log(used.flops), np.log(used.params))[0, 1]
    assert frontier.r2 == pytest.approx(r**2, rel=1e-9)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"noise": -0.1}, "noise is -0.1; a positive standard deviation"),
        ({"noise": 0.0}, "noise is 0; a positive"),
        ({"noise": np.nan}, "noise is nan"),
        ({"noise": [0.1, 0.2]}, r"noise has shape \(2,\); one standard deviation, one for each"),
        ({"noise": lambda loss: "much"}, "noise has shape"),
        ({"noise": 5.0}, "noise of 5 nats takes a loss of .* below zero"),
        ({"noise": 0.01, "draws": 0}, "resamples is 0; at least 1"),
        ({"noise": 0.01, "draws": np.zeros((5, 3))}, r"draws has shape \(5, 3\); a number, or"),
        ({"noise": 0.01, "draws": np.full((5, 114), np.inf)}, "finite deviates of shape"),
    ],
)
def test_bad_noise(right, options, message):
    with pytest.raises(ArgumentError, match=message):
        isoflop(right, method="akima", **options)


@pytest.mark.parametrize("change", [{"low": 0}, {"high": 0.001}, {"loss_high": 3}])
def test_a_ramp_that_does_not_rise(change):
    with pytest.raises(ArgumentError, match="does not rise from one positive value to another"):
        NoiseRamp(**RAMP | change)


@pytest.mark.parametrize("loss", [0.0, -2.0, np.nan])
def test_a_ramp_of_no_loss(loss):
    with pytest.raises(ArgumentError, match="loss must be positive"):
        NoiseRamp(**RAMP)(loss)


def test_a_budget_with_three_sizes_is_named(right):
    few = right.drop(right.index[right.isoflop_budget == 3e20][3:])
    with pytest.raises(DataError, match=r"3e\+20 FLOPs has 3 sizes; an Akima spline needs 4"):
        isoflop(few, method="akima")


@pytest.mark.parametrize("column", ["params", "loss"])
def test_negative_counts_and_losses_are_refused(right, column):
    with pytest.raises(DataError, match=f"'{column}' is not positive in 1 of 114 rows"):
        isoflop(right.assign(**{column: right[column].where(right.index > 0, -1)}), method="akima")


def test_a_frontier_without_noise_has_no_copies(right):
    with pytest.raises(ReplicationError, match="was found without noise="):
        isoflop(right, method="akima").draws  # noqa: B018


def test_a_frontier_with_noise_has_no_subsamples(right):
    with pytest.raises(ReplicationError, match="noisy copies, not parts of its runs"):
        isoflop(right, method="akima", noise=0.01, draws=10).subsample()


def test_too_few_sizes_for_a_spline_in_a_grid(law):
    with pytest.raises(ArgumentError, match="points is 3; an Akima spline needs 4"):
        bias(law, [1e18, 1e20], width=2, flops=1e21, points=3, method="akima")
