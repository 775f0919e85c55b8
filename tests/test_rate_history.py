"""What laws of schedules read from the learning rates of a run."""

import numpy as np
import pytest

import replication as rp
from replication.errors import ArgumentError
from replication.rate_history import RateHistory

COOLDOWN = rp.Schedule(steps=3000, cooldown=1000, warmup=100, peak=3e-4, final=0.1)


def test_areas_are_sums_of_rates():
    history = RateHistory.of(COOLDOWN)
    for step in (1, 100, 2000, 3000):
        total = sum(float(COOLDOWN(k)) for k in range(1, step + 1))
        assert history.area(step) == pytest.approx(total, rel=1e-12)


def test_a_fall_long_past_counts_its_size_over_what_is_forgotten():
    history = RateHistory([1.0] * 10 + [0.25] * 20_000)
    assert history.annealed(20_000) == pytest.approx(0.75 / (1 - 0.999), rel=1e-6)
    assert history.annealed(9) == 0


def test_annealing_is_a_double_sum():
    rates = np.linspace(1.0, 0.4, 30)
    falls = -np.diff(rates)
    wanted = sum(0.9 ** (j - i) * falls[i - 1] for j in range(1, 30) for i in range(1, j + 1))
    assert RateHistory(rates).annealed(29, memory=0.9) == pytest.approx(wanted, rel=1e-12)


def test_the_warm_up_is_no_fall():
    history = RateHistory.of(COOLDOWN)
    assert history.annealed([100, 2000]).tolist() == [0, 0]
    assert RateHistory(history.rates).annealed(2000) < -0.2


@pytest.mark.parametrize("block", [1, 7, 16, 5000])
def test_blocks_keep_the_whole_fall(block):
    fall, rate, area, last = RateHistory.of(COOLDOWN).drops(block)
    assert fall.sum() == pytest.approx(2.7e-4, rel=1e-9)
    assert (np.diff(last) > 0).all() and last[-1] == 3000
    assert ((rate >= 3e-5 - 1e-12) & (rate < 3e-4)).all() and (np.diff(area) > 0).all()


def test_a_constant_rate_has_no_falls():
    assert [len(part) for part in RateHistory([1.0, 1.0]).drops()] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: RateHistory([[1.0, 2.0]]), r"got shape \(1, 2\)"),
        (lambda: RateHistory([1.0, -1.0]), "learning rate at step 1 is -1"),
        (lambda: RateHistory([1.0, np.nan]), "learning rate at step 1 is nan"),
        (lambda: RateHistory([0.0, 0.0]), "zero at every step"),
        (lambda: RateHistory([1.0, 1.0, 1.0], warmup=2), "warmup is 2; at most 1"),
        (lambda: RateHistory([1.0, 1.0], warmup=0.5), "warmup is 0.5; a whole number"),
        (lambda: RateHistory([1.0, 1.0]).area(2), "Step 2 lies outside the run of 1 steps"),
        (lambda: RateHistory([1.0, 1.0]).annealed(1, memory=1.0), "memory is 1"),
        (lambda: RateHistory([1.0, 1.0]).drops(0), "block is 0; at least 1"),
    ],
)
def test_what_no_run_can_have_is_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()
