"""The data-constrained law: its limits, its optimum, that it is recovered, and what it refuses."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

import replication as rp
from replication.errors import ArgumentError, DataError, ReplicationError
from replication.laws import DataConstrained

DRAWS = settings(max_examples=40, deadline=None, derandomize=True)
LAW = DataConstrained(
    A=521.0, B=1488.0, E=1.87, alpha=0.3527, beta=0.3527, R_D_star=15.4, R_N_star=5.3
)
BASE = {name: getattr(LAW, name) for name in ("A", "B", "E", "alpha", "beta")}
sizes, lengths = st.floats(1e6, 1e12), st.floats(1e8, 1e14)


@st.composite
def laws(draw: Any) -> DataConstrained:
    """A law whose repeats are worth something."""
    fields = {"alpha": draw(st.floats(0.2, 0.6)), "beta": draw(st.floats(0.2, 0.6))}
    stars = {name: draw(st.floats(0.2, 200.0)) for name in ("R_D_star", "R_N_star")}
    return replace(LAW, **fields, **stars)


def table(law: DataConstrained, noise: float = 0.0) -> pd.DataFrame:
    """Runs on a lattice of sizes, tokens and limits on what is unique."""
    axes = np.geomspace(1e7, 1e10, 7), np.geomspace(1e9, 1e12, 7), [1e8, 1e9, 1e10]
    n, d, u = (g.ravel() for g in np.meshgrid(*axes))
    u = np.minimum(u, d)
    loss = law.loss(n, d, u) * np.exp(noise * np.random.default_rng(0).standard_normal(n.size))
    return pd.DataFrame({"params": n, "tokens": d, "unique_tokens": u, "loss": loss})


@DRAWS
@given(laws(), lengths, st.floats(0.01, 1.0))
def test_without_repeats_it_is_chinchillas(law: DataConstrained, d: float, part: float) -> None:
    n = part * law.matched_params(d)
    assert law.loss(n, d, d) == pytest.approx(law.base.loss(n, d), rel=1e-12)
    assert law.loss(n, d, 7 * d) == law.loss(n, d, d)


@DRAWS
@given(laws(), sizes, lengths, st.floats(1.0, 1e4))
def test_repeats_are_worth_less_than_fresh_tokens_and_more_than_none(
    law: DataConstrained, n: float, d: float, epochs: float
) -> None:
    worth = law.effective_tokens(d, d / epochs)
    assert d / epochs * (1 - 1e-12) <= worth <= d * (1 + 1e-12)
    assert law.base.loss(n, d) * (1 - 1e-12) <= law.loss(n, d, d / epochs)
    assert law.effective_params(n, d) <= n * (1 + 1e-12)


def test_endless_stars_take_every_repeat_for_new() -> None:
    endless = replace(LAW, R_D_star=np.inf, R_N_star=np.inf)
    runs = table(LAW)
    expected = LAW.base.loss(runs["params"], runs["tokens"])
    found = endless.loss(runs["params"], runs["tokens"], runs["unique_tokens"])
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    near = replace(LAW, R_D_star=1e12, R_N_star=1e12)
    np.testing.assert_allclose(
        near.loss(runs["params"], runs["tokens"], runs["unique_tokens"]), expected, rtol=1e-6
    )


def test_the_first_repeats_are_nearly_fresh() -> None:
    assert LAW.effective_tokens(4e9, 1e9) / 4e9 == pytest.approx(0.93, abs=0.005)
    worthless = replace(LAW, R_D_star=1e-9)
    assert worthless.effective_tokens(4e9, 1e9) == pytest.approx(1e9, rel=1e-6)


@DRAWS
@given(laws(), st.floats(1e17, 1e26), st.floats(1e7, 1e12))
def test_no_other_split_is_better(law: DataConstrained, c: float, u: float) -> None:
    best: Any = law.optimal(flops=c, unique_tokens=u)
    n = best.params * np.exp(np.linspace(-8, 8, 801))
    assert best.loss <= np.min(law.loss(n, c / 6 / n, u)) * (1 + 1e-12)
    assert best.params * best.tokens == pytest.approx(c / 6)
    assert best.unique_tokens == pytest.approx(min(u, best.tokens))
    matched = law.matched_params(best.unique_tokens)
    assert best.epochs == 1 or best.params >= matched * (1 - 1e-9)


@pytest.mark.parametrize("u", [1e9, 1e10])
def test_the_optimum_is_that_of_another_search(u: float) -> None:
    c, best = 1e22, LAW.optimal(flops=1e22, unique_tokens=u)
    middle = float(np.log(best.params))

    def loss(log_n: float) -> float:
        return float(LAW.loss(np.exp(log_n), c / 6 / np.exp(log_n), u))

    found = minimize_scalar(loss, (middle - 2, middle + 0.1, middle + 2), tol=1e-10)
    assert best.params == pytest.approx(np.exp(found.x), rel=1e-4)
    assert best.loss == pytest.approx(found.fun, rel=1e-12)


def test_a_limit_that_does_not_bind_changes_nothing() -> None:
    budgets = np.geomspace(1e18, 1e24, 7)
    free, wide = LAW.base.optimal(flops=budgets), LAW.optimal(flops=budgets, unique_tokens=1e14)
    for found in (LAW.optimal(flops=budgets), wide):
        np.testing.assert_array_equal(found.params, free.params)
        np.testing.assert_allclose(found.loss, free.loss, rtol=1e-12)
        np.testing.assert_allclose(found.epochs, 1.0)


def test_the_optimum_is_continuous_where_the_limit_begins_to_bind() -> None:
    u = 1e10
    edge = 6 * u * LAW.matched_params(u)
    below, above = (LAW.optimal(flops=edge * f, unique_tokens=u) for f in (1 - 1e-9, 1 + 1e-9))
    assert above.params == pytest.approx(below.params, rel=1e-8)


def test_more_compute_approaches_the_floor_of_its_data() -> None:
    budgets = np.geomspace(1e18, 1e40, 60)
    losses = np.asarray(LAW.optimal(flops=budgets, unique_tokens=1e9).loss)
    assert np.all(np.diff(losses) <= 0)
    assert losses[-1] == pytest.approx(LAW.floor(1e9), rel=1e-9)


def test_an_optimum_of_draws_is_that_of_each() -> None:
    stars: Any = np.array([[5.0], [15.4], [80.0]])
    budgets = np.array([1e20, 1e22])
    many = replace(LAW, R_D_star=stars).optimal(flops=budgets, unique_tokens=2e9)
    for row, star in enumerate(stars[:, 0]):
        one = replace(LAW, R_D_star=star).optimal(flops=budgets, unique_tokens=2e9)
        np.testing.assert_allclose(np.asarray(many.params)[row], one.params)


@DRAWS
@given(laws(), sizes, lengths, st.floats(1.5, 100.0))
def test_slopes_are_derivatives_in_the_logarithms(
    law: DataConstrained, n: float, d: float, epochs: float
) -> None:
    u, h = d / epochs, 1e-5
    n = n if abs(np.log(n / law.matched_params(u))) > 1e-3 else 2 * n
    found, step = law.slopes(n, d, u), np.exp(h)
    for name, place in (("params", 0), ("tokens", 1), ("unique_tokens", 2)):
        up, down = [n, d, u], [n, d, u]
        up[place] *= step
        down[place] /= step
        numeric = (law.loss(*up) - law.loss(*down)) / (2 * h)
        assert found[name] == pytest.approx(numeric, rel=1e-5, abs=1e-8)


def test_the_slope_at_one_epoch_is_chinchillas() -> None:
    here, base = LAW.slopes(1e8, 4e9, 8e9), LAW.base.slopes(1e8, 4e9)
    assert here["params"] == pytest.approx(base["params"])
    assert here["tokens"] == pytest.approx(base["tokens"])
    assert here["unique_tokens"] == 0


@pytest.mark.parametrize("objective", ["log-huber", "log-lsq"])
def test_two_fields_are_recovered_when_the_base_is_known(objective: str) -> None:
    fit = rp.fit(DataConstrained, table(LAW), fixed=BASE, objective=objective)
    assert fit.law.to_dict() == pytest.approx(LAW.to_dict(), rel=1e-5)


def test_all_seven_fields_are_recovered_without_a_start() -> None:
    fit = rp.fit(DataConstrained, table(LAW), objective="log-lsq")
    assert fit.law.to_dict() == pytest.approx(LAW.to_dict(), rel=1e-4)


def test_an_interval_holds_the_truth() -> None:
    fit = rp.fit(DataConstrained, table(LAW, 0.01), fixed=BASE, objective="log-lsq")
    low, high = fit.profile("R_D_star").interval(0.95)
    assert low < LAW.R_D_star < high < 2 * LAW.R_D_star


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"unique_tokens": 2e12}, "more unique tokens than tokens"),
     ({"unique_tokens": 0.5}, "more epochs than it has tokens")],
)  # fmt: skip
def test_a_table_that_no_run_can_have_is_refused_by_its_row(changed: Any, said: str) -> None:
    runs = table(LAW)
    for column, value in changed.items():
        runs.loc[5, column] = value
    with pytest.raises(DataError, match=f"Row 5.*{said}"):
        rp.fit(DataConstrained, runs, fixed=BASE)


def test_one_size_alone_is_refused_or_leaves_the_parameters_open() -> None:
    runs = table(LAW).query("params == 1e7")
    with pytest.raises(DataError, match="'params' is constant"):
        rp.fit(DataConstrained, runs)
    # A model smaller than any data call for has nothing to say of parameters in excess.
    small = table(LAW)
    small = small[small["params"] < 0.9 * LAW.matched_params(small["unique_tokens"])]
    fit = rp.fit(DataConstrained, small, fixed=BASE)
    assert any(note.code == "unidentified" and "R_N_star" in note.message for note in fit.notes)


def test_runs_of_one_epoch_leave_the_worth_of_repeats_open() -> None:
    runs = table(LAW).query("unique_tokens == tokens")
    fit = rp.fit(DataConstrained, runs, fixed=BASE)
    assert any(note.code == "unidentified" and "R_D_star" in note.message for note in fit.notes)


def test_what_has_no_answer_is_refused() -> None:
    with pytest.raises(ArgumentError, match="unique_tokens must be one at least, got 0"):
        LAW.optimal(flops=1e21, unique_tokens=0)
    with pytest.raises(ArgumentError, match="unique_tokens must be numbers, got '25B'"):
        LAW.optimal(flops=1e21, unique_tokens="25B")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=r"flops \(2,\), unique_tokens \(3,\)"):
        LAW.optimal(flops=[1e20, 1e21], unique_tokens=[1e9, 1e10, 1e11])
    with pytest.raises(ReplicationError, match="minimum"):
        replace(LAW, alpha=-0.1).optimal(flops=1e21, unique_tokens=1e9)
    alphas: Any = np.array([[0.3], [-0.1]])
    draws = replace(LAW, alpha=alphas)
    params = np.ravel(draws.optimal(flops=1e21, unique_tokens=1e9).params)
    assert np.isfinite(params).tolist() == [True, False]
