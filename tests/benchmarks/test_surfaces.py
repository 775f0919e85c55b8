"""The search of the other side minimises the package's objective, and no miss goes uncounted."""

import numpy as np
import pandas as pd
import pytest

import replication as rp
from benchmarks import surfaces


@pytest.mark.parametrize("name", surfaces.LAWS)
def test_the_search_minimises_the_package_s_objective(name):
    # A surface on which the package's own fit is sure: its law is then a place to compare at.
    for seed in range(20):
        runs = surfaces.surface(name, seed)
        fit = rp.fit(surfaces.LAWS[name], runs)
        if not fit.notes:
            break
    assert fit.notes == ()
    search = surfaces.Search(name, runs)
    u = search.model.coordinates(fit.law) / search.scale
    assert search.value(u) == pytest.approx(fit.value, rel=1e-9)
    # Away from the minimum and from the knees of the Huber function.
    u = u * 1.1
    slopes = search.value_and_gradient(u)[1]
    for k, step in enumerate(np.eye(len(u)) * 1e-7):
        rise = search.value_and_gradient(u + step)[0] - search.value_and_gradient(u - step)[0]
        assert slopes[k] == pytest.approx(rise / 2e-7, rel=1e-4, abs=1e-4)


def test_the_search_finds_a_known_minimum(monkeypatch):
    monkeypatch.setattr(surfaces, "STARTS", 10)
    seed = 3
    runs = surfaces.surface("KaplanJoint", seed)
    value, place = surfaces.Search("KaplanJoint", runs).lowest(seed)
    row = surfaces.judge("KaplanJoint", seed, value)
    assert row["excess"] >= -1e-6
    assert len(place) == 4


def test_surfaces_are_as_hard_as_they_say():
    sizes, collinear, narrow = [], 0, 0
    for seed in range(100):
        runs = surfaces.surface("Chinchilla", seed)
        sizes.append(len(runs))
        x, y = np.log(runs["params"]), np.log(runs["tokens"])
        collinear += np.std(y - x - np.mean(y - x)) < 0.5
        narrow += np.ptp(x) < 1.5
    assert min(sizes) < 10 and max(sizes) > 80
    assert collinear > 30 and 20 < narrow < 60
    again = surfaces.surface("Chinchilla", 99)
    pd.testing.assert_frame_equal(again, runs)


def test_a_miss_is_counted_unless_both_sides_meet_the_points():
    table = pd.DataFrame(
        {"objective": [1.1, 1.0, 1e-15, np.inf], "excess": [0.1, 0.0, 1e3, np.inf]},
    )
    assert surfaces.missed(table).tolist() == [True, False, False, True]


def test_a_cache_of_other_surfaces_is_noticed():
    search = surfaces.Search("Chinchilla", surfaces.surface("Chinchilla", 0))
    place = np.array([1.0, 1.0, 1.0, 0.3, 0.3])
    value = search.value(place / search.scale)
    assert len(surfaces.compare({"Chinchilla/0": np.array([value, *place])})) == 1
    with pytest.raises(RuntimeError, match="other surfaces"):
        surfaces.compare({"Chinchilla/1": np.array([value, *place])})
