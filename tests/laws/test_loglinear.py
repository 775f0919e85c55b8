"""Laws linear in logarithms, and compute with a split: values, fits, and what is refused."""

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares
from scipy.stats import linregress

import replication as rp
from replication.errors import ArgumentError, DataError
from replication.laws import ComputeSplit, LogLinear, LogPlane, PowerLawOffset

DRAWS = settings(max_examples=60, deadline=None, derandomize=True)
slopes = st.floats(-1.0, 1.0)
counts = st.floats(1e6, 1e15)
BPC = LogLinear.of("compute", response="bpc")


def noisy(n: int = 40, seed: int = 0) -> pd.DataFrame:
    """Sizes and tokens with a score that is a plane in their logarithms, and noise."""
    rng = np.random.default_rng(seed)
    params, tokens = 10 ** rng.uniform(8, 11, n), 10 ** rng.uniform(11, 13.5, n)
    law = LogPlane(alpha=-0.03, gamma=0.008, beta=2.0)
    score = law.score(params, tokens) + 0.01 * rng.standard_normal(n)
    compute = params * tokens / 1e21
    return pd.DataFrame({"params": params, "tokens": tokens, "compute": compute, "bpc": score})


def ordinary(table: pd.DataFrame) -> tuple[Any, Any]:
    """Return coefficients of ordinary least squares on 1, ln N, ln D, and their covariance."""
    X = np.column_stack([np.ones(len(table)), np.log(table[["params", "tokens"]])])
    found, rest, *_ = np.linalg.lstsq(X, table["bpc"], rcond=None)
    return found, np.linalg.inv(X.T @ X) * rest[0] / (len(table) - 3)


# Values ---------------------------------------------------------------------------------------


def test_values_by_hand() -> None:
    assert LogLinear(alpha=2.0, beta=1.0).score(np.e) == pytest.approx(3.0)
    plane = LogPlane(alpha=1.0, gamma=0.5, beta=-1.0)
    assert plane.score(np.e, np.e**3) == pytest.approx(4.0 + 1.0 - 1.0)
    split = ComputeSplit(A=100.0, E=1.5, eta=0.5, gamma=0.25)
    assert split.loss(1e4, 16.0) == pytest.approx(1.5 + 100 / 100 * 2)


@DRAWS
@given(slopes, slopes, slopes, counts, counts, st.floats(1.1, 100.0))
def test_at_equal_compute_a_plane_moves_by_gamma_alone(
    alpha: float, gamma: float, beta: float, n: float, d: float, k: float
) -> None:
    law = LogPlane(alpha=alpha, gamma=gamma, beta=beta)
    moved = law.score(n / k, d * k) - law.score(n, d)
    assert moved == pytest.approx(2 * gamma * np.log(k), abs=1e-9)
    assert law.slope_first * np.log(k) == pytest.approx(
        law.score(n * k, d) - law.score(n, d), abs=1e-9
    )
    assert law.slope_second * np.log(k) == pytest.approx(
        law.score(n, d * k) - law.score(n, d), abs=1e-9
    )


@DRAWS
@given(slopes.filter(lambda a: abs(a) > 1e-3), slopes, counts)
def test_the_inverse_of_a_line(alpha: float, beta: float, x: float) -> None:
    law = LogLinear(alpha=alpha, beta=beta)
    assert law.reaches(law.score(x)) == pytest.approx(x, rel=1e-8)


def test_beyond_a_float_the_inverse_is_infinite() -> None:
    assert LogLinear(alpha=-1e-4, beta=1.0).reaches(0.0) == np.inf


@DRAWS
@given(slopes, slopes, counts, st.floats(1e-6, 1e6))
def test_another_unit_changes_the_intercept_alone(
    alpha: float, beta: float, x: float, unit: float
) -> None:
    moved = LogLinear(alpha=alpha, beta=beta + alpha * np.log(unit))
    assert moved.score(x / unit) == pytest.approx(LogLinear(alpha, beta).score(x), abs=1e-9)


@DRAWS
@given(st.floats(0.05, 0.3), st.floats(-0.2, 0.2), st.floats(1e18, 1e24), st.floats(20, 500))
def test_the_tilt_is_the_difference_of_the_exponents_over_their_sum(
    eta: float, gamma: float, flops: float, ratio: float
) -> None:
    law = ComputeSplit(A=300.0, E=1.7, eta=eta, gamma=gamma)

    def reducible(n: float, d: float) -> Any:
        return np.log(law.loss(6 * n * d, d / n) - law.E)

    n = np.sqrt(flops / 6 / ratio)
    d, h = n * ratio, 1e-3
    in_n = (reducible(n * np.exp(h), d) - reducible(n * np.exp(-h), d)) / (2 * h)
    in_d = (reducible(n, d * np.exp(h)) - reducible(n, d * np.exp(-h))) / (2 * h)
    assert (in_d - in_n) / (in_d + in_n) == pytest.approx(law.tilt, abs=1e-5)


