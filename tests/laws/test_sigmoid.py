"""A score as a sigmoid of capabilities: shape, fitting, other units, messages."""

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares
from scipy.special import expit

import replication as rp
from replication.errors import ArgumentError
from replication.laws import Sigmoid

DRAWS = settings(max_examples=60, deadline=None, derandomize=True)
THREE = Sigmoid.of("pc_1", "pc_2", "pc_3", response="bbh")
TRUTH = THREE(alpha=-2.0, floor=0.0, beta_1=3.0, beta_2=-1.5, beta_3=0.7)


def places(n: int = 40, seed: int = 0) -> dict[str, Any]:
    """Models along three components of either sign."""
    columns = np.random.default_rng(seed).normal(0, [0.6, 0.25, 0.15], (n, 3)).T
    return dict(zip(THREE.inputs, columns, strict=True))


@DRAWS
@given(st.floats(-5, 3), st.floats(0, 0.5), st.floats(0.01, 9), st.floats(-3, 3), st.floats(0, 2))
def test_it_rises_from_the_floor_to_one(
    alpha: float, floor: float, beta: float, s: float, more: float
) -> None:
    law = Sigmoid(alpha=alpha, floor=floor, beta_1=beta)
    assert floor <= law.score(s) <= law.score(s + more) <= 1
    falling = Sigmoid(alpha=alpha, floor=floor, beta_1=-beta)
    assert falling.score(-s) == pytest.approx(law.score(s), rel=1e-14)


@DRAWS
@given(st.floats(-3, 3), st.floats(0, 0.4))
def test_logit_at_is_the_inverse(s: float, floor: float) -> None:
    law = Sigmoid(alpha=-1.0, floor=floor, beta_1=2.0)
    assert law.logit_at(law.score(s)) == pytest.approx(law.logit(s), abs=1e-8)


def test_extremes_are_the_limits_and_not_an_overflow() -> None:
    law = Sigmoid(alpha=0.0, floor=0.25, beta_1=1.0)
    np.testing.assert_array_equal(law.score([-1e5, 0.0, 1e5]), [0.25, 0.625, 1.0])


