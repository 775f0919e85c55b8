"""Notes on isoFLOP slices: what is doubtful, and what the exponent is without it."""

import numpy as np
import pandas as pd
import pytest

from replication.frontier import METHODS, isoflop


def codes(frontier):
    return [note.code for note in frontier.notes]


def note(frontier, code):
    return next(note for note in frontier.notes if note.code == code)


def with_close_sizes(noisy):
    """Return eight good slices, and one of 15 runs at three sizes within 5.4 %."""
    rng = np.random.default_rng(4)
    runs = noisy(4, sizes=9, noise=0.004, top=1.5e21)
    params = np.repeat(1e10 * np.array([1, 1.027, 1.054]), 5)
    # Noise alone makes the best of three sizes that one could not tell apart.
    loss = 2.1985 + np.repeat([0.004, 0.0, 0.003], 5) + rng.normal(0, 0.004, 15)
    close = {"isoflop_budget": 3e21, "params": params, "loss": loss}
    return runs, pd.concat([runs, pd.DataFrame(close)])


def test_three_sizes_that_hardly_differ_do_not_decide(noisy):
    good, runs = with_close_sizes(noisy)
    frontier = isoflop(runs)
    assert frontier.a == isoflop(good).a
    last = frontier.points.iloc[-1]
    assert (last.n, last.sizes, last.used) == (15, 3, False)
    assert last.why == "its sizes differ by 5.4 % only"
    assert codes(frontier) == ["narrow_grid"]
    # What it would be with them, by hand: all nine minima in one line.
    at = frontier.points
    with_them = np.polyfit(np.log(at.flops), np.log(at.params), 1)[0]
    assert f"with them, a would be {with_them:.3f}" in frontier.notes[0].message
    assert abs(with_them - frontier.a) > 0.02
    # No resample hears them either.
    drawn = frontier.bootstrap(50, seed=2).to_frame().a
    assert abs(drawn.median() - frontier.a) < 0.02


def test_where_all_slices_are_narrow_they_are_used(even, slices):
    frontier = isoflop(slices(even, width=1.1))
    assert frontier.a == pytest.approx(even.a, abs=1e-6)
    assert frontier.notes == ()


def test_sizes_are_counted_and_not_runs(even, slices):
    """Five runs at each of three sizes go through a parabola as exactly as one each."""
    runs = slices(even, sizes=3)
    five = pd.concat([runs] * 5)
    frontier = isoflop(five)
    assert frontier.points.n.tolist() == [15] * 5
    assert frontier.points.sizes.tolist() == [3] * 5
    assert "5 parabolas go through three sizes" in note(frontier, "too_few_points").message
    assert "too_few_points" not in codes(isoflop(pd.concat([slices(even, sizes=4)] * 2)))


def test_a_grid_that_is_too_narrow_says_what_it_does(right):
    found = note(isoflop(right), "narrow_grid")
    rest = isoflop(right[right.isoflop_budget < 3e21])
    assert f"Without it, a is {rest.a:.3f}." in found.message


def test_less_than_half_a_decade_of_compute_is_noted(even):
    budget = np.repeat(np.geomspace(1e20, 3e20, 4), 9)
    params = even.optimal(flops=budget).params * np.tile(np.geomspace(1 / 3, 3, 9), 4)
    runs = {"isoflop_budget": budget, "params": params}
    frontier = isoflop(runs | {"loss": even.loss(params, budget / 6 / params)})
    assert codes(frontier) == ["narrow_range"]
    assert "a factor of 3 in compute only (1e+20 to 3e+20 FLOPs)" in frontier.notes[0].message


@pytest.mark.parametrize("seed", range(4))
def test_a_spline_through_noise_is_noted(noisy, seed):
    """At these seeds its exponent is anywhere between .43 and .62, that of parabolas .50 to .51."""
    runs = noisy(seed, sizes=14)
    spline, parabola = isoflop(runs, method="akima"), isoflop(runs)
    assert abs(parabola.a - 0.514) < 0.02
    found = note(spline, "unstable_minimum")
    assert "the spline has several minima" in found.message
    assert "leaving out one run moves the minimum" in found.message
    assert "noise=" in found.advice
    assert "unstable_minimum" not in codes(parabola)
    assert "unstable_minimum" not in codes(isoflop(runs, method="akima", noise=0.01, draws=20))


def test_a_spline_through_a_law_is_not(even, law, slices):
    for truth in (even, law):
        assert isoflop(slices(truth, sizes=7), method="akima").notes == ()


def test_a_minimum_that_hangs_on_one_run_is_found_by_leaving_it_out(even, slices):
    """One lucky run, low by a little, next to the edge of the last slice."""
    runs = slices(even, sizes=12, width=5.0)
    last = runs[runs.isoflop_budget == runs.isoflop_budget.max()]
    lucky = last.index[-2]
    runs.loc[lucky, "loss"] = last.loss.min() - 0.001
    frontier = isoflop(runs, method="akima")
    assert frontier.points.params.iloc[-1] == pytest.approx(runs.params[lucky], rel=0.1)
    message = note(frontier, "unstable_minimum").message
    assert "At 1e+22 FLOPs leaving out one run moves the minimum" in message
    rest = isoflop(runs[runs.isoflop_budget < 1e22], method="akima")
    assert f"Without it, a is {rest.a:.3f}." in message


def test_a_slice_that_scatters_is_noted(noisy):
    runs = noisy(1)
    budget = sorted(set(runs.isoflop_budget))[3]
    here = runs.isoflop_budget == budget
    runs.loc[here, "loss"] += np.random.default_rng(0).normal(0, 0.11, here.sum())
    frontier = isoflop(runs)
    found = note(frontier, "outlier")
    assert f"At {budget:g} FLOPs the runs scatter round the parabola by" in found.message
    rest = isoflop(runs[~here])
    assert f"Without it, a is {rest.a:.3f}." in found.message


@pytest.mark.parametrize("row", [14, 30, 61])
def test_a_run_that_diverged_is_named(noisy, row):
    runs = noisy(1)
    runs.loc[row, "loss"] *= 1.1
    seen = [n.message for n in isoflop(runs).notes if n.code == "outlier"]
    where = f"{runs.params[row]:.3g} params at {runs.isoflop_budget[row]:g} FLOPs"
    assert any("One run lies far off the parabola" in m and where in m for m in seen)


@pytest.mark.parametrize("seed", range(12))
def test_good_runs_are_no_outliers(noisy, seed):
    assert "outlier" not in codes(isoflop(noisy(seed)))


@pytest.mark.parametrize("width", [3.0, 10.0, 30.0])
def test_a_parabola_that_does_not_fit_makes_no_outliers(law, slices, width):
    """Without noise all that is left is the shape of the law, which is no fault of a run."""
    assert isoflop(slices(law, width=width, sizes=15)).notes == ()


def test_every_note_is_short_however_many_budgets_there_are(even):
    budget = np.repeat(np.geomspace(1e18, 1e22, 300), 9)
    params = even.optimal(flops=budget).params * np.tile(np.geomspace(1 / 3, 3, 9), 300)
    rng = np.random.default_rng(0)
    loss = even.loss(params, budget / 6 / params) + rng.normal(0, 0.05, len(budget))
    runs = {"isoflop_budget": budget, "params": params, "loss": loss}
    for method in METHODS:
        frontier = isoflop(runs, method=method)
        assert len(frontier.notes) >= 2
        assert max(len(str(one)) for one in frontier.notes) < 500
