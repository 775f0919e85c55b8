"""Do 95 % intervals hold the truth? The full simulation is in tests/benchmarks/coverage.py."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import replication as rp
from replication.laws import PowerLaw

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "coverage.py"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = spec_from_file_location("coverage_benchmark", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["log-huber", "log-lsq"])
def test_intervals_of_a_surface_hold_the_truth(benchmark: ModuleType, objective: str) -> None:
    table = benchmark.coverage(datasets=60, resamples=200, objective=objective, seed=1)
    assert list(table.columns) == [
        "quantity", "level", "covered", "datasets", "resamples", "noise", "objective",
    ]  # fmt: skip
    # 57 of 60 are expected; fewer than 52 has a chance of 1 in 100 for each quantity.
    assert (table.covered >= 52 / 60).all()
    assert set(table.quantity) == {"alpha", "beta", "E", "a"}


@pytest.mark.slow
@pytest.mark.parametrize("grouped", [False, True])
def test_few_configurations_are_covered_by_students_intervals(
    benchmark: ModuleType, grouped: bool
) -> None:
    table = benchmark.few(configurations=12, datasets=40, grouped=grouped, seed=1)
    student = table[table.method == "student"].groupby("level")["covered"].mean()
    # Means over six quantities of forty data sets, which hang together: about 80 and 95 %.
    assert 0.68 <= student[0.8] <= 0.92
    assert student[0.95] >= 0.86
    assert (table[table.method == "student"].width == 1).all()


def test_resamples_of_six_configurations_say_too_little(benchmark: ModuleType) -> None:
    table = benchmark.few(
        configurations=5, datasets=12, resamples=50, fixed={"E": 1.82, "beta": 0.37}, seed=2
    )
    covered = table[table.level == 0.95].groupby("method")["covered"].mean()
    assert covered["student"] > covered["percentile"]
    assert set(table.quantity) == {"alpha", "a", "inside", "beyond"}


def test_half_intervals_miss_half_the_time(benchmark: ModuleType) -> None:
    table = benchmark.coverage(datasets=40, resamples=100, level=0.5, objective="log-lsq", seed=2)
    assert table.covered.between(0.28, 0.72).all()


def test_intervals_of_a_line_hold_the_truth() -> None:
    rng = np.random.default_rng(0)
    x = np.geomspace(1e18, 1e22, 40)
    held = profiled = 0
    for seed in range(200):
        y = 60 * x**-0.07 * np.exp(0.03 * rng.standard_normal(40))
        fit = rp.fit(PowerLaw, {"flops": x, "loss": y}, objective="log-lsq")
        low, high = fit.bootstrap(200, seed=seed).interval(0.9).loc["alpha", ["low", "high"]]
        held += low <= 0.07 <= high
        if seed < 60:
            low, high = fit.profile("alpha").interval(0.9)
            profiled += low <= 0.07 <= high
    # 90 % of 200 is 180, give or take 4.2; of 60 it is 54, give or take 2.3.
    assert 165 <= held <= 192
    assert 47 <= profiled <= 60


def test_more_noise_gives_wider_intervals(benchmark: ModuleType) -> None:
    points = rp.load("hoffmann2022", "figure4_points").nsmallest(240, "loss")
    rng = np.random.default_rng(3)
    z = rng.standard_normal(240)
    widths = []
    for noise in (0.005, 0.01, 0.02):
        loss = benchmark.TRUTH.loss(points.params, points.tokens) * np.exp(noise * z)
        fit = rp.fit("Chinchilla", points.assign(loss=loss), objective="log-lsq")
        widths.append(fit.bootstrap(200).interval().se["alpha"])
    assert widths[1] / widths[0] == pytest.approx(2, rel=0.15)
    assert widths[2] / widths[1] == pytest.approx(2, rel=0.2)
