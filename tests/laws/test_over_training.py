"""The over-training law: properties, its twin in parameters and tokens, and what it refuses."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import curve_fit, minimize_scalar

import replication as rp
from replication.errors import ArgumentError, ReplicationError
from replication.laws import Chinchilla, Law, OverTraining
from replication.units import PF_DAY

DRAWS = settings(max_examples=60, deadline=None, derandomize=True)
budgets = st.floats(1e15, 1e26)
multipliers = st.floats(0.1, 1e4)
factors = st.floats(1.001, 1e3)
LAW = OverTraining(E=1.84, a=212.0, b=367.0, eta=0.136)


@st.composite
def laws(draw: Any) -> OverTraining:
    """A law whose three terms all count around 1e20 FLOPs."""
    eta, amounts = draw(st.floats(0.04, 0.5)), st.floats(0.05, 5.0)
    a, b = draw(amounts) * 1e20**eta, draw(amounts) * 1e20**eta
    return OverTraining(E=draw(amounts), a=a, b=b, eta=eta)


def table(noise: float = 0.0) -> pd.DataFrame:
    rows = [(c, m) for c in np.geomspace(1e17, 1e21, 7) for m in (5.0, 20.0, 80.0, 320.0)]
    frame = pd.DataFrame(rows, columns=["flops", "token_multiplier"])
    wobble = noise * np.random.default_rng(0).standard_normal(len(frame))
    return frame.assign(
        loss=np.asarray(LAW.loss(frame["flops"], frame["token_multiplier"])) + wobble
    )


# What holds at any coefficients ------------------------------------------------------------------


@DRAWS
@given(laws(), budgets, multipliers, factors)
def test_loss_falls_with_compute_and_stays_above_e(
    law: OverTraining, c: float, m: float, factor: float
) -> None:
    assert law.E < law.loss(c * factor, m) < law.loss(c, m)


@DRAWS
@given(laws(), budgets, multipliers, factors)
def test_lines_at_two_multipliers_are_parallel(
    law: OverTraining, c: float, m: float, factor: float
) -> None:
    """On log-log axes the reducible loss falls by the same factor at every multiplier."""
    apart = [
        (law.loss(c * factor, ratio) - law.E) / (law.loss(c, ratio) - law.E) for ratio in (m, 3 * m)
    ]
    assert apart == pytest.approx([factor**-law.eta] * 2, rel=1e-6)
    assert law.reducible(m) * c**-law.eta == pytest.approx(law.loss(c, m) - law.E, rel=1e-6)


@DRAWS
@given(laws(), budgets, multipliers)
def test_it_is_chinchilla_with_tied_exponents(law: OverTraining, c: float, m: float) -> None:
    surface = law.to_chinchilla()
    n, d = np.sqrt(c / (6 * m)), np.sqrt(c * m / 6)
    assert surface.loss(n, d) == pytest.approx(law.loss(c, m), rel=1e-12)
    assert surface.alpha == surface.beta == 2 * law.eta
    back = OverTraining.from_chinchilla(surface).to_dict()
    assert back == pytest.approx(law.to_dict(), rel=1e-12)
    ours, theirs = law.optimal(flops=c), surface.optimal(flops=c)
    assert ours.params == pytest.approx(theirs.params, rel=1e-9)
    assert ours.tokens == pytest.approx(theirs.tokens, rel=1e-9)
    assert ours.loss == pytest.approx(theirs.loss, rel=1e-12)


@DRAWS
@given(laws(), budgets)
def test_the_closed_optimum_is_the_numeric_one(law: OverTraining, c: float) -> None:
    best = law.optimal(flops=c)
    found = minimize_scalar(
        lambda log_m: law.loss(c, float(np.exp(log_m))), bounds=(-80, 80), method="bounded"
    )
    assert best.loss <= found.fun * (1 + 1e-14)
    assert best.loss == pytest.approx(found.fun, rel=1e-9)
    numeric = Law.optimal(law.to_chinchilla(), flops=c)
    assert best.params == pytest.approx(numeric.params, rel=1e-5)
    assert best.tokens_per_param == pytest.approx(law.optimal_multiplier, rel=1e-12)
    assert 6 * best.params * best.tokens == pytest.approx(c, rel=1e-12)


@DRAWS
@given(laws(), budgets, st.floats(1.0005, 100.0))
def test_the_optimum_beats_its_neighbours(law: OverTraining, c: float, factor: float) -> None:
    best = law.optimal(flops=c)
    for ratio in (law.optimal_multiplier * factor, law.optimal_multiplier / factor):
        assert best.loss <= law.loss(c, ratio) * (1 + 1e-15)


@DRAWS
@given(laws(), budgets, multipliers)
def test_units_of_compute_change_the_scales_alone(law: OverTraining, c: float, m: float) -> None:
    unit = PF_DAY**-law.eta
    other = OverTraining(E=law.E, a=law.a * unit, b=law.b * unit, eta=law.eta)
    assert other.loss(c / PF_DAY, m) == pytest.approx(law.loss(c, m), rel=1e-12)
    assert other.optimal_multiplier == pytest.approx(law.optimal_multiplier, rel=1e-9)


@DRAWS
@given(laws(), budgets, multipliers)
def test_gradient_equals_central_differences(law: OverTraining, c: float, m: float) -> None:
    partial, loss = law.gradient(c, m), law.loss(c, m)
    for name, value in law.to_dict().items():
        up, down = (OverTraining(**law.to_dict() | {name: value * (1 + h)}) for h in (1e-6, -1e-6))
        numeric = (up.loss(c, m) - down.loss(c, m)) / 2e-6
        assert float(partial[name]) * value == pytest.approx(numeric, rel=1e-5, abs=1e-8 * loss)


# Fitting -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("objective", ["lsq", "log-huber"])
def test_noiseless_points_give_the_law_back(objective: str) -> None:
    found = rp.fit("OverTraining", table(), objective=objective).law
    assert found.to_dict() == pytest.approx(LAW.to_dict(), rel=1e-6)


def test_four_points_are_met_exactly() -> None:
    few = table().iloc[[0, 9, 17, 27]]
    fit = rp.fit(OverTraining, few, objective="lsq")
    assert np.abs(fit.residuals).max() < 1e-12
    assert fit.law.to_dict() == pytest.approx(LAW.to_dict(), rel=1e-5)


def test_scipy_finds_the_same_minimum() -> None:
    data = table(noise=0.02)
    fit = rp.fit(OverTraining, data, objective="lsq")
    columns = data[["flops", "token_multiplier"]].to_numpy().T

    def loss(x: Any, E: float, log_a: float, log_b: float, eta: float) -> Any:
        return E + (np.exp(log_a) * x[1] ** eta + np.exp(log_b) * x[1] ** -eta) * x[0] ** -eta

    start = [1.5, 5.0, 6.0, 0.13]
    theirs, _ = curve_fit(loss, columns, data["loss"], p0=start, xtol=1e-14, ftol=1e-14)
    found = [fit.law.E, np.log(fit.law.a), np.log(fit.law.b), fit.law.eta]
    np.testing.assert_allclose(found, theirs, rtol=1e-5)


def test_chinchilla_with_one_exponent_is_the_same_fit() -> None:
    data = table(noise=0.02)
    size = np.sqrt(data["flops"] / 6 / data["token_multiplier"])
    data = data.assign(params=size, tokens=size * data["token_multiplier"])
    ours = rp.fit(OverTraining, data, objective="lsq")
    tied = rp.fit(Chinchilla, data, objective="lsq", tied={"beta": "alpha"})
    assert tied.value == pytest.approx(ours.value, rel=1e-9)
    back = OverTraining.from_chinchilla(tied.law)
    assert back.to_dict() == pytest.approx(ours.law.to_dict(), rel=1e-5)


def test_the_fit_does_not_depend_on_row_order_or_unit() -> None:
    data = table(noise=0.02)
    fit = rp.fit(OverTraining, data, objective="lsq").law
    again = rp.fit(OverTraining, data[::-1], objective="lsq").law
    assert again.to_dict() == pytest.approx(fit.to_dict(), rel=1e-8)
    days = rp.fit(OverTraining, data.assign(flops=data["flops"] / PF_DAY), objective="lsq").law
    assert days.eta == pytest.approx(fit.eta, rel=1e-6)
    assert days.a * PF_DAY**days.eta == pytest.approx(fit.a, rel=1e-5)


def test_bootstrap_gives_optima_with_intervals_and_how_far_they_lie() -> None:
    boot = rp.fit(OverTraining, table(noise=0.01), objective="lsq").bootstrap(60)
    best = boot.optimal(flops=[1e20, 1e23]).set_index(["quantity", "flops"])
    assert best.loc[("tokens_per_param", 1e20), "beyond_data"] == 1
    assert best.loc[("tokens_per_param", 1e23), "beyond_data"] == pytest.approx(100)
    assert (best["low"] <= best["median"]).all() and (best["median"] <= best["high"]).all()
    ratio = boot.interval().loc["optimal_multiplier", "estimate"]
    assert best.loc[("tokens_per_param", 1e23), "estimate"] == pytest.approx(ratio)


# Arrays, and what is refused ---------------------------------------------------------------------


def test_a_law_of_arrays_is_many_laws() -> None:
    etas = np.array([[0.1], [0.136], [0.2]])
    stacked = OverTraining(E=1.84, a=212.0, b=367.0, eta=etas)
    best = stacked.optimal(flops=[1e18, 1e21])
    for k, eta in enumerate(etas.ravel()):
        one = OverTraining(E=1.84, a=212.0, b=367.0, eta=float(eta)).optimal(flops=[1e18, 1e21])
        np.testing.assert_allclose(np.asarray(best.params)[k], one.params, rtol=1e-12)
        np.testing.assert_allclose(np.asarray(best.loss)[k], one.loss, rtol=1e-14)


def test_draws_without_an_optimum_are_nan() -> None:
    drawn = OverTraining(E=1.84, a=212.0, b=367.0, eta=np.array([0.136, 0.0]))
    best = drawn.optimal(flops=1e18)
    assert np.isnan(best.params).tolist() == np.isnan(best.loss).tolist() == [False, True]
    with pytest.raises(ReplicationError, match="no interior minimum"):
        OverTraining(E=1.84, a=212.0, b=367.0, eta=0.0).optimal(flops=1e18)


@pytest.mark.parametrize("bad", [-20.0, 0.0, float("nan"), float("inf"), "many"])
def test_what_is_not_positive_is_refused_by_name(bad: Any) -> None:
    for call in (lambda: LAW.loss(1e18, bad), lambda: LAW.reducible(bad)):
        with pytest.raises(ArgumentError, match="token_multiplier must be"):
            call()
    for call in (lambda: LAW.loss(bad, 20.0), lambda: LAW.optimal(flops=bad)):
        with pytest.raises(ArgumentError, match="flops must be"):
            call()


def test_a_surface_with_two_exponents_is_refused() -> None:
    surface = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.34, beta=0.28)
    with pytest.raises(
        ArgumentError, match=r"alpha is 0\.34 and beta is 0\.28; they must be equal"
    ):
        OverTraining.from_chinchilla(surface)


def test_one_multiplier_cannot_tell_the_two_terms_apart() -> None:
    flat = table().query("token_multiplier == 20")
    with pytest.raises(rp.ReplicationError, match="'token_multiplier' is constant"):
        rp.fit(OverTraining, flat, objective="lsq")


def test_integer_counts_of_the_largest_model_do_not_overflow() -> None:
    params = np.array([6_889_410_560])
    flops = rp.counting.training_flops(params, 20 * params)
    assert flops[0] == pytest.approx(5.6957e21, rel=1e-4)
    assert (6 * 20 * params * params)[0] < 2**63 / 5  # what int64 makes of it
    surface = LAW.to_chinchilla().loss(params, 20 * params)
    np.testing.assert_allclose(LAW.loss(flops, [20]), surface, rtol=1e-12)
