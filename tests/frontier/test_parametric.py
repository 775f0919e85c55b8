"""Approach 3: the closed-form frontier of a fitted loss."""

import numpy as np
import pytest

import replication as rp
from replication.errors import DataError, ReplicationError
from replication.frontier import isoflop, parametric
from replication.frontier.surface import closed_form, through


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


def test_a_law_without_a_closed_form_has_the_line_through_its_optima(slices):
    joint = rp.published("kaplan2020", "joint")
    runs = slices(rp.laws.Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.34, beta=0.28))
    runs = runs.assign(loss=joint.loss(runs.params, runs.tokens))
    frontier = parametric(runs, "KaplanJoint", starts=[joint])
    points, spent = frontier.points, 6 * runs.params * runs.tokens
    assert points.flops.iloc[[0, -1]].tolist() == pytest.approx([spent.min(), spent.max()])
    best = joint.optimal(flops=points.flops.to_numpy())
    np.testing.assert_allclose(points.params, best.params, rtol=1e-4)
    a, height = np.polyfit(np.log(points.flops), np.log(points.params), 1)
    assert (frontier.a, frontier.b) == pytest.approx((a, 1 - a))
    assert frontier.params_prefactor == pytest.approx(np.exp(height))
    assert "KaplanJoint" in repr(frontier)
    here = frontier.optimal(flops=points.flops[12])
    assert here.loss == pytest.approx(points.loss[12], rel=1e-3)


def test_the_line_through_the_optima_of_refits_is_their_closed_form(left):
    boot = rp.fit(rp.laws.Chinchilla, left).bootstrap(20, seed=1)
    closed = closed_form(boot.law)
    found = through(boot.law, boot.count, np.geomspace(1e18, 1e22, 7))
    np.testing.assert_allclose(found.a, -closed.alpha, rtol=1e-9)
    np.testing.assert_allclose(found.params_prefactor, closed.A, rtol=1e-7)


def test_refits_of_another_law_have_an_interval(left):
    drawn = parametric(left, rp.laws.KaplanJoint).bootstrap(20, seed=1)
    assert drawn.count + drawn.failed == 20
    row = drawn.interval().loc["a"]
    assert row["low"] < row["high"]
    table = drawn.optimal(flops=1e21).set_index("quantity")
    assert (table.low <= table.high).all()
    assert "loss" in table.index


def test_evidence_is_that_of_the_fit(left):
    frontier = parametric(left)
    ours, theirs = frontier.evidence(50, seed=3), frontier.fit.evidence(50, seed=3)
    np.testing.assert_array_equal(ours.draws.alpha, theirs.draws.alpha)
    with pytest.raises(ReplicationError, match="isoflop approach fits no loss"):
        isoflop(left, rule="6ND").evidence()


def test_bad_input(left):
    with pytest.raises(ReplicationError, match="PowerLaw predicts loss from flops"):
        parametric(left, rp.laws.PowerLaw)
    with pytest.raises(DataError, match="'tokens' is missing"):
        parametric(left.drop(columns="tokens"))
    with pytest.raises(ReplicationError, match="both must be positive"):
        parametric(left, fixed={"alpha": -0.1})
