"""The optimum in FLOPs: against scipy, in fifty digits, and by what must hold of it."""

import math
from dataclasses import dataclass
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar

import replication as rp
from replication.errors import ArgumentError, ReplicationError
from replication.laws import (
    Chinchilla,
    KaplanJoint,
    Law,
    NonEmbeddingChinchilla,
    PowerLaw,
    TotalParams,
    coefficient,
    exponent,
)
from replication.lifetime import reduced, search

LAW = rp.published("sardana2024", "repository")
JOINT = KaplanJoint(alpha_N=0.076, alpha_D=0.103, N_c=6.4e13, D_c=1.8e13)
SMALL = NonEmbeddingChinchilla.of(
    rp.published("besiroglu2024", "printed"), TotalParams(omega=47491.0, p=1 / 3)
)
DRAWS = settings(max_examples=60, deadline=None, derandomize=True)

surfaces = st.builds(
    lambda a, b, E, alpha, beta: Chinchilla(a * 1e9**alpha, b * 1e10**beta, E, alpha, beta),
    st.floats(0.05, 5.0),
    st.floats(0.05, 5.0),
    st.floats(0.05, 5.0),
    st.floats(0.05, 1.5),
    st.floats(0.05, 1.5),
)
reducible = st.floats(1e-3, 5.0)
demands = st.floats(1e6, 1e18)


@dataclass(frozen=True)
class Own(Law):
    """A law of a user: the same surface with its inputs the other way round, and no slopes."""

    A: float = coefficient()
    B: float = coefficient()
    E: float = coefficient()
    alpha: float = exponent()
    beta: float = exponent()

    inputs = ("tokens", "params")

    def loss(self, tokens, params):
        return self.E + self.A / params**self.alpha + self.B / tokens**self.beta


def by_brentq(law, loss, demand):
    """Solve the paper's equation in D alone, one point."""
    A, B, E, alpha, beta = law.A, law.B, law.E, law.alpha, law.beta

    def slope(log_tokens):
        tokens = math.exp(log_tokens)
        first = (beta * B / alpha + B) * tokens**-beta
        return first + demand * beta * B / (3 * alpha) * tokens ** (-beta - 1) + E - loss

    low = math.log(B / (loss - E)) / beta
    tokens = math.exp(brentq(slope, low, low + 100, xtol=1e-14, rtol=1e-15))
    return (A / (loss - E - B * tokens**-beta)) ** (1 / alpha), tokens


def test_a_grid_is_what_brentq_finds_point_by_point():
    losses, demands = np.linspace(1.72, 3.0, 25), np.geomspace(1e8, 1e15, 25)
    best = rp.lifetime_optimal(LAW, loss=losses[:, None], inference_tokens=demands)
    found = np.array([[by_brentq(LAW, loss, T) for T in demands] for loss in losses])
    np.testing.assert_allclose(best.params, found[..., 0], rtol=1e-10)
    np.testing.assert_allclose(best.tokens, found[..., 1], rtol=1e-10)


@pytest.mark.parametrize("loss", [1.6901, 1.75, 1.947, 2.6])
@pytest.mark.parametrize("demand", [1e8, 2e12, 1e14, 1e30])
def test_the_optimum_is_right_to_ten_digits_and_more(loss, demand):
    best = rp.lifetime_optimal(LAW, loss=loss, inference_tokens=demand)
    with localcontext() as context:
        context.prec = 50
        A, B, E, alpha, beta = (Decimal(LAW.to_dict()[k]) for k in ("A", "B", "E", "alpha", "beta"))
        goal, extra, tokens = Decimal(loss) - E, Decimal(demand) / 3, Decimal(best.tokens)
        for _ in range(8):  # Newton in log tokens, from what we found
            data = B * (-beta * tokens.ln()).exp()
            value = data * (1 + beta / alpha * (1 + extra / tokens)) - goal
            slope = -beta * (value + goal) - data * beta / alpha * extra / tokens
            tokens *= (-value / slope).exp()
        size = ((A / (goal - B * (-beta * tokens.ln()).exp())).ln() / alpha).exp()
        assert abs(value) < Decimal("1e-40")
    # Near E the loss itself has fewer digits than that: those of loss - E.
    digits = max(1e-12, 20 * np.spacing(loss) / (loss - LAW.E))
    assert best.tokens == pytest.approx(float(tokens), rel=digits)
    assert best.params == pytest.approx(float(size), rel=digits)


