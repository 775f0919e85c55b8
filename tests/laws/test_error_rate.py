"""Downstream error in the loss: properties, fitting, limits of validity."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import curve_fit

import replication as rp
from replication.errors import ArgumentError
from replication.laws import ErrorRate

DRAWS = settings(max_examples=60, deadline=None, derandomize=True)
LAW = ErrorRate(epsilon=0.857, k=2.21, gamma=0.715)
LOSSES = np.linspace(2.0, 5.0, 30)


@st.composite
def laws(draw: Any) -> ErrorRate:
    """A law that has learned something between one and ten nats."""
    epsilon, gamma = draw(st.floats(0.1, 1.0)), draw(st.floats(0.1, 3.0))
    lowest = draw(st.floats(0.2, 2.0))
    return ErrorRate(epsilon=epsilon, k=epsilon * np.exp(gamma * lowest), gamma=gamma)


@DRAWS
@given(laws(), st.floats(2.01, 10.0), st.floats(1.001, 3.0))
def test_error_rises_with_loss_up_to_epsilon(law: ErrorRate, loss: float, factor: float) -> None:
    assert 0 <= law.error(loss) <= law.error(loss * factor) <= law.epsilon


@DRAWS
@given(laws(), st.floats(2.01, 6.0))
def test_loss_at_is_the_inverse(law: ErrorRate, loss: float) -> None:
    error = law.error(loss)
    if law.epsilon - error > 1e-6:
        assert law.loss_at(error) == pytest.approx(loss, rel=1e-6)
    assert law.predict(law.lowest_loss) == pytest.approx(0, abs=1e-12)


@DRAWS
@given(laws(), st.floats(2.01, 6.0))
def test_in_bits_the_rate_alone_changes(law: ErrorRate, loss: float) -> None:
    bits = ErrorRate(epsilon=law.epsilon, k=law.k, gamma=law.gamma * np.log(2))
    assert bits.error(loss / np.log(2)) == pytest.approx(law.error(loss), rel=1e-12, abs=1e-15)


@DRAWS
@given(laws(), st.floats(2.01, 6.0))
def test_gradient_equals_central_differences(law: ErrorRate, loss: float) -> None:
    partial = law.gradient(loss)
    for name, value in law.to_dict().items():
        up, down = (ErrorRate(**law.to_dict() | {name: value * (1 + h)}) for h in (1e-6, -1e-6))
        numeric = (up.predict(loss) - down.predict(loss)) / 2e-6
        assert float(partial[name]) * value == pytest.approx(numeric, rel=1e-6, abs=1e-9)


def test_it_is_a_power_law_in_perplexity() -> None:
    np.testing.assert_allclose(
        LAW.epsilon - LAW.error(LOSSES), LAW.k * np.exp(LOSSES) ** -LAW.gamma, rtol=1e-12
    )


def test_noiseless_points_give_the_law_back() -> None:
    found = rp.fit("ErrorRate", {"loss": LOSSES, "error": LAW.error(LOSSES)})
    assert found.objective.name == "lsq"
    assert found.law.to_dict() == pytest.approx(LAW.to_dict(), rel=1e-7)


def test_scipy_finds_the_same_minimum() -> None:
    noisy = LAW.error(LOSSES) + 0.01 * np.random.default_rng(0).standard_normal(30)
    found = rp.fit(ErrorRate, {"loss": LOSSES, "error": noisy}).law
    again = rp.fit(ErrorRate, {"loss": LOSSES[::-1], "error": noisy[::-1]}).law
    theirs, _ = curve_fit(
        lambda x, epsilon, k, gamma: epsilon - k * np.exp(-gamma * x), LOSSES, noisy
    )
    np.testing.assert_allclose(list(found.to_dict().values()), theirs, rtol=1e-4)
    np.testing.assert_allclose(list(again.to_dict().values()), theirs, rtol=1e-4)


def test_another_unit_of_loss_gives_the_same_curve() -> None:
    noisy = LAW.error(LOSSES) + 0.01 * np.random.default_rng(1).standard_normal(30)
    nats = rp.fit(ErrorRate, {"loss": LOSSES, "error": noisy}).law
    bits = rp.fit(ErrorRate, {"loss": LOSSES / np.log(2), "error": noisy}).law
    assert bits.gamma == pytest.approx(nats.gamma * np.log(2), rel=1e-6)
    assert bits.epsilon == pytest.approx(nats.epsilon, rel=1e-7)


def test_an_error_that_is_no_share_is_refused_but_fitted_through() -> None:
    assert LAW.predict(1.0) < 0
    message = r"loss of 1 nats .* error of -0\.224, .* meaning above 1\.325 nats\. Ask for a higher"
    with pytest.raises(ArgumentError, match=message):
        LAW.error([2.0, 1.0])
    with pytest.raises(ArgumentError, match=r"error of 1\.\d+, which is no share: check epsilon"):
        ErrorRate(epsilon=1.5, k=1.0, gamma=0.5).error(4.0)
    with pytest.raises(ArgumentError, match=r"error of -0\.8\d+, which is no share: check epsilon"):
        ErrorRate(epsilon=-0.5, k=1.0, gamma=0.5).error(2.0)
    drawn = ErrorRate(epsilon=np.array([[0.857], [0.9]]), k=2.21, gamma=0.715)
    with pytest.raises(ArgumentError, match="which is no share"):
        drawn.error([1.0, 2.0])
    assert np.shape(drawn.error(LOSSES)) == (2, 30)


@pytest.mark.parametrize("bad", [-1.0, 0.0, float("nan"), float("inf"), "low"])
def test_what_is_no_loss_is_refused(bad: Any) -> None:
    for call in (LAW.error, LAW.predict):
        with pytest.raises(ArgumentError, match="loss must be"):
            call(bad)


@pytest.mark.parametrize("bad", [-0.1, 0.857, 0.9, 1.2, float("nan")])
def test_an_error_that_no_loss_has_is_refused(bad: float) -> None:
    with pytest.raises(ArgumentError, match="below epsilon"):
        LAW.loss_at(bad)
    with pytest.raises(ArgumentError, match="error must be numbers, got 'low'"):
        LAW.loss_at("low")
