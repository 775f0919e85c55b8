"""Student's draws for few runs: exact where theory is, and covering where resamples do not."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

import replication as rp
from replication.errors import ArgumentError, UnknownNameError
from replication.fitting.local import Local
from replication.fitting.small_samples import runs_of, student_draws
from replication.laws import LogLinear, PowerLaw, PowerLawOffset

LINE = LogLinear.of("flops")


def line(n: int, seed: int = 0) -> dict[str, np.ndarray]:
    x = np.geomspace(1e18, 1e22, n)
    noise = 0.01 * np.random.default_rng(seed).standard_normal(n)
    return {"flops": x, "score": 0.5 - 0.03 * np.log(x / 1e20) + noise}


def draws(fit: rp.Fit, count: int = 20_000) -> np.ndarray:
    return student_draws(fit.problem, fit.phi, fit.law, count)


@pytest.mark.parametrize("n", [4, 6, 20])
def test_quantiles_of_a_linear_law_are_students(n: int) -> None:
    fit = rp.fit(LINE, line(n))
    x = np.log(line(n)["flops"])
    error = np.sqrt((fit.residuals**2).sum() / (n - 2) / ((x - x.mean()) ** 2).sum())
    drawn = (draws(fit, 60_000)[:, 0] - fit.law.alpha) / error
    for level in (0.1, 0.9, 0.975):
        assert np.quantile(drawn, level) == pytest.approx(student.ppf(level, n - 2), rel=0.06)


def test_predictions_have_the_interval_of_the_linearised_law() -> None:
    x = np.geomspace(1e7, 1e10, 9)
    noise = 0.003 * np.random.default_rng(0).standard_normal(9)
    table = {"params": x, "loss": (1.8 + 200 * x**-0.3) * np.exp(noise)}
    fit = rp.fit(PowerLawOffset.of("params"), table, objective="log-lsq")
    low, high = fit.predict(0.8, params=1e8)[["low", "high"]].to_numpy()[0]
    law = fit.problem.law.from_vector(fit.problem.space.theta(draws(fit)))
    drawn = np.quantile(law.predict(1e8), [0.1, 0.9])
    assert drawn == pytest.approx([low, high], abs=0.05 * (high - low))


def test_six_runs_are_covered_where_resamples_do_not() -> None:
    covered = np.zeros(2)
    for seed in range(80):
        x = np.geomspace(1e18, 1e21, 5)
        noise = 0.02 * np.random.default_rng(seed).standard_normal(5)
        fit = rp.fit(
            PowerLaw, {"flops": x, "loss": 60 * x**-0.07 * np.exp(noise)}, objective="log-lsq"
        )
        boot = fit.bootstrap(200, seed=seed).to_frame()["alpha"]
        for k, alphas in enumerate((draws(fit, 2000)[:, 1], boot)):
            low, high = np.quantile(alphas, [0.025, 0.975])
            covered[k] += low <= 0.07 <= high
    # 95 % of 80 is 76, give or take 2.
    assert covered[0] >= 71 > covered[1]


def test_groups_are_what_scatters() -> None:
    rng = np.random.default_rng(0)
    run = np.repeat(np.arange(12), 10)
    x = np.geomspace(1e18, 1e22, 12)[run] * np.tile(np.linspace(0.8, 1, 10), 12)
    loss = 60 * x**-0.07 * np.exp(0.01 * rng.standard_normal(12)[run])
    table = pd.DataFrame({"flops": x, "loss": loss, "run": run})
    alone, grouped = (rp.fit(PowerLaw, table, objective="log-lsq", group=g) for g in (None, "run"))
    ratio = draws(grouped)[:, 1].std() / draws(alone)[:, 1].std()
    # Ten points of a run that share its luck are worth one.
    assert 2 < ratio < 4.5
    assert runs_of(Local(grouped.problem, grouped.phi, grouped.law)) == 12


def test_copies_of_rows_are_no_runs() -> None:
    table = pd.DataFrame(line(6))
    once, often = (rp.fit(LINE, pd.concat([table] * k)) for k in (1, 20))
    assert draws(often)[:, 0].std() == pytest.approx(draws(once)[:, 0].std(), rel=1e-6)


def test_bounds_hold_for_draws() -> None:
    fit = rp.fit(LINE, line(5), bounds={"alpha": (-0.031, -0.029)})
    drawn = draws(fit)[:, 0]
    assert drawn.min() >= -0.031 and drawn.max() <= -0.029


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_intervals_of_a_bootstrap_by_students_draws_hold_the_truth(level: float) -> None:
    truth, inside = {"alpha": 0.07, "predicted": 60 * 1e21**-0.07}, {"student": 0, "resamples": 0}
    for seed in range(60):
        x = np.geomspace(1e18, 1e21, 6)
        noise = 0.02 * np.random.default_rng([6, seed]).standard_normal(6)
        runs = {"flops": x, "loss": 60 * x**-0.07 * np.exp(noise)}
        fit = rp.fit(PowerLaw, runs, objective="log-lsq")
        for draws in inside:
            boot = fit.bootstrap(800, seed=seed, draws=draws)
            of_field = boot.interval(level).loc["alpha"]
            of_law = boot.predict(level, flops=1e21).iloc[0]
            for name, row in (("alpha", of_field), ("predicted", of_law)):
                inside[draws] += row["low"] <= truth[name] <= row["high"]
    # 60 data sets of two quantities that hang together: three standard deviations of a share.
    share, error = inside["student"] / 120, np.sqrt(level * (1 - level) / 60)
    assert abs(share - level) <= 3 * error
    assert inside["resamples"] < inside["student"]


def test_a_bootstrap_by_students_draws_is_one_like_any_other() -> None:
    fit = rp.fit(LINE, line(8))
    boot = fit.bootstrap(300, seed=4, draws="student")
    assert boot.kind == "student" and boot.count == 300 and boot.failed == 0
    drawn = student_draws(fit.problem, fit.phi, fit.law, 300, seed=4)
    np.testing.assert_array_equal(boot.law.to_vector(), drawn)
    residuals = fit.problem.residuals(drawn)
    np.testing.assert_allclose(boot.values, 0.5 * (residuals**2).sum(axis=1))
    assert np.min(boot.values) >= 0.5 * (fit.residuals**2).sum()
    assert "few_runs" not in {note.code for note in boot.notes}
    assert set(boot.interval().index) >= set(fit.law.names())
    assert len(boot.evidence().runs) == 8


def test_the_note_on_few_runs_names_students_draws() -> None:
    notes = rp.fit(LINE, line(5)).bootstrap(100).notes
    assert any("draws='student'" in note.advice for note in notes if note.code == "few_runs")


@pytest.mark.parametrize(
    "options", [{"unit": "points"}, {"indices": [[0, 1, 2, 3, 4, 5, 6, 7]]}, {"starts": [None]}]
)
def test_students_draws_take_no_resamples(options: Any) -> None:
    fit = rp.fit(LINE, line(8))
    options = {k: [fit.law] if k == "starts" else v for k, v in options.items()}
    with pytest.raises(ArgumentError, match="draws='student' refits nothing"):
        fit.bootstrap(10, draws="student", **options)
    with pytest.raises(UnknownNameError, match="kind of draws 'students'"):
        fit.bootstrap(10, draws="students")


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        (line(8), {"objective": "huber"}, "Student's draws need objective 'lsq' or 'log-lsq'"),
        (line(2), {}, "2 runs for 2 free fields leave nothing to tell the noise by"),
    ],
)
def test_what_has_no_interval_is_refused(table: Any, options: Any, message: str) -> None:
    fit = rp.fit(LINE, table, **options)
    with pytest.raises(ArgumentError, match=message):
        draws(fit)


def test_runs_that_leave_a_direction_free_are_refused() -> None:
    x = np.repeat([1e8, 1e9], 6)
    loss = np.where(x < 5e8, 3.0, 2.5) * np.exp(0.01 * np.random.default_rng(0).normal(size=12))
    fit = rp.fit(PowerLawOffset.of("params"), {"params": x, "loss": loss}, objective="log-lsq")
    with pytest.raises(ArgumentError, match="leave some direction of the coefficients free"):
        draws(fit)