def test_without_inference_it_is_the_closed_form_exactly():
    losses = np.array([1.7, 2.0, 3.0])
    best = rp.lifetime_optimal(LAW, loss=losses, inference_tokens=0)
    N = (LAW.A * (1 + LAW.alpha / LAW.beta) / (losses - LAW.E)) ** (1 / LAW.alpha)
    D = (LAW.B * (1 + LAW.beta / LAW.alpha) / (losses - LAW.E)) ** (1 / LAW.beta)
    assert (best.params == N).all() and (best.tokens == D).all()
    for ratio in (best.params_ratio, best.tokens_ratio, best.flops_ratio):
        assert (ratio == 1).all()
    np.testing.assert_allclose(LAW.optimal(flops=best.flops).params, best.params, rtol=1e-12)
    budgets = np.array([1e20, 1e24])
    alone = rp.lifetime_optimal(LAW, flops=budgets, inference_tokens=0)
    np.testing.assert_allclose(alone.params, LAW.optimal(flops=budgets).params, rtol=1e-14)


@DRAWS
@given(surfaces, reducible, demands, st.floats(1.001, 10.0))
def test_it_is_smaller_longer_and_cheaper_than_all_of_its_loss(law, above, demand, factor):
    loss = law.E + above
    best = rp.lifetime_optimal(law, loss=loss, inference_tokens=demand)
    assert best.params_ratio <= 1 <= best.tokens_ratio
    assert law.loss(best.params, best.tokens) == pytest.approx(loss, rel=1e-9)
    tokens = np.array([best.tokens * factor, best.tokens / factor])
    left = loss - law.E - law.B * tokens**-law.beta
    tokens, left = tokens[left > 0], left[left > 0]
    params = (law.A / left) ** (1 / law.alpha)
    assert (6 * params * tokens + 2 * params * demand >= best.flops * (1 - 1e-9)).all()
    floor = (law.beta / (law.alpha + law.beta)) ** (1 / law.alpha)
    assert best.params_ratio >= floor * (1 - 1e-12)


@DRAWS
@given(surfaces, st.floats(1e16, 1e28), demands, st.floats(1.001, 100.0))
def test_no_model_of_the_same_budget_has_a_lower_loss(law, budget, demand, factor):
    best = rp.lifetime_optimal(law, flops=budget, inference_tokens=demand)
    assert best.flops == pytest.approx(budget, rel=1e-12)
    for tokens in (best.tokens * factor, best.tokens / factor):
        params = budget / (6 * tokens + 2 * demand)
        assert law.loss(params, tokens) >= best.loss * (1 - 1e-14)


@DRAWS
@given(surfaces, reducible, demands)
def test_loss_and_budget_ask_the_same_question(law, above, demand):
    best = rp.lifetime_optimal(law, loss=law.E + above, inference_tokens=demand)
    back = rp.lifetime_optimal(law, flops=best.flops, inference_tokens=demand)
    assert back.loss == pytest.approx(best.loss, rel=1e-12)
    assert back.params == pytest.approx(best.params, rel=1e-8)
    assert back.params_ratio == pytest.approx(best.params_ratio, rel=1e-8)


