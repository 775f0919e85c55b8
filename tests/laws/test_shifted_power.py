"""The law of one learning curve in compute: inverse, price, fits, and what is refused."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.test_properties import DRAWS, central_differences
from scipy.optimize import brentq, least_squares

import replication as rp
from replication.errors import ArgumentError
from replication.laws import PowerLawOffset, ShiftedPower

LAW = ShiftedPower(a=2.6e11, b=0.65, c=3.1, d=1.7e16)
GRID = np.geomspace(2e16, 2e18, 60)


@st.composite
def laws(draw: Any) -> ShiftedPower:
    """A curve that falls by some nats over decades around 1e18 FLOPs."""
    b, d = draw(st.floats(0.2, 1.2)), 10 ** draw(st.floats(14, 17))
    return ShiftedPower(a=draw(st.floats(0.05, 1)) * 1e18**b, b=b, c=draw(st.floats(1, 4)), d=d)


@DRAWS
@given(laws(), st.floats(1e16, 1e20), st.floats(1.01, 100))
def test_it_falls_from_its_start_to_its_floor(law, c, factor):
    assert law.c < law.loss(c * factor) < law.loss(c) < law.start


@DRAWS
@given(laws(), st.floats(1e15, 1e19))
def test_compute_is_the_inverse_of_the_loss(law, c):
    assert law.input_for(law.loss(c)) == pytest.approx(c, rel=1e-6)


@DRAWS
@given(laws(), st.floats(1e16, 1e19))
def test_the_price_is_the_slope_of_the_inverse(law, c):
    loss = law.loss(c)
    h = 1e-4 * (loss - law.c)
    slope = (law.input_for(loss - h) - law.input_for(loss + h)) / (2 * h)
    assert law.price(loss) == pytest.approx(slope, rel=1e-5)


@DRAWS
@given(laws(), st.floats(1e16, 1e19), st.floats(1.001, 10))
def test_the_price_rises_as_the_loss_falls(law, c, factor):
    assert law.price(law.loss(c * factor)) > law.price(law.loss(c))


@DRAWS
@given(laws(), st.floats(1e15, 1e20))
def test_its_gradient_is_that_of_differences(law, c):
    partial = law.gradient(c)
    for name, value in law.to_dict().items():
        slope = central_differences(law, (c,), name)
        assert float(partial[name]) * value == pytest.approx(slope, rel=1e-5, abs=1e-8)


@DRAWS
@given(laws(), st.floats(1e15, 1e20), st.floats(1e-18, 1e3))
def test_another_unit_of_compute_changes_a_and_d_alone(law, c, unit):
    other = ShiftedPower(a=law.a * unit**law.b, b=law.b, c=law.c, d=law.d * unit)
    assert other.loss(c * unit) == pytest.approx(law.loss(c), rel=1e-9)
    loss = law.loss(c)
    assert other.price(loss) == pytest.approx(law.price(loss) * unit, rel=1e-6)


def test_without_a_shift_it_is_a_power_law_with_an_offset():
    plain = PowerLawOffset(A=LAW.a, E=LAW.c, alpha=LAW.b)
    far = ShiftedPower(a=LAW.a, b=LAW.b, c=LAW.c, d=1e-3)
    assert far.loss(GRID) == pytest.approx(plain.loss(GRID), rel=1e-12)


def test_the_inverse_agrees_with_a_root_found_by_scipy():
    root = brentq(lambda c: LAW.loss(c) - 3.4, 1e10, 1e22, xtol=1.0, rtol=1e-14)
    assert LAW.input_for(3.4) == pytest.approx(root, rel=1e-11)


@pytest.mark.parametrize("objective", ["log-lsq", "log-huber", "lsq"])
def test_it_is_recovered_without_noise(objective):
    found = rp.fit(ShiftedPower, {"flops": GRID, "loss": LAW.loss(GRID)}, objective=objective)
    assert found.law.to_dict() == pytest.approx(LAW.to_dict(), rel=1e-4)


def test_the_fit_agrees_with_scipy():
    rng = np.random.default_rng(1)
    table = {"flops": GRID, "loss": LAW.loss(GRID) * np.exp(4e-4 * rng.standard_normal(60))}
    found = rp.fit(ShiftedPower, table, objective="log-lsq")

    def residuals(theta):
        a, c, d = np.exp(theta[:3])
        return np.log(a * (GRID / 1e18 + d) ** -theta[3] + c) - np.log(table["loss"])

    start = [np.log(0.3), np.log(3.1), np.log(0.017), 0.65]
    best = least_squares(residuals, start, xtol=1e-15, ftol=1e-15, gtol=1e-15, x_scale="jac")
    assert found.value <= best.cost * (1 + 1e-9)
    assert found.law.c == pytest.approx(np.exp(best.x[1]), rel=1e-5)
    assert found.law.b == pytest.approx(best.x[3], rel=1e-3)


def test_rows_in_another_order_give_the_same_fit():
    rng = np.random.default_rng(2)
    loss = LAW.loss(GRID) * np.exp(4e-4 * rng.standard_normal(60))
    order = rng.permutation(60)
    one = rp.fit(ShiftedPower, {"flops": GRID, "loss": loss}, objective="log-lsq").law
    two = rp.fit(ShiftedPower, {"flops": GRID[order], "loss": loss[order]}, objective="log-lsq").law
    assert one.to_dict() == pytest.approx(two.to_dict(), rel=1e-5)


@pytest.mark.parametrize("method", ["input_for", "price"])
@pytest.mark.parametrize("loss", [3.1, 2.9, 50.0])
def test_a_loss_that_the_law_does_not_reach_is_refused(method, loss):
    with pytest.raises(ArgumentError, match=rf"loss is {loss:g}; this law goes from .*floor 3\.1"):
        getattr(LAW, method)([3.5, loss])


def test_other_bad_input_is_refused():
    with pytest.raises(ArgumentError, match="loss must be positive and finite, got nan"):
        LAW.reaches(np.nan)
    with pytest.raises(ArgumentError, match="flops must be positive"):
        LAW.loss(-1e18)
    with pytest.raises(ArgumentError, match=r"b is -0\.5: a law that does not fall"):
        ShiftedPower(a=1.0, b=-0.5, c=1.0, d=1.0).price(2.0)