def test_where_nothing_counts_there_is_no_tilt() -> None:
    assert np.isnan(LogPlane(alpha=0.0, gamma=0.0, beta=1.0).tilt)
    assert np.isnan(ComputeSplit(A=1.0, E=1.0, eta=0.0, gamma=0.0).tilt)


def test_without_tilt_the_split_law_is_a_power_of_compute() -> None:
    law = ComputeSplit(A=300.0, E=1.7, eta=0.12, gamma=0.0)
    plain = PowerLawOffset(A=300.0, E=1.7, alpha=0.12)
    assert law.loss(1e21, 20.0) == law.loss(1e21, 2000.0)
    assert law.loss(1e21, 20.0) == pytest.approx(plain.loss(1e21), rel=1e-14)


@pytest.mark.parametrize(
    ("law", "columns"),
    [
        (LogLinear(-0.03, 0.6), (3e22,)),
        (LogPlane(-0.03, 0.01, 2.0), (7e9, 2e12)),
        (ComputeSplit(300.0, 1.7, 0.12, 0.04), (3e21, 40.0)),
    ],
)
def test_gradients(law: Any, columns: tuple[float, ...]) -> None:
    for name, value in law.to_dict().items():
        h = 1e-6 * max(abs(value), 1.0)
        ends = [
            type(law)(**(law.to_dict() | {name: value + sign * h})).predict(*columns)
            for sign in (1, -1)
        ]
        numeric = (ends[0] - ends[1]) / (2 * h)
        assert float(law.gradient(*columns)[name]) == pytest.approx(numeric, rel=1e-6)


# Fits -----------------------------------------------------------------------------------------


def test_a_line_is_that_of_scipy() -> None:
    table = noisy()
    found, theirs = rp.fit(BPC, table), linregress(np.log(table["compute"]), table["bpc"])
    assert found.law.alpha == pytest.approx(theirs.slope, rel=1e-9)
    assert found.law.beta == pytest.approx(theirs.intercept, rel=1e-9)
    assert found.r2 == pytest.approx(theirs.rvalue**2, rel=1e-9)


def test_a_plane_is_ordinary_least_squares() -> None:
    table = noisy()
    law = rp.fit(LogPlane.of(response="bpc"), table).law
    beta, in_n, in_d = ordinary(table)[0]
    assert (law.slope_first, law.slope_second) == pytest.approx((in_n, in_d), rel=1e-8)
    assert law.beta == pytest.approx(beta, rel=1e-8)


def test_standard_errors_are_those_of_least_squares_where_the_noise_is_even() -> None:
    table = noisy(2000)
    found = rp.fit(LogPlane.of(response="bpc"), table)
    cov = ordinary(table)[1]
    classical = np.sqrt(cov[1, 1] + cov[2, 2] - 2 * cov[1, 2]) / 2
    assert found.to_frame().loc["gamma", "se"] == pytest.approx(classical, rel=0.05)
    resampled = found.bootstrap(400).interval(0.95)
    assert resampled.loc["gamma", "se"] == pytest.approx(classical, rel=0.12)
    few = noisy(40)
    line = rp.fit(BPC, few)
    theirs = linregress(np.log(few["compute"]), few["bpc"]).stderr
    low, high = line.profile("alpha").interval(0.95)
    assert (high - low) / 2 / 1.96 == pytest.approx(theirs, rel=0.05)


def test_the_sandwich_is_written_out() -> None:
    table = noisy()
    found = rp.fit(LogPlane.of(response="bpc"), table)
    u, v = np.log(table["params"]), np.log(table["tokens"])
    X = np.column_stack([u + v, v - u, np.ones(len(table))])
    bread = np.linalg.inv(X.T @ X)
    cov = bread @ (X.T * found.residuals**2) @ X @ bread
    assert found.to_frame()["se"].tolist() == pytest.approx(np.sqrt(np.diag(cov)), rel=1e-6)


def test_without_noise_the_coefficients_come_back() -> None:
    table = noisy()
    for law in (LogPlane(-0.03, 0.0, 2.0), LogPlane(0.5, -0.2, -7.0)):
        exact = table.assign(score=law.score(table["params"], table["tokens"]) + 20)
        found = rp.fit(LogPlane, exact).law
        assert found.to_dict() == pytest.approx(
            {"alpha": law.alpha, "gamma": law.gamma, "beta": law.beta + 20}, abs=1e-8
        )
    split = ComputeSplit(A=300.0, E=1.7, eta=0.12, gamma=0.04)
    runs = pd.DataFrame({"flops": 6 * table["params"] * table["tokens"]})
    runs["tokens_per_param"] = table["tokens"] / table["params"]
    runs["loss"] = split.loss(runs["flops"], runs["tokens_per_param"])
    found = rp.fit(ComputeSplit, runs, objective="log-lsq").law
    assert found.to_dict() == pytest.approx(split.to_dict(), rel=1e-5)


