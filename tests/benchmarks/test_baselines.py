"""The baselines compute what the package computes, so that no ratio compares unlike things."""

import numpy as np
import pytest
from autograd import grad
from scipy.optimize import approx_fprime

import replication as rp
from benchmarks import baselines, lifetime, points, robustness
from replication.papers import besiroglu2024

RUNS = besiroglu2024.points()
LOGS = points.logs(RUNS)
TEX = rp.published("hoffmann2022", "tex").to_vector()
# Away from the minimum and from the optimum's digits; the last one is far off.
PLACES = [TEX, TEX + np.array([0.1, -0.2, 0.05, 0.01, -0.02]), np.array([5.0, 5.0, 0.5, 0.5, 0.5])]


def objective_of_the_package(theta, weights=None):
    law = rp.laws.Chinchilla.from_vector(theta)
    residuals = LOGS[2] - np.log(law.loss(RUNS["params"], RUNS["tokens"]))
    return rp.Objective("log-huber", delta=baselines.DELTA).value(residuals, weights)


@pytest.mark.parametrize("theta", PLACES, ids=["tex", "near", "far"])
def test_the_recipes_minimise_the_package_s_objective(theta):
    expected = objective_of_the_package(theta)
    assert baselines.huber_sum(*LOGS)(theta) == pytest.approx(expected, rel=1e-12)
    value, gradient = baselines.huber_sum_and_gradient(*LOGS)(theta)
    assert value == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(
        gradient, approx_fprime(theta, baselines.huber_sum(*LOGS), 1e-8), rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize("theta", PLACES, ids=["tex", "near", "far"])
def test_the_notebook_s_objective_and_gradient_are_the_recipe_s(theta):
    value = baselines.notebook_objective(*LOGS)
    expected, slope = baselines.huber_sum_and_gradient(*LOGS)(theta)
    assert value(theta) == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(grad(value)(theta), slope, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("theta", PLACES, ids=["tex", "near", "far"])
def test_a_refit_minimises_the_weighted_objective(theta):
    counts = np.bincount(np.random.default_rng(1).integers(240, size=240), minlength=240) * 1.0
    prepared = baselines.Points.of(*LOGS)
    refit, t = baselines.Refit(prepared, counts), prepared.centred(theta)
    np.testing.assert_allclose(prepared.original(t), theta, rtol=1e-12)
    assert refit.value(t) == pytest.approx(objective_of_the_package(theta, counts), rel=1e-12)
    gradient = refit.value_and_gradient(t)[1]
    numeric = approx_fprime(t, lambda u: refit.value_and_gradient(u)[0], 1e-8)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-4, atol=1e-4)
    step = 1e-7 * np.eye(5)
    slopes = [
        (refit.value_and_gradient(t + h)[1] - refit.value_and_gradient(t - h)[1]) / 2e-7
        for h in step
    ]
    np.testing.assert_allclose(refit.hessian(t), slopes, rtol=1e-4, atol=1e-3)


def test_every_way_to_refit_ends_at_the_package_s_minimum():
    counts = np.bincount(np.random.default_rng(2).integers(240, size=240), minlength=240)
    rows = np.repeat(np.arange(240), counts)
    expected = rp.fit(rp.laws.Chinchilla, RUNS.iloc[rows]).value
    prepared = baselines.Points.of(*LOGS)
    refit = baselines.Refit(prepared, counts.astype(float))
    start = prepared.centred(points.fitted().law.to_vector())
    basis = baselines.whitening(prepared, start)
    ends = {
        "BFGS": refit.minimise(start, "BFGS", {"gtol": 1e-6}),
        "trust-ncg": refit.minimise(start, "trust-ncg", {"gtol": 1e-6}),
        "whitened": refit.minimise(start, "SLSQP", {"ftol": 1e-12}, basis),
        "least_squares": baselines.robust_least_squares(prepared, counts, start, 1e-10),
        "notebook": prepared.centred(baselines.notebook_fit(*(c[rows] for c in LOGS), TEX)),
    }
    values = {name: refit.value(end) for name, end in ends.items()}
    assert values == pytest.approx(dict.fromkeys(values, expected), rel=1e-6)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_exact_minimum_is_no_higher_than_the_package_s():
    counts = np.bincount(np.random.default_rng(3).integers(240, size=240), minlength=240)
    rows = np.repeat(np.arange(240), counts)
    prepared = baselines.Points.of(*LOGS)
    start = prepared.centred(points.fitted().law.to_vector())
    value, _ = baselines.Refit(prepared, counts.astype(float)).tight(start)
    assert value == pytest.approx(rp.fit(rp.laws.Chinchilla, RUNS.iloc[rows]).value, rel=1e-10)


def test_grid_search_returns_the_best_of_its_starts():
    starts = np.array([TEX, points.fitted().law.to_vector()])
    for analytic in (True, False):
        value, theta = baselines.grid_search(*LOGS, starts, analytic)
        assert value <= points.fitted().value * (1 + 1e-9)
        assert value == pytest.approx(objective_of_the_package(theta), rel=1e-12)


def test_synthetic_points_and_surfaces_are_what_they_say():
    runs = points.synthetic(2000)
    assert len(runs.drop_duplicates()) == 2000
    fit = rp.fit(rp.laws.Chinchilla, runs)
    assert fit.law.alpha == pytest.approx(points.fitted().law.alpha, abs=0.01)
    surface, noise = robustness.surface(7)
    assert 40 <= len(surface) <= 300
    assert 1e-3 <= noise <= 3e-2


@pytest.mark.parametrize("side", lifetime.SIDES)
def test_every_side_of_the_lifetime_table_finds_the_optimum(side):
    losses, demands = lifetime.grid(5)
    solve, _ = lifetime.SIDES[side]
    found, best = np.stack(solve(losses, demands)), np.stack(lifetime.ours(losses, demands))
    solved = np.isfinite(found)
    assert solved.all() or side == "newton"
    digits = 1e-6 if side == "newton" else 1e-10
    np.testing.assert_allclose(found[solved], best[solved], rtol=digits)
