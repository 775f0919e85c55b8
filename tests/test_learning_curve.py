"""Learning curves: logs put in order, and columns that are no curve."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replication.errors import ArgumentError, DataError, UnknownNameError
from replication.learning_curve import LearningCurve


@given(st.data())
def test_segments_in_any_order_make_the_same_curve(data):
    """A run with restarts whose values agree: cut anywhere, overlapping, shuffled."""
    n = 200.0 * np.arange(1, data.draw(st.integers(2, 60)) + 1)
    loss = 3 + 10 / n
    cuts = data.draw(st.lists(st.integers(0, len(n) - 1), max_size=4))
    segments = [np.arange(len(n))] + [np.arange(cut, len(n)) for cut in cuts]
    order = data.draw(st.permutations(range(len(segments))))
    rows = np.concatenate([segments[i] for i in order])
    for keep in ("last", "first"):
        curve = LearningCurve.from_log(n[rows], loss[rows], keep)
        np.testing.assert_array_equal(curve.steps, n)
        np.testing.assert_array_equal(curve.loss, loss)
        assert curve.final == loss[-1]


def test_of_a_step_that_comes_twice_one_value_is_kept():
    log = [100, 200, 100, 200, 300], [4.0, 3.5, 4.1, 3.6, 3.2]
    assert LearningCurve.from_log(*log).loss.tolist() == [4.1, 3.6, 3.2]
    assert LearningCurve.from_log(*log, keep="first").loss.tolist() == [4.0, 3.5, 3.2]
    with pytest.raises(UnknownNameError, match="Known: last, first"):
        LearningCurve.from_log(*log, keep="lowest")


def test_losses_in_between_lie_on_straight_lines():
    curve = LearningCurve([0, 10, 30], [4.0, 3.0, 2.0])
    np.testing.assert_allclose(curve.at([0, 5, 10, 20, 30]), [4, 3.5, 3, 2.5, 2])


@pytest.mark.parametrize("step", [-1, 31, np.nan])
def test_nothing_is_read_outside(step):
    with pytest.raises(ArgumentError, match="outside the curve, which runs from 0 to 30"):
        LearningCurve([0, 10, 30], [4.0, 3.0, 2.0]).at([5, step])


@pytest.mark.parametrize(
    ("steps", "loss", "words"),
    [
        ([1, 3, 2], [3.0, 2.0, 2.5], "row 2 has step 2 after 3.*from_log"),
        ([1, 2, 2], [3.0, 2.0, 2.0], "row 2 has step 2 again.*from_log"),
        ([1, 2], [3.0], r"\(2,\) steps and \(1,\) losses"),
        ([], [], "at least one"),
        ([[1, 2]], [[3.0, 2.0]], r"\(1, 2\) steps"),
        (["1", 2], [3.0, 2.0], "steps must be numbers, got"),
        ([1, 2], [3.0, "diverged"], "loss must be numbers, got"),
        ([1, 2], [3.0, np.nan], "Row 1 of the learning curve has loss nan"),
        ([np.inf, 2], [3.0, 2.0], "Row 0 of the learning curve has step inf"),
    ],
)
def test_columns_that_are_no_curve(steps, loss, words):
    with pytest.raises(DataError, match=words):
        LearningCurve(steps, loss)


def test_a_curve_stays_what_was_checked():
    steps = np.array([1.0, 2.0])
    curve = LearningCurve(steps, [3.0, 2.0])
    steps[1] = 0
    assert curve.steps.tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="read-only"):
        curve.loss[0] = 0.0
