"""The optimum in money: the optimum in FLOPs for another demand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import replication as rp
from replication.errors import ArgumentError

LAW = rp.published("sardana2024", "repository")
RENTED = rp.Deployment(
    train_dollars_per_hour=2.0,
    train_peak_flops_per_second=1e15,
    inference_dollars_per_hour=1.0,
    inference_peak_flops_per_second=2e15,
    train_utilisation=0.5,
    input_utilisation=0.4,
    output_utilisation=0.01,
)
DEMAND = {"input_tokens": 7e11, "output_tokens": 2e12}
DRAWS = settings(max_examples=60, deadline=None, derandomize=True)
shares = st.floats(1e-3, 1.0)


def test_a_price_is_hours_of_work():
    # 6 N D FLOPs at half of 1e15 FLOP/s, $2 an hour.
    hours = 6 * 1e9 * 2e10 / (0.5 * 1e15 * 3600)
    assert RENTED.dollars(params=1e9, tokens=2e10) == pytest.approx(2 * hours, rel=1e-14)
    read = 2 * 1e9 * 1e12 / (0.4 * 2e15 * 3600)
    written = 2 * 1e9 * 1e11 / (0.01 * 2e15 * 3600)
    total = RENTED.dollars(params=1e9, tokens=2e10, input_tokens=1e12, output_tokens=1e11)
    assert total == pytest.approx(2 * hours + read + written, rel=1e-14)


def test_equal_prices_and_full_use_are_flops():
    plain = rp.Deployment(3600.0, 1.0, 3600.0, 1.0, 1.0, 1.0, 1.0)
    assert plain.dollars_per_training_flop == 1.0
    best = rp.lifetime_cost_optimal(LAW, plain, loss=2.0, **DEMAND)
    same = rp.lifetime_optimal(LAW, loss=2.0, inference_tokens=2.7e12)
    assert best.params == pytest.approx(same.params, rel=1e-13)
    assert best.dollars == pytest.approx(same.flops, rel=1e-13)
    assert best.flops == pytest.approx(same.flops, rel=1e-13)
    assert best.dollars_ratio == pytest.approx(same.flops_ratio, rel=1e-13)


@DRAWS
@given(shares, shares, shares, st.floats(1.75, 2.6), st.floats(1.001, 3.0))
def test_no_model_of_the_same_loss_costs_less(train, read, written, loss, factor):
    deployed = replace(
        RENTED, train_utilisation=train, input_utilisation=read, output_utilisation=written
    )
    best = rp.lifetime_cost_optimal(LAW, deployed, loss=loss, **DEMAND)
    assert best.dollars == pytest.approx(best.training_dollars + best.inference_dollars)
    for params in (best.params * factor, best.params / factor):
        if loss - LAW.E - LAW.A * params**-LAW.alpha > 0:
            tokens = LAW.tokens_for(loss=loss, params=params)
            assert deployed.dollars(params=params, tokens=tokens, **DEMAND) >= best.dollars
    back = rp.lifetime_cost_optimal(LAW, deployed, dollars=best.dollars, **DEMAND)
    assert back.loss == pytest.approx(loss, rel=1e-12)


def test_only_the_ratio_of_prices_matters():
    dearer = replace(RENTED, train_dollars_per_hour=6.0, inference_dollars_per_hour=3.0)
    best = rp.lifetime_cost_optimal(LAW, RENTED, loss=2.0, **DEMAND)
    same = rp.lifetime_cost_optimal(LAW, dearer, loss=2.0, **DEMAND)
    assert same.params == pytest.approx(best.params, rel=1e-13)
    assert same.dollars == pytest.approx(3 * best.dollars, rel=1e-13)


def test_a_list_is_an_array():
    shares = replace(RENTED, train_utilisation=[0.4, 0.5], train_peak_flops_per_second=[1e15, 2e15])
    alone = replace(RENTED, train_utilisation=0.5, train_peak_flops_per_second=2e15)
    prices = shares.dollars(params=1e9, tokens=2e10)
    assert prices[1] == pytest.approx(alone.dollars(params=1e9, tokens=2e10), rel=1e-14)


def test_prices_may_be_arrays():
    many = replace(RENTED, inference_dollars_per_hour=np.array([0.5, 1.0, 2.0]))
    best = rp.lifetime_cost_optimal(LAW, many, loss=[[2.0], [2.1]], **DEMAND)
    assert np.shape(best.params) == np.shape(best.dollars_ratio) == (2, 3)
    assert (np.diff(best.params, axis=1) < 0).all()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("train_utilisation", 0.0, "train_utilisation must be positive and finite, got 0"),
        ("input_utilisation", 50.0, r"input_utilisation must be in \(0, 1\], got 50"),
        ("output_utilisation", -0.1, "output_utilisation must be positive and finite, got -0.1"),
        ("train_dollars_per_hour", 0.0, "train_dollars_per_hour must be positive"),
        ("inference_peak_flops_per_second", np.inf, "must be positive and finite, got inf"),
    ],
)
def test_what_no_accelerator_has_is_refused(field, value, message):
    with pytest.raises(ArgumentError, match=message):
        replace(RENTED, **{field: value})


def test_bad_demands_and_goals_are_told():
    with pytest.raises(ArgumentError, match="output_tokens must be zero or more"):
        rp.lifetime_cost_optimal(LAW, RENTED, loss=2.0, input_tokens=1.0, output_tokens=-1.0)
    with pytest.raises(ArgumentError, match="Got both of loss and dollars"):
        rp.lifetime_cost_optimal(LAW, RENTED, loss=2.0, dollars=1e6, **DEMAND)
    with pytest.raises(ArgumentError, match="deployment must be a Deployment, got 'H100'"):
        rp.lifetime_cost_optimal(LAW, "H100", loss=2.0, **DEMAND)
    many = replace(RENTED, train_dollars_per_hour=np.array([1.0, 2.0, 3.0]))
    with pytest.raises(ArgumentError, match=r"loss \(2,\), train_dollars_per_hour \(3,\)\. Give"):
        rp.lifetime_cost_optimal(LAW, many, loss=[2.0, 2.1], **DEMAND)
    with pytest.raises(ArgumentError, match=r"above its irreducible 1\.69"):
        rp.lifetime_cost_optimal(LAW, RENTED, loss=1.5, **DEMAND)


def test_prices_and_demands_beyond_floats_are_refused():
    dear = replace(RENTED, train_dollars_per_hour=1e308, train_peak_flops_per_second=1e-10)
    with pytest.raises(ArgumentError, match=r"price of a FLOP \(train\) must be positive and fin"):
        dear.dollars(params=1e9, tokens=1e10)
    with pytest.raises(ArgumentError, match="flops is more than a float holds"):
        RENTED.dollars(params=1e200, tokens=1e200)
    with pytest.raises(ArgumentError, match="The budget in FLOPs is more than a float holds"):
        rp.lifetime_cost_optimal(LAW, RENTED, dollars=1e300, **DEMAND)
    with pytest.raises(ArgumentError, match="Shapes do not fit"):
        RENTED.dollars(params=[1e9, 2e9], tokens=[1e10] * 3)
