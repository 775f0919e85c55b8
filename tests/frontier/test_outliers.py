"""Slices and runs that do not belong with the others."""

import numpy as np
import pandas as pd

from replication.frontier.outliers import spoilt, strays


def table(scatter, n=12):
    return pd.DataFrame({"scatter": scatter, "n": n, "sizes": n, "loss": 3.0})


def test_a_slice_is_compared_with_the_others_only():
    """Itself it must not excuse, nor the others accuse."""
    assert spoilt(table([0.01, 0.1, 0.012])).tolist() == [False, True, False]
    assert spoilt(table([0.01, 0.012, 0.011])).tolist() == [False] * 3
    assert spoilt(table([0.1, 0.1, 0.01, 0.01, 0.01])).tolist() == [True, True] + [False] * 3


def test_two_slices_do_not_say_which_one_is_spoilt():
    assert not spoilt(table([0.01, 0.5])).any()


def test_scatter_of_rounding_is_no_scatter():
    assert not spoilt(table([1e-16, 2e-14, 1e-16, 1e-15])).any()


def test_three_runs_leave_nothing_to_scatter():
    assert not spoilt(table([0.01, 0.0, 0.01, 0.3], n=3)).any()


def test_the_rate_of_false_alarms_is_what_is_promised():
    """One table in a thousand, over 400 tables of 8 slices: four would be far too many."""
    rng = np.random.default_rng(0)
    x = np.linspace(8, 10, 7)
    rows = np.arange(7)
    alarms = 0
    for _ in range(400):
        noise = rng.normal(0, 0.01, (8, 7))
        slices = [(x, 3 + 0.1 * (x - 9) ** 2 + one, rows + 7 * i) for i, one in enumerate(noise)]
        alarms += len(strays(table([0.0065] * 8, n=7), slices)) > 0
    assert alarms < 4


def test_every_stray_of_several_slices_is_found():
    rng = np.random.default_rng(1)
    x = np.linspace(8, 10, 12)
    rows = np.arange(12)
    slices = []
    for i in range(6):
        loss = 3 + 0.1 * (x - 9) ** 2 + rng.normal(0, 0.01, 12)
        if i in (1, 4):
            loss[3 + i] -= 0.4
        slices.append((x, loss, rows + 12 * i))
    assert strays(table([0.01] * 6), slices).tolist() == [12 + 4, 48 + 7]
