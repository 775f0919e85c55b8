"""First and second derivatives of every law of the package, and what they cost to evaluate."""

from dataclasses import replace
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import PLACES, places

from replication.laws import NAMED, Law, LogLinear, PowerLaw, PowerLawOffset

DRAWS = settings(max_examples=25, deadline=None, derandomize=True)
BINOMIAL = (3 / 4, -3 / 20, 1 / 60)
"""Weights of central differences of sixth order, over one, two and three steps."""
STEP = 2e-4
"""Of the differences, as a share of the field: small for steep powers, large for rounding."""


def test_every_law_has_a_place() -> None:
    assert set(PLACES) == set(NAMED)
    for name, (fields, inputs) in PLACES.items():
        assert set(fields) == set(NAMED[name].names()) and tuple(inputs) == NAMED[name].inputs


def slope(law: Law, columns: list[Any], field: str, step: float, of: str | None) -> Any:
    """Return the derivative of the prediction, or of an entry of its gradient, in a field."""
    value, total = getattr(law, field), 0.0
    for k, weight in enumerate(BINOMIAL, start=1):
        for sign in (1, -1):
            moved = replace(law, **{field: value * (1 + sign * k * step)})
            part = moved.predict(*columns) if of is None else moved.gradient(*columns)[of]
            total = total + sign * weight * np.asarray(part)
    return total / (step * value)


def close(exact: Any, numeric: Any, size: Any) -> None:
    """Assert equality to a millionth, or to the rounding of what the differences were taken of."""
    assert np.all(np.abs(exact - numeric) <= 1e-6 * np.abs(numeric) + 1e-9 * size)


@pytest.mark.parametrize("name", PLACES)
@given(data=st.data())
@DRAWS
def test_the_gradient_is_the_slope_of_the_prediction(name: str, data: Any) -> None:
    law, columns = data.draw(places(name))
    partial, value = law.gradient(*columns), np.abs(law.predict(*columns))
    assert set(partial) == set(law.names())
    for field, size in law.to_dict().items():
        assert np.shape(partial[field]) == np.shape(value)
        numeric = slope(law, columns, field, STEP, None)
        close(partial[field], numeric, value / abs(size))


@pytest.mark.parametrize("name", PLACES)
@given(data=st.data())
@DRAWS
def test_the_curvature_is_the_slope_of_the_gradient(name: str, data: Any) -> None:
    law, columns = data.draw(places(name))
    partial, second = law.gradient(*columns), law.curvature(*columns)
    assert second is not None
    for i, j in combinations_with_replacement(law.names(), 2):
        assert i == j or (i, j) not in second or (j, i) not in second
        exact = second.get((i, j), second.get((j, i), 0.0))
        numeric = slope(law, columns, j, STEP, i)
        close(exact, numeric, np.abs(partial[i]) / abs(getattr(law, j)))


@pytest.mark.parametrize("name", PLACES)
def test_laws_of_arrays_have_the_derivatives_of_each(name: str) -> None:
    fields, inputs = PLACES[name]
    columns = [np.geomspace(*ends, 5) for ends in inputs.values()]
    one = NAMED[name](**fields)
    factors = np.array([0.9, 1.0, 1.1])
    many = NAMED[name](**{k: (v * factors)[:, None] for k, v in fields.items()})
    value, first, second = (
        many._evaluate(*columns),
        many.gradient(*columns),
        many.curvature(*columns),
    )
    np.testing.assert_allclose(value[1], one.predict(*columns), rtol=1e-12)
    for field, entry in one.gradient(*columns).items():
        assert np.shape(first[field]) in {(3, 5), (5,)}
        np.testing.assert_allclose(np.broadcast_to(first[field], (3, 5))[1], entry, rtol=1e-10)
    for pair, entry in one.curvature(*columns).items():
        got = np.broadcast_to(second[pair], (3, 5))[1]
        np.testing.assert_allclose(got, np.broadcast_to(entry, 5), rtol=1e-9)


@pytest.mark.parametrize("value", [0.0, 1e-300, 1e300, np.inf, np.nan])
@pytest.mark.parametrize("name", PLACES)
def test_absurd_coefficients_raise_nothing(name: str, value: float) -> None:
    fields, inputs = PLACES[name]
    columns = [np.geomspace(*ends, 5) for ends in inputs.values()]
    for field in fields:
        with np.errstate(all="ignore"):
            law = NAMED[name](
                **{k: np.full((2, 1), v) for k, v in (fields | {field: value}).items()}
            )
            assert np.shape(law._evaluate(*columns)) == (2, 5)
            law.gradient(*columns)
            law.curvature(*columns)


@pytest.mark.parametrize("name", PLACES)
def test_the_bare_formula_is_the_public_prediction(name: str) -> None:
    fields, inputs = PLACES[name]
    law, columns = NAMED[name](**fields), [np.geomspace(*ends, 9) for ends in inputs.values()]
    np.testing.assert_array_equal(law._evaluate(*columns), law.predict(*columns))


def test_a_vanished_coefficient_leaves_finite_derivatives() -> None:
    x = np.geomspace(1e17, 1e24, 5)
    for law in (PowerLaw(A=0.0, alpha=0.1), PowerLawOffset(A=0.0, E=0.0, alpha=0.1)):
        assert all(np.isfinite(v).all() for v in law.gradient(x).values())
        assert all(np.isfinite(v).all() for v in law.curvature(x).values())


def test_whole_numbers_and_lists_will_do() -> None:
    law = LogLinear(alpha=1.0, beta=2.0)
    np.testing.assert_allclose(law.gradient(np.array([1, 10]))["alpha"], [0.0, np.log(10)])