@DRAWS
@given(surfaces, reducible, demands, st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_units_of_tokens_and_parameters_do_not_matter(law, above, demand, unit, other):
    scaled = Chinchilla(
        law.A * other**law.alpha, law.B * unit**law.beta, law.E, law.alpha, law.beta
    )
    best = rp.lifetime_optimal(law, loss=law.E + above, inference_tokens=demand)
    same = rp.lifetime_optimal(scaled, loss=law.E + above, inference_tokens=demand * unit)
    assert same.tokens / unit == pytest.approx(best.tokens, rel=1e-10)
    assert same.params / other == pytest.approx(best.params, rel=1e-9)


def test_the_search_for_any_law_finds_the_same():
    losses, demands = np.linspace(1.8, 2.6, 4)[:, None], np.array([0, 1e9, 1e12, 1e15])
    for problem, goals in (
        ("at_loss", losses),
        ("at_budget", np.geomspace(1e20, 1e26, 4)[:, None]),
    ):
        formula = getattr(reduced, problem)(LAW, goals, demands / 3)
        searched = getattr(search, problem)(LAW, goals, demands / 3)
        np.testing.assert_allclose(searched, formula, rtol=1e-11)
    own = rp.lifetime_optimal(Own(**LAW.to_dict()), loss=losses, inference_tokens=demands)
    best = rp.lifetime_optimal(LAW, loss=losses, inference_tokens=demands)
    np.testing.assert_allclose(own.params, best.params, rtol=1e-10)


@pytest.mark.parametrize("law", [JOINT, SMALL], ids=lambda law: type(law).__name__)
@pytest.mark.parametrize("demand", [0.0, 1e11, 1e13])
def test_laws_without_a_formula(law, demand):
    best = rp.lifetime_optimal(law, loss=2.3, inference_tokens=demand)
    assert law.loss(best.params, best.tokens) == pytest.approx(2.3, rel=1e-13)
    alone = law.optimal(flops=best.baseline.flops)
    assert best.baseline.params == pytest.approx(alone.params, rel=1e-10)

    def cost(log_params):
        params = math.exp(log_params)
        if law.loss(params, 1e80) >= 2.3:
            return math.inf
        log_tokens = brentq(lambda d: law.loss(params, math.exp(d)) - 2.3, 5, 184, xtol=1e-13)
        return params * (math.exp(log_tokens) + demand / 3)

    middle = math.log(best.params)
    found = minimize_scalar(cost, bounds=(middle - 0.05, middle + 0.3), options={"xatol": 1e-10})
    assert cost(middle) <= found.fun * (1 + 1e-12)
    assert middle == pytest.approx(found.x, abs=1e-5)
    back = rp.lifetime_optimal(law, flops=best.flops, inference_tokens=demand)
    assert back.params == pytest.approx(best.params, rel=1e-10)


@pytest.mark.parametrize("demand", [1e30, 1e100, 1e250])
def test_endless_demand_leaves_the_smallest_model_that_gets_there(demand):
    best = rp.lifetime_optimal(LAW, loss=[2.0, 2.6], inference_tokens=demand)
    least = (LAW.A / (np.array([2.0, 2.6]) - LAW.E)) ** (1 / LAW.alpha)
    np.testing.assert_allclose(best.params, least, rtol=1e-3 if demand < 1e50 else 1e-10)
    assert np.isfinite(best.flops).all()


def test_shapes_are_broadcast_and_numbers_stay_numbers():
    best = rp.lifetime_optimal(LAW, loss=np.full((3, 1), 2.0), inference_tokens=[0, 1e12])
    for name in ("params", "tokens", "loss", "inference_tokens", "flops", "params_ratio"):
        assert np.shape(getattr(best, name)) == (3, 2), name
    assert np.shape(best.baseline.loss) == (3, 2)
    one = rp.lifetime_optimal(LAW, loss=2, inference_tokens=10**13)
    assert all(type(value) is float for value in (one.params, one.flops, one.flops_ratio))
    assert one.flops == one.training_flops + one.inference_flops
    empty = rp.lifetime_optimal(LAW, loss=np.empty(0), inference_tokens=1e12)
    assert np.shape(empty.params) == (0,)


def test_draws_without_an_optimum_are_nan_and_noted():
    law = Chinchilla(
        A=400.0,
        B=410.0,
        E=np.array([[1.6], [1.8], [2.2]]),
        alpha=np.array([[0.3], [-0.3], [0.31]]),
        beta=0.3,
    )
    best = rp.lifetime_optimal(law, loss=[2.1, 2.3], inference_tokens=1e12)
    assert np.isnan(best.params).tolist() == [[False, False], [True, True], [True, False]]
    assert [note.code for note in best.notes] == ["no_optimum"]
    assert "3 of 6" in best.notes[0].message
    budget = rp.lifetime_optimal(law, flops=1e24, inference_tokens=1e12)
    assert np.isnan(budget.loss).ravel().tolist() == [False, True, False]
    joint = KaplanJoint(0.076, np.array([0.1, -0.1]), 6.4e13, 1.8e13)
    some = rp.lifetime_optimal(joint, loss=2.5, inference_tokens=1e12)
    assert np.isnan(some.params).tolist() == [False, True]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": 1.69}, r"loss is 1.69, .* above its irreducible 1.69"),
        ({"loss": [2.0, 1.2]}, r"loss is 1.2, .* Give a higher loss"),
        ({"loss": -1.0}, "loss must be positive and finite, got -1"),
        ({"flops": 0.0}, "flops must be positive and finite, got 0"),
        ({"loss": 2.0, "inference_tokens": -1.0}, "zero or more and finite, got -1"),
        ({"loss": 2.0, "inference_tokens": np.nan}, "zero or more and finite, got nan"),
        ({"loss": 2.0, "inference_tokens": "many"}, "must be numbers, got 'many'"),
        ({"loss": 2.0, "flops": 1e20}, "Got both of loss and flops; give exactly one"),
        ({}, "Got neither of loss and flops; give exactly one"),
        (
            {"loss": [2.0, 2.1, 2.2], "inference_tokens": [1e11, 1e12]},
            r"fit together: loss \(3,\), inference_tokens \(2,\)\. .* column: loss\[:, None\]",
        ),
    ],
)
def test_bad_input_is_told(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        rp.lifetime_optimal(LAW, **({"inference_tokens": 1e12} | arguments))


def test_draws_that_do_not_fit_the_grid_are_told():
    law = Chinchilla(400.0, np.array([400.0, 410.0]), 1.7, 0.3, 0.3)
    with pytest.raises(ArgumentError, match=r"together: loss \(3,\), B \(2,\)"):
        rp.lifetime_optimal(law, loss=[2.0, 2.1, 2.2], inference_tokens=1e12)


@pytest.mark.parametrize(
    ("law", "loss", "message"),
    [
        (Chinchilla(400, 400, 1.7, -0.3, 0.3), 2.0, "no lifetime optimum for a loss of 2"),
        (Chinchilla(400, 400, 1.7, 0.03, 0.03), 1.7 + 1e-13, "more FLOPs than a float holds"),
        (KaplanJoint(0.076, -0.103, 6.4e13, 1.8e13), 2.0, "no lifetime optimum"),
        (PowerLaw(1.0, 0.5), 2.0, "PowerLaw predicts loss from flops"),
        (Chinchilla, 2.0, "law must be a law, got <class"),
        ("chinchilla", 2.0, "law must be a law, got 'chinchilla'"),
    ],
)
def test_laws_without_an_optimum_are_told(law, loss, message):
    with pytest.raises(ReplicationError, match=message):
        rp.lifetime_optimal(law, loss=loss, inference_tokens=1e12)


def test_optima_beyond_floats_are_refused():
    with pytest.raises(ReplicationError, match="more FLOPs than a float holds"):
        rp.lifetime_optimal(LAW, flops=1e308, inference_tokens=0)
    with pytest.raises(ReplicationError, match=r"would have 5e-287 parameters.*larger budget"):
        rp.lifetime_optimal(LAW, flops=1e22, inference_tokens=1e308)


def test_draws_beyond_floats_are_nan_and_never_infinite():
    steep = Chinchilla(400.0, 400.0, 1.7, np.array([0.3, 0.002]), np.array([0.3, 0.002]))
    best = rp.lifetime_optimal(steep, loss=2.0, inference_tokens=1e12)
    assert [note.code for note in best.notes] == ["no_optimum"]
    for part in (best.params, best.tokens, best.loss, best.flops, best.baseline.flops):
        assert np.isfinite(part[0])
        assert np.isnan(part[1])


def test_a_law_of_many_draws_is_not_printed():
    law = Chinchilla(400.0, np.linspace(400, 410, 500), 1.7, -0.3, 0.3)
    with pytest.raises(ReplicationError, match="A Chinchilla has no lifetime optimum") as caught:
        rp.lifetime_optimal(law, loss=2.0, inference_tokens=1e12)
    assert len(str(caught.value)) < 400
