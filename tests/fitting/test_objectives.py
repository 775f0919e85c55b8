"""Objectives by the papers' names: their values, their limits, what they refuse."""

import numpy as np
import pytest
from scipy.special import huber as scipy_huber

import replication as rp
from replication.errors import ArgumentError, UnknownNameError
from replication.fitting import OBJECTIVES

R = np.array([-3.0, -0.2, 0.0, 0.05, 0.9, 4.0])
W = np.array([1.0, 2.0, 0.5, 0.0, 1.5, 3.0])


@pytest.mark.parametrize("delta", [1e-3, 0.1, 1.0, 10.0])
@pytest.mark.parametrize("name", ["log-huber", "huber"])
def test_huber_is_scipys(name: str, delta: float) -> None:
    objective = rp.Objective(name, delta=delta)
    assert objective.value(R) == pytest.approx(scipy_huber(delta, R).sum(), rel=1e-13)
    assert objective.value(R, W) == pytest.approx(W @ scipy_huber(delta, R), rel=1e-13)


@pytest.mark.parametrize("prefix", ["", "log-"])
def test_the_two_limits(prefix: str) -> None:
    assert rp.Objective(prefix + "lsq").value(R, W) == pytest.approx(W @ R**2 / 2)
    assert rp.Objective(prefix + "lad").value(R, W) == pytest.approx(W @ np.abs(R))
    wide = rp.Objective(prefix + "huber", delta=1e6).value(R)
    assert wide == pytest.approx(rp.Objective(prefix + "lsq").value(R), rel=1e-12)
    narrow = rp.Objective(prefix + "huber", delta=1e-9).value(R) / 1e-9
    assert narrow == pytest.approx(rp.Objective(prefix + "lad").value(R), rel=1e-8)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_the_mean_divides_by_the_weights(name: str) -> None:
    total, mean = rp.Objective(name), rp.Objective(name, reduction="mean")
    assert mean.value(R, W) == pytest.approx(total.value(R, W) / W.sum(), rel=1e-13)
    assert mean.value(R) == pytest.approx(total.value(R) / 6, rel=1e-13)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_whole_weight_repeats_a_residual(name: str) -> None:
    objective = rp.Objective(name)
    repeated = objective.value(np.repeat(R, [1, 2, 1, 1, 3, 1]))
    assert repeated == pytest.approx(objective.value(R, [1, 2, 1, 1, 3, 1]), rel=1e-12)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_names_say_whether_residuals_are_logarithms(name: str) -> None:
    assert rp.Objective(name).log is name.startswith("log-")


def test_the_default_is_hoffmanns() -> None:
    assert rp.Objective() == rp.Objective("log-huber", delta=1e-3, reduction="sum")


def test_another_delta_is_another_objective() -> None:
    first = rp.Objective("huber", reduction="mean")
    assert first.with_delta(0.5) == rp.Objective("huber", delta=0.5, reduction="mean")
    assert first.delta == 1e-3


def test_unknown_names_are_refused_with_the_closest() -> None:
    with pytest.raises(UnknownNameError, match=r"Unknown objective 'log-hubr'\. Did you mean"):
        rp.Objective("log-hubr")
    with pytest.raises(UnknownNameError, match=r"Unknown reduction 'Mean'\. Did you mean 'mean'"):
        rp.Objective(reduction="Mean")


@pytest.mark.parametrize("delta", [0.0, -1.0, np.nan, np.inf])
def test_a_delta_that_means_nothing(delta: float) -> None:
    with pytest.raises(ArgumentError, match=f"delta is {delta}; it must be positive and finite"):
        rp.Objective(delta=delta)
