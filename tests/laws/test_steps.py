"""Learning curves in size and steps: the inverse of Kaplan's, and the form with an offset."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from laws.test_kaplan_properties import counts, trainings
from laws.test_properties import DRAWS, central_differences, factors, params
from scipy.optimize import brentq, least_squares

import replication as rp
from replication.errors import ArgumentError
from replication.laws import Chinchilla, KaplanSteps, StepsOffset

KAPLAN = KaplanSteps(alpha_N=0.077, alpha_S=0.76, N_c=6.5e13, S_c=2.1e3)
LAW = StepsOffset(A=10.0, B=23.0, E=2.0, alpha_N=0.13, alpha_S=0.48)


@DRAWS
@given(trainings(), params, st.floats(1e2, 1e5))
def test_steps_to_a_loss_are_the_inverse_of_the_loss(law, n, s):
    steps = law.steps_law
    assert steps.steps_to(steps.loss(n, s), n) == pytest.approx(s, rel=1e-5)


@DRAWS
@given(trainings(), params, st.floats(1e2, 1e5), st.floats(1e3, 1e9))
def test_with_a_batch_they_invert_the_implicit_law(law, n, s, b):
    loss = law.loss(n, s, b)
    fewest = law.steps_law.steps_to(loss, n)
    assert law.batch_law.steps(fewest, b, loss) == pytest.approx(s, rel=1e-5)


@DRAWS
@given(trainings(), params, counts, st.floats(1e4, 1e9))
def test_the_implicit_loss_is_where_damped_iteration_ends(law, n, s, b):
    # The recipe that reports of the method give: start anywhere, go half the way each time.
    loss = before = 5.0
    for _ in range(400):
        before = loss
        loss = 0.5 * loss + 0.5 * law.steps_law.loss(n, law.batch_law.min_steps(s, b, loss))
    # Where the batch limits, the iteration crawls, and has not ended yet.
    assume(abs(loss - before) <= 1e-12 * loss)
    assert law.loss(n, s, b) == pytest.approx(loss, rel=1e-9)


def test_steps_agree_with_a_root_found_by_scipy():
    for n, loss in ((1e8, 3.2), (1e9, 2.5)):
        root = brentq(lambda s, n=n, loss=loss: KAPLAN.loss(n, s) - loss, 1, 1e12, xtol=1e-6)
        assert KAPLAN.steps_to(loss, n) == pytest.approx(root, rel=1e-9)


def test_a_loss_below_the_floor_is_refused_with_the_floor():
    floor = KAPLAN.enough_steps().loss(1e8)
    message = rf"loss is 2\.5, which 1e\+08 parameters never reach.*come to {floor:.4g}.*larger"
    with pytest.raises(ArgumentError, match=message):
        KAPLAN.steps_to([3.2, 2.5], 1e8)
    with pytest.raises(ArgumentError, match="never reach"):
        KAPLAN.steps_to(floor, 1e8)
    with pytest.raises(ArgumentError, match="loss must be positive"):
        KAPLAN.steps_to(-1.0, 1e8)


def test_steps_broadcast():
    assert KAPLAN.steps_to([[3.2], [3.0]], [1e8, 2e8, 4e8]).shape == (2, 3)


# With an offset ------------------------------------------------------------------------------


def table() -> pd.DataFrame:
    n, s = (v.ravel() for v in np.meshgrid(np.geomspace(1e7, 3e8, 5), np.geomspace(1e3, 5e4, 12)))
    return pd.DataFrame({"params": n, "steps": s, "loss": LAW.loss(n, s)})


def test_the_offset_is_recovered_without_noise():
    for objective in ("log-lsq", "log-huber"):
        found = rp.fit(StepsOffset, table(), objective=objective).law
        assert found.to_dict() == pytest.approx(LAW.to_dict(), rel=1e-5)


def test_the_fit_with_an_offset_agrees_with_scipy():
    data = table()
    rng = np.random.default_rng(0)
    data["loss"] *= np.exp(0.002 * rng.standard_normal(len(data)))
    found = rp.fit(StepsOffset, data, objective="log-lsq")

    def residuals(theta):
        A, B, E = np.exp(theta[:3])
        n, s = data["params"], data["steps"]
        return np.log(A * n ** -theta[3] + B * s ** -theta[4] + E) - np.log(data["loss"])

    start = [*np.log([10, 23, 2]), 0.13, 0.48]
    best = least_squares(residuals, start, xtol=1e-15, ftol=1e-15, gtol=1e-15, x_scale="jac")
    assert found.value <= best.cost * (1 + 1e-9)
    floor = float(np.exp(best.x[2]))
    assert pytest.approx(floor, rel=1e-3) == found.law.E


def test_with_one_batch_it_is_chinchillas_form():
    batch = 102_400
    same = Chinchilla(
        A=LAW.A, B=LAW.B * batch**LAW.alpha_S, E=LAW.E, alpha=LAW.alpha_N, beta=LAW.alpha_S
    )
    assert same.loss(1e8, 1e4 * batch) == pytest.approx(LAW.loss(1e8, 1e4), rel=1e-13)


@DRAWS
@given(params, counts, factors)
def test_the_loss_falls_towards_its_offset(n, s, factor):
    assert LAW.E < LAW.loss(n * factor, s * factor) < LAW.loss(n, s)


@DRAWS
@given(params, counts)
def test_its_gradient_is_that_of_differences(n, s):
    partial = LAW.gradient(n, s)
    for name, value in LAW.to_dict().items():
        slope = central_differences(LAW, (n, s), name)
        assert float(partial[name]) * value == pytest.approx(slope, rel=1e-5, abs=1e-8)
