"""What must hold of every law at any coefficients: property tests."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replication.laws import Chinchilla, Law, PowerLaw, PowerLawOffset, PowerSum
from replication.units import PF_DAY

exponents = st.floats(0.05, 1.2)
amounts = st.floats(0.05, 5.0)
params = st.floats(1e6, 1e13)
tokens = st.floats(1e7, 1e15)
budgets = st.floats(1e16, 1e28)
factors = st.floats(1.001, 1e3)
DRAWS = settings(max_examples=60, deadline=None, derandomize=True)


@st.composite
def surfaces(draw: Any) -> Chinchilla:
    """A Chinchilla law whose three terms all count somewhere between 1e6 and 1e15."""
    alpha, beta = draw(exponents), draw(exponents)
    A, B = draw(amounts) * 1e9**alpha, draw(amounts) * 1e10**beta
    return Chinchilla(A=A, B=B, E=draw(amounts), alpha=alpha, beta=beta)


@st.composite
def curves(draw: Any) -> PowerSum:
    """A law of one input."""
    alpha = draw(exponents)
    A = draw(amounts) * 1e20**alpha
    if draw(st.booleans()):
        return PowerLaw(A=A, alpha=alpha)
    return PowerLawOffset(A=A, E=draw(amounts), alpha=alpha)


@DRAWS
@given(surfaces(), params, tokens, factors)
def test_loss_falls_with_parameters_and_with_tokens(
    law: Chinchilla, n: float, d: float, factor: float
) -> None:
    here = law.loss(n, d)
    more_params, more_tokens = law.loss(n * factor, d), law.loss(n, d * factor)
    assert more_params <= here and more_tokens <= here
    assert law.E < law.loss(n * factor, d * factor) < here


@DRAWS
@given(curves(), st.floats(1e15, 1e25), factors)
def test_a_curve_falls_with_its_input(law: Any, x: float, factor: float) -> None:
    assert law.loss(x * factor) < law.loss(x)


@DRAWS
@given(surfaces(), params, tokens, st.floats(1e-9, 1e9))
def test_another_unit_of_parameters_changes_a_alone(
    law: Chinchilla, n: float, d: float, unit: float
) -> None:
    rescaled = replace(law, A=law.A * unit**-law.alpha)
    assert rescaled.loss(n / unit, d) == pytest.approx(law.loss(n, d), rel=1e-12)


@DRAWS
@given(curves(), st.floats(1e15, 1e25))
def test_a_curve_in_petaflop_days_has_the_same_exponent(law: Any, x: float) -> None:
    rescaled = replace(law, A=law.A * PF_DAY**-law.alpha)
    assert rescaled.loss(x / PF_DAY) == pytest.approx(law.loss(x), rel=1e-12)


@DRAWS
@given(surfaces(), budgets, st.floats(1.0005, 100.0))
def test_the_optimum_beats_its_neighbours_on_the_same_budget(
    law: Chinchilla, c: float, factor: float
) -> None:
    best = law.optimal(flops=c)
    assert best.loss == pytest.approx(law.loss(best.params, best.tokens), rel=1e-13)
    assert best.loss <= law.loss(best.params * factor, best.tokens / factor) * (1 + 1e-15)
    assert best.loss <= law.loss(best.params / factor, best.tokens * factor) * (1 + 1e-15)


@DRAWS
@given(surfaces(), budgets)
def test_the_optimum_spends_the_budget(law: Chinchilla, c: float) -> None:
    best = law.optimal(flops=c)
    assert 6 * best.params * best.tokens == pytest.approx(c, rel=1e-12)
    assert best.tokens_per_param == pytest.approx(best.tokens / best.params, rel=1e-15)


@DRAWS
@given(surfaces(), budgets)
def test_closed_form_equals_the_numeric_search(law: Chinchilla, c: float) -> None:
    closed, numeric = law.optimal(flops=c), Law.optimal(law, flops=c)
    assert numeric.loss == pytest.approx(closed.loss, rel=1e-12)
    # At its minimum the loss is flat: half its digits are what a search can find of the place.
    assert numeric.params == pytest.approx(closed.params, rel=1e-5)
    assert numeric.tokens == pytest.approx(closed.tokens, rel=1e-5)


@DRAWS
@given(surfaces(), budgets, factors)
def test_optimal_size_grows_as_the_exponent_a_says(
    law: Chinchilla, c: float, factor: float
) -> None:
    small, large = law.optimal(flops=c), law.optimal(flops=c * factor)
    assert large.params / small.params == pytest.approx(factor**law.a, rel=1e-10)
    assert large.tokens / small.tokens == pytest.approx(factor**law.b, rel=1e-10)
    assert law.a + law.b == pytest.approx(1, rel=1e-14)


@DRAWS
@given(surfaces(), budgets, st.floats(1e-3, 1e3))
def test_optimum_does_not_depend_on_the_unit_of_loss(
    law: Chinchilla, c: float, unit: float
) -> None:
    other = Chinchilla(law.A * unit, law.B * unit, law.E * unit, law.alpha, law.beta)
    assert other.optimal(flops=c).params == pytest.approx(law.optimal(flops=c).params, rel=1e-11)


def central_differences(law: Law, columns: tuple[Any, ...], name: str) -> Any:
    """Return the derivative with respect to the logarithm of a field."""
    value = getattr(law, name)
    up, down = (replace(law, **{name: value * (1 + h)}) for h in (1e-6, -1e-6))
    return (np.asarray(up.predict(*columns)) - np.asarray(down.predict(*columns))) / 2e-6


@DRAWS
@given(surfaces(), params, tokens)
def test_gradient_of_a_surface_equals_central_differences(
    law: Chinchilla, n: float, d: float
) -> None:
    partial, loss = law.gradient(n, d), law.loss(n, d)
    for name, value in law.to_dict().items():
        slope = central_differences(law, (n, d), name)
        assert float(partial[name]) * value == pytest.approx(slope, rel=1e-6, abs=1e-8 * loss)


@DRAWS
@given(curves(), st.floats(1e16, 1e24))
def test_gradient_of_a_curve_equals_central_differences(law: Any, x: float) -> None:
    partial, loss = law.gradient(x), law.loss(x)
    for name, value in law.to_dict().items():
        slope = central_differences(law, (x,), name)
        assert float(partial[name]) * value == pytest.approx(slope, rel=1e-6, abs=1e-8 * loss)


@DRAWS
@given(surfaces())
def test_solver_coordinates_lead_back_to_the_law(law: Chinchilla) -> None:
    again = Chinchilla.from_vector(law.to_vector())
    for name, value in law.to_dict().items():
        assert getattr(again, name) == pytest.approx(value, rel=1e-13)
    assert isinstance(again.A, float)


@DRAWS
@given(st.lists(surfaces(), min_size=1, max_size=4))
def test_stacked_coordinates_give_a_law_of_arrays(laws: list[Chinchilla]) -> None:
    theta = np.stack([law.to_vector() for law in laws])
    stacked = Chinchilla.from_vector(theta)
    assert np.shape(stacked.alpha) == (len(laws),)
    np.testing.assert_allclose(stacked.to_vector(), theta, rtol=1e-13)


@DRAWS
@given(st.lists(surfaces(), min_size=1, max_size=3), budgets)
def test_a_law_of_arrays_is_many_laws(laws: list[Chinchilla], c: float) -> None:
    stacked = Chinchilla.from_vector(np.stack([law.to_vector() for law in laws])[:, None, :])
    n, d = np.array([1e8, 1e9, 1e10, 1e11]), np.array([1e10, 2e10, 1e11, 1e12])
    losses = np.asarray(stacked.loss(n, d))
    assert losses.shape == (len(laws), 4)
    best = stacked.optimal(flops=[c, 2 * c])
    for k, law in enumerate(laws):
        np.testing.assert_allclose(losses[k], law.loss(n, d), rtol=1e-12)
        one = law.optimal(flops=[c, 2 * c])
        np.testing.assert_allclose(np.asarray(best.params)[k], one.params, rtol=1e-10)
        np.testing.assert_allclose(np.asarray(best.loss)[k], one.loss, rtol=1e-12)
