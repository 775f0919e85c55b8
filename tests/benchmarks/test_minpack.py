"""Both sides of the least-squares table solve one problem."""

import numpy as np
import pytest

import replication as rp
from benchmarks import minpack
from replication import datasets

PAIRS = sorted({case[:2] for case in minpack.CASES})


@pytest.mark.parametrize(("name", "objective"), PAIRS)
def test_a_small_comparison_ends_in_the_same_minima(name, objective):
    row = minpack.compare(name, objective, points=60, resamples=5, repeats=1)
    described = datasets.describe("performance", "minpack")
    assert list(row) == list(described.columns)
    assert max(row["worst_excess"], row["minpack_excess"]) <= 1e-8
    assert row["seconds"] > 0 and row["minpack_seconds"] > 0


@pytest.mark.parametrize("objective", ["lsq", "log-lsq"])
def test_weights_stand_for_repeated_runs(objective):
    runs = minpack.table("Chinchilla", 40)
    counts = np.bincount(np.random.default_rng(1).integers(40, size=40), minlength=40)
    refits = minpack.Refits("Chinchilla", objective == "log-lsq", runs, counts[None] * 1.0)
    again = runs.iloc[np.repeat(np.arange(40), counts)]
    fit = rp.fit("Chinchilla", again, objective=objective)
    t = refits.model.coordinates(fit.law)
    assert refits.value(0, t) == pytest.approx(np.sum(fit.residuals**2), rel=1e-10)
    residuals, jacobian = refits.functions(0)
    residuals(t)
    slopes = jacobian(t)
    for k, step in enumerate(np.eye(len(t)) * 1e-6):
        rise = residuals(t + step) - residuals(t - step)
        np.testing.assert_allclose(slopes[k], rise / 2e-6, rtol=1e-5, atol=1e-7)
