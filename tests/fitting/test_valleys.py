"""Objectives with two valleys: both are found, and every resample takes the lower."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.errors import ArgumentError
from replication.laws import KaplanSteps, Law, coefficient, exponent


@dataclass(frozen=True)
class Wave(Law):
    """y = c + sin(w x): many valleys in w."""

    c: float = coefficient()
    w: float = exponent(0.5, 1.0, 2.0, 3.0)

    inputs = ("x",)
    response = "y"
    link = "identity"

    def y(self, x):
        return self.c + np.sin(self.w * x)

    def gradient(self, x):
        return {"c": np.ones_like(x), "w": x * np.cos(self.w * x)}


@dataclass(frozen=True)
class Root(Law):
    """y = sqrt(3 - w x), which ends where w x is 3."""

    w: float = exponent(0.1, 0.5)

    inputs = ("x",)
    response = "y"
    link = "identity"

    def y(self, x):
        return np.sqrt(3 - self.w * x)

    def gradient(self, x):
        return {"w": -x / 2 / np.sqrt(3 - self.w * x)}


@pytest.fixture(scope="module")
def mixture():
    """Two waves that fit about equally well: which one wins is up to the resample."""
    x = np.linspace(0.1, 6.0, 60)
    noise = 0.05 * np.random.default_rng(0).standard_normal(60)
    y = 3 + 0.5 * (np.sin(x) + np.sin(2.5 * x)) + noise
    return rp.fit(Wave, pd.DataFrame({"x": x, "y": y}))


@pytest.fixture(scope="module")
def profile(mixture):
    return mixture.profile("w", np.linspace(0.3, 3.2, 117))


def test_the_other_valley_is_found(mixture, profile):
    places = np.array([mixture.law.w, *(law.w for law in profile.valleys())])
    for wave in (1.0, 2.5):
        assert np.abs(places - wave).min() < 0.15


def test_every_resample_takes_the_lower_minimum(mixture, profile):
    starts = profile.valleys()
    plain = mixture.bootstrap(200, seed=3)
    both = mixture.bootstrap(200, seed=3, starts=starts)
    ours, first = np.asarray(both.values), np.asarray(plain.values)
    assert (ours <= first * (1 + 1e-9)).all()
    # The values are the minima of these very laws on these very resamples.
    again = mixture.bootstrap(200, seed=3, starts=starts[::-1])
    np.testing.assert_allclose(both.values, again.values, rtol=1e-9)
    near, far = np.abs(both.law.w - 1.0) < 0.3, np.abs(both.law.w - 2.5) < 0.3
    assert near.sum() > 10 and far.sum() > 10
    assert both.interval(0.95).loc["w", "high"] - both.interval(0.95).loc["w", "low"] > 1.2
    width = plain.interval(0.95).loc["w", "high"] - plain.interval(0.95).loc["w", "low"]
    assert width < 1.2


def test_a_brute_search_of_each_resample_agrees(mixture, profile):
    both = mixture.bootstrap(40, seed=5, starts=profile.valleys())
    rng = np.random.default_rng(5)
    x, y = mixture.problem.data.columns[0], mixture.problem.data.response
    grid = np.linspace(0.3, 3.2, 4001)
    rest = y - np.sin(grid[:, None] * x)
    for value in np.asarray(both.values):
        counts = np.bincount(rng.integers(60, size=60), minlength=60)
        level = rest @ counts / 60
        lowest = float(((rest - level[:, None]) ** 2 @ counts).min() / 2)
        assert value == pytest.approx(lowest, rel=1e-3)


def test_one_valley_is_the_plain_bootstrap(mixture):
    plain, same = mixture.bootstrap(30), mixture.bootstrap(30, starts=[mixture.law])
    np.testing.assert_allclose(plain.law.w, same.law.w, rtol=1e-6)
    assert same.kind == "points"


def test_given_resamples_have_the_values_of_their_laws(mixture, profile):
    rows = np.random.default_rng(1).integers(60, size=(50, 60))
    both = mixture.bootstrap(indices=rows, starts=profile.valleys())
    x, y = mixture.problem.data.columns[0][rows], mixture.problem.data.response[rows]
    residuals = y - both.law.c[:, None] - np.sin(both.law.w[:, None] * x)
    np.testing.assert_allclose(both.values, (residuals**2).sum(axis=1) / 2, rtol=1e-9)
    assert (both.law.w < 1.5).any() and (both.law.w > 2).any()


def test_a_start_outside_the_domain_does_no_harm():
    x = np.linspace(1, 2, 30)
    y = np.sqrt(3 - 0.4 * x) * np.exp(0.01 * np.random.default_rng(2).standard_normal(30))
    fit = rp.fit(Root, {"x": x, "y": y})
    plain, same = fit.bootstrap(30), fit.bootstrap(30, starts=[Root(w=5.0)])
    np.testing.assert_array_equal(plain.law.w, same.law.w)
    assert same.failed == 0


def test_groups_are_drawn_where_the_fit_has_them():
    law = KaplanSteps(alpha_N=0.077, alpha_S=0.76, N_c=6.5e13, S_c=2.1e3)
    rows = [(n, s) for n in np.geomspace(1e6, 1e9, 8) for s in np.geomspace(1e3, 1e5, 5)]
    data = pd.DataFrame(rows, columns=["params", "min_steps"])
    data["loss"] = law.loss(data["params"], data["min_steps"])
    fit = rp.fit(KaplanSteps, data, group="params")
    assert fit.bootstrap(20, starts=[law]).kind == "groups"
    assert fit.bootstrap(20, unit="points", starts=[law]).kind == "points"


def test_fixed_fields_stay_where_they_are(mixture):
    law = KaplanSteps(alpha_N=0.077, alpha_S=0.76, N_c=6.5e13, S_c=2.1e3)
    rows = [(n, s) for n in np.geomspace(1e6, 1e9, 8) for s in np.geomspace(1e3, 1e5, 5)]
    data = pd.DataFrame(rows, columns=["params", "min_steps"])
    noise = np.exp(0.003 * np.random.default_rng(0).standard_normal(len(data)))
    data["loss"] = law.loss(data["params"], data["min_steps"]) * noise
    fit = rp.fit(KaplanSteps, data, fixed={"alpha_S": 0.76})
    drawn = fit.bootstrap(20, starts=[replace(law, alpha_S=0.3)])
    np.testing.assert_allclose(drawn.law.alpha_S, 0.76)


def test_another_law_is_no_start(mixture):
    with pytest.raises(ArgumentError, match=r"starts must be one or more of Wave; got KaplanSteps"):
        mixture.bootstrap(10, starts=[KaplanSteps(0.1, 0.5, 1e13, 1e3)])


def test_a_start_has_one_set_of_coefficients(mixture):
    with pytest.raises(ArgumentError, match="starts have one finite set of coefficients each"):
        mixture.bootstrap(10, starts=[Wave(c=3.0, w=np.array([1.0, 2.5]))])
