"""A law with what stands behind it: one place for optima, predictions and their distance."""

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication import Evidence
from replication.errors import ArgumentError, DataError, UnknownNameError
from replication.laws import Chinchilla, OverTraining, PowerLaw

LAW = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.34, beta=0.28)


@pytest.fixture(scope="module")
def fit() -> rp.Fit[Chinchilla]:
    return rp.fit(Chinchilla, rp.load("hoffmann2022", "figure4_isoflop_points"))


def test_a_fit_and_its_bootstrap_give_the_same(fit: rp.Fit[Chinchilla]) -> None:
    boot = fit.bootstrap(300, seed=4)
    ours, theirs = fit.evidence(300, seed=4), boot.evidence()
    for asked in (boot.optimal(flops=[1e20, 1e24]), theirs.optimal(flops=[1e20, 1e24])):
        pd.testing.assert_frame_equal(ours.optimal(flops=[1e20, 1e24]), asked)
    pd.testing.assert_frame_equal(
        ours.predict(0.5, params=1e9, tokens=[1e10, 1e12]),
        boot.predict(0.5, params=1e9, tokens=[1e10, 1e12]),
    )
    assert ours.law == theirs.law == fit.law
    assert (ours.count, len(ours.runs)) == (300, fit.n)
    assert list(ours.runs.columns) == ["params", "tokens", "loss"]
    assert ours.text == "Chinchilla, log-huber, n=114"


def test_the_optimum_of_a_fit_is_that_of_its_thousand_resamples(
    fit: rp.Fit[Chinchilla],
) -> None:
    table = fit.optimal(flops=1e22, level=0.9)
    assert table.pop("interval").eq("bootstrap").all()
    pd.testing.assert_frame_equal(table, fit.bootstrap(1000, seed=0).optimal(flops=1e22, level=0.9))


def test_without_draws_and_runs_the_estimate_stands_alone() -> None:
    alone = Evidence(LAW)
    table = alone.optimal(flops=[1e21, 1e22])
    best = LAW.optimal(flops=1e22)
    row = table[(table.flops == 1e22) & (table.quantity == "params")].iloc[0]
    assert row["estimate"] == pytest.approx(best.params, rel=1e-12)
    assert table[["median", "low", "high", "beyond_data"]].isna().all(axis=None)
    row = alone.predict(params=1e9, tokens=2e10).iloc[0]
    assert row["estimate"] == pytest.approx(LAW.loss(1e9, 2e10), rel=1e-12)
    assert row[["median", "low", "high", "beyond_data"]].isna().all()
    assert alone.extrapolation(params=1e30) is None


def test_points_that_leave_no_freedom_have_a_reason() -> None:
    columns = {"params": np.array([1e8, 1e9, 1e10]), "tokens": np.array([2e10, 3e9, 1e11])}
    runs = columns | {"loss": LAW.loss(**columns)}
    few = rp.fit(Chinchilla, runs, fixed={"alpha": 0.34, "beta": 0.28})
    found = few.evidence()
    assert found.draws is None
    assert "3 points for 3 fields" in found.notes[-1].message
    table = few.optimal(flops=1e20)
    assert table["interval"].eq("none: 3 points for 3 fields").all()
    assert table[["low", "high"]].isna().all(axis=None)
    assert table["estimate"].gt(0).all()
    advice = rp.advise(few, flops=1e20)
    assert advice.table["low"].isna().all()


def test_draws_without_an_optimum_leave_the_others() -> None:
    draws = Chinchilla(A=LAW.A, B=LAW.B, E=LAW.E, alpha=np.array([0.3, 0.34, -0.1]), beta=LAW.beta)
    table = Evidence(LAW, draws).optimal(flops=1e22, level=0.999999).set_index("quantity")
    sizes = [
        float(Chinchilla(LAW.A, LAW.B, LAW.E, alpha, LAW.beta).optimal(flops=1e22).params)
        for alpha in (0.3, 0.34)
    ]
    ends = table.loc["params", ["low", "high"]].to_numpy(float)
    assert ends == pytest.approx(sorted(sizes), rel=1e-4)


