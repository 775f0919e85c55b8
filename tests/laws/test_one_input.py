"""Laws that level off, break or bend: the forms of the benchmark of learning curves."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.test_properties import DRAWS
from scipy.optimize import brentq, least_squares

import replication as rp
from replication.errors import ArgumentError
from replication.laws import (
    BrokenPower,
    Law,
    PowerLaw,
    PowerLawOffset,
    SaturatingPower,
    SigmoidPower,
)

GRID = np.geomspace(1e7, 1e10, 50)
SATURATING = SaturatingPower.of("tokens")(A=3000.0, gamma=2e-9, alpha=0.4)
SIGMOID = SigmoidPower.of("tokens")(e_inf=0.2, e_0=0.98, x_c=2e8, c=0.6, alpha=0.4)
BROKEN = BrokenPower.of("tokens")(a=0.3, b=4.0, c_0=0.08, c_1=0.5, d=2e8, f=0.4)
LAWS = [SATURATING, SIGMOID, BROKEN]
names = pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)


@st.composite
def sigmoids(draw: Any) -> SigmoidPower:
    """A curve from around one down to a floor."""
    return SigmoidPower(
        e_inf=draw(st.floats(0.01, 0.5)),
        e_0=draw(st.floats(0.6, 2.0)),
        x_c=10 ** draw(st.floats(6, 12)),
        c=draw(st.floats(0.05, 2.0)),
        alpha=draw(st.floats(0.02, 20.0)),
    )


@DRAWS
@given(sigmoids(), st.floats(1e4, 1e14))
def test_the_share_solves_the_equation(law, x):
    """The printed form, where neither end is so near that it has no digits left."""
    loss = law.loss(x)
    low, high = loss - law.e_inf, law.e_0 - loss
    assert low >= 0 and high >= 0
    if low > 1e-6 and high > 1e-6:
        left = np.log(low) - law.alpha * np.log(high)
        assert left == pytest.approx(np.log(law.beta) - law.c * np.log(x), rel=1e-6, abs=1e-6)


@DRAWS
@given(sigmoids(), st.floats(1e4, 1e14), st.floats(1.01, 100))
def test_it_falls_between_its_ends(law, x, factor):
    assert law.e_inf <= law.loss(x * factor) <= law.loss(x) <= law.e_0


@pytest.mark.parametrize("alpha", [1e-3, 0.3, 1.0, 30.0, 1e4])
@pytest.mark.parametrize("x", [1.0, 1e8, 2e8, 1e16])
def test_the_share_is_the_root_that_scipy_finds(alpha, x):
    law = replace(SIGMOID, alpha=alpha)
    r = law.c * np.log(law.x_c / x)
    left = lambda t: t + (alpha - 1) * np.logaddexp(0, t) - r  # noqa: E731
    t = brentq(left, -1e6, 1e6, xtol=1e-13, rtol=1e-15)
    share = 1 / (1 + np.exp(-t)) if t > -700 else 0.0
    assert law.loss(x) == pytest.approx(law.e_inf + (law.e_0 - law.e_inf) * share, rel=1e-9)


def test_far_out_a_sigmoid_is_a_power_law_with_an_offset():
    law = replace(SIGMOID, alpha=0.7)
    near = PowerLawOffset.of("tokens")(
        A=law.x_c**law.c * (law.e_0 - law.e_inf), E=law.e_inf, alpha=law.c
    )
    x = np.geomspace(1e15, 1e18, 5)
    assert law.loss(x) - law.e_inf == pytest.approx(near.loss(x) - near.E, rel=1e-3)


def test_without_its_rate_a_saturating_law_is_a_power_law():
    plain = PowerLaw.of("tokens")(A=SATURATING.A, alpha=SATURATING.alpha)
    assert replace(SATURATING, gamma=0.0).loss(GRID) == pytest.approx(plain.loss(GRID), rel=1e-12)


def test_a_saturating_law_stays_above_its_floor():
    assert SATURATING.loss(1e30) == pytest.approx(SATURATING.floor, rel=1e-12)
    assert SATURATING.irreducible == SATURATING.floor < SATURATING.loss(1e12)


def test_the_segments_of_a_broken_law_are_straight():
    """Far below the break the exponent is c_0, far above it c_0 + c_1."""
    for x, slope in ((1e3, BROKEN.c_0), (1e14, BROKEN.c_0 + BROKEN.c_1)):
        part = BROKEN.loss(np.array([x, 10 * x])) - BROKEN.a
        assert np.log10(part[0] / part[1]) == pytest.approx(slope, rel=1e-4)


def test_a_narrow_break_is_a_corner():
    law = replace(BROKEN, f=1e-3)
    assert law.loss(1e7) - law.a == pytest.approx(law.b * 1e7**-law.c_0, rel=1e-12)


@names
def test_the_column_can_be_chosen(law):
    other = type(law).of("flops", "error")
    assert (other.inputs, other.response) == (("flops",), "error")
    assert other(**law.to_dict()).loss(1e9) == law.loss(1e9)
    units = [kind.of for kind in other.kinds().values() if kind.of]
    assert units == ["flops"]
    assert other.names() == law.names()
    with pytest.raises(ArgumentError, match="'3 x' is not a column name"):
        type(law).of("3 x")


@names
def test_it_is_recovered_without_noise(law):
    found = rp.fit(type(law), {"tokens": GRID, "loss": law.loss(GRID)}, objective="log-lsq")
    np.testing.assert_allclose(found.law.loss(GRID), law.loss(GRID), rtol=1e-5)
    assert found.law.to_dict() == pytest.approx(law.to_dict(), rel=0.02)


@pytest.mark.parametrize("law", [SATURATING, SIGMOID], ids=lambda law: type(law).__name__)
def test_the_fit_agrees_with_scipy(law):
    rng = np.random.default_rng(3)
    loss = law.loss(GRID) * np.exp(0.003 * rng.standard_normal(len(GRID)))
    found = rp.fit(type(law), {"tokens": GRID, "loss": loss}, objective="log-lsq")

    def residuals(theta):
        with np.errstate(all="ignore"):
            return np.nan_to_num(np.log(type(law).from_vector(theta).loss(GRID)) - np.log(loss))

    best = least_squares(residuals, law.to_vector(), xtol=1e-15, ftol=1e-15, x_scale="jac")
    assert found.value * 2 == pytest.approx(2 * best.cost, rel=1e-6)
    again = type(law).from_vector(best.x)
    np.testing.assert_allclose(found.law.loss(1e12), again.loss(1e12), rtol=1e-4)


@names
def test_another_unit_of_the_input_and_order_of_rows_change_no_prediction(law):
    rng = np.random.default_rng(4)
    loss = law.loss(GRID) * np.exp(0.003 * rng.standard_normal(len(GRID)))
    order = rng.permutation(len(GRID))
    one = rp.fit(type(law), {"tokens": GRID, "loss": loss}, objective="log-lsq")
    two = rp.fit(type(law), {"tokens": GRID[order] * 1e3, "loss": loss[order]}, objective="log-lsq")
    assert two.value == pytest.approx(one.value, rel=1e-6)
    np.testing.assert_allclose(two.law.loss(3e10 * 1e3), one.law.loss(3e10), rtol=1e-4)


@names
def test_what_is_no_count_is_refused(law):
    for bad in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(ArgumentError, match="tokens must be positive"):
            law.loss(bad)


def test_swapped_ends_have_no_scale():
    rising: Law = replace(SIGMOID, e_inf=0.9, e_0=0.1)
    assert np.isnan(rising.beta)
    assert rising.loss(1e12) > rising.loss(1e6)
