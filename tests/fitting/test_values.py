"""A fit is a value: threads may share it, a pickle of it is small, and nothing in it changes."""

import pickle
import threading
from typing import Any

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.laws import Chinchilla

LARGEST_PICKLE = 300_000


@pytest.mark.parametrize("objective", ["log-huber", "lsq"])
def test_threads_on_one_fit_agree_to_the_last_bit(points_240: pd.DataFrame, objective: str) -> None:
    fit = rp.fit(Chinchilla, points_240, objective=objective)
    alone = [fit.bootstrap(120, seed=seed).law.to_vector() for seed in range(4)]
    profile = fit.profile("alpha", values=np.linspace(0.2, 0.5, 5)).objective
    found: dict[Any, Any] = {}
    wait = threading.Barrier(5)

    def draw(seed: int) -> None:
        wait.wait()
        found[seed] = fit.bootstrap(120, seed=seed).law.to_vector()

    def hold() -> None:
        wait.wait()
        found["profile"] = fit.profile("alpha", values=np.linspace(0.2, 0.5, 5)).objective

    threads = [threading.Thread(target=draw, args=(seed,)) for seed in range(4)]
    threads.append(threading.Thread(target=hold))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(4):
        np.testing.assert_array_equal(found[seed], alone[seed])
    np.testing.assert_array_equal(found["profile"], profile)


@pytest.mark.parametrize("objective", ["log-huber", "lsq"])
def test_a_pickle_stays_small_after_work(points_240: pd.DataFrame, objective: str) -> None:
    fit = rp.fit(Chinchilla, points_240, objective=objective)
    before = len(pickle.dumps(fit))
    boot = fit.bootstrap(300)
    fit.profile("E")
    assert len(pickle.dumps(fit)) == before < LARGEST_PICKLE
    again = pickle.loads(pickle.dumps(fit))
    np.testing.assert_array_equal(again.bootstrap(300).values, boot.values)


def test_an_evaluation_does_not_change_its_kernel(points_240: pd.DataFrame) -> None:
    fit = rp.fit(Chinchilla, points_240)
    kernel = fit.problem.kernel
    before = {name: np.array(value) for name, value in vars(kernel).items() if np.size(value) < 1e6}
    fit.bootstrap(100)
    assert set(vars(kernel)) == set(before)
    for name, value in before.items():
        if value.dtype != object:
            np.testing.assert_array_equal(getattr(kernel, name), value)