def test_another_form_says_the_same() -> None:
    rng = np.random.default_rng(0)
    law = OverTraining(E=1.84, a=212.0, b=367.0, eta=0.136)
    draws = OverTraining(
        E=1.84, a=212.0 * np.exp(0.1 * rng.standard_normal(50)), b=367.0, eta=0.136
    )
    runs = pd.DataFrame({"params": [1e8, 1e9], "tokens": [2e9, 2e10]})
    found = Evidence(law, draws, runs.assign(flops=[1.2e18, 1.2e20], token_multiplier=20.0))
    other = found.mapped(OverTraining.to_chinchilla)
    assert isinstance(other.law, Chinchilla)
    assert other.runs is found.runs
    n, d = 1e10, 4e11
    ours = found.predict(flops=6 * n * d, token_multiplier=d / n)[["estimate", "low", "high"]]
    theirs = other.predict(params=n, tokens=d)[["estimate", "low", "high"]]
    np.testing.assert_allclose(ours, theirs, rtol=1e-10)
    assert other.predict(params=n, tokens=d).beyond_data[0] == pytest.approx(20)
    assert Evidence(law, runs=found.runs[["flops"]]).mapped(OverTraining.to_chinchilla).runs is None


def test_a_covariance_gives_draws_that_have_it() -> None:
    fields = ["alpha", "E"]
    matrix = pd.DataFrame([[4e-4, 3e-4], [3e-4, 9e-4]], index=fields, columns=fields)
    found = Evidence.from_covariance(LAW, matrix, draws=20_000, seed=3)
    drawn = np.cov(found.draws.alpha, found.draws.E)
    np.testing.assert_allclose(drawn, matrix, rtol=0.05)
    assert np.mean(found.draws.E) == pytest.approx(LAW.E, abs=4 * 0.03 / np.sqrt(20_000))
    assert found.draws.A == LAW.A
    row = found.predict(0.8, params=1e9, tokens=2e10).iloc[0]
    assert row["low"] < row["estimate"] < row["high"]


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (pd.DataFrame([[1.0]], index=["x"], columns=["x"]), "names no field of Chinchilla"),
        (pd.DataFrame([[-1.0]], index=["E"], columns=["E"]), "negative variance"),
        (pd.DataFrame([[np.nan]], index=["E"], columns=["E"]), "The covariance"),
        (pd.DataFrame([[1e6]], index=["A"], columns=["A"]), "draws of A are not positive"),
        (np.eye(5), "names no field of Chinchilla"),
    ],
)
def test_what_is_no_covariance_is_refused(matrix: pd.DataFrame, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        Evidence.from_covariance(LAW, matrix)


def test_what_is_no_evidence_is_refused(fit: rp.Fit[Chinchilla]) -> None:
    draws = fit.bootstrap(5).law
    with pytest.raises(ArgumentError, match="law must be a law, got 'Chinchilla'"):
        Evidence("Chinchilla")
    with pytest.raises(ArgumentError, match="holds 5 values; give one law"):
        Evidence(draws)
    with pytest.raises(ArgumentError, match="draws is a Chinchilla; a Chinchilla whose fields"):
        Evidence(LAW, LAW)
    with pytest.raises(ArgumentError, match="draws is a Chinchilla; a PowerLaw"):
        Evidence(PowerLaw(A=1.0, alpha=0.1), draws)
    found = Evidence(LAW, draws)
    for level in (0, 1, 80, "high"):
        with pytest.raises(ArgumentError, match="level is"):
            found.optimal(flops=1e21, level=level)
        with pytest.raises(ArgumentError, match="level is"):
            found.predict(level, params=1e9, tokens=1e10)
    with pytest.raises(DataError, match="Chinchilla needs params, tokens"):
        found.predict(params=1e9)
    with pytest.raises(UnknownNameError):
        found.extrapolation(param=1e9)
    with pytest.raises(ArgumentError, match="resamples is 0; at least 1"):
        fit.evidence(0)
