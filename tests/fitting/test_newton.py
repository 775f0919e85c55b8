"""Single steps of the solver: what a bound holds, what a vanishing coefficient does."""

import numpy as np
import pytest

from replication.fitting.batched_solve import solve_positive
from replication.fitting.newton import VANISH, _inside, _step
from replication.fitting.space import Space


def space(vanishes: bool = False, lower: float = 0.0) -> Space:
    two = np.ones(2, bool)
    return Space(np.eye(2), np.zeros(2), np.full(2, lower), np.full(2, np.inf), two, two & vanishes)


def test_a_coordinate_that_the_rest_pushes_against_its_bound_is_held_too() -> None:
    hessian = np.array([[[1.0, 0.9], [0.9, 1.0]]])
    gradient, phi = np.array([[1.0, 0.5]]), np.zeros((1, 2))
    # Both would like to rise, but the first one's rise pushes the second one down.
    assert solve_positive(hessian, gradient)[0, 1] < 0
    low, high = np.ones((1, 2), bool), np.zeros((1, 2), bool)
    move = _inside(space(), phi, hessian, gradient, low, high, np.zeros((1, 2), bool))
    np.testing.assert_allclose(move, [[1.0, 0.0]])


def test_a_bound_holds_only_what_pushes_against_it() -> None:
    hessian, phi = np.eye(2)[None], np.zeros((1, 2))
    move, promised = _step(space(), phi, np.ones(1), hessian, np.array([[2.0, -1.0]]))
    np.testing.assert_allclose(move, [[2.0, 0.0]])
    assert promised[0] == pytest.approx(4.0)


@pytest.mark.parametrize("share", [1e-3, 0.5])
def test_a_coefficient_with_little_left_goes_at_once_and_the_others_follow(share: float) -> None:
    # In the logarithm of a coefficient the slope and the curvature of what is left are one number.
    hessian = np.array([[[share, 0.1], [0.1, 1.0]]])
    gradient = np.array([[-share, 0.3]])
    move, _ = _step(space(True, -np.inf), np.zeros((1, 2)), np.ones(1), hessian, gradient)
    if share < 0.01:
        # All of the term goes, a step of minus one in the slopes; Newton's would be thousands.
        np.testing.assert_allclose(move, [[VANISH, 0.3 + 0.1]])
    else:
        np.testing.assert_allclose(move, solve_positive(hessian, gradient))
