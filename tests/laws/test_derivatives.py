"""First and second derivatives of every law of the package, and what they cost to evaluate."""

from dataclasses import replace
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replication.laws import NAMED, Law, LogLinear, PowerLaw, PowerLawOffset

DRAWS = settings(max_examples=25, deadline=None, derandomize=True)
BINOMIAL = (3 / 4, -3 / 20, 1 / 60)
"""Weights of central differences of sixth order, over one, two and three steps."""
STEP = 2e-4
"""Of the differences, as a share of the field: small for steep powers, large for rounding."""

# Where each law is looked at: its coefficients, each times or plus a random share, and inputs.
PLACES: dict[str, tuple[dict[str, float], dict[str, tuple[float, float]]]] = {
    "Chinchilla": (
        {"A": 400.0, "B": 2e3, "E": 1.8, "alpha": 0.35, "beta": 0.37},
        {"params": (1e7, 1e11), "tokens": (1e8, 1e12)},
    ),
    "PowerLaw": ({"A": 400.0, "alpha": 0.1}, {"flops": (1e17, 1e24)}),
    "PowerLawOffset": ({"A": 400.0, "E": 1.8, "alpha": 0.1}, {"flops": (1e17, 1e24)}),
    "KaplanParams": ({"alpha_N": 0.076, "N_c": 8.8e13}, {"params": (1e6, 1e11)}),
    "KaplanTokens": ({"alpha_D": 0.095, "D_c": 5.4e13}, {"tokens": (1e7, 1e12)}),
    "KaplanFlops": ({"alpha_C": 0.05, "C_c": 2.7e28}, {"flops": (1e17, 1e24)}),
    "KaplanJoint": (
        {"alpha_N": 0.076, "alpha_D": 0.103, "N_c": 6.4e13, "D_c": 1.8e13},
        {"params": (1e6, 1e11), "tokens": (1e7, 1e12)},
    ),
    "KaplanSteps": (
        {"alpha_N": 0.077, "alpha_S": 0.76, "N_c": 6.5e13, "S_c": 2.1e3},
        {"params": (1e6, 1e11), "min_steps": (1e3, 1e6)},
    ),
    "CriticalBatch": ({"B_star": 2.1e8, "alpha_B": 0.21}, {"loss": (1.5, 6.0)}),
    "KaplanTraining": (
        {
            "alpha_N": 0.077,
            "alpha_S": 0.76,
            "N_c": 6.5e13,
            "S_c": 2.1e3,
            "B_star": 2e8,
            "alpha_B": 0.21,
        },
        {"params": (1e6, 1e11), "steps": (1e3, 1e6), "batch": (1e4, 1e7)},
    ),
    "TotalParams": ({"omega": 47491.0, "p": 0.33}, {"params_no_embedding": (1e4, 1e11)}),
    "NonEmbeddingChinchilla": (
        {
            "A": 482.0,
            "B": 2085.0,
            "E": 1.82,
            "alpha": 0.35,
            "beta": 0.37,
            "omega": 47491.0,
            "p": 0.33,
        },
        {"params": (1e4, 1e10), "tokens": (1e8, 1e12)},
    ),
    "LogLinear": ({"alpha": -0.03, "beta": 0.57}, {"flops": (1e17, 1e24)}),
    "LogPlane": (
        {"alpha": -0.03, "gamma": 0.01, "beta": 2.0},
        {"params": (1e6, 1e11), "tokens": (1e8, 1e12)},
    ),
    "ComputeSplit": (
        {"A": 300.0, "E": 1.7, "eta": 0.12, "gamma": 0.04},
        {"flops": (1e17, 1e24), "tokens_per_param": (1.0, 1e3)},
    ),
    "OverTraining": (
        {"E": 1.84, "a": 212.0, "b": 367.0, "eta": 0.136},
        {"flops": (1e17, 1e24), "token_multiplier": (1.0, 1e3)},
    ),
    "ErrorRate": ({"epsilon": 0.857, "k": 2.21, "gamma": 0.715}, {"loss": (1.8, 5.0)}),
    "ShapeAware": (
        {
            "E": 2.4,
            "A": 5e4,
            "B": 7e5,
            "alpha": 0.61,
            "beta": 0.6,
            "epsilon": 1e-3,
            "gamma": 0.62,
        },
        {"params": (1e7, 1e10), "tokens": (1e9, 1e12), "aspect_ratio": (5.0, 300.0)},
    ),
    "ShapeOptimum": (
        {
            "E": 2.4,
            "A": 5e4,
            "B": 6e5,
            "alpha": 0.6,
            "beta": 0.61,
            "kappa": 0.008,
            "R_opt": 40.0,
        },
        {"params": (1e7, 1e10), "tokens": (1e9, 1e12), "aspect_ratio": (5.0, 300.0)},
    ),
    "ShiftedPower": ({"a": 1e4, "b": 0.22, "c": 2.1, "d": 1e17}, {"flops": (1e16, 1e20)}),
    "StepsOffset": (
        {"A": 10.0, "B": 23.0, "E": 2.0, "alpha_N": 0.13, "alpha_S": 0.48},
        {"params": (1e6, 1e11), "steps": (1e3, 1e6)},
    ),
}


def test_every_law_has_a_place() -> None:
    assert set(PLACES) == set(NAMED)
    for name, (fields, inputs) in PLACES.items():
        assert set(fields) == set(NAMED[name].names()) and tuple(inputs) == NAMED[name].inputs


@st.composite
def places(draw: Any, name: str) -> tuple[Law, list[Any]]:
    """A law, and a few points at which to look at it."""
    fields, inputs = PLACES[name]
    near = {k: v * draw(st.floats(0.6, 1.6)) for k, v in fields.items()}
    columns = [
        np.array([low * (high / low) ** draw(st.floats(0.0, 1.0)) for _ in range(4)])
        for low, high in inputs.values()
    ]
    return NAMED[name](**near), columns


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
