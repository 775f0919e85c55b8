"""Units: for every law there is one that predicts the same from inputs in another unit.

A law for which there is none would fit better in one unit than in another.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import PLACES, places

from replication.laws import NAMED, Law

DRAWS = settings(max_examples=20, deadline=None, derandomize=True)
UNITS = (1e-6, 1e6)
Change = Callable[[Any, float], dict[str, float]]


def power(coefficient: str, exponent: str, sign: float = -1.0) -> Change:
    """The term A x**(sign alpha) of x in the unit u: A takes u**(sign alpha) up."""

    def change(law: Any, u: float) -> dict[str, float]:
        raised = u ** (sign * getattr(law, exponent))
        return {coefficient: getattr(law, coefficient) * raised}

    return change


def length(name: str) -> Change:
    """A field in the unit of its input."""
    return lambda law, u: {name: getattr(law, name) / u}


def both(*changes: Change) -> Change:
    """Several changes of different fields."""
    return lambda law, u: {k: v for change in changes for k, v in change(law, u).items()}


def embedding(law: Any, u: float) -> dict[str, float]:
    """N + omega N**p in the unit u, itself in that unit."""
    return {"omega": law.omega * u ** (law.p - 1)}


# How the fields change when the input is x / u instead of x.
CHANGES: dict[str, dict[str, Change]] = {
    "Chinchilla": {"params": power("A", "alpha"), "tokens": power("B", "beta")},
    "PowerLaw": {"flops": power("A", "alpha")},
    "PowerLawOffset": {"flops": power("A", "alpha")},
    "SaturatingPower": {
        "flops": both(power("A", "alpha"), lambda law, u: {"gamma": law.gamma * u}),
    },
    "SigmoidPower": {"flops": length("x_c")},
    "BrokenPower": {"flops": both(power("b", "c_0"), length("d"))},
    "Annealing": {
        "lr_area": power("A", "alpha"),
        "lr_annealed": lambda law, u: {"C": law.C * u},
    },
    "KaplanParams": {"params": length("N_c")},
    "KaplanTokens": {"tokens": length("D_c")},
    "KaplanFlops": {"flops": length("C_c")},
    "KaplanJoint": {"params": length("N_c"), "tokens": length("D_c")},
    "OuterExponent": {"params": length("N_c"), "tokens": length("D_c")},
    "DataConstrained": {
        "params": power("A", "alpha"),
        "tokens": power("B", "beta"),
        "unique_tokens": lambda law, u: {},
    },
    "Precision": {
        "params": power("A", "alpha"),
        "tokens": power("B", "beta"),
        "weight_bits": lambda law, u: {},
        "activation_bits": lambda law, u: {},
        "kv_bits": lambda law, u: {},
    },
    "PostTraining": {
        "params": power("C_T", "gamma_N"),
        "tokens": power("C_T", "gamma_D", 1.0),
        "bits": lambda law, u: {},
    },
    "KaplanSteps": {"params": length("N_c"), "min_steps": length("S_c")},
    "CriticalBatch": {"loss": lambda law, u: {"B_star": law.B_star * u ** (-1 / law.alpha_B)}},
    "KaplanTraining": {
        "params": length("N_c"),
        "steps": length("S_c"),
        "batch": length("B_star"),
    },
    "NonEmbeddingChinchilla": {
        "params": both(power("A", "alpha"), embedding),
        "tokens": power("B", "beta"),
    },
    "LogLinear": {"flops": lambda law, u: {"beta": law.beta + law.alpha * np.log(u)}},
    "LogPlane": {
        "params": lambda law, u: {"beta": law.beta + law.slope_first * np.log(u)},
        "tokens": lambda law, u: {"beta": law.beta + law.slope_second * np.log(u)},
    },
    "ComputeSplit": {
        "flops": power("A", "eta"),
        "tokens_per_param": power("A", "gamma", 1.0),
    },
    "OverTraining": {
        "flops": both(power("a", "eta"), power("b", "eta")),
        "token_multiplier": both(power("a", "eta", 1.0), power("b", "eta")),
    },
    "ErrorRate": {"loss": lambda law, u: {"gamma": law.gamma * u}},
    "ShapeAware": {
        "params": power("A", "alpha"),
        "tokens": power("B", "beta"),
        "aspect_ratio": power("epsilon", "gamma", 1.0),
    },
    "ShapeOptimum": {
        "params": power("A", "alpha"),
        "tokens": power("B", "beta"),
        "aspect_ratio": length("R_opt"),
    },
    "ShiftedPower": {"flops": both(power("a", "b"), length("d"))},
    "Sigmoid": {"capability": lambda law, u: {"beta_1": law.beta_1 * u}},
    "StepsOffset": {"params": power("A", "alpha_N"), "steps": power("B", "alpha_S")},
}
# The sum N + omega N**p predicts parameters from parameters, so that both change together.
OWN_UNIT = {"TotalParams": embedding}
# Inputs that are counts of one thing change their unit together; bits have no other unit, for
# fewer than one are refused.
TOGETHER: dict[str, dict[str, tuple[str, ...]]] = {
    "DataConstrained": {"tokens": ("tokens", "unique_tokens"), "unique_tokens": ()},
    "Precision": {"weight_bits": (), "activation_bits": (), "kv_bits": ()},
    "PostTraining": {"bits": ()},
}


def test_every_input_of_every_law_has_a_change_of_unit() -> None:
    assert {*CHANGES, *OWN_UNIT} == set(NAMED)
    for name, changes in CHANGES.items():
        assert tuple(changes) == NAMED[name].inputs


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("name", CHANGES)
@given(data=st.data())
@DRAWS
def test_another_unit_of_an_input_is_another_law(name: str, unit: float, data: Any) -> None:
    law, columns = data.draw(places(name))
    expected = np.asarray(law.predict(*columns))
    for column, change in CHANGES[name].items():
        other = replace(law, **change(law, unit))
        which = TOGETHER.get(name, {}).get(column, (column,))
        moved = [c / unit if of in which else c for of, c in zip(law.inputs, columns, strict=True)]
        np.testing.assert_allclose(other.predict(*moved), expected, rtol=1e-11, atol=1e-12)
        assert_same_slopes(law, columns, other, moved)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("name", OWN_UNIT)
@given(data=st.data())
@DRAWS
def test_a_law_in_one_unit_has_it_on_both_sides(name: str, unit: float, data: Any) -> None:
    law, columns = data.draw(places(name))
    other = replace(law, **OWN_UNIT[name](law, unit))
    moved = [column / unit for column in columns]
    got = np.asarray(other.predict(*moved)) * unit
    np.testing.assert_allclose(got, law.predict(*columns), rtol=1e-11)


def assert_same_slopes(law: Law, columns: list[Any], other: Law, moved: list[Any]) -> None:
    """Assert that the slopes in the logarithms of the inputs are those of the other unit."""
    here, there = law.slopes(*columns), other.slopes(*moved)
    for name, slope in here.items():
        size = np.abs(law.predict(*columns))
        assert np.all(np.abs(there[name] - slope) <= 1e-9 * (np.abs(slope) + size)), name


@pytest.mark.parametrize("name", CHANGES)
def test_a_field_in_the_unit_of_an_input_is_sought_in_that_unit(name: str) -> None:
    law, kinds = NAMED[name](**PLACES[name][0]), NAMED[name].kinds()
    for column, change in CHANGES[name].items():
        for field, value in change(law, 1e6).items():
            if kinds[field].seeds and value == getattr(law, field) / 1e6:
                assert kinds[field].of == column
