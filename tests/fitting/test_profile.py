"""Profile likelihood: the analytic interval where there is one, and doubt where there must be."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

import replication as rp
from replication.errors import ArgumentError, UnknownNameError
from replication.fitting.report import residuals_of
from replication.laws import Chinchilla, PowerLaw

Surface = Callable[..., tuple[Chinchilla, pd.DataFrame]]
PROFILED = ["log-huber", "log-lsq", "log-lad", "huber", "lsq", "lad"]


def line(noise: float, seed: int = 0, n: int = 60) -> tuple[dict[str, np.ndarray], float, float]:
    """Return a noisy power law with the analytic 95 % likelihood interval of its exponent."""
    rng = np.random.default_rng(seed)
    x = np.geomspace(1e18, 1e22, n)
    y = 2e3 * x**-0.15 * np.exp(noise * rng.standard_normal(n))
    u, v = np.log(x) - np.log(x).mean(), np.log(y) - np.log(y).mean()
    slope = -(u @ v) / (u @ u)
    rest = float(((v + slope * u) ** 2).sum())
    # n log(1 + (alpha - slope)^2 u'u / rest) reaches the chi-square quantile at its ends.
    half = np.sqrt(rest * np.expm1(chi2.ppf(0.95, 1) / n) / (u @ u))
    return {"flops": x, "loss": y}, slope - half, slope + half


@pytest.mark.parametrize("noise", [1e-5, 1e-4, 1e-3, 0.01, 0.1, 0.3])
def test_the_interval_of_a_line_is_the_analytic_one(noise: float) -> None:
    table, low, high = line(noise)
    found = rp.fit(PowerLaw, table, objective="log-lsq").profile("alpha").interval(0.95)
    assert found == pytest.approx((low, high), abs=0.02 * (high - low))


def test_the_interval_of_a_level_is_the_analytic_one() -> None:
    table, _, _ = line(0.05)
    u, v, n = np.log(table["flops"]), np.log(table["loss"]), 60
    design = np.stack([np.ones(n), -u], axis=1)
    (level, _), rest, *_ = np.linalg.lstsq(design, v)
    spread = np.sqrt(np.linalg.inv(design.T @ design)[0, 0])
    half = np.sqrt(rest[0] * np.expm1(chi2.ppf(0.95, 1) / n)) * spread
    found = rp.fit(PowerLaw, table, objective="log-lsq").profile("A").interval(0.95)
    assert np.log(found) == pytest.approx([level - half, level + half], abs=0.03 * half)


def test_the_statistic_is_the_likelihood_ratio_of_least_squares() -> None:
    table, low, high = line(0.05)
    fit = rp.fit(PowerLaw, table, objective="log-lsq")
    held = np.linspace(low, high, 7)
    profile = fit.profile("alpha", held)
    rest = [rp.fit(PowerLaw, table, objective="log-lsq", fixed={"alpha": a}).value for a in held]
    np.testing.assert_allclose(profile.objective, rest, rtol=1e-9)
    expected = 60 * np.log(rest / np.float64(fit.value))
    np.testing.assert_allclose(profile.statistic, expected, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(profile.statistic[[0, -1]], chi2.ppf(0.95, 1), rtol=1e-6)


@pytest.mark.parametrize("objective", PROFILED)
@pytest.mark.parametrize("name", ["beta", "E"])
def test_the_minimum_of_a_profile_is_the_fit(
    points_240: pd.DataFrame, objective: str, name: str
) -> None:
    fit = rp.fit(Chinchilla, points_240, objective=objective)
    estimate = getattr(fit.law, name)
    profile = fit.profile(name, estimate * np.linspace(0.97, 1.03, 7))
    best = int(np.argmin(profile.statistic))
    assert np.asarray(profile.values)[best] == pytest.approx(estimate, rel=1e-12)
    assert profile.statistic[best] == pytest.approx(0, abs=1e-3)
    assert profile.statistic.min() > -1e-3


@pytest.mark.parametrize("objective", PROFILED)
def test_each_value_of_a_profile_is_a_fit_with_the_field_held(
    points_240: pd.DataFrame, objective: str
) -> None:
    fit = rp.fit(Chinchilla, points_240, objective=objective)
    held = fit.law.beta * np.array([0.9, 1.1])
    profile = fit.profile("beta", held)
    for k, beta in enumerate(held):
        alone = rp.fit(Chinchilla, points_240, objective=objective, fixed={"beta": beta})
        row = profile.to_frame().iloc[k]
        law = Chinchilla(**row[["A", "B", "E", "alpha", "beta"]])
        residuals = residuals_of(fit, law)
        assert fit.objective.value(residuals) == pytest.approx(alone.value, rel=1e-6)
        assert row.beta == pytest.approx(beta, rel=1e-13)
        assert row.alpha == pytest.approx(alone.law.alpha, rel=1e-3)


def test_absolute_deviations_have_an_interval(points_240: pd.DataFrame) -> None:
    lad = rp.fit(Chinchilla, points_240, objective="log-lad").profile("alpha")
    huber = rp.fit(Chinchilla, points_240, delta=1e-5).profile("alpha")
    assert lad.notes == ()
    # Their limit: a Huber threshold far below every residual.
    assert lad.interval(0.95) == pytest.approx(huber.interval(0.95), rel=0.02)


def test_a_profile_agrees_with_the_bootstrap(points_240: pd.DataFrame) -> None:
    fit = rp.fit(Chinchilla, points_240, objective="log-lsq")
    low, high = fit.profile("alpha").interval(0.95)
    drawn = fit.bootstrap(1000).interval(0.95)
    width = drawn.high["alpha"] - drawn.low["alpha"]
    assert 0.6 < (high - low) / width < 1.6
    assert low < fit.law.alpha < high


def test_levels_are_nested(points_240: pd.DataFrame) -> None:
    profile = rp.fit(Chinchilla, points_240).profile("E")
    ends = [profile.interval(level) for level in (0.5, 0.8, 0.95, 0.99)]
    lows, highs = zip(*ends, strict=True)
    assert list(lows) == sorted(lows, reverse=True) and list(highs) == sorted(highs)
    assert np.isfinite(ends).all()
    assert profile.notes == ()


def test_tokens_in_proportion_to_parameters_tell_no_terms_apart(surface: Surface) -> None:
    law, _ = surface(3, noise=0.0)
    rng = np.random.default_rng(0)
    params = np.geomspace(1e8, 1e10, 60)
    loss = law.loss(params, 20 * params) * np.exp(0.01 * rng.standard_normal(60))
    fit = rp.fit(Chinchilla, {"params": params, "tokens": 20 * params, "loss": loss})
    assert "unidentified" in [note.code for note in fit.notes]
    profile = fit.profile("A")
    assert [note.code for note in profile.notes] == ["unidentified"]
    low, high = profile.interval(0.95)
    assert low == 0 or high == np.inf
    assert profile.notes[0].message.startswith("A has no 95 % limit")


def short_range(seed: int, points: int) -> dict[str, np.ndarray]:
    """Return runs whose parameters vary by a third: too little to see an exponent."""
    rng = np.random.default_rng(seed)
    n, d = rng.uniform(1e9, 1.3e9, points), np.geomspace(1e9, 1e12, points)
    law = Chinchilla(A=400.0, B=2000.0, E=1.7, alpha=0.34, beta=0.37)
    loss = np.asarray(law.loss(n, d)) * np.exp(0.01 * rng.standard_normal(points))
    return {"params": n, "tokens": d, "loss": loss}


def test_a_short_range_leaves_the_exponent_open() -> None:
    fit = rp.fit(Chinchilla, short_range(7, 60))
    (note,) = [n for n in fit.notes if n.code == "unidentified"]
    assert "alpha" in note.message
    profile = fit.profile("alpha")
    assert [note.code for note in profile.notes] == ["unidentified"]
    assert profile.interval(0.95)[1] == np.inf


def test_a_fit_that_runs_away_still_predicts() -> None:
    # Its exponent reaches 67, and A = exp(67 * 21) is more than a float can hold.
    table = short_range(4, 40)
    fit = rp.fit(Chinchilla, table)
    assert np.isfinite(list(fit.law.to_dict().values())).all()
    assert np.isfinite(fit.law.loss(table["params"], table["tokens"])).all()


def test_held_values_are_sorted_and_kept(points_240: pd.DataFrame) -> None:
    fit = rp.fit(Chinchilla, points_240)
    profile = fit.profile("beta", [0.42, 0.34, 0.38])
    assert list(profile.values) == [0.34, 0.38, 0.42]
    assert profile.estimate == fit.law.beta
    frame = profile.to_frame()
    assert list(frame.columns) == ["A", "B", "E", "alpha", "beta", "objective", "statistic"]
    assert frame.beta.tolist() == pytest.approx([0.34, 0.38, 0.42])


def test_tied_and_fixed_fields_stay_so_in_a_profile(points_240: pd.DataFrame) -> None:
    fit = rp.fit(Chinchilla, points_240, tied={"beta": "alpha"}, fixed={"E": 1.8})
    frame = fit.profile("alpha", [0.3, 0.35, 0.4]).to_frame()
    assert frame.beta.tolist() == frame.alpha.tolist() == pytest.approx([0.3, 0.35, 0.4])
    np.testing.assert_allclose(frame.E, 1.8)


@pytest.mark.parametrize("name", ["gamma", "E"])
def test_only_free_fields_have_profiles(points_240: pd.DataFrame, name: str) -> None:
    fit = rp.fit(Chinchilla, points_240, fixed={"E": 1.8})
    with pytest.raises(UnknownNameError, match=f"Unknown free field '{name}'.*A, B, alpha, beta"):
        fit.profile(name)


def test_one_free_field_has_no_profile(points_240: pd.DataFrame) -> None:
    fixed = {"A": 480.0, "B": 2100.0, "alpha": 0.348, "beta": 0.367}
    fit = rp.fit(Chinchilla, points_240, fixed=fixed)
    with pytest.raises(ArgumentError, match="E is the only free field"):
        fit.profile("E")


def test_a_likelihood_with_its_own_scale_has_no_profile(points_240: pd.DataFrame) -> None:
    fit = rp.fit(Chinchilla, points_240, objective="log-huber-likelihood")
    with pytest.raises(ArgumentError, match=r"profile needs objective .*Fit with one of them"):
        fit.profile("alpha")


@pytest.mark.parametrize("values", [[-1.0, 2.0], [0.0, 2.0], [np.nan, 2.0]])
def test_a_positive_field_is_not_held_where_it_cannot_be(
    points_240: pd.DataFrame, values: list[float]
) -> None:
    with pytest.raises(ArgumentError, match=str(values[0])):
        rp.fit(Chinchilla, points_240).profile("A", values)


def test_values_that_miss_the_estimate_are_no_lack_of_identification(
    points_240: pd.DataFrame,
) -> None:
    # All three are rejected by the data; the message must not say that there is no limit.
    profile: Any = rp.fit(Chinchilla, points_240).profile("alpha", [1.0, 1.1, 1.2])
    assert (profile.statistic > 100).all()
    assert profile.notes == ()
