"""The law with an outer exponent: its two special cases, its optimum, and that it is recovered."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

import replication as rp
from replication.errors import ReplicationError
from replication.laws import Chinchilla, KaplanJoint, OuterExponent

DRAWS = settings(max_examples=40, deadline=None, derandomize=True)
LAW = OuterExponent(E=1.7, alpha=0.34, beta=0.3, N_c=5e7, D_c=2.4e9, gamma=0.6)
sizes, lengths = st.floats(1e6, 1e12), st.floats(1e7, 1e14)


@st.composite
def laws(draw: Any) -> OuterExponent:
    """A law whose terms count somewhere in between."""
    alpha, beta = draw(st.floats(0.1, 0.8)), draw(st.floats(0.1, 0.8))
    scales = {"N_c": draw(st.floats(1e6, 1e9)), "D_c": draw(st.floats(1e8, 1e10))}
    gamma = draw(st.floats(0.1, 2.0))
    return OuterExponent(E=draw(st.floats(0.5, 3.0)), alpha=alpha, beta=beta, gamma=gamma, **scales)


def table(law: OuterExponent, noise: float = 0.0) -> pd.DataFrame:
    """Runs on a lattice of sizes and tokens."""
    n, d = (g.ravel() for g in np.meshgrid(np.geomspace(1e7, 1e10, 9), np.geomspace(1e9, 1e12, 9)))
    rng = np.random.default_rng(0)
    loss = law.loss(n, d) * np.exp(noise * rng.standard_normal(n.size))
    return pd.DataFrame({"params": n, "tokens": d, "loss": loss})


@DRAWS
@given(laws(), sizes, lengths)
def test_with_one_it_is_chinchillas(law: OuterExponent, n: float, d: float) -> None:
    one = OuterExponent(**law.to_dict() | {"gamma": 1.0})
    A, B = law.N_c**law.alpha, law.D_c**law.beta
    added = Chinchilla(A=A, B=B, E=law.E, alpha=law.alpha, beta=law.beta)
    assert one.loss(n, d) == pytest.approx(added.loss(n, d), rel=1e-12)
    assert one.optimal(flops=1e21).params == pytest.approx(added.optimal(flops=1e21).params)


@DRAWS
@given(laws(), sizes, lengths)
def test_without_a_floor_it_is_kaplans(law: OuterExponent, n: float, d: float) -> None:
    own = law.to_dict() | {"E": 1e-300, "gamma": law.beta}
    joint = KaplanJoint(alpha_N=law.alpha, alpha_D=law.beta, N_c=law.N_c, D_c=law.D_c)
    assert OuterExponent(**own).loss(n, d) == pytest.approx(joint.loss(n, d), rel=1e-12)


@DRAWS
@given(laws(), st.floats(1e18, 1e26))
def test_the_closed_optimum_is_the_numeric_one(law: OuterExponent, c: float) -> None:
    best = law.optimal(flops=c)

    def loss(log_n: float) -> float:
        return float(law.loss(np.exp(log_n), c / 6 / np.exp(log_n)))

    middle = np.log(best.params)
    found = minimize_scalar(loss, (middle - 2, middle + 0.1, middle + 2), tol=1e-10)
    assert best.loss <= found.fun * (1 + 1e-12)
    assert best.params * best.tokens == pytest.approx(c / 6)


@DRAWS
@given(laws(), sizes, lengths, st.floats(1.01, 100))
def test_more_of_either_lowers_the_loss(law: Any, n: float, d: float, factor: float) -> None:
    here = law.loss(n, d)
    assert law.loss(n * factor, d) <= here
    assert law.loss(n, d * factor) <= here


@DRAWS
@given(laws(), sizes, lengths)
def test_slopes_are_derivatives_in_the_logarithms(law: Any, n: float, d: float) -> None:
    h = 1e-5
    found = law.slopes(n, d)
    sized = (law.loss(n * np.exp(h), d) - law.loss(n * np.exp(-h), d)) / (2 * h)
    longer = (law.loss(n, d * np.exp(h)) - law.loss(n, d * np.exp(-h))) / (2 * h)
    assert found["params"] == pytest.approx(sized, rel=1e-5, abs=1e-8)
    assert found["tokens"] == pytest.approx(longer, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("objective", ["log-huber", "log-lsq", "lsq"])
def test_it_is_recovered_from_runs_without_noise(objective: str) -> None:
    fit = rp.fit(OuterExponent, table(LAW), objective=objective)
    assert fit.law.to_dict() == pytest.approx(LAW.to_dict(), rel=1e-4)


def test_a_law_that_adds_is_recognised() -> None:
    added = OuterExponent(**LAW.to_dict() | {"gamma": 1.0})
    fit = rp.fit(OuterExponent, table(added, 0.002), objective="log-lsq")
    low, high = fit.profile("gamma").interval(0.95)
    assert low < 1.0 < high
    assert not low < 0.6 < high


def test_a_limit_without_exponent_has_no_optimum() -> None:
    with pytest.raises(ReplicationError, match="minimum"):
        OuterExponent(**LAW.to_dict() | {"alpha": -0.1}).optimal(flops=1e21)
    draws = OuterExponent(**LAW.to_dict() | {"alpha": np.array([[0.3], [-0.1]])})
    params = np.ravel(draws.optimal(flops=1e21).params)
    assert np.isfinite(params).tolist() == [True, False]


def test_extreme_scales_do_not_overflow() -> None:
    far = OuterExponent(E=1.0, alpha=0.5, beta=0.5, N_c=1e9, D_c=1e10, gamma=1e-3)
    assert far.loss(1e6, 1e12) == pytest.approx(1 + (1e9 / 1e6) ** 0.5, rel=1e-6)
    assert np.isfinite(far.optimal(flops=1e21).params)
