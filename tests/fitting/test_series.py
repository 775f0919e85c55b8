"""Least squares by a series: the same minima as the solver's own, and where none is to be had."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import replication as rp
from benchmarks import minpack
from replication.fitting import newton, series
from replication.fitting.kernels import GradientKernel
from replication.fitting.resampling import resample_pairs
from replication.fitting.series import on_series
from replication.fitting.workspace import Workspace

PAIRS = sorted({case[:2] for case in minpack.CASES})


def setting(name: str, objective: str, n: int = 300, **options: Any) -> tuple[Any, Any, Any]:
    fit = rp.fit(name, minpack.table(name, n), objective=objective, **options)
    weights = np.concatenate(list(resample_pairs(150, n, seed=3).blocks()))
    return fit.problem, np.tile(fit.phi, (150, 1)), weights


def reached(problem: Any, start: Any, weights: Any) -> Any:
    with np.errstate(all="ignore"):
        return on_series(problem.kernel, problem.space, start, weights, newton.SERIES)


@pytest.mark.parametrize(("name", "objective"), PAIRS)
def test_it_ends_in_the_minima_of_the_solver(name: str, objective: str) -> None:
    problem, start, weights = setting(name, objective)
    found = reached(problem, start, weights)
    assert found.ended.mean() > 0.8
    kernel, space = problem.kernel, problem.space
    alone = newton.minimise(kernel, space, start, weights, np.inf, tolerance=1e-13)
    ended = found.ended
    np.testing.assert_allclose(found.value[ended], alone.value[ended], rtol=1e-9)
    spread = alone.phi.std(axis=0)
    assert (np.abs(found.phi - alone.phi)[ended] < 1e-4 * spread).all()
    # What did not end is somewhere to go on from: no higher than the start.
    first = 0.5 * (problem.residuals(start) ** 2 * weights).sum(axis=1)
    here = 0.5 * (problem.residuals(found.phi) ** 2 * weights).sum(axis=1)
    assert (here <= first * (1 + 1e-12)).all()


@pytest.mark.parametrize(
    "options",
    [{"fixed": {"E": 1.8}}, {"tied": {"beta": "alpha"}}, {"bounds": {"alpha": (0.1, 0.9)}}],
)
@pytest.mark.parametrize("objective", ["lsq", "log-lsq"])
def test_fixed_tied_and_bounded_fields_take_part(objective: str, options: Any) -> None:
    problem, start, weights = setting("Chinchilla", objective, **options)
    found = reached(problem, start, weights)
    assert found.ended.mean() > 0.8
    alone = newton.minimise(problem.kernel, problem.space, start, weights, np.inf, tolerance=1e-13)
    ended = found.ended
    np.testing.assert_allclose(found.value[ended], alone.value[ended], rtol=1e-9)


def test_points_are_summed_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, start, weights = setting("Chinchilla", "log-lsq")
    whole = reached(problem, start, weights)
    monkeypatch.setattr(series, "POINTS", 70)
    parts = reached(problem, start, weights)
    both = whole.ended & parts.ended
    assert both.mean() > 0.8
    np.testing.assert_allclose(parts.value[both], whole.value[both], rtol=1e-9)


def test_it_asks_for_one_start_many_resamples_and_noise() -> None:
    problem, start, weights = setting("Chinchilla", "log-lsq")
    assert reached(problem, start[:10], weights[:10]) is None
    moved = start.copy()
    moved[3] += 1e-3
    assert reached(problem, moved, weights) is None
    few, begin, drawn = setting("Chinchilla", "log-lsq", n=40)
    assert reached(few, begin, drawn) is None
    runs = minpack.table("Chinchilla", 300)
    runs["loss"] = minpack.LAWS["Chinchilla"].predict(runs["params"], runs["tokens"])
    exact = rp.fit("Chinchilla", runs, objective="log-lsq")
    assert reached(exact.problem, np.tile(exact.phi, (150, 1)), weights) is None


def test_refits_that_a_bound_holds_are_left_to_the_solver() -> None:
    options = {"bounds": {"alpha": (0.36, 0.9)}}
    problem, start, weights = setting("Chinchilla", "log-lsq", **options)
    found = reached(problem, start, weights)
    assert (found.phi[found.ended, 3] > 0.36).all()
    whole = problem.solve(start, weights)
    held = whole.phi[:, 3] == 0.36
    assert held.any() and whole.converged.all()
    assert not found.ended[held].any()


@pytest.mark.parametrize(("name", "objective"), PAIRS)
def test_residuals_and_slopes_are_those_of_the_whole_evaluation(name: str, objective: str) -> None:
    problem, start, weights = setting(name, objective, n=90)
    kernel, rng = problem.kernel, np.random.default_rng(0)
    theta = problem.space.theta(start[:5] * (1 + 1e-3 * rng.normal(size=start[:5].shape)))
    here = kernel.evaluate(theta, Workspace())
    whole, pull = here.residuals.copy(), here.residuals * weights[:5]
    slope, gradient = here.slope(pull), here.normal(pull.copy(), weights[:5])[0]
    np.testing.assert_allclose(slope, gradient, rtol=1e-8, atol=1e-10 * np.abs(gradient).max())
    alone = kernel.residuals(theta, Workspace())
    np.testing.assert_allclose(alone, whole, rtol=1e-9, atol=1e-12)


def test_a_law_without_derivatives_takes_part() -> None:
    problem, start, weights = setting("Chinchilla", "lsq")
    assert isinstance(problem.kernel, GradientKernel)

    class Bare(rp.laws.Chinchilla):
        _linked = rp.laws.Law._linked
        gradient = rp.laws.Law.gradient
        curvature = rp.laws.Law.curvature

    fit = rp.fit(Bare, pd.DataFrame(minpack.table("Chinchilla", 300)), objective="lsq")
    found = reached(fit.problem, np.tile(fit.phi, (150, 1)), weights)
    same = reached(problem, start, weights)
    both = found.ended & same.ended
    assert both.mean() > 0.8
    np.testing.assert_allclose(found.value[both], same.value[both], rtol=1e-8)
