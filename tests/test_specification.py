"""Specification curves: which choice carries the variance of an outcome."""

import itertools

import numpy as np
import pandas as pd
import pytest

from replication.errors import ArgumentError, UnknownNameError
from replication.specification import Curve, specify

X, Y, Z = {"a": 0.0, "b": 1.0}, {"c": 0.0, "d": 2.0, "e": 7.0}, {"f": -1.0, "g": 3.0}


@pytest.fixture
def additive() -> Curve:
    """Three choices that add up, and one outcome that none of them changes."""
    return specify({"x": X, "y": Y, "z": Z}, lambda x, y, z: {"sum": x + y + z, "same": 1.0})


@pytest.fixture
def crossed() -> Curve:
    """Two choices that matter only together."""
    signs = {"minus": -1.0, "plus": 1.0}
    return specify({"x": signs, "y": signs}, lambda x, y: {"product": x * y})


def test_every_combination_is_there_once_the_last_choice_fastest(additive):
    assert list(additive.frame[["x", "y", "z"]].itertuples(index=False, name=None)) == list(
        itertools.product(X, Y, Z)
    )
    assert (additive.choices, additive.outcomes) == (("x", "y", "z"), ("sum", "same"))


def test_options_are_passed_by_name_and_computed_once_each():
    calls = []
    specify({"x": X, "y": Y}, lambda **chosen: calls.append(chosen) or {"n": len(calls)})
    assert calls == [{"x": x, "y": y} for x in X.values() for y in Y.values()]


def test_shares_of_a_sum_are_those_of_its_terms(additive):
    parts = {k: np.var(list(v.values())) for k, v in {"x": X, "y": Y, "z": Z}.items()}
    shares = additive.shares("sum")
    for name, part in parts.items():
        expected = part / sum(parts.values())
        assert shares.loc[name].tolist() == pytest.approx([expected, expected], abs=1e-12)
    assert shares["alone"].sum() == pytest.approx(1)
    assert list(shares.index) == sorted(parts, key=parts.__getitem__, reverse=True)


def test_an_interaction_is_in_the_total_of_both_and_in_neither_alone(crossed):
    shares = crossed.shares("product")
    assert shares["alone"].tolist() == pytest.approx([0, 0], abs=1e-12)
    assert shares["total"].tolist() == pytest.approx([1, 1])


def test_one_choice_carries_everything():
    assert specify({"x": X}, lambda x: {"y": x}).shares("y").loc["x"].tolist() == [1, 1]


def test_shares_do_not_depend_on_units_origin_or_row_order(additive):
    other = Curve(
        additive.frame.assign(sum=1e9 - 3e6 * additive.frame["sum"]).sample(frac=1, random_state=0),
        additive.choices,
        additive.outcomes,
    )
    pd.testing.assert_frame_equal(other.shares("sum"), additive.shares("sum"), rtol=1e-6)


def test_effects_are_means_around_the_grand_mean(additive):
    effects = additive.effects("sum").set_index(["choice", "option"])
    assert effects.loc[("y", "e"), "effect"] == pytest.approx(7 - 3)
    assert effects.loc[("y", "e"), ["low", "high"]].tolist() == [6, 11]
    assert effects["effect"].groupby("choice").sum().tolist() == pytest.approx([0, 0, 0])


def test_moves_change_one_choice_at_a_time(additive):
    moves = additive.moves({"x": "a", "y": "d", "z": "f"}).set_index(["choice", "option"])
    assert moves["sum"].to_dict() == {
        ("x", "b"): 1,
        ("y", "c"): -2,
        ("y", "e"): 5,
        ("z", "g"): 4,
    }
    assert (moves["same"] == 0).all()


def test_nearest_measures_each_outcome_by_its_spread():
    curve = specify({"x": X, "y": Y}, lambda x, y: {"x_out": x, "y_out": 1e6 * y})
    found = curve.nearest({"x_out": 0.9, "y_out": 2.1e6}, count=2)
    assert found[["x", "y"]].iloc[0].tolist() == ["b", "d"]
    gaps = [0.1 / np.std([0, 1]), 0.1 / np.std([0, 2, 7])]
    assert found["distance"].iloc[0] == pytest.approx(np.sqrt(np.mean(np.square(gaps))))
    assert len(found) == 2


def test_a_combination_is_looked_up_whatever_the_order(additive):
    assert additive.at({"z": "g", "x": "b", "y": "c"})["sum"] == 4


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda c: c.shares("summ"), UnknownNameError, "Did you mean 'sum'"),
        (lambda c: c.effects("x"), UnknownNameError, "outcome 'x'"),
        (lambda c: c.nearest({"total": 1.0}), UnknownNameError, "outcome 'total'"),
        (lambda c: c.shares("same"), ArgumentError, "the same under all 12 combinations"),
        (lambda c: c.nearest({"same": 1.0}), ArgumentError, "the same under all"),
        (lambda c: c.nearest({}), ArgumentError, "at least one outcome of sum, same"),
        (lambda c: c.at({"x": "a"}), ArgumentError, "names x, y, z; got x"),
        (lambda c: c.at({"x": "a", "y": "q", "z": "f"}), UnknownNameError, "option of y 'q'"),
        (lambda c: c.moves({"x": "a", "y": "c"}), ArgumentError, "names x, y, z"),
    ],
)
def test_what_cannot_be_answered_is_said(additive, ask, error, message):
    with pytest.raises(error, match=message):
        ask(additive)


@pytest.mark.parametrize(
    ("choices", "compute", "message"),
    [
        ({}, lambda: {"y": 1.0}, "none has none"),
        ({"x": X, "y": {}}, lambda x, y: {"z": 1.0}, "y has none"),
        ({"x": X}, lambda x: {"y": x} if x else {"z": x}, "must be the same everywhere"),
        ({"x": X}, lambda x: {"x": x}, "x names a choice and an outcome"),
        ({"x": X}, lambda x: {"y": np.nan}, "y is not finite under"),
    ],
)
def test_a_grid_that_makes_no_sense_is_refused(choices, compute, message):
    with pytest.raises(ArgumentError, match=message):
        specify(choices, compute)