def test_noiseless_points_give_the_law_back_with_and_without_a_floor() -> None:
    table = places()
    table["bbh"] = TRUTH.score(*table.values())
    held = rp.fit(THREE, table, fixed={"floor": 0.0})
    assert held.law.to_dict() == pytest.approx(TRUTH.to_dict(), rel=1e-7, abs=1e-9)
    raised = THREE(**TRUTH.to_dict() | {"floor": 0.1})
    table["bbh"] = raised.score(*(table[name] for name in THREE.inputs))
    free = rp.fit(THREE, table, bounds={"floor": (0.0, 0.2)})
    assert free.law.to_dict() == pytest.approx(raised.to_dict(), rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_scipy_finds_no_lower_minimum(seed: int) -> None:
    table, rng = places(30, seed), np.random.default_rng(seed)
    columns = np.stack(list(table.values()))
    table["bbh"] = np.clip(TRUTH.score(*columns) + rng.normal(0, 0.05, 30), 0, 1)
    ours = rp.fit(THREE, table, fixed={"floor": 0.0})
    ends = [
        least_squares(lambda x: expit(x[0] + x[1:] @ columns) - table["bbh"], start)
        for start in rng.normal(0, 3, (20, 4))
    ]
    best = min(ends, key=lambda end: end.cost)
    assert ours.value <= best.cost * (1 + 1e-9)
    fields = [ours.law.to_dict()[name] for name in ("alpha", "beta_1", "beta_2", "beta_3")]
    np.testing.assert_allclose(fields, best.x, rtol=1e-4)


def test_unit_sign_and_order_of_the_columns_do_not_matter() -> None:
    table = places(30)
    table["bbh"] = TRUTH.score(*table.values()) + np.random.default_rng(1).normal(0, 0.02, 30)
    once = rp.fit(THREE, table, fixed={"floor": 0.0})
    moved = {k: v[::-1] * {"pc_1": -100.0}.get(k, 1.0) for k, v in table.items()}
    again = rp.fit(Sigmoid.of("pc_3", "pc_1", "pc_2", response="bbh"), moved, fixed={"floor": 0.0})
    assert again.value == pytest.approx(once.value, rel=1e-9)
    assert again.law.beta_2 * -100 == pytest.approx(once.law.beta_1, rel=1e-5)
    assert again.law.beta_1 == pytest.approx(once.law.beta_3, rel=1e-5)


def test_gradient_and_curvature_in_three_columns() -> None:
    law = THREE(**TRUTH.to_dict() | {"floor": 0.15})
    columns = list(places(9).values())
    second = law.curvature(*columns)
    for name, value in law.to_dict().items():
        up, down = (THREE(**law.to_dict() | {name: value + h}) for h in (1e-5, -1e-5))
        numeric = (up.score(*columns) - down.score(*columns)) / 2e-5
        np.testing.assert_allclose(law.gradient(*columns)[name], numeric, rtol=1e-7, atol=1e-10)
        for other in law.names():
            numeric = (up.gradient(*columns)[other] - down.gradient(*columns)[other]) / 2e-5
            exact = second.get((name, other), second.get((other, name), 0.0))
            np.testing.assert_allclose(exact, numeric, rtol=1e-6, atol=1e-9)


def test_slopes_are_per_factor_e_of_each_input() -> None:
    law = Sigmoid.of("a", "b")(alpha=-1.0, floor=0.0, beta_1=2.0, beta_2=1.0)
    numeric = (law.score(0.5 * np.exp(1e-5), 0.3) - law.score(0.5 * np.exp(-1e-5), 0.3)) / 2e-5
    assert law.slopes(0.5, 0.3)["a"] == pytest.approx(numeric, rel=1e-8)


@pytest.mark.parametrize("count", [1, 4, 8])
def test_any_number_of_columns_up_to_eight_can_be_fitted(count: int) -> None:
    rng = np.random.default_rng(count)
    names = [f"x{k}" for k in range(count)]
    law = Sigmoid.of(*names)
    truth = law(alpha=-0.5, floor=0.0, **{f"beta_{k + 1}": (-1.0) ** k for k in range(count)})
    columns = rng.normal(size=(count, 60))
    table = dict(zip(names, columns, strict=True)) | {"score": truth.score(*columns)}
    found = rp.fit(law, table, fixed={"floor": 0.0}).law
    assert found.to_dict() == pytest.approx(truth.to_dict(), rel=1e-6, abs=1e-9)


def test_a_choice_of_columns_is_one_class_that_can_be_pickled() -> None:
    assert Sigmoid.of("pc_1", "pc_2", "pc_3", response="bbh") is THREE
    assert pickle.loads(pickle.dumps(TRUTH)) == TRUTH


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Sigmoid.of(), "got 0 "),
        (lambda: Sigmoid.of("a", "a"), r"different columns, got 2 \(a, a\)"),
        (lambda: Sigmoid.of(*"abcdefghi"), "take principal components first"),
        (lambda: Sigmoid.of("first component"), "not a column name"),
        (lambda: TRUTH.score(0.1, np.nan, 0.0), "pc_2"),
        (lambda: TRUTH.logit_at([0.5, 1.0]), "score is 1; one between the floor"),
        (lambda: Sigmoid(0.0, 0.25, 1.0).logit_at(0.2), "score is 0.2"),
    ],
)
def test_what_cannot_be_used_is_named(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        call()


def test_percentages_are_refused_and_scores_below_guessing_are_not() -> None:
    table = places(12)
    table["bbh"] = 100 * TRUTH.score(*table.values())
    with pytest.raises(ArgumentError, match="bbh between -1 and 1, got"):
        rp.fit(THREE, table, fixed={"floor": 0.0})
    table["bbh"] = table["bbh"] / 100 - 0.02
    assert rp.fit(THREE, table, fixed={"floor": 0.0}).n == 12
