"""Approach 3: the closed-form frontier of a fitted loss."""

import numpy as np
import pytest

import replication as rp
from replication.errors import DataError, ReplicationError
from replication.frontier import parametric


def test_exact_on_a_surface_without_noise(law, slices):
    frontier = parametric(slices(law))
    assert frontier.a == pytest.approx(law.a, abs=1e-7)
    for flops in (1e18, 5.76e23):
        best, truth = frontier.optimal(flops=flops), law.optimal(flops=flops)
        for name in ("params", "tokens", "loss"):
            assert getattr(best, name) == pytest.approx(getattr(truth, name), rel=1e-5)


def test_is_the_fit_in_another_form(left):
    frontier, fit = parametric(left), rp.fit(rp.laws.Chinchilla, left)
    budgets = np.geomspace(1e17, 1e25, 9)
    best, truth = frontier.optimal(flops=budgets), fit.law.optimal(flops=budgets)
    for name in ("params", "tokens", "loss"):
        np.testing.assert_allclose(getattr(best, name), getattr(truth, name), rtol=1e-10)
    assert frontier.fit is not None
    assert frontier.fit.law == fit.law
    assert frontier.notes == fit.notes


def test_options_reach_the_fit(left):
    frontier = parametric(left, tied={"beta": "alpha"}, delta=0.01)
    assert frontier.a == pytest.approx(0.5, abs=1e-12)
    assert "delta=0.01" in repr(frontier)


def test_draws_are_those_of_the_fit(left):
    frontier = parametric(left)
    assert frontier.fit is not None
    drawn, boot = frontier.bootstrap(50, seed=3), frontier.fit.bootstrap(50, seed=3)
    np.testing.assert_allclose(drawn.to_frame().a, boot.to_frame().a)
    ours = drawn.optimal(flops=[1e20, 1e24])
    theirs = boot.optimal(flops=[1e20, 1e24])
    assert ours.quantity.tolist() == theirs.quantity.tolist()
    columns = ["estimate", "median", "low", "high", "beyond_data"]
    np.testing.assert_allclose(ours[columns], theirs[columns], rtol=1e-9)
    tied = parametric(left, tied={"beta": "alpha"}).subsample(10)
    assert tied.interval().loc["a", "se"] == pytest.approx(0.0, abs=1e-12)


def test_bad_input(left):
    with pytest.raises(DataError, match="'tokens' is missing"):
        parametric(left.drop(columns="tokens"))
    with pytest.raises(ReplicationError, match="both must be positive"):
        parametric(left, fixed={"alpha": -0.1})