def test_the_split_law_agrees_with_scipy() -> None:
    rng = np.random.default_rng(1)
    C, M = 10 ** rng.uniform(17, 22, 60), 10 ** rng.uniform(1.3, 3, 60)
    truth = ComputeSplit(A=300.0, E=1.7, eta=0.12, gamma=0.04)
    loss = truth.loss(C, M) * np.exp(0.01 * rng.standard_normal(60))
    runs = {"flops": C, "tokens_per_param": M, "loss": loss}
    found = rp.fit(ComputeSplit, runs, objective="log-lsq")

    def residuals(theta: Any) -> Any:
        a, e, eta, gamma = theta
        return np.log(loss) - np.log(np.exp(a) * C**-eta * M**gamma + np.exp(e))

    start = [np.log(200.0), 0.3, 0.1, 0.0]
    theirs = least_squares(residuals, start, xtol=1e-14, ftol=1e-14, gtol=1e-14, x_scale="jac")
    assert found.rms == pytest.approx(np.sqrt(2 * theirs.cost / 60), rel=1e-9)
    assert (found.law.eta, found.law.gamma) == pytest.approx(tuple(theirs.x[2:]), rel=1e-4)


def test_order_of_rows_and_unit_of_the_input_do_not_matter() -> None:
    table = noisy()
    found = rp.fit(BPC, table).law
    turned = rp.fit(BPC, table.iloc[::-1]).law
    scaled = rp.fit(BPC, table.assign(compute=table["compute"] * 6e21)).law
    assert turned.alpha == pytest.approx(found.alpha, rel=1e-10)
    assert scaled.alpha == pytest.approx(found.alpha, rel=1e-8)
    assert scaled.score(6e21) == pytest.approx(found.beta, rel=1e-8)


def test_tilt_held_at_zero_is_the_line_in_the_product() -> None:
    table = noisy()
    held = rp.fit(LogPlane.of(response="bpc"), table, fixed={"gamma": 0.0})
    line = rp.fit(BPC, table)
    assert held.law.alpha == pytest.approx(line.law.alpha, rel=1e-9)
    assert held.r2 == pytest.approx(line.r2, rel=1e-9)


def test_a_slope_near_zero_is_identified_and_inputs_in_step_are_not() -> None:
    flat = noisy().assign(bpc=lambda t: t["bpc"] - 0.016 * np.log(t["tokens"] / t["params"]) / 2)
    found = rp.fit(LogPlane.of(response="bpc"), flat)
    assert abs(found.law.gamma) < 2 * found.to_frame().loc["gamma", "se"]
    assert found.notes == ()
    step = noisy()
    together = rp.fit(LogPlane.of(response="bpc"), step.assign(tokens=20 * step["params"]))
    assert "unidentified" in [note.code for note in together.notes]


# Columns --------------------------------------------------------------------------------------


def test_columns_are_chosen_by_name() -> None:
    assert (BPC.inputs, BPC.response) == (("compute",), "bpc")
    assert LogLinear.of("compute", response="bpc") is BPC
    assert LogPlane.of(response="bpc").inputs == ("params", "tokens")
    assert (LogLinear.inputs, LogLinear.response) == (("flops",), "score")
    law = BPC(alpha=-0.03, beta=0.6)
    assert pickle.loads(pickle.dumps(law)) == law


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: LogLinear.of("a", "b"), ArgumentError, r"reads 1 columns, .*got 2 \(a, b\)"),
        (lambda: LogPlane.of("params"), ArgumentError, r"reads 2 columns, as in params, tokens"),
        (lambda: LogLinear.of("flops", response="bits per"), ArgumentError, "not a column name"),
        (lambda: LogLinear(0.0, 0.5).reaches(0.4), ArgumentError, "alpha = 0: it predicts 0.5"),
        (lambda: LogLinear(1.0, 0.5).reaches([0.4, np.nan]), ArgumentError, "finite, got nan"),
        (lambda: LogLinear(1.0, 0.0).score(0.0), ArgumentError, "flops must be positive"),
        (lambda: LogPlane(1.0, 0.0, 0.0).score(1.0, -2.0), ArgumentError, "tokens must be"),
        (lambda: rp.fit(BPC, noisy().drop(columns="compute")), DataError, "'compute' is missing"),
        (lambda: ComputeSplit(1.0, 1.0, 0.1, 0.1).loss(1e20), ArgumentError, "got 1 inputs"),
    ],
)
def test_bad_input(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
