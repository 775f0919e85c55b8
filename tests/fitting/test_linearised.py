"""Intervals from the curvature: exact for linear laws, refused where they mean nothing."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import t as student

import replication as rp
from replication.errors import ArgumentError, DataError
from replication.laws import Chinchilla, ErrorRate, OverTraining, PowerLaw

X = np.geomspace(1e18, 1e21, 6)
AHEAD = np.array([1e19, 1e23])


def noisy(seed: int, size: float = 0.01) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {"flops": X, "loss": 400 * X**-0.12 * np.exp(size * rng.standard_normal(len(X)))}


def test_a_straight_line_has_the_textbook_interval() -> None:
    """In logarithms a power law is a line: mean response, Student's t with n - 2."""
    data = noisy(0)
    table = rp.fit(PowerLaw, data, objective="log-lsq").predict(0.9, flops=AHEAD)
    design = np.stack([np.ones(len(X)), np.log(X)], axis=1)
    target = np.log(data["loss"])
    beta, (rss,), *_ = np.linalg.lstsq(design, target, rcond=None)
    there = np.stack([np.ones(2), np.log(AHEAD)], axis=1)
    spread = np.einsum("np,pq,nq->n", there, np.linalg.inv(design.T @ design), there)
    reach = student.ppf(0.95, len(X) - 2) * np.sqrt(rss / (len(X) - 2) * spread)
    np.testing.assert_allclose(table["estimate"], np.exp(there @ beta), rtol=1e-8)
    np.testing.assert_allclose(table["low"], np.exp(there @ beta - reach), rtol=1e-7)
    np.testing.assert_allclose(table["high"], np.exp(there @ beta + reach), rtol=1e-7)
    assert table["beyond_data"].tolist() == pytest.approx([1.0, 100.0])


def test_coverage_is_the_level_with_two_degrees_of_freedom() -> None:
    law = OverTraining(E=1.84, a=212.0, b=367.0, eta=0.136)
    columns = {
        "flops": np.array([1e17, 1e18, 1e19, 1e20, 1e18, 1e20]),
        "token_multiplier": np.array([20.0, 20.0, 20.0, 20.0, 320.0, 320.0]),
    }
    ahead = {"flops": 3e20, "token_multiplier": 80.0}
    exact = law.loss(**columns)
    rng, inside, trials = np.random.default_rng(0), 0, 300
    for _ in range(trials):
        data = columns | {"loss": exact + 0.002 * rng.standard_normal(6)}
        fit = rp.fit(OverTraining, data, objective="lsq", starts=[law])
        row = fit.predict(0.8, **ahead).iloc[0]
        inside += row["low"] <= law.loss(**ahead) <= row["high"]
    # Three standard errors of a share of 300.
    assert inside / trials == pytest.approx(0.8, abs=3 * np.sqrt(0.16 / trials))


def test_doubled_noise_doubles_the_interval_of_a_linear_law() -> None:
    fixed = {"gamma": 0.7}
    loss = np.linspace(2, 5, 8)
    wobble = np.random.default_rng(2).standard_normal(8)
    exact = ErrorRate(epsilon=0.85, k=2.2, gamma=0.7).error(loss)
    widths = []
    for size in (0.005, 0.01):
        data = {"loss": loss, "error": exact + size * wobble}
        row = rp.fit(ErrorRate, data, fixed=fixed).predict(0.8, loss=2.0).iloc[0]
        widths.append(row["high"] - row["low"])
    assert widths[1] == pytest.approx(2 * widths[0], rel=1e-6)


def test_tied_fields_count_once() -> None:
    n = np.array([1e8, 1e9, 1e10, 1e8, 1e10])
    d = np.array([2e9, 2e10, 2e11, 2e11, 2e9])
    law = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.3, beta=0.3)
    loss = np.asarray(law.loss(n, d)) + 0.01 * np.array([1, -1, 1, -1, 1])
    runs = {"params": n, "tokens": d, "loss": loss}
    fit = rp.fit(Chinchilla, runs, objective="lsq", tied={"beta": "alpha"})
    multiplier = d / n
    same = rp.fit(
        OverTraining,
        {"flops": 6 * n * d, "token_multiplier": multiplier, "loss": loss},
        objective="lsq",
    )
    ours = same.predict(flops=6e22, token_multiplier=10.0).iloc[0]
    theirs = fit.predict(params=np.sqrt(1e21), tokens=10 * np.sqrt(1e21)).iloc[0]
    assert ours[["estimate", "low", "high"]].tolist() == pytest.approx(
        theirs[["estimate", "low", "high"]].tolist(), rel=1e-5
    )


def test_what_has_no_interval_stands_alone() -> None:
    data = noisy(1)
    two = {name: values[:2] for name, values in data.items()}
    for objective in ("log-lsq", "log-huber", "lad"):
        row = rp.fit(PowerLaw, two, objective=objective).predict(flops=1e19).iloc[0]
        assert row["interval"] == "none: 2 points for 2 fields"
        assert np.isnan(row[["low", "high"]].to_numpy(float)).all()
        assert row["estimate"] == pytest.approx(400 * 1e19**-0.12, rel=0.1)


@pytest.mark.parametrize("objective", ["log-huber", "huber", "log-lad", "log-huber-likelihood"])
def test_other_objectives_have_percentiles_over_resamples(objective: str) -> None:
    fit = rp.fit(PowerLaw, noisy(1), objective=objective)
    ours, boot = fit.predict(0.9, flops=AHEAD), fit.bootstrap(1000).predict(0.9, flops=AHEAD)
    assert ours["interval"].tolist() == ["bootstrap", "bootstrap"]
    columns = ["flops", "estimate", "low", "high", "beyond_data"]
    np.testing.assert_array_equal(ours[columns], boot[columns])


def test_what_no_point_can_be_is_refused() -> None:
    data = noisy(1)
    fit = rp.fit(PowerLaw, data, objective="log-lsq")
    with pytest.raises(ArgumentError, match="level is 80; it must lie between 0 and 1"):
        fit.predict(80, flops=1e22)
    with pytest.raises(DataError, match="predict\\(\\) got tokens; PowerLaw needs flops"):
        fit.predict(tokens=1e10)
    with pytest.raises(ArgumentError, match="flops must be positive"):
        fit.predict(flops=-1.0)
    law = OverTraining(E=1.84, a=212.0, b=367.0, eta=0.136)
    columns = {"flops": X, "token_multiplier": np.array([5.0, 20.0, 80.0, 20.0, 80.0, 5.0])}
    several = rp.fit(OverTraining, columns | {"loss": law.loss(**columns)}, objective="lsq")
    with pytest.raises(ArgumentError, match=r"together: flops \(2,\), token_multiplier \(3,\)"):
        several.predict(flops=[1e20, 1e21], token_multiplier=[5.0, 20.0, 80.0])


def test_a_direction_that_nothing_determines_has_no_interval() -> None:
    columns = {"flops": X, "token_multiplier": 20 * (1 + 1e-9 * np.arange(len(X)))}
    law = OverTraining(E=1.84, a=212.0, b=367.0, eta=0.136)
    wobble = 0.01 * np.random.default_rng(3).standard_normal(len(X))
    flat = columns | {"loss": np.asarray(law.loss(**columns)) + wobble}
    fit = rp.fit(OverTraining, flat, objective="lsq")
    row = fit.predict(flops=1e22, token_multiplier=640.0).iloc[0]
    assert row["interval"] == "none: the points leave some field undetermined"
    assert np.isnan(row[["low", "high"]].to_numpy(float)).all()
    assert np.isfinite(row["estimate"])
