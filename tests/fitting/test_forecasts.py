"""Intervals of the law, of a run and forecasts: what each covers, and what is refused."""

import json
from collections.abc import Callable
from functools import partial
from importlib import resources

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.errors import ArgumentError, UnknownNameError
from replication.fitting import forecasts
from replication.laws import Chinchilla, PowerLaw

TRUTH = Chinchilla(A=480.0, B=2000.0, E=1.8, alpha=0.35, beta=0.37)
GRID = [g.ravel() for g in np.meshgrid(np.geomspace(1e7, 1e9, 7), np.geomspace(1e9, 3e10, 7))]
SPREAD = 0.01


def table(seed: int) -> pd.DataFrame:
    """Runs of the true law with one percent of normal noise."""
    n, d = GRID
    noise = np.exp(SPREAD * np.random.default_rng(seed).standard_normal(n.size))
    return pd.DataFrame({"params": n, "tokens": d, "loss": TRUTH.loss(n, d) * noise})


@pytest.fixture(scope="module")
def boot() -> rp.Bootstrap:
    """A bootstrap of one such table."""
    return rp.fit(Chinchilla, table(0)).bootstrap(400)


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A drift as the study ships it, for the law of the tests."""
    row = {"law": "Chinchilla", "objective": "log-huber", "level": 0.8}
    row |= {"average": 0.02, "low": 0.014, "high": 0.034, "new_family": 0.05, "families": 13}
    monkeypatch.setattr(forecasts, "shipped", lambda: {"corpus": "x", "drifts": [row]})


def covered(kind: str, objective: str, least: float, most: float) -> None:
    """The share of simulated data sets whose interval holds what it is of, near 80 percent."""
    held = []
    place = {"params": 3e8, "tokens": 2e10}
    rng = np.random.default_rng(99)
    for seed in range(100):
        found = rp.fit(Chinchilla, table(seed), objective=objective)
        row = found.bootstrap(150).predict(0.8, kind=kind, **place).iloc[0]
        target = TRUTH.loss(**place)
        if kind == "run":
            target = target * np.exp(SPREAD * rng.standard_normal())
        held.append(row["low"] <= target <= row["high"])
    assert least <= np.mean(held) <= most, np.mean(held)


def test_an_interval_of_the_law_holds_the_law() -> None:
    covered("law", "log-lsq", 0.68, 0.92)


def test_an_interval_of_a_run_holds_a_run() -> None:
    covered("run", "log-lsq", 0.70, 0.90)


def test_students_interval_of_a_run_holds_a_run() -> None:
    held = []
    rng = np.random.default_rng(5)
    place = {"params": 3e8, "tokens": 2e10}
    for seed in range(300):
        found = rp.fit(Chinchilla, table(seed), objective="log-lsq")
        row = found.predict(0.8, kind="run", **place).iloc[0]
        target = TRUTH.loss(**place) * np.exp(SPREAD * rng.standard_normal())
        held.append(row["low"] <= target <= row["high"])
    assert 0.74 <= np.mean(held) <= 0.86


def test_each_kind_is_wider_than_the_one_before(boot: rp.Bootstrap) -> None:
    far = {"params": 1e11, "tokens": 1e13}
    widths = []
    for kind in forecasts.KINDS:
        row = boot.predict(kind=kind, drift=0.03, **far).iloc[0]
        assert row["kind"] == kind
        assert row["low"] < row["estimate"] < row["high"]
        widths.append(row["high"] - row["low"])
    assert widths[0] < widths[1] < widths[2]


def test_inside_the_data_a_forecast_is_an_interval_of_a_run(boot: rp.Bootstrap) -> None:
    inside = {"params": [1e8, 5e8], "tokens": [2e9, 1e10]}
    run = boot.predict(kind="run", **inside)
    forecast = boot.predict(kind="forecast", drift=0.05, **inside)
    widths = [np.log(table["high"] / table["low"]) for table in (run, forecast)]
    assert np.allclose(*widths, rtol=1e-12)
    middle = np.sqrt(forecast["low"] * forecast["high"])
    assert np.allclose(middle, forecast["estimate"], rtol=1e-12)


def test_a_forecast_grows_with_the_distance_in_compute(boot: rp.Bootstrap) -> None:
    n = np.array([1e9, 1e10, 1e11])
    rows = boot.predict(kind="forecast", drift=0.1, params=n, tokens=30 * n)
    run = boot.predict(kind="run", params=n, tokens=30 * n)
    halves = [np.log(table["high"] / table["low"]) / 2 for table in (rows, run)]
    extra = halves[0] ** 2 - halves[1] ** 2
    decades = np.log10(6 * n * 30 * n / (6 * GRID[0] * GRID[1]).max())
    assert np.sqrt(np.abs(extra.to_numpy())) == pytest.approx(0.1 * decades, abs=1e-6)


def test_a_forecast_is_the_default_where_its_drift_is_known(
    boot: rp.Bootstrap, shipped: None
) -> None:
    far = {"params": 1e11, "tokens": 1e13}
    assert boot.predict(**far)["kind"].item() == "forecast"
    new, average = (boot.predict(drift=d, **far).iloc[0] for d in (None, "average"))
    assert new["low"] < average["low"] < average["high"] < new["high"]
    assert boot.predict(level=0.9, **far)["kind"].item() == "law", "a drift is for its level"


def test_without_a_drift_a_forecast_is_refused_with_two_ways_out(boot: rp.Bootstrap) -> None:
    with pytest.raises(ArgumentError, match=r"drift=0\.02 .* or ask for kind='run'"):
        boot.predict(0.77, kind="forecast", params=1e11, tokens=1e13)


def asked(fit: rp.Fit, level: float = 0.8, **more: object) -> str:
    """What a user reads who asks for a forecast that there is none of."""
    with pytest.raises(ArgumentError) as refused:
        fit.predict(level, kind="forecast", params=1e11, tokens=1e13, **more)
    said = str(refused.value)
    assert "drift=0.02" in said
    assert "kind='run'" in said
    return said


def test_a_refusal_says_what_there_is_instead() -> None:
    runs = table(0)
    fit = rp.fit(Chinchilla, runs)
    assert "at the levels 0.5, 0.8, 0.95, not at 0.9" in asked(fit, 0.9)
    assert "Ask for one of them" in asked(fit, 0.9)
    far = asked(fit, 0.95)
    assert "13 families of the corpus are too few to promise 0.95 for a new one" in far
    assert "drift='average'" in far
    other = asked(rp.fit(Chinchilla, runs, objective="log-huber", delta=0.5))
    assert "by log-huber, delta=0.5, only by log-huber, log-lsq" in other
    assert "Fit it by one of these" in other
    held = rp.fit(Chinchilla, runs, fixed={"E": 1.8})
    assert asked(held).startswith(
        "No drift is known for Chinchilla, E=1.8, so there is no forecast."
    )


def test_what_a_refusal_names_is_to_be_had() -> None:
    fit = rp.fit(Chinchilla, table(0))
    far = {"params": 1e11, "tokens": 1e13}
    wide = fit.predict(0.95, kind="forecast", drift="average", **far).iloc[0]
    usual = fit.predict(0.8, kind="forecast", drift="average", **far).iloc[0]
    half = fit.predict(0.5, kind="forecast", drift="average", **far).iloc[0]
    assert wide["low"] < usual["low"] < half["low"] < half["high"] < usual["high"] < wide["high"]
    assert fit.predict(0.95, **far)["kind"].item() == "law", "no forecast is known, so none is made"


def test_a_published_law_has_no_interval_of_a_run() -> None:
    alone = rp.Evidence(rp.published("hoffmann2022", "tex"))
    with pytest.raises(ArgumentError, match="kind='law', or fit it"):
        alone.predict(kind="run", params=1e9, tokens=2e10)


@pytest.mark.parametrize(
    ("drift", "said"),
    [(-0.1, "one number from 0"), ("mean", "or 'average'"), ([0.1, 0.2], "one number from 0"),
     (np.nan, "drift"), ("0.02", "or 'average'")],
)  # fmt: skip
def test_a_drift_that_is_none_is_refused(boot: rp.Bootstrap, drift: object, said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        boot.predict(kind="forecast", drift=drift, params=1e11, tokens=1e13)


def test_an_unknown_kind_is_refused_with_the_known(boot: rp.Bootstrap) -> None:
    with pytest.raises(UnknownNameError, match="law"):
        boot.predict(kind="curve", params=1e9, tokens=2e10)


def test_a_law_without_compute_has_no_forecast() -> None:
    runs = {"params": np.geomspace(1e7, 1e10, 8)}
    runs["loss"] = 5.0 * runs["params"] ** -0.05 * np.exp(0.01 * np.cos(np.arange(8)))
    fit = rp.fit(PowerLaw.of("params"), runs, objective="log-lsq")
    with pytest.raises(ArgumentError, match="How far a point lies beyond the runs is not known"):
        fit.predict(kind="forecast", drift=0.02, params=1e12)
    assert fit.predict(kind="run", params=1e12)["kind"].item() == "run"


def test_students_ends_are_widened_like_all_others() -> None:
    fit = rp.fit(Chinchilla, table(3), objective="log-lsq")
    far = {"params": 1e11, "tokens": 1e13}
    run, forecast = (fit.predict(kind=k, drift=0.1, **far).iloc[0] for k in ("run", "forecast"))
    assert forecast["interval"] == "student"
    decades = np.log10(6e24 / (6 * GRID[0] * GRID[1]).max())
    half = np.hypot(np.log(run["high"] / run["low"]) / 2, 0.1 * decades)
    assert np.log(forecast["high"] / forecast["estimate"]) == pytest.approx(half)


def test_too_few_points_give_no_interval_of_any_kind() -> None:
    fit = rp.fit(PowerLaw, {"flops": [1e18, 1e19], "loss": [4.0, 3.0]})
    row = fit.predict(flops=1e20).iloc[0]
    assert np.isnan(row["low"])
    assert row["interval"].startswith("none")


def test_shipped_drifts_are_whole() -> None:
    path = resources.files("replication.fitting").joinpath("drift.json")
    found = json.loads(path.read_text("utf-8"))
    assert set(found) == {"corpus", "drifts"}
    for row in found["drifts"]:
        assert 0 <= row["low"] <= row["average"] <= row["high"]
        assert row["families"] >= 10
        if row["level"] * (row["families"] + 1) > row["families"]:
            assert row["new_family"] is None, "more than the families can promise"
        elif row["level"] >= 0.8:
            assert row["average"] <= row["new_family"]
        else:  # what serves half of the families may be less than what serves half of the runs
            assert row["new_family"] >= 0
    keys = [(row["law"], row["objective"], row["level"]) for row in found["drifts"]]
    assert len(set(keys)) == len(keys)
    assert {level for *_, level in keys} == {0.5, 0.8, 0.95}


@pytest.mark.parametrize("kind", ["run", "forecast"])
def test_an_optimum_has_an_interval_of_the_law_only(kind: str) -> None:
    runs = rp.load("hoffmann2022", "figure4_isoflop_points")
    fit = rp.fit(rp.laws.Chinchilla, runs)
    boot, frontier = fit.bootstrap(20), rp.isoflop(runs).bootstrap(20)
    asked: list[Callable[..., object]] = [
        fit.optimal, boot.optimal, boot.evidence().optimal, frontier.optimal,
        partial(rp.advise, boot),
    ]  # fmt: skip
    for ask in asked:
        with pytest.raises(ArgumentError, match=rf"kind is '{kind}', but an optimum has"):
            ask(flops=1e22, kind=kind)
        with pytest.raises(UnknownNameError, match="law, run, forecast"):
            ask(flops=1e22, kind="curve")
    for one in (boot, boot.evidence(), frontier):
        pd.testing.assert_frame_equal(one.optimal(flops=1e22, kind="law"), one.optimal(flops=1e22))
    same = [rp.advise(boot, flops=1e22, **kind).table for kind in ({}, {"kind": "law"})]
    pd.testing.assert_frame_equal(*same)
