"""Laws of models whose embedding is not counted: values, limits, fits, and what is refused."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, least_squares, minimize_scalar

import replication as rp
from replication.errors import ArgumentError, ReplicationError
from replication.laws import Chinchilla, Law, NonEmbeddingChinchilla, TotalParams

EPOCH = Chinchilla(A=482.01, B=2085.43, E=1.8172, alpha=0.3478, beta=0.3658)
RELATION = TotalParams(omega=47491.0, p=1 / 3)
LAW = NonEmbeddingChinchilla.of(EPOCH, RELATION)
DRAWS = settings(max_examples=60, deadline=None, derandomize=True)
SIZES = np.geomspace(1e3, 1e11, 33)


@st.composite
def relations(draw: Any) -> TotalParams:
    return TotalParams(omega=10 ** draw(st.floats(2, 6)), p=draw(st.floats(0.25, 0.9)))


@st.composite
def laws(draw: Any) -> NonEmbeddingChinchilla:
    """A law whose frontier does not fold: exponents that are not small."""
    alpha, beta = draw(st.floats(0.3, 1.0)), draw(st.floats(0.4, 1.0))
    A, B = draw(st.floats(0.1, 5)) * 1e9**alpha, draw(st.floats(0.1, 5)) * 1e10**beta
    surface = Chinchilla(A=A, B=B, E=draw(st.floats(0.5, 3)), alpha=alpha, beta=beta)
    return NonEmbeddingChinchilla.of(surface, draw(relations()))


def slope(function: Any, x: float, h: float = 1e-4) -> float:
    """Return d log f / d log x by central differences."""
    return float(np.log(function(x * np.exp(h)) / function(x * np.exp(-h))) / (2 * h))


# Total parameters -----------------------------------------------------------------------------


def test_the_relation_at_a_known_size() -> None:
    assert RELATION.params_total(1e6) == pytest.approx(1e6 + 47491e2)
    assert RELATION.embedding_share(1e6) == pytest.approx(4.7491 / 5.7491)
    assert RELATION.predict(1e6) == RELATION.params_total(1e6)


@DRAWS
@given(relations(), st.floats(1e2, 1e13), st.floats(1.01, 1e3))
def test_totals_rise_between_the_two_powers(
    relation: TotalParams, size: float, factor: float
) -> None:
    small, large = relation.params_total(size), relation.params_total(size * factor)
    assert small * factor**relation.p < large * (1 + 1e-12)
    assert large < small * factor * (1 + 1e-12)
    local = slope(relation.params_total, size)
    assert relation.exponent(size) == pytest.approx(local, abs=1e-7)
    assert 0 <= relation.embedding_share(size) <= 1


def test_the_relation_is_recovered_without_noise() -> None:
    table = {"params_no_embedding": SIZES, "params_total": RELATION.params_total(SIZES)}
    for objective in ("log-lsq", "log-huber"):
        found = rp.fit(TotalParams, table, objective=objective).law
        assert found.to_dict() == pytest.approx(RELATION.to_dict(), rel=1e-7)


def noisy_models() -> dict[str, Any]:
    rng = np.random.default_rng(3)
    total = RELATION.params_total(SIZES) * np.exp(0.03 * rng.standard_normal(len(SIZES)))
    return {"params_no_embedding": SIZES, "params_total": total}


def test_the_fit_agrees_with_scipy() -> None:
    table = noisy_models()
    found = rp.fit(TotalParams, table, objective="log-lsq").law.to_dict()

    def residuals(theta: Any) -> Any:
        model = SIZES + np.exp(theta[0]) * SIZES ** theta[1]
        return np.log(table["params_total"]) - np.log(model)

    scipys = least_squares(residuals, [9.0, 0.5], xtol=1e-15, ftol=1e-15, gtol=1e-15).x
    assert found["omega"] == pytest.approx(np.exp(scipys[0]), rel=1e-6)
    assert found["p"] == pytest.approx(scipys[1], rel=1e-6)


def test_the_fit_does_not_depend_on_row_order_or_unit() -> None:
    table = noisy_models()
    found = rp.fit(TotalParams, table, objective="log-lsq").law.to_dict()
    turned = {name: values[::-1] for name, values in table.items()}
    again = rp.fit(TotalParams, turned, objective="log-lsq").law.to_dict()
    assert again == pytest.approx(found, rel=1e-9)
    millions = {name: values / 1e6 for name, values in table.items()}
    scaled = rp.fit(TotalParams, millions, objective="log-lsq").law.to_dict()
    assert scaled["p"] == pytest.approx(found["p"], rel=1e-7)
    assert scaled["omega"] == pytest.approx(found["omega"] * 1e6 ** (found["p"] - 1), rel=1e-6)


# The loss without the embedding -----------------------------------------------------------------


@DRAWS
@given(laws(), st.floats(1e4, 1e12), st.floats(1e7, 1e14))
def test_the_loss_is_that_of_all_parameters(
    law: NonEmbeddingChinchilla, n: float, d: float
) -> None:
    total = law.relation.params_total(n)
    assert law.loss(n, d) == law.surface.loss(total, d)
    assert law.loss(2 * n, d) < law.loss(n, d)
    assert law.loss(n, 2 * d) < law.loss(n, d)


@DRAWS
@given(laws(), st.floats(1e4, 1e12), st.floats(1e7, 1e14))
def test_gradient_equals_central_differences(
    law: NonEmbeddingChinchilla, n: float, d: float
) -> None:
    partial, loss = law.gradient(n, d), law.loss(n, d)
    for name, value in law.to_dict().items():
        up, down = (type(law)(**law.to_dict() | {name: value * (1 + h)}) for h in (1e-6, -1e-6))
        numeric = (up.loss(n, d) - down.loss(n, d)) / 2e-6
        assert float(partial[name]) * value == pytest.approx(numeric, rel=1e-5, abs=1e-8 * loss)


@DRAWS
@given(laws(), st.floats(1e13, 1e25))
def test_closed_form_equals_the_numeric_search(law: NonEmbeddingChinchilla, c: float) -> None:
    closed, numeric = law.optimal(flops=c), Law.optimal(law, flops=c)
    assert closed.loss == pytest.approx(numeric.loss, rel=1e-12)
    assert closed.params == pytest.approx(numeric.params, rel=2e-5)
    assert 6 * closed.params * closed.tokens == pytest.approx(c, rel=1e-12)
    assert law.flops_at(closed.params) == pytest.approx(c, rel=1e-9)


@DRAWS
@given(laws(), st.floats(1e13, 1e25))
def test_local_exponents_are_the_slopes_of_the_frontier(
    law: NonEmbeddingChinchilla, c: float
) -> None:
    size = law.optimal(flops=c).params
    assert law.exponent(size) == pytest.approx(1 / slope(law.flops_at, size), rel=1e-6)
    rise = slope(lambda x: law.optimal(flops=x).params, c)
    assert law.exponent(size) == pytest.approx(rise, rel=1e-5)
    fall = slope(lambda x: law.optimal(flops=x).loss, c)
    assert law.loss_exponent(flops=c) == pytest.approx(fall, rel=1e-5, abs=1e-9)


@DRAWS
@given(laws())
def test_both_limits_are_reached(law: NonEmbeddingChinchilla) -> None:
    even = law.omega ** (1 / (1 - law.p))  # where layers and embedding hold as much
    far = 1e7 ** (1 / (1 - law.p))
    assert law.exponent(even / far) == pytest.approx(law.a_small, rel=1e-4)
    assert law.exponent(even * far) == pytest.approx(law.a_large, rel=1e-4)


def test_the_exponent_is_the_printed_formula() -> None:
    u, omega, alpha, beta = SIZES ** (2 / 3), 47491.0, EPOCH.alpha, EPOCH.beta
    inverse = (
        1
        - (u + omega / 9) / (u + omega / 3) / beta
        + (1 + alpha) / beta * (u + omega / 3) / (u + omega)
    )
    np.testing.assert_allclose(LAW.exponent(SIZES), 1 / inverse, rtol=1e-12)
    assert LAW.a_small == pytest.approx(beta / (alpha / 3 + beta))


def test_the_budget_is_the_printed_formula() -> None:
    n, omega, alpha, beta = SIZES, 47491.0, EPOCH.alpha, EPOCH.beta
    printed = (
        6
        * n
        * (n + omega / 3 * n ** (1 / 3)) ** (-1 / beta)
        * (n + omega * n ** (1 / 3)) ** ((1 + alpha) / beta)
        * (beta * EPOCH.B / (alpha * EPOCH.A)) ** (1 / beta)
    )
    np.testing.assert_allclose(LAW.flops_at(n), printed, rtol=1e-11)


def test_without_an_embedding_it_is_the_law_of_all_parameters() -> None:
    bare = NonEmbeddingChinchilla.of(EPOCH, TotalParams(omega=1e-6, p=1 / 3))
    budgets = np.geomspace(1e16, 1e24, 9)
    ours, theirs = bare.optimal(flops=budgets), EPOCH.optimal(flops=budgets)
    np.testing.assert_allclose(ours.params, theirs.params, rtol=1e-6)
    np.testing.assert_allclose(ours.loss, theirs.loss, rtol=1e-10)
    # There the slope of L - E is that of E + K / C**gamma, gamma = alpha beta / (alpha + beta).
    reducible = bare.loss_exponent(flops=budgets) * ours.loss / (ours.loss - EPOCH.E)
    np.testing.assert_allclose(reducible, -EPOCH.alpha * EPOCH.a, rtol=1e-6)


def test_scipy_finds_the_same_optimum() -> None:
    c = 1e18

    def loss(log_n: float) -> float:
        n = np.exp(log_n)
        total, d = n + 47491 * n ** (1 / 3), c / 6 / n
        return float(1.8172 + 482.01 / total**0.3478 + 2085.43 / d**0.3658)

    found = minimize_scalar(loss, bracket=(12, 16, 20), tol=1e-12)
    assert LAW.optimal(flops=c).params == pytest.approx(np.exp(found.x), rel=1e-5)
    assert LAW.optimal(flops=c).loss == pytest.approx(found.fun, rel=1e-13)


def test_the_surface_is_recovered_from_sizes_without_embedding() -> None:
    n = np.repeat(np.geomspace(1e5, 1e10, 9), 8)
    d = np.tile(np.geomspace(1e8, 1e12, 8), 9)
    table = {"params": n, "tokens": d, "loss": LAW.loss(n, d)}
    held = RELATION.to_dict()
    found = rp.fit(NonEmbeddingChinchilla, table, fixed=held).law
    assert found.to_dict() == pytest.approx(LAW.to_dict(), rel=1e-6)


def test_a_law_of_arrays_is_many_laws() -> None:
    omegas, budgets = np.array([1e3, 47491.0, 1e5]), np.array([1e16, 1e20])
    stacked = NonEmbeddingChinchilla.of(EPOCH, TotalParams(omega=omegas[:, None], p=1 / 3))
    best = stacked.optimal(flops=budgets)
    for k, omega in enumerate(omegas):
        one = NonEmbeddingChinchilla.of(EPOCH, TotalParams(omega=float(omega), p=1 / 3))
        np.testing.assert_allclose(np.asarray(best.params)[k], one.optimal(flops=budgets).params)


def test_draws_without_an_optimum_are_nan_and_the_others_what_they_are() -> None:
    surface = EPOCH.to_dict()
    surface["alpha"] = np.array([surface["alpha"], 0.1, 0.4, -0.2, 0.5])
    surface["beta"] = np.array([surface["beta"], 0.1, 0.5, 0.4, 0.0])
    drawn = NonEmbeddingChinchilla(**surface, **RELATION.to_dict())
    best = drawn.optimal(flops=1e18)
    for part in (best.params, best.tokens, best.loss, drawn.loss_exponent(flops=1e18)):
        assert np.isnan(part).tolist() == [False, True, False, True, True]
    assert np.asarray(best.flops).tolist() == [1e18] * 5
    other = LAW.to_dict() | {"alpha": 0.4, "beta": 0.5}
    for k, law in ((0, LAW), (2, NonEmbeddingChinchilla(**other))):
        one = law.optimal(flops=1e18)
        assert np.asarray(best.params)[k] == pytest.approx(one.params, rel=1e-12)
        assert np.asarray(best.loss)[k] == pytest.approx(one.loss, rel=1e-14)


def test_every_budget_of_a_draw_without_an_optimum_is_nan() -> None:
    folded = {"alpha": np.array([[EPOCH.alpha], [0.1]]), "beta": np.array([[EPOCH.beta], [0.1]])}
    drawn = NonEmbeddingChinchilla(**LAW.to_dict() | folded)
    best = drawn.optimal(flops=[1e16, 1e18, 1e20])
    assert np.isnan(best.params).tolist() == [[False] * 3, [True] * 3]
    np.testing.assert_allclose(best.params[0], LAW.optimal(flops=[1e16, 1e18, 1e20]).params)


@pytest.mark.parametrize("above", [1e-2, 1e-4, 2e-6])
def test_just_before_it_folds_a_frontier_is_still_found(above: float) -> None:
    def law(alpha: float) -> NonEmbeddingChinchilla:
        return NonEmbeddingChinchilla(**LAW.to_dict() | {"alpha": alpha, "beta": 0.1})

    def least_slope(alpha: float) -> float:
        log_c = np.log(law(alpha).flops_at(np.geomspace(1e2, 1e10, 4001)))
        return float(np.diff(log_c).min())

    near = law(brentq(least_slope, 0.05, 0.5, xtol=1e-12) + above)
    best = near.optimal(flops=np.geomspace(1e10, 1e28, 7))
    np.testing.assert_allclose(near.flops_at(best.params), best.flops, rtol=1e-10)


# What is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [-1.0, 0.0, float("nan"), "many"])
def test_what_is_not_a_count_is_refused_by_name(bad: Any) -> None:
    for call in (RELATION.params_total, RELATION.exponent):
        with pytest.raises(ArgumentError, match="params_no_embedding must be"):
            call(bad)
    for call in (LAW.exponent, LAW.flops_at):
        with pytest.raises(ArgumentError, match="params must be"):
            call(bad)
    with pytest.raises(ArgumentError, match="params must be"):
        LAW.loss(bad, 1e9)
    with pytest.raises(ArgumentError, match="tokens must be"):
        LAW.loss(1e9, bad)
    for budget in (LAW.optimal, LAW.loss_exponent):
        with pytest.raises(ArgumentError, match="flops must be"):
            budget(flops=bad)


def test_a_frontier_that_folds_is_refused() -> None:
    surface = Chinchilla(A=10.0, B=10.0, E=1.0, alpha=0.1, beta=0.1)
    law = NonEmbeddingChinchilla.of(surface, RELATION)
    both = NonEmbeddingChinchilla(**law.to_dict() | {"alpha": np.array([0.1, -0.1])})
    for folded in (law, both):
        with pytest.raises(ReplicationError, match="folds: somewhere a larger optimum costs less"):
            folded.optimal(flops=1e18)
    # It does fold: the closed form gives some budget to three sizes.
    log_c = np.log(law.flops_at(np.geomspace(1e2, 1e12, 400)))
    assert (np.diff(log_c) < 0).any()


@pytest.mark.parametrize("name", ["alpha", "beta"])
def test_an_exponent_that_is_not_positive_is_refused(name: str) -> None:
    law = NonEmbeddingChinchilla(**LAW.to_dict() | {name: -0.2})
    with pytest.raises(ReplicationError, match=r"is -0\.2: the loss falls without end"):
        law.optimal(flops=1e18)
