"""Work on several processes and on a cluster: the numbers of one process, whatever is killed."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication._spreading import spread_over
from replication.errors import ArgumentError, ReplicationError
from replication.fitting import resampling
from replication.specification import specify

joblib = pytest.importorskip("joblib")

LAW = rp.published("besiroglu2024", "printed")
RUNS = rp.simulate(LAW, rp.layout("factorial", flops=1e20, runs=36), noise=0.003)

Work = Callable[..., Any]


def backtested(**where: Any) -> pd.DataFrame:
    return rp.backtest("Chinchilla", RUNS, cuts=(0.5, 0.8, 1.0), resamples=10, **where).rows


def scored(**where: Any) -> pd.DataFrame:
    return rp.score_designs(LAW, flops=1e20, target=1e22, repeats=2, **where).rows


def specified(**where: Any) -> pd.DataFrame:
    runs = RUNS  # a lambda in a table of choices is as good as a function

    def refit(least: float, objective: str) -> dict[str, float]:
        kept = runs[runs["flops"] >= least]
        return {"alpha": rp.fit("Chinchilla", kept, objective=objective).law.alpha}

    choices = {
        "least": {"all": 0.0, "large": 1e17},
        "objective": {"Huber": "log-huber", "squares": "log-lsq"},
    }
    return specify(choices, refit, **where).frame


def resampled(**where: Any) -> pd.DataFrame:
    with pytest.MonkeyPatch.context() as patch:  # blocks of ten
        patch.setattr(resampling, "ROWS_AT_ONCE", 10 * len(RUNS))
        return rp.fit("Chinchilla", RUNS).bootstrap(40, **where).to_frame()


WORK: dict[str, Work] = {
    "backtest": backtested,
    "designs": scored,
    "specification": specified,
    "bootstrap": resampled,
}


FOUND: dict[str, pd.DataFrame] = {}


def alone(name: str) -> pd.DataFrame:
    """Return what this process finds."""
    if name not in FOUND:
        FOUND[name] = WORK[name]()
    return FOUND[name]


@pytest.mark.parametrize("name", WORK)
def test_two_processes_give_the_numbers_of_one_and_say_how_far_they_are(name):
    ticks: list[None] = []
    both = WORK[name](workers=2, progress=lambda: ticks.append(None))
    pd.testing.assert_frame_equal(both, alone(name), check_exact=True)
    assert len(ticks) >= 2


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Run a Dask cluster of two processes on this machine."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as made,
        distributed.Client(made) as client,
    ):
        yield client


@pytest.mark.filterwarnings("default")  # what a cluster warns of is its own
@pytest.mark.parametrize("name", WORK)
def test_a_cluster_gives_the_numbers_of_one_process(name, cluster):
    ticks: list[None] = []
    with joblib.parallel_config(backend="dask"):
        found = WORK[name](workers=-1, progress=lambda: ticks.append(None))
    pd.testing.assert_frame_equal(found, alone(name), check_exact=True)
    assert len(ticks) >= 2


@pytest.mark.filterwarnings("default")
def test_a_killed_worker_of_a_cluster_loses_nothing(cluster):
    before = cluster.run(os.getpid)
    victims = list(before.values())[:1]

    def kill() -> None:
        if victims:
            os.kill(victims.pop(), signal.SIGKILL)

    with joblib.parallel_config(backend="dask"):
        found = scored(workers=-1, progress=kill)
    pd.testing.assert_frame_equal(found, alone("designs"), check_exact=True)
    assert not victims
    cluster.wait_for_workers(2)
    assert set(cluster.run(os.getpid).values()) != set(before.values())


def killed_once(marker: Path, always: bool = False) -> Callable[[int], int]:
    """Return a function whose process is killed at its fourth item, once or always."""

    def square(item: int) -> int:
        import os
        import signal

        if item == 3 and (always or not marker.exists()):
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return item * item

    return square


@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed otherwise there")
@pytest.mark.filterwarnings("ignore:A worker stopped")
def test_a_killed_process_loses_nothing(tmp_path):
    ticks: list[None] = []
    found = spread_over(
        2, killed_once(tmp_path / "killed"), range(12), progress=lambda: ticks.append(None)
    )
    assert found == [k * k for k in range(12)]
    assert len(ticks) == 12
    assert (tmp_path / "killed").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed otherwise there")
@pytest.mark.filterwarnings("ignore:A worker stopped")
def test_processes_that_are_always_killed_end_in_an_error(tmp_path):
    with pytest.raises(ReplicationError, match=r"killed 3 times .* not enough memory"):
        spread_over(2, killed_once(tmp_path / "killed", always=True), range(5))


def test_an_error_in_another_process_is_the_one_that_it_would_be_here():
    def refuse(item: int) -> int:
        from replication.errors import ArgumentError

        raise ArgumentError(f"item is {item}.")

    for workers in (1, 2):
        with pytest.raises(ArgumentError, match=r"item is 0\."):
            spread_over(workers, refuse, range(3))


def test_a_bar_is_drawn_on_the_standard_error(capsys):
    assert spread_over(1, np.square, [1, 2, 3], progress=True) == [1, 4, 9]
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "3/3" in captured.err
