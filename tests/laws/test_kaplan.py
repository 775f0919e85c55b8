"""The laws of kaplan2020 at known values, their fits, and the inputs they refuse."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar

import replication as rp
from replication.errors import ArgumentError
from replication.laws import (
    CriticalBatch,
    KaplanFlops,
    KaplanJoint,
    KaplanParams,
    KaplanSteps,
    KaplanTokens,
    KaplanTraining,
    Law,
    PowerLaw,
    by_name,
)
from replication.units import PF_DAY

PARAMS = KaplanParams(alpha_N=0.076, N_c=8.8e13)
JOINT = KaplanJoint(alpha_N=0.076, alpha_D=0.103, N_c=6.4e13, D_c=1.8e13)
STEPS = KaplanSteps(alpha_N=0.077, alpha_S=0.76, N_c=6.5e13, S_c=2.1e3)
BATCH = CriticalBatch(B_star=2.1e8, alpha_B=0.21)
TRAINING = KaplanTraining.join(STEPS, BATCH)
LAWS: dict[str, tuple[Law, dict[str, Any]]] = {
    "params": (PARAMS, {"params": np.geomspace(1e5, 1e10, 30)}),
    "tokens": (KaplanTokens(0.095, 5.4e13), {"tokens": np.geomspace(1e7, 1e11, 30)}),
    "flops": (KaplanFlops(0.05, 2.7e28), {"flops": np.geomspace(1e14, 1e22, 30)}),
    "batch": (BATCH, {"loss": np.linspace(2.0, 6.0, 30)}),
    "joint": (
        JOINT,
        {
            "params": np.repeat(np.geomspace(1e5, 1e9, 8), 7),
            "tokens": np.tile(np.geomspace(2e7, 2e10, 7), 8),
        },
    ),
    "steps": (
        STEPS,
        {
            "params": np.repeat(np.geomspace(1e6, 1e9, 8), 7),
            "min_steps": np.tile(np.geomspace(1e3, 2e5, 7), 8),
        },
    ),
    "training": (
        TRAINING,
        {
            "params": np.repeat(np.geomspace(1e6, 1e9, 8), 9),
            "steps": np.tile(np.geomspace(1e3, 2e5, 9), 8),
            "batch": np.tile([3e4, 3e5, 3e6], 24),
        },
    ),
}


@pytest.fixture(params=list(LAWS))
def case(request: pytest.FixtureRequest) -> tuple[Law, pd.DataFrame]:
    law, columns = LAWS[request.param]
    data = pd.DataFrame(columns)
    return law, data.assign(**{law.response: law.predict(*columns.values())})


def test_laws_are_registered(case: Any) -> None:
    assert by_name(type(case[0]).__name__) is type(case[0])


def test_noiseless_points_give_the_law_back(case: Any) -> None:
    law, data = case
    fit = rp.fit(type(law), data)
    for name, value in law.to_dict().items():
        assert getattr(fit.law, name) == pytest.approx(value, rel=1e-5), name


def test_the_order_of_rows_and_the_unit_of_size_change_no_exponent() -> None:
    law, columns = LAWS["steps"]
    rng = np.random.default_rng(0)
    data = pd.DataFrame(columns)
    data["loss"] = law.predict(*columns.values()) * np.exp(0.005 * rng.standard_normal(len(data)))
    first = rp.fit(KaplanSteps, data).law
    mixed = rp.fit(KaplanSteps, data.sample(frac=1, random_state=1)).law
    millions = rp.fit(KaplanSteps, data.assign(params=data["params"] / 1e6)).law
    for name in ("alpha_N", "alpha_S", "S_c"):
        assert getattr(mixed, name) == pytest.approx(getattr(first, name), rel=1e-6)
        assert getattr(millions, name) == pytest.approx(getattr(first, name), rel=1e-6)
    assert millions.N_c * 1e6 == pytest.approx(first.N_c, rel=1e-5)


@pytest.mark.parametrize("bad", [-1.0, 0.0, float("nan"), float("inf"), "many"])
def test_what_is_not_a_count_is_refused_by_name(case: Any, bad: Any) -> None:
    law, data = case
    for column in law.inputs:
        shown = bad if isinstance(bad, str) else f"{bad:g}"
        row = {name: float(data[name].iloc[0]) for name in law.inputs} | {column: bad}
        with pytest.raises(ArgumentError, match=rf"{column} must be .*{shown}"):
            law.predict(*row.values())


def test_printed_values_of_the_paper() -> None:
    assert PARAMS.loss(1e9) == pytest.approx((8.8e13 / 1e9) ** 0.076, rel=1e-14)
    assert PARAMS.power_law().loss(1e9) == pytest.approx(PARAMS.loss(1e9), rel=1e-13)
    assert JOINT.tokens_needed(1e9, 0.02) / 1e9**0.74 == pytest.approx(5e3, rel=0.1)
    assert BATCH.batch(2.66) == pytest.approx(2.0e6, rel=0.01)
    assert STEPS.best_excess == pytest.approx(0.10, abs=0.005)
    assert TRAINING.alpha_C == pytest.approx(0.052, abs=0.0005)
    assert STEPS.size_window(0.2) == pytest.approx((0.577, 2.183), abs=1e-3)


def test_limits_of_the_joint_law_are_its_two_laws() -> None:
    assert JOINT.loss(1e8, 1e40) == pytest.approx(JOINT.enough_data().loss(1e8), rel=1e-9)
    assert JOINT.loss(1e40, 1e9) == pytest.approx(JOINT.enough_params().loss(1e9), rel=1e-9)
    assert STEPS.loss(1e8, 1e30) == pytest.approx(STEPS.enough_steps().loss(1e8), rel=1e-9)


def test_a_very_large_batch_needs_the_fewest_steps() -> None:
    assert TRAINING.loss(1e8, 2e4, 1e20) == pytest.approx(STEPS.loss(1e8, 2e4), rel=1e-9)


def test_a_whole_law_comes_apart_again() -> None:
    assert TRAINING.steps_law == STEPS
    assert TRAINING.batch_law == BATCH


@pytest.mark.parametrize("batch", [1e-3, 2.0**19, 1e8])
@pytest.mark.parametrize("flops", [1e16, 1e19, 1e23])
def test_the_optimum_of_appendix_b_is_that_of_a_numeric_search(flops: float, batch: float) -> None:
    best = TRAINING.optimal(flops=flops, batch=0.0 if batch < 1 else batch)

    def loss_at(log_params: float) -> float:
        params = np.exp(log_params)
        return float(TRAINING.loss(params, flops / 6 / params / batch, batch))

    middle = np.log(best.params)
    found = minimize_scalar(loss_at, bounds=(middle - 4, middle + 4), options={"xatol": 1e-10})
    assert best.loss == pytest.approx(found.fun, rel=1e-9)
    assert best.params == pytest.approx(np.exp(found.x), rel=1e-4)
    assert 6 * best.params * best.tokens == pytest.approx(flops, rel=1e-9)


def test_the_closed_form_of_appendix_b_obeys_its_power_laws() -> None:
    flops = np.geomspace(1e16, 1e24, 9)
    best = TRAINING.optimal(flops=flops)
    np.testing.assert_allclose(np.diff(np.log(best.params)) / np.log(10), TRAINING.a, rtol=1e-9)
    np.testing.assert_allclose(best.loss, TRAINING.flops_law.loss(flops), rtol=1e-12)
    growth = TRAINING.alpha_C / TRAINING.alpha_S
    np.testing.assert_allclose(np.diff(np.log(best.min_steps)) / np.log(10), growth, rtol=1e-9)
    # Eq. B.10: S = C_c / (6 N_c B_star) (1 + f)**(-1/alpha_N) (C/C_c)**(alpha_C/alpha_S).
    C_c, f = TRAINING.flops_law.C_c, STEPS.best_excess
    printed = C_c / (6 * 6.5e13 * 2.1e8) * (1 + f) ** (-1 / 0.077) * (flops / C_c) ** growth
    np.testing.assert_allclose(best.min_steps, printed, rtol=1e-9)


def test_an_optimum_of_many_laws_is_many_optima() -> None:
    theta = TRAINING.to_vector() + np.array([[0.0] * 6, [0.01, 0.1, 0.5, 0.2, 0.3, 0.02]])
    both = KaplanTraining.from_vector(theta[:, None])
    flops = np.array([1e18, 1e20, 1e22])
    for batch in (0.0, 1e6):
        best = both.optimal(flops=flops, batch=batch)
        assert np.shape(best.params) == (2, 3)
        one = KaplanTraining.from_vector(theta[1]).optimal(flops=flops, batch=batch)
        np.testing.assert_allclose(np.asarray(best.params)[1], one.params, rtol=1e-9)


def test_whole_law_without_minimum_says_so() -> None:
    law = KaplanTraining(**TRAINING.to_dict() | {"alpha_S": -0.5})
    with pytest.raises(rp.ReplicationError, match="no interior minimum"):
        law.optimal(flops=1e20)
    with pytest.raises(rp.ReplicationError, match="no interior minimum"):
        KaplanJoint(alpha_N=-0.1, alpha_D=0.1, N_c=1e13, D_c=1e13).optimal(flops=1e20)


def test_draws_of_the_joint_law_without_an_optimum_are_nan() -> None:
    draws = KaplanJoint(np.array([[0.07], [-0.07]]), np.array([[0.1], [0.1]]), 6e13, 2e13)
    best = draws.optimal(flops=[1e18, 1e20])
    assert np.isfinite(best.loss[0]).all() and np.isnan(best.params[1]).all()


@pytest.mark.parametrize("batch", [-1.0, float("nan"), float("inf")])
def test_a_batch_that_cannot_be_is_refused(batch: float) -> None:
    with pytest.raises(ArgumentError, match=r"batch is .*; a number of tokens from 0 is expected"):
        TRAINING.optimal_for(3.0, batch)
    with pytest.raises(ArgumentError, match="batch is"):
        TRAINING.optimal(flops=1e20, batch=batch)


@pytest.mark.parametrize("flops", [0.0, -1e20, float("nan")])
def test_a_budget_that_cannot_be_is_refused(flops: float) -> None:
    for law in (TRAINING, JOINT):
        with pytest.raises(ArgumentError, match="flops must be positive"):
            law.optimal(flops=flops)


@pytest.mark.parametrize("ratio", [0.1, 0.2855])
def test_a_size_that_never_reaches_the_loss_is_refused(ratio: float) -> None:
    with pytest.raises(ArgumentError, match=rf"size_ratio is {ratio}.*never reaches the loss"):
        STEPS.steps_ratio(ratio)
    with pytest.raises(ArgumentError, match="never reaches the loss"):
        STEPS.flops_ratio([1.0, ratio])


@pytest.mark.parametrize("bad", [0.0, -1.0])
def test_other_arguments_that_cannot_be_are_refused(bad: float) -> None:
    calls = {
        "gap": lambda: STEPS.early_stop(bad),
        "extra": lambda: STEPS.size_window(bad),
        "excess": lambda: STEPS.reach(3.0, bad),
        "overfit": lambda: JOINT.tokens_needed(1e9, bad),
        "loss": lambda: PARAMS.input_for(bad),
        "steps": lambda: BATCH.min_steps(bad, 1e6, 3.0),
        "min_steps": lambda: BATCH.steps(bad, 1e6, 3.0),
        "batch": lambda: BATCH.min_flops(1e20, bad, 3.0),
    }
    for name, call in calls.items():
        with pytest.raises(ArgumentError, match=rf"{name} must be positive"):
            call()


def test_a_scale_that_is_not_positive_has_no_coordinate() -> None:
    with pytest.raises(ArgumentError, match=r"KaplanJoint\.N_c is -1\.0; it must be positive"):
        KaplanJoint(alpha_N=0.1, alpha_D=0.1, N_c=-1.0, D_c=1.0).to_vector()


def test_a_law_needs_the_inputs_of_a_budget_for_the_base_optimum() -> None:
    with pytest.raises(rp.ReplicationError, match="KaplanSteps predicts loss from params, min_st"):
        STEPS.optimal(flops=1e20)


def test_power_laws_compose_and_cross() -> None:
    loss = KaplanTokens(0.095, 5.4e13)
    tokens = PowerLaw.of("flops", "tokens")(A=2e10 / PF_DAY**0.27, alpha=-0.27)
    both = loss.power_law().after(tokens)
    assert both.loss(PF_DAY) == pytest.approx(loss.loss(2e10), rel=1e-12)
    other = KaplanFlops(0.05, 3.1e8 * PF_DAY).power_law()
    at = both.crossing(other)
    assert both.loss(at) == pytest.approx(other.loss(at), rel=1e-12)
    with pytest.raises(ArgumentError, match="The law reads tokens, the inner one predicts loss"):
        loss.power_law().after(other)
    with pytest.raises(ArgumentError, match="do not cross at one point"):
        other.crossing(other)
    with pytest.raises(ArgumentError, match="do not cross at one point"):
        other.crossing(loss.power_law())
