"""Blocks of learning curves: what is drawn, that it stays together, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import replication as rp
from replication.errors import ArgumentError, DataError
from replication.fitting import moving_blocks
from replication.laws import PowerLawOffset

RUNS = np.repeat(["a", "b", "c"], [9, 5, 12])
STEPS = np.concatenate([np.arange(1, n + 1) * 100.0 for n in (9, 5, 12)])


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(1, 5), st.integers(0, 1000))
def test_every_run_keeps_its_points_and_blocks_stay_together(length, seed):
    rows = moving_blocks(RUNS, STEPS, length, 30, seed)
    assert rows.shape == (30, len(RUNS))
    assert (RUNS[rows] == RUNS).all()
    low = 0
    for n in (9, 5, 12):
        here = rows[:, low : low + n]
        for start in range(0, n, length):
            block = here[:, start : start + length]
            assert (np.diff(block, axis=1) == 1).all()
        low += n


def test_blocks_of_one_are_points():
    rows = moving_blocks(RUNS, STEPS, 1, 4000)
    counts = np.bincount(rows.ravel(), minlength=len(RUNS)) / 4000
    assert counts == pytest.approx(1.0, abs=0.07)


def test_another_seed_draws_anew():
    first, again = (moving_blocks(RUNS, STEPS, 3, 5, seed=1) for _ in range(2))
    assert (first == again).all()
    assert (first != moving_blocks(RUNS, STEPS, 3, 5, seed=2)).any()


def test_correlated_noise_needs_blocks_for_its_interval():
    # Autoregressive noise about a known curve: points are too sure, blocks come near the truth.
    steps, blocks, points, true = np.arange(1, 161) * 100.0, [], [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        noise = np.zeros(160)
        for k, kick in enumerate(rng.normal(scale=0.004, size=160)):
            noise[k] = 0.9 * noise[k - 1] * (k > 0) + kick
        loss = (3.0 + 40 * steps**-0.5) * np.exp(noise)
        table = pd.DataFrame({"steps": steps, "loss": loss})
        fit = rp.fit(PowerLawOffset.of("steps"), table, objective="log-lsq", fixed={"alpha": 0.5})
        rows = moving_blocks(np.zeros(160), steps, 20, 200)
        blocks.append(fit.bootstrap(indices=rows).interval().loc["E", "se"])
        points.append(fit.bootstrap(200).interval().loc["E", "se"])
        true.append(fit.law.E - 3.0)
    error = np.sqrt(np.mean(np.square(true)))
    assert np.mean(points) < 0.45 * error
    assert np.mean(blocks) > 1.8 * np.mean(points)


@pytest.mark.parametrize(
    ("runs", "steps", "message"),
    [
        (
            ["a", "a", "a"],
            [100, 300, 200],
            r"Steps of run a must rise: row 2 has step 200 after 300",
        ),
        (["a", "a", "a"], [100, 200, 200], r"Steps of run a must rise: row 2 has step 200 again"),
        (["a", "a", "a"], [100, np.nan, 200], r"row 1 has step nan after 100"),
        (["a", "b", "a"], [100, 100, 200], r"points of run a do not stand together"),
        (["a", "a"], [100, 200, 300], r"one of each for every point"),
        ([], [], r"one of each for every point"),
    ],
)
def test_a_curve_that_is_none_is_refused(runs, steps, message):
    with pytest.raises(DataError, match=message):
        moving_blocks(runs, steps, 1)


@pytest.mark.parametrize("length", [0, 6, 2.5])
def test_a_block_that_does_not_fit_is_refused(length):
    with pytest.raises(ArgumentError, match=f"length is {length}; a whole number from 1 to 5"):
        moving_blocks(RUNS, STEPS, length)


def test_no_resample_is_refused():
    with pytest.raises(ArgumentError, match="at least 1 is needed"):
        moving_blocks(RUNS, STEPS, 2, 0)
